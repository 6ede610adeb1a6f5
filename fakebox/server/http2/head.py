"""The head of a request in HTTP/2: its pseudo-header fields and fields (RFC 9113, section 8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fakebox.server.request_head import (
    TARGET,
    BadRequest,
    RequestHead,
    add_field,
    content_length,
    has_control_characters,
    is_host,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_METHOD = re.compile(rb"[A-Z][A-Z-]*")
_TARGET = re.compile(TARGET)


def parse_headers(headers: Iterable[tuple[bytes, bytes]], *, has_body: bool) -> RequestHead:
    """Parse the header list of a request.

    `h2` has checked it by RFC 9113: names are in lower case, each pseudo-header field is there
    once, `:authority` is the same as `Host`, and no field is specific to a connection. This
    function checks the values, by the same grammar as for HTTP/1.1.

    Args:
        headers: the names and values.
        has_body: whether the stream goes on after the head.

    Raises:
        BadRequest: a value violates RFC 9110.
    """
    pseudo: dict[bytes, bytes] = {}
    fields: dict[str, str] = {}
    for name, value in headers:
        if has_control_characters(value):
            raise BadRequest("A header field has a control character")
        if name.startswith(b":"):
            pseudo[name] = value
        else:
            add_field(fields, name, value.decode("latin-1"))
    method, target = pseudo[b":method"], pseudo.get(b":path", b"")
    _check_request_line(method, target)
    if b":authority" in pseudo:
        fields["HTTP_HOST"] = pseudo[b":authority"].decode("latin-1")
    if not is_host(fields["HTTP_HOST"]):
        raise BadRequest("Malformed :authority or Host header")
    expects = fields.pop("HTTP_EXPECT", "").lower() == "100-continue"
    is_unsized = has_body and "CONTENT_LENGTH" not in fields
    if is_unsized:
        # HTTP/2 has no such field. Gateways add it for applications, which cannot see otherwise
        # that there is a body.
        fields["HTTP_TRANSFER_ENCODING"] = "chunked"
    return RequestHead(
        method=method.decode(),
        target=target,
        version="HTTP/2",
        fields=fields,
        content_length=content_length(fields),
        is_chunked=is_unsized,
        keeps_alive=True,
        expects_continue=expects and has_body,
    )


def _check_request_line(method: bytes, target: bytes) -> None:
    if not _METHOD.fullmatch(method):
        raise BadRequest("Malformed :method")
    if not _TARGET.fullmatch(target):
        raise BadRequest("Malformed :path")
    if target == b"*" and method != b"OPTIONS":
        raise BadRequest("The target * is for OPTIONS")
