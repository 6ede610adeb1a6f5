"""The three ways in which routes are called, and who may.

Remote procedures take JSON and answer JSON. Uploads and downloads have their argument in a header,
since the body, or the answer's, is content. Source: the wire reference of version 2, styles.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.wrappers import Response

from fakebox.auth import Caller
from fakebox.v2 import render
from fakebox.v2.app_credentials import identify_app
from fakebox.v2.asked import Asked
from fakebox.v2.schema import Malformed
from fakebox.wire.body import content_type, read_all

if TYPE_CHECKING:
    from flask import Blueprint

    from fakebox.v2.schema import Kind

View = Callable[[Asked, Any], Any]
_ARGUMENT = "HTTP_DROPBOX_API_ARG"
_HEADER = 'HTTP header "Dropbox-API-Arg"'
_URL = 'URL parameter "arg"'
_JSON_TYPES = ("application/json", "text/plain")
_CONTENT_TYPES = ("application/octet-stream", "text/plain")


class BadContentType(Exception):
    """The body isn't of a type that the route takes.

    Attributes:
        given, expected: what it is, and what it may be.
    """

    def __init__(self, given: str, expected: tuple[str, ...]) -> None:
        super().__init__(given, expected)
        self.given = given
        self.expected = expected


def rpc(blueprint: Blueprint, name: str, kind: Kind, auth: str = "user") -> Callable[[View], View]:
    """Register a remote procedure: a view that answers what JSON is made from.

    Args:
        blueprint: the family of routes.
        name: the route, as `files/get_metadata`.
        kind: what its argument may be.
        auth: who may call it: `user`, `app`, `either` of them, or `nobody` in particular.
    """

    def register(view: View) -> View:
        def answer() -> Response:
            asked = _let_in(auth)
            _check_type(asked, _JSON_TYPES)
            argument = _decoded(read_all(asked.environ).decode("utf-8", "replace"), "request body")
            return render.answer(view(asked, _read(kind, argument, "request body")))

        _add(blueprint, name, answer, ["POST"])
        return view

    return register


def upload(blueprint: Blueprint, name: str, kind: Kind) -> Callable[[View], View]:
    """Register an upload: a view that reads the body itself and answers what JSON is made from."""

    def register(view: View) -> View:
        def answer() -> Response:
            asked = _let_in("user")
            _check_type(asked, _CONTENT_TYPES)
            return render.answer(view(asked, _read(kind, *_sent_beside(asked))))

        _add(blueprint, name, answer, ["POST"])
        return view

    return register


def download(
    blueprint: Blueprint, name: str, kind: Kind, auth: str = "user"
) -> Callable[[Callable[[Asked, Any], tuple[Response, Any]]], Any]:
    """Register a download: a view that answers a response and what its header tells of it."""

    def register(view: Callable[[Asked, Any], tuple[Response, Any]]) -> Any:
        def answer() -> Response:
            asked = _let_in(auth)
            response, result = view(asked, _read(kind, *_sent_beside(asked)))
            response.headers["Dropbox-API-Result"] = render.header(result)
            return response

        _add(blueprint, name, answer, ["GET", "POST"])
        return view

    return register


def _add(blueprint: Blueprint, name: str, view: Callable[[], Response], methods: list[str]) -> None:
    blueprint.add_url_rule(
        f"/{name}",
        endpoint=name.replace(".", "_").replace("/", "_"),
        view_func=view,
        methods=methods,
        provide_automatic_options=False,
    )


def _let_in(auth: str) -> Asked:
    asked = Asked.of(request.environ)
    if auth == "app" or (auth == "either" and asked.call.authorization.lower().startswith("basic")):
        identify_app(asked)
    elif auth != "nobody":
        _: Caller = asked.caller
    return asked


def _check_type(asked: Asked, expected: tuple[str, ...]) -> None:
    given = content_type(asked.environ)
    if given and given not in expected:
        raise BadContentType(given, expected)


def _sent_beside(asked: Asked) -> tuple[Any, str]:
    if _ARGUMENT in asked.environ:
        # Clients write it in ASCII, with escapes, but those who don't mean UTF-8.
        raw = str(asked.environ[_ARGUMENT]).encode("latin-1").decode("utf-8", "replace")
        return _decoded(raw, _HEADER), _HEADER
    sent = dict(asked.call.query).get("arg")
    if sent is None:
        raise Malformed(f"Must provide {_HEADER} or {_URL}.")
    return _decoded(sent, _URL), _URL


def _decoded(raw: str, where: str) -> Any:
    if not raw and where == "request body":
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Malformed(f"{where}: could not decode input as JSON") from error


def _read(kind: Kind, argument: Any, where: str) -> Any:
    try:
        return kind(argument)
    except Malformed as error:
        raise error.below(where) from error
