"""Responses with the content of a file: conditional requests and ranges (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from flask import Response
from werkzeug.datastructures import Headers

from fakebox.http.body import BLOCK_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.ASCII | re.IGNORECASE)
# The size of a content has fewer digits. `int` raises for numbers with thousands of digits.
_DIGITS = 19


def send(
    environ: WSGIEnvironment,
    file: BinaryIO,
    size_bytes: int,
    version: str,
    media_type: str,
    *,
    has_weak_etag: bool = False,
) -> Response:
    """Respond to a request for a file: 200, 206 for a range, or 304.

    The response closes the file.

    Args:
        environ: the WSGI request; its conditions and its range are used.
        file: the content.
        size_bytes: the size of the content.
        version: a text that changes with the content, such as its rev.
        media_type: the media type of the content.
        has_weak_etag: whether the entity tag is weak.

    Raises:
        Unsatisfiable: no byte of the content is in the range; the file is closed.
    """
    try:
        etag = make_etag(version, is_weak=has_weak_etag)
        # Not a dict or list, which the response would copy.
        headers = Headers()
        headers.add("ETag", etag)
        headers.add("Accept-Ranges", "bytes")
        if is_fresh(environ.get("HTTP_IF_NONE_MATCH"), etag):
            file.close()
            return Response(status=304, headers=headers)
        uses_range = is_same(environ.get("HTTP_IF_RANGE"), etag)
        part = parse_range(environ.get("HTTP_RANGE") if uses_range else None, size_bytes)
    except BaseException:
        file.close()
        raise
    start, length_bytes = (part.start, part.length_bytes) if part else (0, size_bytes)
    if part:
        headers.add("Content-Range", part.content_range)
    headers.add("Content-Length", str(length_bytes))
    headers.add("Content-Type", media_type)
    blocks = Blocks(file, start, length_bytes)
    return Response(blocks, 206 if part else 200, headers, direct_passthrough=True)


class Blocks:
    """A part of a file, in blocks.

    Args:
        file: the content.
        start: the offset of the part, in bytes.
        length_bytes: the length of the part.
    """

    def __init__(self, file: BinaryIO, start: int, length_bytes: int) -> None:
        self._file = file
        self._start = start
        self._length_bytes = length_bytes

    def __iter__(self) -> Iterator[bytes]:
        """Yield the blocks."""
        self._file.seek(self._start)
        remaining_bytes = self._length_bytes
        while remaining_bytes and (block := self._file.read(min(BLOCK_BYTES, remaining_bytes))):
            remaining_bytes -= len(block)
            yield block

    def close(self) -> None:
        """Close the file; the server calls this even if the response fails."""
        self._file.close()


# --- conditional requests ------------------------------------------------------------------


def make_etag(value: str, *, is_weak: bool = False) -> str:
    """Make an entity tag.

    Args:
        value: a text that changes with the content, such as its rev; printable ASCII without
            quotes.
        is_weak: whether the tag is weak; otherwise it is strong.
    """
    return f'W/"{value}"' if is_weak else f'"{value}"'


def is_fresh(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has the content already, so that the response is 304.

    Args:
        if_none_match: the value of the header; None if there is none.
        etag: the entity tag of the content.
    """
    if if_none_match is None:
        return False
    value = etag.removeprefix("W/").strip('"')
    return if_none_match.strip() == "*" or value in _TAG.findall(if_none_match)


def is_same(if_range: str | None, etag: str) -> bool:
    """Whether a range may be sent: the client has a part of the same content.

    Args:
        if_range: the value of the header, an entity tag or a date; None if there is none. A date
            or a weak tag never matches: the whole content is always a valid response.
        etag: the entity tag of the content.
    """
    if if_range is None:
        return True
    return if_range.strip() == etag and not etag.startswith("W/")


# --- ranges --------------------------------------------------------------------------------


class Unsatisfiable(Exception):
    """The range begins after the end of the content.

    Attributes:
        size_bytes: the size of the content.
    """

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.size_bytes = size_bytes

    @property
    def content_range(self) -> str:
        """The Content-Range header of the error response."""
        return f"bytes */{self.size_bytes}"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a content; never empty.

    Attributes:
        start: the offset of the first byte.
        stop: the offset after the last byte.
        size_bytes: the size of the whole content.
    """

    start: int
    stop: int
    size_bytes: int

    @property
    def length_bytes(self) -> int:
        """The length of the part."""
        return self.stop - self.start

    @property
    def content_range(self) -> str:
        """The Content-Range header of the response."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size_bytes}"


def parse_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """Parse a Range header.

    Args:
        header: the value of the header; None if there is none.
        size_bytes: the size of the content.

    Returns:
        The range, cut to the content. None if the whole content is to be sent: the header is
        missing or malformed, or has a unit other than bytes, or several ranges.

    Raises:
        Unsatisfiable: no byte of the content is in the range.
    """
    match = _RANGE.fullmatch(header or "")
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size_bytes - _number(last)), size_bytes
    else:
        start = _number(first)
        stop = min(_number(last) + 1, size_bytes) if last else size_bytes
        if last and _number(last) < start:
            return None
    if start >= stop:
        raise Unsatisfiable(size_bytes)
    return ByteRange(start, stop, size_bytes)


def _number(digits: str) -> int:
    # A number that is cut is still larger than the size of any content.
    return int(digits.lstrip("0")[:_DIGITS] or "0")
