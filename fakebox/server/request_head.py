"""The head of a request, and the rules for it that all versions of HTTP share (RFC 9110).

The parsers of all versions reject everything that the grammar does not allow, because a proxy in
front of the server may parse it differently. There are two exceptions:

- A request target may contain bytes above 0x7F: some clients send UTF-8 unencoded.
- A field whose name contains an underscore is ignored. In WSGI it would have the same key as the
  field with a hyphen, so `Content_Length` could replace `Content-Length`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# No control characters except tab, CR and LF.
_ALLOWED = bytes(
    byte for byte in range(256) if (byte >= 0x20 and byte != 0x7F) or byte in b"\t\r\n"
)
# A path with its query, or an asterisk.
TARGET = rb"/[\x21\x22\x24-\x7e\x80-\xff]*|\*"
TOKEN: re.Pattern[bytes] = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
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
        version: `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
        fields: the fields by their WSGI keys, such as `HTTP_HOST`; repeated ones are joined.
        content_length: the length of the body in bytes; 0 if there is none or it is not announced.
        is_chunked: whether there is a body whose length is not announced.
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


def has_control_characters(data: bytes) -> bool:
    """Whether there are control characters other than tab, CR and LF."""
    return bool(data.translate(None, _ALLOWED))


def add_field(fields: dict[str, str], name: bytes, text: str) -> None:
    """Add a field to the fields of a head.

    Args:
        fields: the fields by their WSGI keys.
        name: the name of the field.
        text: the value of the field.

    Raises:
        BadRequest: the name is not valid, or the field must not be repeated.
    """
    key = _key_of(name)
    if key is None:
        raise BadRequest("Malformed header field")
    if not key:
        return
    if key in fields:
        if key in _ONCE:
            raise BadRequest(f"More than one {name.decode('latin-1')} field")
        text = f"{fields[key]}{'; ' if key == 'HTTP_COOKIE' else ', '}{text}"
    fields[key] = text


@lru_cache(maxsize=512)
def _key_of(name: bytes) -> str | None:
    """The WSGI key of a field name; empty if it is ignored, `None` if it is not a name."""
    if not TOKEN.fullmatch(name):
        return None
    if b"_" in name:
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in _UNPREFIXED else f"HTTP_{key}"


@lru_cache(maxsize=512)
def is_host(text: str) -> bool:
    """Whether a text is a host with an optional port."""
    return _HOST.fullmatch(text.encode("latin-1")) is not None


def content_length(fields: dict[str, str]) -> int:
    """Return the Content-Length of the fields of a head; 0 if there is none.

    Raises:
        BadRequest: the length is not a number, or it is too large.
    """
    text = fields.get("CONTENT_LENGTH")
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise BadRequest("Malformed Content-Length header")
    if len(text) > _LONGEST_LENGTH_DIGITS:
        raise BadRequest("Content-Length is too large")
    return int(text)
