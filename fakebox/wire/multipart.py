"""A multipart body, part by part and block by block: a file in it never stands in memory.

As RFC 7578 has it, with CRLF at the ends of lines. Werkzeug's incremental decoder isn't used: where
a block ends between CR and LF, it adds to the content or takes from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.http import parse_options_header

from fakebox.wire.body import MalformedBody, content_type, raw_stream

_PARTS_LIMIT = 100
_HEADERS_LIMIT = 20
_LINE_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form.

    Attributes:
        name: the field's name; empty if the part has none.
        filename: the file's name as the client sent it; None if it isn't a file.
        content_type: the part's own media type; empty if it states none.
        blocks: the content; what isn't taken of it is passed over once the next part is asked for.
    """

    name: str
    filename: str | None
    content_type: str
    blocks: Iterator[bytes]


def is_multipart(environ: dict[str, Any]) -> bool:
    """Whether the body says that it is a form with files."""
    return content_type(environ) == "multipart/form-data"


def read_parts(environ: dict[str, Any], limit_bytes: int | None = None) -> Iterator[Part]:
    """The parts of a multipart form, as they come in.

    Args:
        environ: the WSGI request.
        limit_bytes: how long the whole body may be; None for any length.

    Raises:
        MalformedBody: at once without a boundary, and while reading where the form breaks off
            or has more than 100 parts.
        LengthRequired, TooLarge, AbortedUpload: as for `raw_stream`.
    """
    _, options = parse_options_header(environ.get("CONTENT_TYPE"))
    boundary = options.get("boundary", "")
    if not boundary:
        raise MalformedBody("the form has no boundary")
    return _parts(_Source(raw_stream(environ, limit_bytes)), b"\r\n--" + boundary.encode())


class _Source:
    """The body's bytes, up to something that is looked for."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        # The first delimiter needs no line before it; so there always is one.
        self._held = b"\r\n"

    def starts_with(self, mark: bytes) -> bool:
        """Whether the next bytes are these; they stay where they are."""
        while len(self._held) < len(mark):
            self._receive()
        return self._held.startswith(mark)

    def line(self) -> bytes:
        """A line of a part's head."""
        while (found := self._held.find(b"\r\n")) < 0:
            if len(self._held) > _LINE_LIMIT_BYTES:
                raise MalformedBody("a part's header is too long")
            self._receive()
        return self._take(found + 2)

    def stream_until(self, mark: bytes) -> Iterator[bytes]:
        """A content of any length; takes the mark behind it as well."""
        while (found := self._held.find(mark)) < 0:
            # The last bytes may be the beginning of the mark.
            if certain := self._take(max(0, len(self._held) - len(mark) + 1)):
                yield certain
            self._receive()
        content = self._take(found)
        self._take(len(mark))
        if content:
            yield content

    def _take(self, size_bytes: int) -> bytes:
        taken, self._held = self._held[:size_bytes], self._held[size_bytes:]
        return taken

    def _receive(self) -> None:
        try:
            self._held += next(self._blocks)
        except StopIteration:
            raise MalformedBody("the form breaks off") from None


def _parts(source: _Source, delimiter: bytes) -> Iterator[Part]:
    _pass_over(source.stream_until(delimiter))
    for _ in range(_PARTS_LIMIT):
        if source.starts_with(b"--"):
            return
        if source.line().strip():
            raise MalformedBody("a line begins like the boundary")
        part = _part(_headers(source), source.stream_until(delimiter))
        yield part
        _pass_over(part.blocks)
    if not source.starts_with(b"--"):
        raise MalformedBody(f"the form has more than {_PARTS_LIMIT} parts")


def _pass_over(blocks: Iterator[bytes]) -> None:
    for _ in blocks:
        pass


def _headers(source: _Source) -> dict[str, str]:
    headers: dict[str, str] = {}
    while line := source.line().strip():
        if len(headers) == _HEADERS_LIMIT:
            raise MalformedBody("a part has too many headers")
        try:
            name, colon, value = line.decode().partition(":")
        except UnicodeDecodeError as error:
            raise MalformedBody("a part's header is not UTF-8") from error
        if not colon:
            raise MalformedBody("a part's header has no colon")
        headers[name.strip().lower()] = value.strip()
    return headers


def _part(headers: dict[str, str], blocks: Iterator[bytes]) -> Part:
    _, options = parse_options_header(headers.get("content-disposition"))
    return Part(
        options.get("name", ""), options.get("filename"), headers.get("content-type", ""), blocks
    )
