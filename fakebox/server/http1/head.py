"""The head of a request: its first line and its fields, parsed by the grammar of RFC 9112.

The parser rejects everything that the grammar does not allow, because a proxy in front of the
server may parse it differently. There are two exceptions:

- A request target may contain bytes above 0x7F: some clients send UTF-8 unencoded.
- A field whose name contains an underscore is ignored. In WSGI it would have the same key as the
  field with a hyphen, so `Content_Length` could replace `Content-Length`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from fakebox.server.transport import TLS_HANDSHAKE

_REQUEST_LINE = re.compile(
    # The method, in capitals like all registered methods.
    rb"([A-Z][A-Z-]*) "
    # A path, an asterisk, or a URL with its authority, path and query.
    rb"(?:(/[\x21\x22\x24-\x7e\x80-\xff]*|\*)"
    rb"|(?i:https?)://([\x21\x22\x24-\x2e\x30-\x3e\x41-\x7e]+)"
    rb"([/?][\x21\x22\x24-\x7e\x80-\xff]*)?)"
    rb" HTTP/([0-9])\.([0-9])"
)
# No control characters except tab, CR and LF.
_ALLOWED = bytes(
    byte for byte in range(256) if (byte >= 0x20 and byte != 0x7F) or byte in b"\t\r\n"
)
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HOST = re.compile(
    rb"(?:\[[0-9A-Fa-fvV:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)
_LONGEST_LENGTH_DIGITS = 18
_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
_ONCE = frozenset({"CONTENT_LENGTH", "HTTP_HOST"})


class BadRequest(ValueError):
    """The request violates HTTP.

    Attributes:
        status: the code and the reason phrase of the response.
        reason: the error message for the client.
    """

    def __init__(self, reason: str, status: str = "400 Bad Request") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(slots=True)
class RequestHead:
    """A valid head.

    Attributes:
        method: the method, in capitals.
        target: path and query as they were sent, without scheme and authority.
        version: `HTTP/1.0` or `HTTP/1.1`.
        fields: the fields by their WSGI keys, such as `HTTP_HOST`; repeated ones are joined.
        content_length: the length of the body in bytes; 0 if there is none or it is chunked.
        is_chunked: whether the body is chunked.
        keeps_alive: whether the connection is kept after the response.
        expects_continue: whether the client waits for a `100 Continue` before it sends the body.
    """

    method: str
    target: bytes
    version: str
    fields: dict[str, str]
    content_length: int
    is_chunked: bool
    keeps_alive: bool
    expects_continue: bool


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
        _content_length(fields),
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
    if not colon or not _TOKEN.fullmatch(name):
        raise BadRequest("Malformed trailer field")
    _check_characters(line)


def _check_characters(data: bytes) -> None:
    # Counting is much faster than a regular expression.
    line_ends = data.count(b"\r\n")
    if data.count(b"\r") != line_ends or data.count(b"\n") != line_ends:
        raise BadRequest("A header field has a CR or LF that does not end its line")
    if data.translate(None, _ALLOWED):
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
        key = _key_of(name) if colon else None
        if key is None:
            raise BadRequest("Malformed header field")
        if not key:
            continue
        text = value.strip(b" \t").decode("latin-1")
        if key in fields:
            if key in _ONCE:
                raise BadRequest(f"More than one {name.decode('latin-1')} field")
            text = f"{fields[key]}{'; ' if key == 'HTTP_COOKIE' else ', '}{text}"
        fields[key] = text
    return fields


@lru_cache(maxsize=512)
def _key_of(name: bytes) -> str | None:
    """The WSGI key of a field name; empty if it is ignored, `None` if it is not a name."""
    if not _TOKEN.fullmatch(name):
        return None
    if b"_" in name:
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in _UNPREFIXED else f"HTTP_{key}"


def _check_host(fields: dict[str, str], authority: bytes | None, *, is_http_11: bool) -> None:
    host = fields.get("HTTP_HOST")
    if host is None:
        if is_http_11:
            raise BadRequest("Missing Host header")
    elif not _is_host(host):
        raise BadRequest("Malformed Host header")
    if authority is not None:
        host = authority.decode("latin-1")
        if host.startswith(":") or not _is_host(host):
            raise BadRequest("Malformed host in the request target")
        fields["HTTP_HOST"] = host


@lru_cache(maxsize=512)
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text.encode("latin-1")) is not None


def _content_length(fields: dict[str, str]) -> int:
    text = fields.get("CONTENT_LENGTH")
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise BadRequest("Malformed Content-Length header")
    if len(text) > _LONGEST_LENGTH_DIGITS:
        raise BadRequest("Content-Length is too large")
    return int(text)


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
