"""A lock that passes on: whoever takes it over and over lets the others have it in between."""

import threading
from types import TracebackType


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
        me = threading.get_ident()
        if self._holder != me:
            # Who waits for the lock waits in the door, so that nobody overtakes.
            with self._door:
                self._lock.acquire()
            self._holder = me
        self._depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if not self._depth:
            self._holder = None
            self._lock.release()
