"""What a request to the control plane asks: its JSON object, checked."""

from __future__ import annotations

import json
from typing import Any

from flask import request

from fakebox.core.world import World
from fakebox.namespaces import Namespace

_BODY_LIMIT_BYTES = 1024 * 1024


class BadRequest(Exception):
    """The request makes no sense; the text says why, in one line."""


class NotThere(Exception):
    """What the request names isn't there; the text names it."""


def namespace() -> Namespace:
    """The one that the request is for."""
    return Namespace.of(request.environ)


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
        BadRequest: it isn't JSON, or too long or too deep to be meant.
    """
    if (request.content_length or 0) > _BODY_LIMIT_BYTES:
        raise BadRequest(f"the body may have {_BODY_LIMIT_BYTES} bytes at most")
    # Not by Flask's own reading, which takes what curl sends for a form.
    data = request.get_data()
    if not data:
        return {}
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


def require(values: dict[str, Any], *names: str) -> None:
    """See that fields are there.

    Raises:
        BadRequest: one is missing, or empty.
    """
    for name in names:
        if not values.get(name):
            raise BadRequest(f"{name} is missing")
