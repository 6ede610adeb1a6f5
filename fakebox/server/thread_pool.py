"""A thread pool without a fixed size: a long poll uses its thread for minutes."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from fakebox.core.clock import Deadline

logger: logging.Logger = logging.getLogger("fakebox.server")

_IDLE_S = 10.0

Job = Callable[[], None]


class ThreadPool:
    """Runs each job at once: in an idle thread, or in a new one.

    The threads are daemons, so a job that never ends does not keep the process alive. Idle threads
    end after some seconds. Exceptions of jobs are logged.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # The number of idle threads that no job was assigned to.
        self._idle = threading.Semaphore(0)
        self._unfinished = 0
        self._finished = threading.Condition()
        self._is_shut_down = False

    def run(self, job: Job) -> None:
        """Start a job.

        Raises:
            RuntimeError: a new thread is needed, and the system cannot start one.
        """
        with self._finished:
            self._unfinished += 1
        if self._idle.acquire(blocking=False):
            self._jobs.put(job)
        else:
            thread = threading.Thread(
                target=self._work, args=(job,), name="fakebox worker", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:
                self._count_finished()
                raise

    def shut_down(self, grace_s: float) -> None:
        """End all threads, each after its job; return after the last job, or after `grace_s`."""
        deadline = Deadline(grace_s)
        with self._finished:
            # `wait_for` is not used, because its clock may be frozen by a test.
            while self._unfinished and self._finished.wait(deadline.remaining_s()):
                pass
        self._is_shut_down = True
        while self._idle.acquire(blocking=False):
            self._jobs.put(None)

    def _work(self, first: Job) -> None:
        job: Job | None = first
        while job is not None:
            try:
                job()
            except BaseException:
                logger.exception("a job of the server failed")
            finally:
                self._count_finished()
            job = self._next()

    def _count_finished(self) -> None:
        with self._finished:
            self._unfinished -= 1
            self._finished.notify_all()

    def _next(self) -> Job | None:
        self._idle.release()
        if self._is_shut_down and self._idle.acquire(blocking=False):
            return None
        try:
            return self._jobs.get(timeout=_IDLE_S)
        except queue.Empty:
            if self._idle.acquire(blocking=False):
                return None
            # A job was assigned at the time of the timeout; it arrives soon.
            return self._jobs.get()
