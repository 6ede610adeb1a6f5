"""Requests' bodies: the one place that reads them, since each can be read only once.

Nothing here buffers what may be large, and nothing here knows a status: a dialect words the
refusals.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

BLOCK_BYTES = 256 * 1024
FORM_LIMIT_BYTES = 1024 * 1024
_FORM_TYPE = "application/x-www-form-urlencoded"


class BodyError(Exception):
    """The request's body isn't one to work with."""


class LengthRequired(BodyError):
    """The request doesn't say how long its body is."""


class TooLarge(BodyError):
    """The body is longer than allowed.

    Attributes:
        limit_bytes: what is allowed.
    """

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self.limit_bytes = limit_bytes


class AbortedUpload(BodyError):
    """The client left before all of the body was there.

    Attributes:
        received_bytes: what came.
        expected_bytes: what was announced.
    """

    def __init__(self, received_bytes: int, expected_bytes: int) -> None:
        super().__init__(received_bytes, expected_bytes)
        self.received_bytes = received_bytes
        self.expected_bytes = expected_bytes


class MalformedBody(BodyError):
    """The body isn't what its Content-Type says.

    Attributes:
        reason: what is wrong, in English.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def content_type(environ: dict[str, Any]) -> str:
    """The media type of the body, in lower case and without parameters; empty if not given."""
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def is_form(environ: dict[str, Any]) -> bool:
    """Whether the body is urlencoded parameters."""
    return content_type(environ) == _FORM_TYPE


def declared_length(environ: dict[str, Any]) -> int | None:
    """The length that the request announces, in bytes; None if it announces none.

    Raises:
        MalformedBody: what it announces is not a length.
    """
    text = str(environ.get("CONTENT_LENGTH") or "")
    if not text or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise MalformedBody("Content-Length is not a number")
    return int(text)


def raw_stream(environ: dict[str, Any], limit_bytes: int | None = None) -> Iterator[bytes]:
    """The body in blocks of at most `BLOCK_BYTES`, as they come in.

    Args:
        environ: the WSGI request.
        limit_bytes: how long the body may be; None for any length.

    Raises:
        LengthRequired: at once, as for a chunked body.
        TooLarge: at once, before anything is read.
        AbortedUpload: while reading, when the body ends early.
    """
    length_bytes = declared_length(environ)
    if length_bytes is None:
        raise LengthRequired
    if limit_bytes is not None and length_bytes > limit_bytes:
        raise TooLarge(limit_bytes)
    return _blocks(environ["wsgi.input"], length_bytes)


def open_stream(environ: dict[str, Any], limit_bytes: int | None = None) -> Iterator[bytes]:
    """As `raw_stream`, for bodies in chunks as well.

    Args:
        environ: the WSGI request.
        limit_bytes: how long the body may be; None for any length.

    Raises:
        TooLarge: at once if the length is stated, otherwise while reading.
        AbortedUpload: while reading, when a body of stated length ends early.
        MalformedBody: while reading, when chunks are none, or the last one is missing.
    """
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return raw_stream(environ, limit_bytes) if declared_length(environ) else iter(())
    return _chunks(environ["wsgi.input"], limit_bytes)


def read_all(environ: dict[str, Any], limit_bytes: int = FORM_LIMIT_BYTES) -> bytes:
    """A body that is small.

    Args:
        environ: the WSGI request.
        limit_bytes: how long the body may be.

    Raises:
        TooLarge, AbortedUpload, MalformedBody: as for `open_stream`.
    """
    return b"".join(open_stream(environ, limit_bytes))


def read_some(environ: dict[str, Any], size_bytes: int) -> bytes:
    """As much of a body as there is, up to a size; the rest stays unread.

    Raises:
        AbortedUpload, MalformedBody: as for `open_stream`.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        return _read_chunks(environ["wsgi.input"], size_bytes)
    length_bytes = min(declared_length(environ) or 0, size_bytes)
    return b"".join(_blocks(environ["wsgi.input"], length_bytes))


def _chunks(stream: BinaryIO, limit_bytes: int | None) -> Iterator[bytes]:
    received_bytes = 0
    while block := _read_chunks(stream, BLOCK_BYTES):
        received_bytes += len(block)
        if limit_bytes is not None and received_bytes > limit_bytes:
            raise TooLarge(limit_bytes)
        yield block


def _read_chunks(stream: BinaryIO, size_bytes: int) -> bytes:
    try:
        return stream.read(size_bytes)
    except ValueError as error:
        # The server's word for chunks that don't add up, or end before the last one.
        raise MalformedBody("its chunks can't be read") from error


def _blocks(stream: BinaryIO, length_bytes: int) -> Iterator[bytes]:
    remaining_bytes = length_bytes
    while remaining_bytes:
        block = stream.read(min(BLOCK_BYTES, remaining_bytes))
        if not block:
            raise AbortedUpload(length_bytes - remaining_bytes, length_bytes)
        remaining_bytes -= len(block)
        yield block
