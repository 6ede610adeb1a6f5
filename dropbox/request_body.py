"""Request bodies: the content of an upload, read in blocks, with a known length.

A `Body` is made from a string, bytes, a path or a file-like object. If the file becomes longer or
shorter while it is sent, an error is raised. A truncated upload is never stored.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from dropbox.arguments import check_length, read_block
from dropbox.compat import Self
from dropbox.content_hash import content_hash
from dropbox.errors import SizeChangedError

Progress = Callable[[int, int], object]
Uploadable = str | bytes | bytearray | memoryview | os.PathLike[str] | IO[bytes] | IO[str]

BLOCK_BYTES = 512 * 1024
_IN_MEMORY_BYTES = 8 * 1024 * 1024


class Body:
    """The content of one request; it can be read once, as a file or by iteration.

    Args:
        source: a binary file, read from its current position.
        length_bytes: the number of bytes to read.
        may_have_more: whether the source may have more bytes, as for a chunk of a larger file.
        owns_source: whether `close` closes the source.
        progress: called after each block with the bytes sent so far and the total.

    Attributes:
        length_bytes: the length of the content, in bytes.
        caller_error: the error of the source or of `progress`, which is not an error of the
            connection; `None` if there is none.
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
        self.caller_error: OSError | None = None
        self._source = source
        self._may_have_more = may_have_more
        self._owns_source = owns_source
        self._progress = progress
        self._read_bytes = 0
        self._reported_bytes = 0

    @classmethod
    def of(cls, source: Uploadable, progress: Progress | None = None) -> Self:
        """Make a body of the rest of a source, from its current position.

        Args:
            source: a string (sent as UTF-8), bytes, a path, or a file-like object. A file that
                cannot seek is copied first: to memory, or to the disk above 8 MiB.
            progress: as for `Body`.

        Raises:
            TypeError: the source does not have an accepted type.
        """
        if isinstance(source, os.PathLike):
            file: IO[bytes] = Path(source).open("rb")  # noqa: SIM115 -- the body closes it
        else:
            file = seekable(source)
        return cls(file, remaining_bytes(file), owns_source=file is not source, progress=progress)

    def __len__(self) -> int:
        """Return the length of the content, in bytes."""
        return self.length_bytes

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the blocks."""
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = -1) -> bytes:
        """Read the next bytes. The bytes that were read before are counted as sent.

        Args:
            size: the maximum number of bytes to read; a negative number reads all.

        Returns:
            The bytes; empty at the end.

        Raises:
            SizeChangedError: the source has fewer or more bytes than expected. The last bytes are
                not returned in that case, so the request stays incomplete.
        """
        try:
            self._report()
            return self._read(size)
        except OSError as error:
            self.caller_error = error
            raise

    def _read(self, size: int) -> bytes:
        unread_bytes = self.length_bytes - self._read_bytes
        size = unread_bytes if size < 0 else min(size, unread_bytes)
        if not size:
            return b""
        block = read_block(self._source, size)
        if not block:
            raise SizeChangedError(self.length_bytes, "shrank")
        self._read_bytes += len(block)
        is_last = self._read_bytes == self.length_bytes
        if is_last and not self._may_have_more and read_block(self._source, 1):
            raise SizeChangedError(self.length_bytes, "grew")
        return block

    def content_hash(self) -> str:
        """Return the content hash of the bytes that were not read yet; they stay unread."""
        position = self._source.tell()
        digest = content_hash(self._source, self.length_bytes - self._read_bytes)
        self._source.seek(position)
        return digest

    def close(self) -> None:
        """Close the source, if the body owns it."""
        if self._owns_source:
            self._source.close()

    def _report(self) -> None:
        if self._progress and self._read_bytes > self._reported_bytes:
            self._reported_bytes = self._read_bytes
            self._progress(self._read_bytes, self.length_bytes)


class RewindableSource:
    """The source of an upload that may be sent more than once.

    Args:
        source: as for `Body.of`. A file that cannot seek, or that contains text, is copied first.

    Raises:
        TypeError: the source does not have an accepted type.
    """

    def __init__(self, source: Uploadable) -> None:
        self._original = source
        is_file = not isinstance(source, (str, bytes, bytearray, memoryview, os.PathLike))
        self._file: IO[bytes] | None = seekable(source) if is_file else None
        self._start = self._file.tell() if self._file else 0

    def rewind(self) -> Uploadable:
        """Return the source at its initial position."""
        if self._file is None:
            return self._original
        self._file.seek(self._start)
        return self._file

    def close(self) -> None:
        """Close the copy of the source, if the source was copied."""
        if self._file is not None and self._file is not self._original:
            self._file.close()


def chunk_maker(source: Uploadable, length_bytes: int | None) -> Callable[[], Body]:
    """Prepare a chunk: the next bytes of a source.

    Args:
        source: as for `Body.of`, but not a path.
        length_bytes: the length of the chunk; it is shorter if the source ends before. `None` is
            the rest of the source.

    Returns:
        A function that makes the chunk's body. Each attempt to send the chunk calls it.

    Raises:
        TypeError: the source does not have an accepted type, or is a text file.
    """
    if _initial_text(source) is not None:
        raise TypeError("cannot upload a chunk of a text file; open it in binary mode")
    length_bytes = sys.maxsize if length_bytes is None else check_length(length_bytes)
    if isinstance(source, os.PathLike):
        kind = type(source).__name__
        raise TypeError(f"the content of a chunk must be bytes, str or a file, not {kind}")
    if _is_stream(source):
        source = _read_up_to(cast("IO[bytes]", source), length_bytes)
    file = seekable(source)
    start = file.tell()

    def make_body() -> Body:
        file.seek(start)
        return Body(file, min(length_bytes, remaining_bytes(file)), may_have_more=True)

    return make_body


def seekable(source: object) -> IO[bytes]:
    """Return a source as a binary file that can seek.

    Args:
        source: a string, bytes, or a file-like object.

    Returns:
        The source itself, if it is a binary file that can seek; otherwise a copy.

    Raises:
        TypeError: the source does not have an accepted type.
    """
    initial_text = _initial_text(source)
    if initial_text is not None:
        source = initial_text + cast("IO[str]", source).read()
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if not callable(getattr(source, "read", None)):
        kind = type(source).__name__
        raise TypeError(f"the content must be bytes, str, a path or a file, not {kind}")
    file = cast("IO[bytes]", source)
    return _copy(file) if _is_stream(file) else file


def check_binary_file(file_obj: object) -> IO[bytes]:
    """Check that an object is a binary file, and return it.

    Args:
        file_obj: the object.

    Raises:
        TypeError: it has no method `read`, or contains text.
    """
    if not callable(getattr(file_obj, "read", None)) or _initial_text(file_obj) is not None:
        kind = type(file_obj).__name__
        raise TypeError(f"file_obj must be a binary file, such as open(name, 'rb'), not {kind}")
    return cast("IO[bytes]", file_obj)


def remaining_bytes(file: IO[bytes]) -> int:
    """Return the number of bytes from the current position of a file to its end.

    Args:
        file: a binary file that can seek.
    """
    position = file.tell()
    file.seek(0, os.SEEK_END)
    end = file.tell()
    file.seek(position)
    return end - position


def _initial_text(source: object) -> str | None:
    # Not every text file is an `io.TextIOBase`. `read(0)` of any text file returns a
    # `str`. It may contain characters that were buffered before.
    read = getattr(source, "read", None)
    text = read(0) if callable(read) else None
    return text if isinstance(text, str) else None


def _is_stream(source: object) -> bool:
    if not hasattr(source, "read"):
        return False
    try:
        remaining_bytes(cast("IO[bytes]", source))
    except (AttributeError, OSError, ValueError):
        return True
    return False


def _copy(source: IO[bytes]) -> IO[bytes]:
    copy: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 -- the caller closes it
    try:
        while block := read_block(source, BLOCK_BYTES):
            copy.write(block)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return cast("IO[bytes]", copy)


def _read_up_to(source: IO[bytes], length_bytes: int) -> bytes:
    blocks = []
    missing_bytes = length_bytes
    while missing_bytes and (block := read_block(source, min(missing_bytes, BLOCK_BYTES))):
        blocks.append(block)
        missing_bytes -= len(block)
    return b"".join(blocks)
