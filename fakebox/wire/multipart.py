"""A multipart body, part by part and block by block: a file in it never stands in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Event,
    Field,
    File,
    MultipartDecoder,
    NeedData,
)

from fakebox.wire.body import MalformedBody, content_type, raw_stream

_PARTS_LIMIT = 100
# Bounds the headers of a part; its content passes through.
_BUFFER_LIMIT_BYTES = 1024 * 1024


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
    decoder = MultipartDecoder(
        boundary.encode(), max_form_memory_size=_BUFFER_LIMIT_BYTES, max_parts=_PARTS_LIMIT
    )
    return _parts(_events(decoder, raw_stream(environ, limit_bytes)))


def _events(decoder: MultipartDecoder, blocks: Iterator[bytes]) -> Iterator[Event]:
    try:
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, NeedData):
                decoder.receive_data(next(blocks, None))
            else:
                yield event
    except ValueError as error:
        raise MalformedBody(str(error)) from error
    except RequestEntityTooLarge as error:
        raise MalformedBody("the form has too many parts, or too long headers") from error


def _parts(events: Iterator[Event]) -> Iterator[Part]:
    for event in events:
        if isinstance(event, Field | File):
            filename = event.filename if isinstance(event, File) else None
            content = _content(events)
            # A part without a name is not excluded by the decoder, whatever its types say.
            yield Part(event.name or "", filename, event.headers.get("Content-Type", ""), content)
            for _ in content:
                pass


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, Data):
            if event.data:
                yield event.data
            if not event.more_data:
                return
