"""What can be uploaded, as blocks of an exact total length.

Strings, bytes, paths and file-like objects become a `Body`; a file that turns out shorter or longer
than it was is an error, never a truncated upload.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dropbox.errors import SizeChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[int, int], object]
    Uploadable = str | bytes | bytearray | memoryview | os.PathLike[str] | IO[bytes] | IO[str]

BLOCK_BYTES = 512 * 1024
_IN_MEMORY_BYTES = 8 * 1024 * 1024


class Body:
    """The bytes of an upload, once: read like a file, or in blocks by iteration.

    Args:
        source: where they come from.
        length_bytes: how many there are.
        may_have_more: the source may go on behind them, as for a chunk of a larger file.
        owns_source: whether `close` closes the source.
        progress: called with the bytes sent so far and the total, after each block.
    """

    def __init__(
        self,
        source: IO[bytes],
        length_bytes: int,
        *,
        may_have_more: bool = False,
        owns_source: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.length_bytes: int = length_bytes
        self._source = source
        self._may_have_more = may_have_more
        self._owns_source = owns_source
        self._progress = progress
        self._read_bytes = 0
        self._reported_bytes = 0

    def __len__(self) -> int:
        """How many bytes there are."""
        return self.length_bytes

    def __iter__(self) -> Iterator[bytes]:
        """The blocks."""
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = -1) -> bytes:
        """The next bytes, none at the end. Whoever asks for more has sent what came before.

        Raises:
            SizeChangedError: the source has fewer or more bytes than expected; the last ones are
                held back then.
        """
        self._report()
        unread_bytes = self.length_bytes - self._read_bytes
        wanted_bytes = unread_bytes if size < 0 else min(size, unread_bytes)
        if not wanted_bytes:
            return b""
        block = self._source.read(wanted_bytes)
        if not block:
            raise SizeChangedError(self.length_bytes, "shrank")
        self._read_bytes += len(block)
        is_last = self._read_bytes == self.length_bytes
        if is_last and not self._may_have_more and self._source.read(1):
            raise SizeChangedError(self.length_bytes, "grew")
        return block

    def close(self) -> None:
        """Close the source, if it is the body's own."""
        if self._owns_source:
            self._source.close()

    def _report(self) -> None:
        if self._progress and self._read_bytes > self._reported_bytes:
            self._reported_bytes = self._read_bytes
            self._progress(self._read_bytes, self.length_bytes)


def whole(source: Uploadable, progress: Progress | None = None) -> Body:
    """All that a source has left, from where it stands.

    Args:
        source: a string (sent as UTF-8), bytes, a path, or a file-like object. One that can't tell
            its size is first copied, to the disk if it is large.
        progress: as for `Body`.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(source, os.PathLike):
        file: IO[bytes] = Path(source).open("rb")  # noqa: SIM115 -- the body closes it
    else:
        file = seekable(source)
    return Body(file, left_bytes(file), owns_source=file is not source, progress=progress)


class Replayable:
    """What is uploaded, kept so that it can be sent again from where it stood.

    Args:
        source: as for `whole`. A file that can't seek, or that holds text, is copied first.

    Raises:
        TypeError: it is nothing that can be uploaded.
    """

    def __init__(self, source: Any) -> None:
        self._given = source
        is_plain = isinstance(source, (str, bytes, bytearray, memoryview, os.PathLike))
        self._source: Any = source if is_plain else seekable(source)
        self._start = None if is_plain else self._source.tell()

    def rewound(self) -> Any:
        """The source, at the position that it had at first."""
        if self._start is not None:
            self._source.seek(self._start)
        return self._source

    def close(self) -> None:
        """Close the copy, if one was made."""
        if self._source is not self._given:
            self._source.close()


def part(source: Uploadable, length_bytes: int) -> Callable[[], Body]:
    """The next bytes of a source, as one chunk of a larger whole.

    Args:
        source: as for `whole`, but for a path.
        length_bytes: how many; fewer, if there are no more.

    Returns:
        A function that makes the chunk's body; call it for each time the chunk is sent.

    Raises:
        TypeError: it is none of these, or a text file, whose parts are no bytes.
    """
    if _text_begins(source) is not None:
        raise TypeError("can't upload a part of a text file: open it in binary mode")
    if _is_stream(source):
        source = _read_up_to(source, length_bytes)
    file = seekable(source)
    start = file.tell()

    def body() -> Body:
        file.seek(start)
        return Body(file, min(length_bytes, left_bytes(file)), may_have_more=True)

    return body


def seekable(source: Any) -> IO[bytes]:
    """A source as a binary file that can seek: itself, if it is one.

    Raises:
        TypeError: it is neither a string, nor bytes, nor a file-like object.
    """
    begun = _text_begins(source)
    if begun is not None:
        source = begun + source.read()
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if not callable(getattr(source, "read", None)):
        raise TypeError(f"can't upload {type(source).__name__}: not bytes, str, path or file")
    file: IO[bytes] = _copied(source) if _is_stream(source) else source
    return file


def left_bytes(file: IO[bytes]) -> int:
    """How many bytes a file has left from where it stands."""
    position = file.tell()
    file.seek(0, os.SEEK_END)
    end = file.tell()
    file.seek(position)
    return end - position


def _text_begins(source: Any) -> str | None:
    # Not every text file is an `io.TextIOBase`, and one that has read ahead gives that at once.
    if not callable(getattr(source, "read", None)):
        return None
    begun = source.read(0)
    return begun if isinstance(begun, str) else None


def _is_stream(source: Any) -> bool:
    if not hasattr(source, "read"):
        return False
    try:
        left_bytes(source)
    except (AttributeError, OSError, ValueError):
        return True
    return False


def _copied(source: IO[bytes]) -> IO[bytes]:
    copy: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 -- the caller's
    shutil.copyfileobj(source, copy, BLOCK_BYTES)
    copy.seek(0)
    spooled: IO[bytes] = copy
    return spooled


def _read_up_to(source: Any, length_bytes: int) -> bytes:
    blocks = []
    wanted_bytes = length_bytes
    while wanted_bytes and (block := source.read(wanted_bytes)):
        blocks.append(block)
        wanted_bytes -= len(block)
    return b"".join(blocks)
