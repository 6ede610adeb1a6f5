"""The signals by which a user or a supervisor ends a command."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from typing_extensions import Self

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Holds back SIGINT and SIGTERM, and lets the main thread wait for one of them.

    As a context manager it does so within the block, and puts back what was there.
    """

    def __enter__(self) -> Self:
        # The interpreter writes to it at once. A handler runs only between two instructions: one
        # that comes just before the main thread begins to wait would be called after the wait.
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _ignore) for number in _NUMBERS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._woken.close()
        self._waker.close()

    def wait(self) -> None:
        """Return when one of them has come since the block began."""
        while self._woken.recv(1)[0] not in _NUMBERS:
            pass


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass
