"""Request bodies, as `wsgi.input`, for all versions of HTTP."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from fakebox.server.request_head import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_BLOCK_BYTES = 256 * 1024
_LARGEST_SIZE_BYTES = 2**63 - 1


class Body(io.RawIOBase):
    """The body of a request.

    Args:
        before_reading: called before the first read; `None` for nothing.

    Attributes:
        error: the first error in the body; `None` without an error.
        has_begun: whether the application has read from it.
    """

    def __init__(self, before_reading: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.error: BadRequest | None = None
        self.has_begun: bool = False
        self._before_reading = before_reading

    @property
    def is_complete(self) -> bool:
        """Whether the whole body was read."""
        raise NotImplementedError

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer. Only at the end of the body may fewer bytes be read.

        Raises:
            BadRequest: the body is not valid.
        """
        self._begin()
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and (received := self._receive(view[filled:])):
            filled += received
        return filled

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, or fewer at the end of the body; a negative size reads all.

        Raises:
            BadRequest: the body is not valid.
        """
        wanted_bytes = _LARGEST_SIZE_BYTES if size is None or size < 0 else size
        block = self._read_block(min(wanted_bytes, _BLOCK_BYTES))
        if len(block) < _BLOCK_BYTES or wanted_bytes == _BLOCK_BYTES:
            return block
        blocks = [block]
        wanted_bytes -= len(block)
        while wanted_bytes and (block := self._read_block(min(wanted_bytes, _BLOCK_BYTES))):
            blocks.append(block)
            wanted_bytes -= len(block)
        return b"".join(blocks)

    def readall(self) -> bytes:
        """Read the rest of the body."""
        return self.read()

    def discard(self, limit_bytes: int) -> bool:
        """Read and drop the rest, up to a limit, and return whether the whole body was read."""
        try:
            while not self.is_complete and limit_bytes > 0:
                block = self._read_block(min(limit_bytes, _BLOCK_BYTES))
                if not block:
                    break
                limit_bytes -= len(block)
        except BadRequest:
            return False
        return self.is_complete

    def _begin(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            if self._before_reading:
                self._before_reading()
        if self.error:
            raise self.error

    def _read_block(self, size_bytes: int) -> bytes:
        block = bytearray(size_bytes)
        filled = self.readinto(block)
        return bytes(memoryview(block)[:filled])

    def _receive(self, view: memoryview) -> int:
        raise NotImplementedError
