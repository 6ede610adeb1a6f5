"""Threads for connections that have something to do.

The number isn't fixed: a long poll holds its thread for minutes, and must hold up no other.
"""

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
    """Runs every job at once: on a thread that has nothing to do, else on a new one.

    Threads are daemons, so that a job that never ends doesn't keep the process alive, and end
    after a while without work. What a job raises is logged.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # Counts the threads that wait for a job and are not promised one yet.
        self._idle = threading.Semaphore(0)
        self._unfinished = 0
        self._finished = threading.Condition()
        self._dismissed = False

    def run(self, job: Job) -> None:
        """Start the job.

        Raises:
            RuntimeError: it needs a thread, and the system grants no more.
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
                self._count_off()
                raise

    def dismiss(self, grace_s: float) -> None:
        """Let the threads end, each after its job; return when all have, or after `grace_s`."""
        deadline = Deadline(grace_s)
        with self._finished:
            # Not `wait_for`, whose clock a test may have stopped.
            while self._unfinished and self._finished.wait(deadline.remaining_s()):
                pass
        self._dismissed = True
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
                self._count_off()
            job = self._next()

    def _count_off(self) -> None:
        with self._finished:
            self._unfinished -= 1
            self._finished.notify_all()

    def _next(self) -> Job | None:
        self._idle.release()
        if self._dismissed and self._idle.acquire(blocking=False):
            return None
        try:
            return self._jobs.get(timeout=_IDLE_S)
        except queue.Empty:
            if self._idle.acquire(blocking=False):
                return None
            # Promised in the last instant: it is on its way.
            return self._jobs.get()
