"""A request to the control plane, and its JSON body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.utils import cached_property

from fakebox.context import RequestContext
from fakebox.control.operations import OPERATIONS
from fakebox.core.world import World
from fakebox.http.body import AbortedUpload, BodyError, TooLarge, read_all
from fakebox.namespaces import ControlledNamespace, Namespaces

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_BODY_LIMIT_BYTES = 1024 * 1024
# The integers of the database: 64 bits with the sign.
_INTEGERS = 2**63
_DIGITS = len(str(-_INTEGERS))


class BadRequest(Exception):
    """The request is not valid. The message is the reason, in one line."""


class ResourceNotFound(Exception):
    """The object of the request does not exist. The message contains its name."""


class ControlRequest(RequestContext):
    """A request to the control plane.

    Args:
        environ: as for `RequestContext`.
        namespaces: the namespaces of the server.
        admin_token: the token that is required; `None` if only this machine can reach the server.
        ca_pem: the CA certificate that signed the certificate of the server; `None` for none.
    """

    def __init__(
        self,
        environ: WSGIEnvironment,
        namespaces: Namespaces,
        admin_token: str | None,
        ca_pem: str | None = None,
    ) -> None:
        super().__init__(environ)
        self.namespaces: Namespaces = namespaces
        self.admin_token: str | None = admin_token
        self.ca_pem: str | None = ca_pem

    @property
    def issued_values(self) -> tuple[str, ...]:
        """The credentials; empty if the header contains the admin token."""
        return self.credentials if self.admin_token is None else ()

    def read_body(self) -> bytes:
        """Read the whole body; it is stored for later calls.

        Raises:
            BadRequest: the body is too long, ends early, or is malformed.
        """
        try:
            return self.form_bytes or self._body
        except TooLarge as error:
            raise BadRequest(f"the body may have at most {error.limit_bytes} bytes") from error
        except AbortedUpload as error:
            raise BadRequest("the body ended before its Content-Length") from error
        except BodyError as error:
            raise BadRequest(f"the body is malformed: {error}") from error

    @cached_property
    def _body(self) -> bytes:
        return read_all(self.environ, _BODY_LIMIT_BYTES)


def namespace() -> ControlledNamespace:
    """The namespace of the request."""
    found = ControlRequest.current().namespace
    assert isinstance(found, ControlledNamespace)
    return found


def world() -> World:
    """The world of the request."""
    return namespace().world


def fields() -> dict[str, Any]:
    """Read the JSON object of the request, with the fields of its operation.

    Raises:
        BadRequest: a field is unknown, missing, empty or has a wrong type.
    """
    accepted = {field.name: field for field in OPERATIONS[request.endpoint or ""].fields}
    values = body()
    if not isinstance(values, dict):
        raise BadRequest(f"the body must be a JSON object, not {type(values).__name__}")
    for name, value in values.items():
        if name not in accepted:
            raise BadRequest(f"unknown field {name!r}; accepted: {', '.join(accepted)}")
        _check_type(name, value, accepted[name].types)
    for field in accepted.values():
        if field.required and values.get(field.name) in (None, ""):
            raise BadRequest(f"{field.name} is missing or empty")
    return values


def _check_type(name: str, value: object, types: tuple[type, ...]) -> None:
    # A boolean is an int, but not a number.
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        accepted = " or ".join(kind.__name__ for kind in types)
        raise BadRequest(f"{name} must be of type {accepted}, not {type(value).__name__}")


def body() -> Any:
    """Parse the JSON of the request; an empty object if there is no body.

    Raises:
        BadRequest: the body is not JSON, is too long or too deep, or has a number or a text that
            cannot be stored.
    """
    # Not `request.get_json`: curl sends the Content-Type of a form by default.
    data = ControlRequest.current().read_body()
    if not data:
        return {}
    try:
        values = json.loads(data, parse_int=_integer)
        json.dumps(values, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise BadRequest("a text in the body has an unpaired surrogate") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    return values


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS or not -_INTEGERS <= int(digits) < _INTEGERS:
        raise BadRequest("a number in the body has more than 64 bits")
    return int(digits)
