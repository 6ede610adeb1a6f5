"""The body of a request in HTTP/2, which arrives in DATA frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebox.core.clock import Deadline
from fakebox.server import transport as transport_module
from fakebox.server.body import Body
from fakebox.server.request_head import BadRequest

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

_QUIET_S = 0.5


class StreamBody(Body):
    """A body that another thread receives.

    The flow control of HTTP/2 limits the bytes that are held: they are acknowledged when the
    application reads them.

    Args:
        changed: the condition for changes of the stream; `feed`, `end` and `lose` are called with
            its lock.
        acknowledge: called with its lock, with the number of bytes that were read or dropped.
        before_reading: called before the first read.

    Attributes:
        is_sized: whether the length was announced. Such a body ends early if the client disconnects
            or a timeout passes; otherwise reading raises `BadRequest` in these cases.
        received_bytes: the number of bytes that have arrived.
        has_ended: whether the last byte has arrived.
    """

    def __init__(
        self,
        changed: threading.Condition,
        acknowledge: Callable[[int], None],
        before_reading: Callable[[], None],
    ) -> None:
        super().__init__(before_reading)
        self.is_sized: bool = True
        self.received_bytes: int = 0
        self.has_ended: bool = False
        self._changed = changed
        self._acknowledge = acknowledge
        self._held = bytearray()
        self._is_lost = False
        self._is_dropped = False

    @property
    def is_complete(self) -> bool:
        """Whether the whole body was read."""
        return self.has_ended and not self._held

    def feed(self, data: bytes) -> None:
        """Add bytes that have arrived."""
        self.received_bytes += len(data)
        if self._is_dropped:
            self._acknowledge(len(data))
        else:
            self._held += data
            self._changed.notify_all()

    def end(self) -> None:
        """Mark the body as complete."""
        self.has_ended = True
        self._changed.notify_all()

    def lose(self) -> None:
        """Mark the body as incomplete: the client has cancelled the request or disconnected."""
        self._is_lost = True
        self._changed.notify_all()

    def drop(self) -> None:
        """Drop the bytes that are held, and those that arrive later."""
        with self._changed:
            self._drop_held()
            self._is_dropped = True

    def wait_for_end(self, limit_bytes: int) -> bool:
        """Drop the rest as long as it arrives without a pause, up to a limit.

        Returns:
            Whether the body is complete.
        """
        with self._changed:
            self._drop_held()
            while not self._is_final and limit_bytes > 0 and self._wait(_QUIET_S):
                limit_bytes -= self._drop_held()
        return self.has_ended

    @property
    def _is_final(self) -> bool:
        return self.has_ended or self._is_lost

    def _drop_held(self) -> int:
        size_bytes = len(self._held)
        self._held.clear()
        if size_bytes:
            self._acknowledge(size_bytes)
        return size_bytes

    def _wait(self, timeout_s: float) -> bool:
        """Wait for bytes or the end; returns whether there are any within the timeout."""
        deadline = Deadline(timeout_s)
        while not (self._held or self._is_final):
            if not self._changed.wait(deadline.remaining_s()):
                return False
        return True

    def _receive(self, view: memoryview) -> int:
        with self._changed:
            if not self._wait(transport_module.STALL_S):
                self._is_lost = True
            size_bytes = min(len(self._held), len(view))
            view[:size_bytes] = self._held[:size_bytes]
            del self._held[:size_bytes]
            if size_bytes:
                self._acknowledge(size_bytes)
        if not (size_bytes or self.has_ended or self.is_sized):
            error = BadRequest("The body ends early")
            self.error: BadRequest | None = error
            raise error
        return size_bytes
