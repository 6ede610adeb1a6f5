"""Request bodies, as `wsgi.input`.

The memory use depends on the received bytes, not on the announced length.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from fakebox.server.http1.head import BadRequest, check_field_line
from fakebox.server.transport import LineTooLong, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_BLOCK_BYTES = 256 * 1024
_LINE_LIMIT_BYTES = 4096
_TRAILERS_LIMIT_BYTES = 16 * 1024
_LARGEST_CHUNK_BYTES = 2**63 - 1
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)(?:;[\t\x20-\x7e\x80-\xff]*)?")


class Body(io.RawIOBase):
    """The body of a request.

    Args:
        reader: the reader of the connection.
        before_reading: called before the first read; `None` for nothing.

    Attributes:
        error: the first error in the body; `None` without an error.
        has_begun: whether the application has read from it.
    """

    def __init__(self, reader: Reader, before_reading: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.error: BadRequest | None = None
        self.has_begun: bool = False
        self._reader = reader
        self._before_reading = before_reading

    def _note(self, error: BadRequest) -> None:
        self.error = error

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
        wanted_bytes = _LARGEST_CHUNK_BYTES if size is None or size < 0 else size
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


class SizedBody(Body):
    """A body with a Content-Length.

    It ends early, with `remaining_bytes` above 0, if the client disconnects or a timeout passes.
    """

    def __init__(
        self,
        reader: Reader,
        length_bytes: int,
        before_reading: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(reader, before_reading)
        self.remaining_bytes: int = length_bytes

    @property
    def is_complete(self) -> bool:
        """Whether the whole body was read."""
        return not self.remaining_bytes

    def _read_block(self, size_bytes: int) -> bytes:
        self._begin()
        block = self._reader.take_held(min(size_bytes, self.remaining_bytes))
        self.remaining_bytes -= len(block)
        missing_bytes = min(size_bytes - len(block), self.remaining_bytes)
        # Most bodies have arrived as a whole.
        return block + super()._read_block(missing_bytes) if missing_bytes else block

    def _receive(self, view: memoryview) -> int:
        received = self._reader.readinto(view[: self.remaining_bytes])
        self.remaining_bytes -= received
        return received


class ChunkedBody(Body):
    """A chunked body (RFC 9112, section 7.1).

    Each read raises `BadRequest` if a chunk is not valid, or if the client disconnects before the
    last chunk.
    """

    def __init__(self, reader: Reader, before_reading: Callable[[], None] | None = None) -> None:
        super().__init__(reader, before_reading)
        self._chunk_bytes = 0
        self._is_first = True
        self._is_complete = False

    @property
    def is_complete(self) -> bool:
        """Whether the whole body was read, with the last chunk and the trailers."""
        return self._is_complete

    def _receive(self, view: memoryview) -> int:
        try:
            return self._receive_chunk(view)
        except BadRequest as error:
            self._note(error)
            raise

    def _receive_chunk(self, view: memoryview) -> int:
        if not self._chunk_bytes:
            self._begin_chunk()
        if self._is_complete:
            return 0
        received = self._reader.readinto(view[: self._chunk_bytes])
        if not received:
            raise BadRequest("The body ends within a chunk")
        self._chunk_bytes -= received
        if not self._chunk_bytes:
            self._end_chunk()
        return received

    def _begin_chunk(self) -> None:
        if self._is_complete:
            return
        found = _CHUNK_SIZE.fullmatch(self._line())
        size_bytes = int(found[1], 16) if found else -1
        if not 0 <= size_bytes <= _LARGEST_CHUNK_BYTES:
            raise BadRequest("Malformed chunk size")
        self._chunk_bytes = size_bytes
        if not size_bytes:
            self._read_trailers()
            self._is_complete = True

    def _end_chunk(self) -> None:
        # Reads two bytes instead of a line, because a chunk that is too long may have no line end.
        end = self._reader.read(2)
        if end != b"\r\n":
            raise BadRequest("A chunk does not have its announced size")

    def _read_trailers(self) -> None:
        remaining_bytes = _TRAILERS_LIMIT_BYTES
        while line := self._line():
            check_field_line(line)
            remaining_bytes -= len(line)
            if remaining_bytes < 0:
                raise BadRequest("The trailers are too long")

    def _line(self) -> bytes:
        try:
            line = self._reader.readline(_LINE_LIMIT_BYTES)
        except LineTooLong as error:
            raise BadRequest("A line of a chunk is too long") from error
        if not line.endswith(b"\r\n"):
            raise BadRequest("A line of a chunk does not end with CR and LF")
        return line[:-2]
