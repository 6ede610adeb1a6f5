"""A lock that passes on: whoever takes it over and over lets the others have it in between."""

import threading
from collections.abc import Callable


class FairLock:
    """A lock, for `with`, that a thread which holds it may take again.

    An ordinary lock goes to whoever asks first once it is free, and that is most often the thread
    that has just let go of it.

    An interrupt may come at any moment, so nothing but the lock itself says who holds it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_mine: Callable[[], bool] = self._lock._is_owned  # type: ignore[attr-defined]  # noqa: SLF001 -- as `Condition` asks
        self._door = threading.Lock()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def acquire(self) -> None:
        """Wait for one's turn."""
        if self._is_mine():
            self._lock.acquire()
            return
        # Who waits for the lock waits in the door, so that nobody overtakes.
        with self._door:
            self._lock.acquire()

    def try_acquire(self) -> bool:
        """Take the lock if no other thread has it; whether it was taken."""
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        """Let the next one have it, once every turn of this thread is over."""
        self._lock.release()
