"""Request bodies of HTTP/1.1.

The memory use depends on the received bytes, not on the announced length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fakebox.server.body import Body
from fakebox.server.http1.head import check_field_line
from fakebox.server.request_head import BadRequest
from fakebox.server.transport import LineTooLong, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

_LINE_LIMIT_BYTES = 4096
_TRAILERS_LIMIT_BYTES = 16 * 1024
_LARGEST_CHUNK_BYTES = 2**63 - 1
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)(?:;[\t\x20-\x7e\x80-\xff]*)?")


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
        super().__init__(before_reading)
        self._reader = reader
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
        super().__init__(before_reading)
        self._reader = reader
        self._chunk_bytes = 0
        self._is_complete = False

    @property
    def is_complete(self) -> bool:
        """Whether the whole body was read, with the last chunk and the trailers."""
        return self._is_complete

    def _receive(self, view: memoryview) -> int:
        try:
            return self._receive_chunk(view)
        except BadRequest as error:
            self.error: BadRequest | None = error
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
