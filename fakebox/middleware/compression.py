"""JSON and text of version 2 are compressed for clients that accept it (RFC 9110, section 12.5.3).

The contents of files are sent unchanged. Source: the wire reference of version 2, headers.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from werkzeug.http import parse_accept_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Headers = list[tuple[str, str]]

ENCODING = "gzip"
# The time of level 1 is a few microseconds for most responses, so there is no lower limit of their
# size: the service has none. Higher levels take longer, and save little of such short texts.
_LEVEL = 1
# The format of gzip, which has no time and no file name.
_GZIP_BITS = 16 + zlib.MAX_WBITS
_TYPES = frozenset({"application/json", "text/javascript", "text/plain"})
# Responses with the content of a file, which may be JSON or text as well, have one of these.
_CONTENT = frozenset({"accept-ranges", "dropbox-api-result", "content-encoding"})
_BODILESS = ("204", "304")
_VARY = "Accept-Encoding"


def compressed(app: WSGIApplication) -> WSGIApplication:
    """Wrap an application to compress its JSON and text.

    Responses that are already encoded are not changed, so an application may be wrapped twice.
    """

    def with_compression(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        held: list[tuple[str, Headers, OptExcInfo | None]] = []

        def start(
            status: str, headers: Headers, exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            names = [name.lower() for name, _ in headers]
            if not _is_compressible(status, headers, names):
                return start_response(status, headers, exc_info)
            headers = _varying(headers, names)
            if not accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
                return start_response(status, headers, exc_info)
            if environ["REQUEST_METHOD"] == "HEAD":
                # The compressed length is unknown without the body.
                return start_response(status, _without_length(headers), exc_info)
            held[:] = [(status, headers, exc_info)]
            return _no_write

        blocks = app(environ, start)
        return _send(blocks, start_response, *held[0]) if held else blocks

    return with_compression


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether a client prefers gzip to no encoding.

    Args:
        accept_encoding: the value of the header; empty if there is none.
    """
    accepted = {name.lower(): quality for name, quality in parse_accept_header(accept_encoding)}
    others = accepted.get("*", 0)
    quality = max(accepted.get(ENCODING, others), accepted.get("x-gzip", 0))
    # A client that does not list `identity` accepts it, and prefers what it lists.
    return quality > 0 and quality >= accepted.get("identity", 0)


def decompressed(data: bytes, limit_bytes: int) -> bytes:
    """Return the beginning of compressed data.

    Args:
        data: the beginning of compressed data.
        limit_bytes: the largest number of bytes to return.

    Returns:
        The bytes; the unchanged data if it is not compressed with gzip.
    """
    try:
        return zlib.decompressobj(_GZIP_BITS).decompress(data, limit_bytes)
    except zlib.error:
        return data


def _is_compressible(status: str, headers: Headers, names: list[str]) -> bool:
    if status.startswith(_BODILESS) or not _CONTENT.isdisjoint(names):
        return False
    return "content-type" in names and _is_data(headers[names.index("content-type")][1])


@lru_cache(maxsize=64)
def _is_data(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in _TYPES


def _varying(headers: Headers, names: list[str]) -> Headers:
    if "vary" not in names:
        return [*headers, ("Vary", _VARY)]
    values = [value for name, value in headers if name.lower() == "vary"]
    if any(_VARY.lower() in value.lower() for value in values):
        return headers
    kept = [pair for pair in headers if pair[0].lower() != "vary"]
    return [*kept, ("Vary", ", ".join([*values, _VARY]))]


def _send(
    blocks: Iterable[bytes],
    start_response: StartResponse,
    status: str,
    headers: Headers,
    exc_info: OptExcInfo | None,
) -> Iterable[bytes]:
    try:
        body = b"".join(blocks)
    finally:
        if close := getattr(blocks, "close", None):
            close()
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_BITS)
    data = compressor.compress(body) + compressor.flush()
    encoded = [("Content-Encoding", ENCODING), ("Content-Length", str(len(data)))]
    start_response(status, [*_without_length(headers), *encoded], exc_info)
    return [data]


def _without_length(headers: Headers) -> Headers:
    return [pair for pair in headers if pair[0].lower() != "content-length"]


def _no_write(_: bytes) -> None:
    raise TypeError("the application must return its response, not write it")
