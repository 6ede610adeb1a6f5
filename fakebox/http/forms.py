"""The two kinds of forms: `application/x-www-form-urlencoded`, also in queries, and multipart.

The `multipart` package parses multipart forms (RFC 7578) as a stream, so memory does not grow with
the size of a file. Werkzeug's incremental decoder is not used: if a block
ends between CR and LF, it changes the content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from multipart import MultipartError, ParserLimitReached, PushMultipartParser
from werkzeug.http import parse_options_header

from fakebox.http.body import MalformedBody, raw_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Pairs = tuple[tuple[str, str], ...]

PARAMETERS_LIMIT = 1000
_PARTS_LIMIT = 100
_HEADERS_LIMIT = 20
_HEADER_LIMIT_BYTES = 64 * 1024


class NotUtf8(Exception):
    """The name or the value of a parameter is not UTF-8 after percent-decoding."""


class TooManyParameters(Exception):
    """A query or a form has more than `PARAMETERS_LIMIT` parameters."""


def parse_pairs(encoded: bytes) -> Pairs:
    """Decode parameters as `urllib.parse.parse_qsl` does.

    Args:
        encoded: the query or the form; only `&` separates parameters.

    Returns:
        Names and values in their order, with duplicates and empty values.

    Raises:
        NotUtf8: a name or a value is not UTF-8.
        TooManyParameters: there are more than `PARAMETERS_LIMIT`.
    """
    if encoded.count(b"&") >= PARAMETERS_LIMIT:
        raise TooManyParameters
    try:
        return tuple(parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise NotUtf8 from error


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form.

    Attributes:
        name: the field's name; empty if the part has none.
        filename: the file's name as the client sent it; None if the part is not a file.
        content_type: the media type of the part with its parameters; empty if not sent.
        blocks: the content. Blocks that were not read are skipped when the next part is read.
    """

    name: str
    filename: str | None
    content_type: str
    blocks: Iterator[bytes]


def read_parts(environ: WSGIEnvironment, limit_bytes: int | None = None) -> Iterator[Part]:
    """Read the parts of a multipart form while the body arrives.

    Args:
        environ: the WSGI request.
        limit_bytes: the largest size of the whole body; None for no limit.

    Returns:
        The parts, in the order of the body.

    Raises:
        MalformedBody: at once if the boundary is missing or unusable; while reading if the body
            is not a multipart form, ends before its last delimiter, or has more than 100 parts.
        LengthRequired, TooLarge, AbortedUpload: as for `raw_stream`.
    """
    _, options = parse_options_header(environ.get("CONTENT_TYPE"))
    boundary = options.get("boundary", "")
    if not boundary:
        raise MalformedBody("the form has no boundary")
    # Strict mode would reject a correct form when its last line break arrives in a separate
    # block, so the same form would be accepted or rejected depending on how packets are split.
    try:
        parser = PushMultipartParser(
            boundary,
            max_header_size=_HEADER_LIMIT_BYTES,
            max_header_count=_HEADERS_LIMIT,
            max_segment_count=_PARTS_LIMIT,
        )
    except MultipartError as error:
        raise _malformed(error) from error
    return _parts(_events(parser, raw_stream(environ, limit_bytes)))


def _events(parser: Any, blocks: Iterator[bytes]) -> Iterator[Any]:
    """Yield, for each part, a `MultipartSegment`, its content in blocks, and None."""
    try:
        for block in blocks:
            yield from parser.parse(block)
        parser.close()
    except MultipartError as error:
        raise _malformed(error) from error


def _parts(events: Iterator[Any]) -> Iterator[Part]:
    for segment in events:
        content = iter(partial(next, events), None)
        yield _part(dict(segment.headerlist), content)
        for _ in content:
            pass


def _part(headers: dict[str, str], blocks: Iterator[bytes]) -> Part:
    # Werkzeug's parser also understands `filename*`, which RFC 5987 defines.
    _, options = parse_options_header(headers.get("Content-Disposition"))
    return Part(
        options.get("name", ""), options.get("filename"), headers.get("Content-Type", ""), blocks
    )


def _malformed(error: MultipartError) -> MalformedBody:
    if isinstance(error, ParserLimitReached):
        return MalformedBody(
            f"the form has more than {_PARTS_LIMIT} parts, or a part has more than"
            f" {_HEADERS_LIMIT} headers or a header of more than {_HEADER_LIMIT_BYTES} bytes"
        )
    return MalformedBody(f"the form is not valid multipart/form-data: {error.args[0]}")
