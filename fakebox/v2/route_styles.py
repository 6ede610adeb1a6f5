"""The three ways in which routes are called, and who may.

Remote procedures take JSON and answer JSON. Uploads and downloads have their argument in a header,
since the body, or the answer's, is content. Source: the wire reference of version 2, styles.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from fakebox.auth import Caller
from fakebox.http.body import read_some
from fakebox.v2 import responses
from fakebox.v2.app_credentials import identify_app
from fakebox.v2.request import FROM_PAGES, V2Request, no_json
from fakebox.v2.schema import Malformed

if TYPE_CHECKING:
    from flask import Blueprint

    from fakebox.v2.schema import Kind

View = Callable[[V2Request, Any], Any]
# A response, and the metadata in its header.
Download = tuple[Response, Any]
DownloadView = Callable[[V2Request, Any], Download | Callable[[], Download]]
_CONTENT_TYPES = ("application/octet-stream", FROM_PAGES)
_SHOWN_BYTES = 100


class BodyNotEmpty(Exception):
    """There is a body where none belongs.

    Attributes:
        shown: its beginning.
    """

    def __init__(self, shown: str) -> None:
        super().__init__(shown)
        self.shown = shown


def rpc(
    blueprint: Blueprint,
    name: str,
    kind: Kind,
    auth: str = "user",
    *,
    is_one_transaction: bool = True,
) -> Callable[[View], View]:
    """Register a remote procedure: a view that answers what JSON is made from.

    Args:
        blueprint: the family of routes.
        name: the route, as `files/get_metadata`.
        kind: what its argument may be.
        auth: who may call it: `user`, `app`, `either` of them, or `nobody` in particular.
        is_one_transaction: the view is one transaction, with the check of who calls; without it,
            it opens its own, as one that waits or does much for each of many entries has to.
    """

    def register(view: View) -> View:
        def respond() -> Response:
            request = V2Request.current()
            _ = request.body

            def argument() -> Any:
                _let_in(request, auth)
                return _read(kind, *request.body_argument)

            return responses.json_response(_called(request, view, argument, is_one_transaction))

        _add(blueprint, name, respond, ["POST"])
        return view

    return register


def upload(blueprint: Blueprint, name: str, kind: Kind) -> Callable[[View], View]:
    """Register an upload: a view that reads the body itself and answers what JSON is made from."""

    def register(view: View) -> View:
        def respond() -> Response:
            request = V2Request.current()
            # Before the body comes in, which takes its time.
            with request.world.unit_of_work():
                _let_in(request, "user")
            request.check_content_type(_CONTENT_TYPES)
            return responses.json_response(view(request, _read(kind, *request.header_argument)))

        _add(blueprint, name, respond, ["POST"])
        return view

    return register


def download(
    blueprint: Blueprint,
    name: str,
    kind: Kind,
    auth: str = "user",
) -> Callable[[DownloadView], DownloadView]:
    """Register a download: a view that answers a response and what its header tells of it.

    Args:
        blueprint, name, kind, auth: as for `rpc`. The view is one transaction, with the check of
            who calls. What it does afterwards, such as rendering a picture, it returns as a
            function.
    """

    def register(view: DownloadView) -> DownloadView:
        def respond() -> Response:
            request = V2Request.current()
            body = read_some(request.environ, _SHOWN_BYTES)

            def argument() -> Any:
                _let_in(request, auth)
                if body:
                    raise BodyNotEmpty(body.decode("utf-8", "replace"))
                return _read(kind, *request.header_argument)

            response: Response
            response, result = _called(request, view, argument)
            response.headers["Dropbox-API-Result"] = responses.header(result)
            return response

        _add(blueprint, name, respond, ["GET", "POST"])
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


def _called(
    request: V2Request,
    view: Callable[[V2Request, Any], Any],
    argument: Callable[[], Any],
    is_one_transaction: bool = True,
) -> Any:
    # What comes from the client has been read by now: nothing may wait for it in a transaction.
    with request.world.unit_of_work():
        value = argument()
        result = view(request, value) if is_one_transaction else partial(view, request, value)
    return result() if callable(result) else result


def _let_in(request: V2Request, auth: str) -> None:
    if auth == "app" or (auth == "either" and request.authorization.lower().startswith("basic")):
        identify_app(request)
    elif auth != "nobody":
        _: Caller = request.caller


def _read(kind: Kind, argument: Any, where: str) -> Any:
    try:
        return kind(argument)
    except Malformed as error:
        raise Malformed(f"{where}: {error.text}") from error
    except RecursionError as error:
        # It was nested just little enough to be decoded, but is too deep to be shown.
        raise no_json(where) from error
