"""What a request to the control plane asks: its JSON object, checked."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fakebox.context import RequestContext
from fakebox.core.world import World
from fakebox.http.body import AbortedUpload, BodyError, TooLarge, read_all
from fakebox.namespaces import ControlledNamespace, Namespaces

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_BODY_LIMIT_BYTES = 1024 * 1024
# What the database keeps: 64 bits, one of them the sign.
_INTEGERS = 2**63
_DIGITS = len(str(-_INTEGERS))


class BadRequest(Exception):
    """The request makes no sense; the text says why, in one line."""


class NotThere(Exception):
    """What the request names isn't there; the text names it."""


class ControlRequest(RequestContext):
    """A request to the control plane.

    Args:
        environ: as for `RequestContext`.
        namespaces: all that the server has.
        admin_token: what a request has to bring; `None` where only this machine reaches the server.
    """

    def __init__(
        self, environ: WSGIEnvironment, namespaces: Namespaces, admin_token: str | None
    ) -> None:
        super().__init__(environ)
        self.namespaces: Namespaces = namespaces
        self.admin_token: str | None = admin_token

    def read_body(self) -> bytes:
        """The whole body, which is small; it is read once.

        Raises:
            BadRequest: it is too long, ends early, or is malformed.
        """
        try:
            return self.form_bytes or self._body
        except TooLarge as error:
            raise BadRequest(f"the body may have {error.limit_bytes} bytes at most") from error
        except AbortedUpload as error:
            raise BadRequest("the body ended before its Content-Length") from error
        except BodyError as error:
            raise BadRequest(f"the body is malformed: {error}") from error

    @cached_property
    def _body(self) -> bytes:
        return read_all(self.environ, _BODY_LIMIT_BYTES)


def namespace() -> ControlledNamespace:
    """The one that the request is for."""
    found = ControlRequest.current().namespace
    assert isinstance(found, ControlledNamespace)
    return found


def world() -> World:
    """The world that the request is for."""
    return namespace().world


def fields(**kinds: type | tuple[type, ...]) -> dict[str, Any]:
    """The fields of the request's JSON object.

    Args:
        kinds: the fields that it may have, and their types.

    Raises:
        BadRequest: there is another one, or one of another type.
    """
    values = body()
    if not isinstance(values, dict):
        raise BadRequest("the body is to be a JSON object")
    for name, value in values.items():
        if name not in kinds:
            raise BadRequest(f"unknown field {name!r}; known: {', '.join(kinds)}")
        kind = kinds[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadRequest(f"{name} is of the wrong type")
    return values


def body() -> Any:
    """What the request's JSON says; an empty object if there is no body.

    Raises:
        BadRequest: it isn't JSON, too long or too deep to be meant, or has a figure or a text that
            nothing here could hold.
    """
    # Not by Flask's own reading, which takes what curl sends for a form.
    data = ControlRequest.current().read_body()
    if not data:
        return {}
    try:
        values = json.loads(data, parse_int=_integer)
        json.dumps(values, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise BadRequest("a text in the body is not Unicode: it has half a character") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    return values


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS or not -_INTEGERS <= int(digits) < _INTEGERS:
        raise BadRequest("a number in the body has more than 64 bits")
    return int(digits)


def require(values: dict[str, Any], *names: str) -> None:
    """See that fields are there.

    Raises:
        BadRequest: one is missing, or empty.
    """
    for name in names:
        if not values.get(name):
            raise BadRequest(f"{name} is missing")
