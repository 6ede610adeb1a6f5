"""What can be uploaded, as blocks of an exact total length.

Strings, bytes, paths and file-like objects become a `Body`; a file that turns out shorter or longer
than it was is an error, never a truncated upload.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[int, int], object]
    Uploadable = str | bytes | bytearray | memoryview | os.PathLike[str] | IO[bytes] | IO[str]

BLOCK_BYTES = 512 * 1024


class SizeChangedError(ValueError):
    """The file has fewer or more bytes than it had when the upload began; nothing was stored.

    Attributes:
        expected_bytes: how many there were.
    """

    def __init__(self, expected_bytes: int, what: str) -> None:
        super().__init__(f"the file {what} while it was uploaded; it had {expected_bytes} bytes")
        self.expected_bytes = expected_bytes


class Body:
    """The bytes of an upload; iterating reads and sends them.

    Args:
        source: where they come from.
        length_bytes: how many there are.
        may_have_more: the source may go on behind them, as for a chunk of a larger file.
        closes: close the source when it was sent.
        progress: called with the bytes sent so far and the total, after each block.
    """

    def __init__(
        self,
        source: IO[bytes],
        length_bytes: int,
        *,
        may_have_more: bool = False,
        closes: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.length_bytes = length_bytes
        self._source = source
        self._may_have_more = may_have_more
        self._closes = closes
        self._progress = progress

    def __iter__(self) -> Iterator[bytes]:
        """The blocks; raises `SizeChangedError` before the last one if the length is wrong."""
        try:
            yield from self._blocks()
        finally:
            if self._closes:
                self._source.close()

    def _blocks(self) -> Iterator[bytes]:
        sent_bytes = 0
        while sent_bytes < self.length_bytes:
            block = self._source.read(min(BLOCK_BYTES, self.length_bytes - sent_bytes))
            if not block:
                raise SizeChangedError(self.length_bytes, "shrank")
            sent_bytes += len(block)
            if sent_bytes == self.length_bytes and not self._may_have_more and self._source.read(1):
                raise SizeChangedError(self.length_bytes, "grew")
            yield block
            if self._progress:
                self._progress(sent_bytes, self.length_bytes)


def whole(source: Uploadable, progress: Progress | None = None) -> Body:
    """All that a source has left, from where it stands.

    What can't tell its size is read to its end first.

    Args:
        source: a string (sent as UTF-8), bytes, a path, or a file-like object.
        progress: as for `Body`.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Body(io.BytesIO(source), len(memoryview(source).cast("B")), progress=progress)
    if isinstance(source, os.PathLike):
        file = Path(source).open("rb")  # noqa: SIM115 -- the body closes it
        return Body(file, os.fstat(file.fileno()).st_size, closes=True, progress=progress)
    if not callable(getattr(source, "read", None)):
        raise TypeError(f"can't upload {type(source).__name__}: not bytes, str, path or file")
    return _file_body(source, progress)


def _file_body(source: Any, progress: Progress | None) -> Body:
    length_bytes = _remaining_bytes(source)
    if length_bytes is None or isinstance(source, io.TextIOBase):
        data = source.read()
        return whole(data, progress)
    return Body(source, length_bytes, progress=progress)


def _remaining_bytes(source: Any) -> int | None:
    try:
        position = source.tell()
        source.seek(0, os.SEEK_END)
        end = source.tell()
        source.seek(position)
    except (AttributeError, OSError, ValueError):
        return None
    return int(end) - int(position)
