"""Request bodies. Each can be read only once, so only this module reads them.

Large bodies are never in memory as a whole. Each version of the API maps the exceptions to
responses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BLOCK_BYTES = 256 * 1024
FORM_LIMIT_BYTES = 1024 * 1024
_FORM_TYPE = "application/x-www-form-urlencoded"


class BodyError(Exception):
    """The body of a request cannot be used."""


class LengthRequired(BodyError):
    """The request has no Content-Length."""


class TooLarge(BodyError):
    """The body is longer than allowed.

    Attributes:
        limit_bytes: the largest accepted length.
    """

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self.limit_bytes = limit_bytes


class AbortedUpload(BodyError):
    """The client disconnected before it had sent the whole body.

    Attributes:
        received_bytes: the number of bytes that were received.
        expected_bytes: the Content-Length.
    """

    def __init__(self, received_bytes: int, expected_bytes: int) -> None:
        super().__init__(received_bytes, expected_bytes)
        self.received_bytes = received_bytes
        self.expected_bytes = expected_bytes


class MalformedBody(BodyError):
    """The body is not valid for its Content-Type.

    Attributes:
        reason: the error message.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def content_type(environ: WSGIEnvironment) -> str:
    """The media type of the body, in lower case and without parameters; empty if not sent."""
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def is_form(environ: WSGIEnvironment) -> bool:
    """Whether the body is `application/x-www-form-urlencoded`."""
    return content_type(environ) == _FORM_TYPE


def declared_length(environ: WSGIEnvironment) -> int | None:
    """The Content-Length in bytes; None if there is none, or the body is chunked.

    Raises:
        MalformedBody: the Content-Length is not a number.
    """
    text = str(environ.get("CONTENT_LENGTH") or "")
    if not text or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise MalformedBody("Content-Length is not a number")
    return int(text)


def raw_stream(environ: WSGIEnvironment, limit_bytes: int | None = None) -> Iterator[bytes]:
    """Iterate over a body with a Content-Length, in blocks of at most `BLOCK_BYTES`.

    Args:
        environ: the WSGI request.
        limit_bytes: the largest accepted length; None for no limit.

    Raises:
        LengthRequired: at once, if there is no Content-Length.
        TooLarge: at once, before anything is read.
        AbortedUpload: while reading, if the body ends early.
    """
    length_bytes = declared_length(environ)
    if length_bytes is None:
        raise LengthRequired
    if limit_bytes is not None and length_bytes > limit_bytes:
        raise TooLarge(limit_bytes)
    return _blocks(environ["wsgi.input"], length_bytes)


def open_stream(environ: WSGIEnvironment, limit_bytes: int | None = None) -> Iterator[bytes]:
    """The same as `raw_stream`, for chunked bodies as well.

    Args:
        environ: the WSGI request.
        limit_bytes: the largest accepted length; None for no limit.

    Raises:
        TooLarge: at once if there is a Content-Length, otherwise while reading.
        AbortedUpload: while reading, if a body with a Content-Length ends early.
        MalformedBody: while reading, if a chunk is malformed, or the last one is missing.
    """
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return raw_stream(environ, limit_bytes) if declared_length(environ) else iter(())
    return _chunks(environ["wsgi.input"], limit_bytes)


def read_all(environ: WSGIEnvironment, limit_bytes: int = FORM_LIMIT_BYTES) -> bytes:
    """Read a small body as a whole.

    Args:
        environ: the WSGI request.
        limit_bytes: the largest accepted length.

    Raises:
        TooLarge, AbortedUpload, MalformedBody: as for `open_stream`.
    """
    return b"".join(open_stream(environ, limit_bytes))


def read_some(environ: WSGIEnvironment, size_bytes: int) -> bytes:
    """Read the first bytes of a body, up to a size; the rest stays unread.

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
        # The server raises it for chunks that are malformed, or if the last one is missing.
        raise MalformedBody("its chunks are not valid") from error


def _blocks(stream: BinaryIO, length_bytes: int) -> Iterator[bytes]:
    remaining_bytes = length_bytes
    while remaining_bytes:
        block = stream.read(min(BLOCK_BYTES, remaining_bytes))
        if not block:
            raise AbortedUpload(length_bytes - remaining_bytes, length_bytes)
        remaining_bytes -= len(block)
        yield block
