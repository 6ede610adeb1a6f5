"""The head of a request: its first line and its fields, parsed by the grammar of RFC 9112."""

from __future__ import annotations

import re

from fakebox.server.request_head import (
    TARGET,
    TOKEN,
    BadRequest,
    RequestHead,
    add_field,
    content_length,
    has_control_characters,
    is_host,
)
from fakebox.server.transport import TLS_HANDSHAKE

_REQUEST_LINE = re.compile(
    # The method, in capitals like all registered methods.
    rb"([A-Z][A-Z-]*) "
    # A path, an asterisk, or a URL with its authority, path and query.
    rb"(?:(" + TARGET + rb")"
    rb"|(?i:https?)://([\x21\x22\x24-\x2e\x30-\x3e\x41-\x7e]+)"
    rb"([/?][\x21\x22\x24-\x7e\x80-\xff]*)?)"
    rb" HTTP/([0-9])\.([0-9])"
)


def parse_head(data: bytes) -> RequestHead:
    """Parse a head.

    Args:
        data: the bytes of the head with its empty line.

    Raises:
        BadRequest: the head violates RFC 9112, or requires a feature that the server does not have.
    """
    if data.startswith(TLS_HANDSHAKE):
        raise BadRequest("This port speaks http, not https")
    _check_characters(data)
    lines = data[:-4].split(b"\r\n")
    method, target, authority, version = _parse_request_line(lines[0])
    fields = _parse_fields(lines)
    is_http_11 = version == "HTTP/1.1"
    _check_host(fields, authority, is_http_11=is_http_11)
    options = fields.get("HTTP_CONNECTION", "").lower()
    expects = fields.pop("HTTP_EXPECT", "").lower() == "100-continue"
    is_chunked = "HTTP_TRANSFER_ENCODING" in fields
    if is_chunked:
        _check_transfer_encoding(fields, is_http_11=is_http_11)
    return RequestHead(
        method,
        target,
        version,
        fields,
        content_length(fields),
        is_chunked,
        _keeps_alive(options, is_http_11=is_http_11),
        expects and is_http_11,
    )


def check_field_line(line: bytes) -> None:
    """Check a field that is not stored, such as a trailer.

    Args:
        line: the line without its end.

    Raises:
        BadRequest: the line is not a field.
    """
    name, colon, _ = line.partition(b":")
    if not colon or not TOKEN.fullmatch(name):
        raise BadRequest("Malformed trailer field")
    _check_characters(line)


def _check_characters(data: bytes) -> None:
    # Counting is much faster than a regular expression.
    line_ends = data.count(b"\r\n")
    if data.count(b"\r") != line_ends or data.count(b"\n") != line_ends:
        raise BadRequest("A header field has a CR or LF that does not end its line")
    if has_control_characters(data):
        raise BadRequest("A header field has a control character")


def _parse_request_line(line: bytes) -> tuple[str, bytes, bytes | None, str]:
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise BadRequest("Malformed request line")
    method, path, authority, rest, major, minor = found.groups()
    if path == b"*" and method != b"OPTIONS":
        raise BadRequest("The target * is for OPTIONS")
    if major != b"1":
        if major == b"0" or minor != b"0":
            raise BadRequest(f"There is no HTTP/{major.decode()}.{minor.decode()}")
        raise BadRequest("HTTP Version Not Supported", "505 HTTP Version Not Supported")
    target = path or b"/" + (rest or b"").removeprefix(b"/")
    # A later minor version is compatible (RFC 9110, section 2.5).
    return method.decode(), target, authority, "HTTP/1.0" if minor == b"0" else "HTTP/1.1"


def _parse_fields(lines: list[bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequest("Malformed header field")
        add_field(fields, name, value.strip(b" \t").decode("latin-1"))
    return fields


def _check_host(fields: dict[str, str], authority: bytes | None, *, is_http_11: bool) -> None:
    host = fields.get("HTTP_HOST")
    if host is None:
        if is_http_11:
            raise BadRequest("Missing Host header")
    elif not is_host(host):
        raise BadRequest("Malformed Host header")
    if authority is not None:
        host = authority.decode("latin-1")
        if host.startswith(":") or not is_host(host):
            raise BadRequest("Malformed host in the request target")
        fields["HTTP_HOST"] = host


def _check_transfer_encoding(fields: dict[str, str], *, is_http_11: bool) -> None:
    if not is_http_11:
        raise BadRequest("HTTP/1.0 has no Transfer-Encoding")
    if "CONTENT_LENGTH" in fields:
        raise BadRequest("Both Transfer-Encoding and Content-Length")
    *others, last = fields["HTTP_TRANSFER_ENCODING"].lower().split(",")
    names = [name.strip(" \t") for name in others]
    if last.strip(" \t") != "chunked" or "chunked" in names or "" in names:
        # RFC 9112, section 6.3: otherwise the end of the body is unknown.
        raise BadRequest("Transfer-Encoding does not end with a single chunked")
    if names:
        raise BadRequest("Transfer-Encoding other than chunked", "501 Not Implemented")


def _keeps_alive(options: str, *, is_http_11: bool) -> bool:
    names = [name.strip(" \t") for name in options.split(",")] if options else []
    return "close" not in names and (is_http_11 or "keep-alive" in names)
