"""Ready-made faults: responses that the service is known to send.

Source: responses of the service that were recorded or quoted in public, the specification of
version 2, and the wire reference of version 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebox.middleware.responses import (
    error_page,
    is_v2,
    tagged,
    too_many_requests_body,
    too_many_write_operations,
)

if TYPE_CHECKING:
    from fakebox.context import RequestContext
    from fakebox.middleware.responses import Body

_SESSION = "pid_upload_session:AAAAAAAAAAAAAAAAAAAAAA"
_QUOTA = "Dropbox was unable to complete this action because of a storage quota limit."
_TAKEDOWN = (
    "This file is no longer available due to a takedown request under the Digital Millennium"
    " Copyright Act by Example LLC."
)
_BAD_REQUEST = (
    "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n"
)


@dataclass(frozen=True)
class ServiceBody:
    """A body of the service, which depends on the request.

    Attributes:
        make: returns the body for a request and these arguments.
        arguments: the other arguments, by name.
    """

    make: Callable[..., Body]
    arguments: tuple[tuple[str, object], ...] = ()

    def __call__(self, request: RequestContext) -> Body:
        """Return the body for a request."""
        return self.make(request, **dict(self.arguments))


def _insufficient_space(request: RequestContext) -> Body:
    space = {".tag": "insufficient_space"}
    endpoint = request.operation.endpoint
    if endpoint == "files/upload":
        error = {".tag": "path", "reason": space, "upload_session_id": _SESSION}
        return tagged(request, "path/insufficient_space", error)
    field = "to" if endpoint.startswith(("files/copy", "files/move")) else "path"
    return tagged(request, f"{field}/insufficient_space", {".tag": field, field: space})


def _restricted_content(request: RequestContext) -> Body:
    error = {".tag": "path", "path": {".tag": "restricted_content"}}
    return tagged(request, "path/restricted_content", error)


def _internal_error(request: RequestContext) -> Body:
    return b"" if is_v2(request) else error_page(500)


def preset_fields(name: str, given: Mapping[str, object]) -> dict[str, object]:
    """The fields of a ready-made fault.

    Args:
        name: its name, a key of `PRESETS`.
        given: other values for some of the fields.
    """
    values = {**PRESETS[name], **given}
    if name == "too_many_requests":
        # The body repeats the header.
        arguments = (("wait_s", values["retry_after_s"]),)
        values.setdefault("body", ServiceBody(too_many_requests_body, arguments))
    return values


# The fields of each ready-made fault, by name.
PRESETS: Mapping[str, Mapping[str, object]] = {
    "bad_gateway": {"status": 502, "body": error_page(502)},
    "bad_request_page": {"status": 400, "body": _BAD_REQUEST},
    "cursor_reset": {"delta_reset": True},
    "expired_token": {"expired_token": True},
    "gateway_timeout": {"status": 504, "body": error_page(504)},
    "insufficient_space": {"status": 409, "body": ServiceBody(_insufficient_space)},
    "internal_error": {"status": 500, "body": ServiceBody(_internal_error)},
    "over_quota": {"status": 507, "body": {"error": _QUOTA}},
    "restricted_content": {"status": 409, "body": ServiceBody(_restricted_content)},
    "service_unavailable": {"status": 503, "body": b""},
    "takedown": {"status": 461, "body": {"error": _TAKEDOWN}},
    "too_many_requests": {"status": 429, "retry_after_s": 300},
    "too_many_write_operations": {
        "status": 429,
        "retry_after_s": 1,
        "body": ServiceBody(too_many_write_operations),
    },
}
