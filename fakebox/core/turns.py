"""A lock that passes on: whoever takes it over and over lets the others have it in between."""

import threading


class Turns:
    """A lock, for `with`, that a thread which holds it may take again.

    An ordinary lock goes to whoever asks first once it is free, and that is most often the thread
    that has just let go of it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._door = threading.Lock()
        self._holder: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Wait for one's turn."""
        me = threading.get_ident()
        if self._holder != me:
            # Who waits for the lock waits in the door, so that nobody overtakes.
            with self._door:
                self._lock.acquire()
            self._holder = me
        self._depth += 1

    def release(self) -> None:
        """Let the next one have it, once every turn of this thread is over."""
        self._depth -= 1
        if not self._depth:
            self._holder = None
            self._lock.release()
