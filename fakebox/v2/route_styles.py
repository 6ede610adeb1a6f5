"""The three styles of routes, and the authentication that a route requires.

An RPC route takes JSON and returns JSON. Upload and download routes have the argument in a header,
as the body of the request or of the response is content. Source: the wire reference of version 2,
styles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from flask import Response

from fakebox.context import check_app_scope
from fakebox.dispatch import ContextView
from fakebox.v2 import responses
from fakebox.v2.permissions import PERMISSIONS, Permission
from fakebox.v2.request import FROM_PAGES, V2Request, no_json
from fakebox.v2.schema import JSONValue, Malformed, Reader, reader

if TYPE_CHECKING:
    from flask import Blueprint

ArgT = TypeVar("ArgT")
ResultT = TypeVar("ResultT")
JSONResultT = TypeVar("JSONResultT", bound=JSONValue)

View: TypeAlias = Callable[[V2Request, ArgT], ResultT]
# A response, and the JSON for its header.
Download: TypeAlias = tuple[Response, JSONValue]
DownloadResult: TypeAlias = Download | Callable[[], Download]
DownloadView: TypeAlias = View[ArgT, DownloadResult]

_CONTENT_TYPES = ("application/octet-stream", FROM_PAGES)


class UnusedCredentials(Exception):
    """The request has credentials, but the route accepts none."""


class BodyNotEmpty(Exception):
    """The request has a body, which the route does not accept.

    Attributes:
        shown: the beginning of the body.
    """

    def __init__(self, shown: str) -> None:
        super().__init__(shown)
        self.shown = shown


@dataclass(frozen=True, eq=False)
class Route(ContextView[V2Request], Generic[ArgT, ResultT]):
    """A route, which is a view of the Flask application.

    Attributes:
        name: the name, as `files/get_metadata`.
        schema: the class of the argument; `NoneType` if there is none.
        view: the view function, which is called with the request and the argument.
        permission: who may call it, and the scope that is required; from `PERMISSIONS`.
        is_one_transaction: whether authentication and view are one transaction. Otherwise the view
            opens transactions, because it waits, or processes entries one by one.
    """

    name: str
    schema: type[ArgT]
    view: View[ArgT, ResultT]
    permission: Permission
    is_one_transaction: bool = True

    def register(self, blueprint: Blueprint, *methods: str) -> None:
        """Add the route to a blueprint."""
        blueprint.add_url_rule(
            f"/{self.name}",
            endpoint=self.name.replace(".", "_").replace("/", "_"),
            view_func=self,
            methods=methods,
            provide_automatic_options=False,
        )

    @cached_property
    def read(self) -> Reader[ArgT]:
        """The function that validates an argument."""
        # Created at the first request, because creating all of them would delay every start.
        return reader(self.schema)

    def authenticate(self, request: V2Request) -> None:
        """Check the credentials of a request, and the headers that select a member or a root.

        Raises:
            NotAllowed, OtherCredentials, UnusedCredentials: the credentials are missing, wrong, of
                another kind or not accepted, or have no scope for the route.
            Malformed, MemberNotSelectable, InvalidRoot, NamespaceNotAllowed: as
                `V2Request.check_selection`.
        """
        scope, callers = self.permission.scope, self.permission.callers
        if "app" in callers and (request.has_app_credentials or "user" not in callers):
            check_app_scope(request.app, scope)
        elif "user" in callers:
            request.caller.check_scope(scope)
            request.check_selection()
        elif request.authorization:
            raise UnusedCredentials

    def validate(self, argument: object, place: str) -> ArgT:
        """Validate an argument.

        Args:
            argument: the decoded JSON.
            place: the part of the request that contained it, for error messages.

        Raises:
            Malformed: the argument is not valid.
        """
        try:
            return self.read(argument)
        except Malformed as error:
            raise Malformed(f"{place}: {error.text}") from error
        except RecursionError as error:
            # The argument was decoded, but is nested too deeply for an error message.
            raise no_json(place) from error

    def argument(self, request: V2Request) -> ArgT:
        """Authenticate a request and validate its argument."""
        raise NotImplementedError

    def call(self, request: V2Request) -> ResultT:
        """Call the view."""
        # The body has been read: no transaction waits for a client.
        with request.world.unit_of_work():
            argument = self.argument(request)
            if self.is_one_transaction:
                return self.view(request, argument)
        return self.view(request, argument)


class RPCRoute(Route[ArgT, JSONValue]):
    """A route with JSON in both bodies."""

    def respond(self, request: V2Request, **_values: str) -> Response:
        """Respond to a request."""
        _ = request.body
        return responses.result(self.call(request), self.name)

    def argument(self, request: V2Request) -> ArgT:
        """Authenticate a request and validate the argument in its body."""
        self.authenticate(request)
        return self.validate(*request.body_argument)


class UploadRoute(Route[ArgT, JSONValue]):
    """A route with content in the body of the request, which the view reads."""

    def respond(self, request: V2Request, **_values: str) -> Response:
        """Respond to a request."""
        # This transaction ends before the body is read, which may take long.
        with request.world.unit_of_work():
            self.authenticate(request)
        return responses.result(self.view(request, self.argument(request)), self.name)

    def argument(self, request: V2Request) -> ArgT:
        """Validate the argument in the header of a request."""
        request.check_content_type(_CONTENT_TYPES)
        return self.validate(*request.header_argument)


class DownloadRoute(Route[ArgT, DownloadResult]):
    """A route with content in the body of the response.

    The view returns the response and the JSON for its header, or a function that returns them. The
    function is called after the transaction.
    """

    def respond(self, request: V2Request, **_values: str) -> Response:
        """Respond to a request."""
        _ = request.body_start
        result = self.call(request)
        response, metadata = result() if callable(result) else result
        response.headers.add("Dropbox-API-Result", responses.header(metadata))
        return response

    def argument(self, request: V2Request) -> ArgT:
        """Authenticate a request and validate the argument in its header."""
        self.authenticate(request)
        if request.body_start:
            raise BodyNotEmpty(request.body_start.decode("utf-8", "replace"))
        return self.validate(*request.header_argument)


def rpc(
    blueprint: Blueprint,
    name: str,
    schema: type[ArgT],
    *,
    is_one_transaction: bool = True,
) -> Callable[[View[ArgT, JSONResultT]], View[ArgT, JSONResultT]]:
    """Register an RPC route: a view that returns JSON.

    Args:
        blueprint: the family of routes.
        name: as for `Route`.
        schema: as for `Route`.
        is_one_transaction: as for `Route`.
    """

    def register(view: View[ArgT, JSONResultT]) -> View[ArgT, JSONResultT]:
        route = RPCRoute(name, schema, view, PERMISSIONS[name], is_one_transaction)
        route.register(blueprint, "POST")
        return view

    return register


def upload(
    blueprint: Blueprint, name: str, schema: type[ArgT]
) -> Callable[[View[ArgT, JSONResultT]], View[ArgT, JSONResultT]]:
    """Register an upload route: a view that reads the body itself and returns JSON.

    Args:
        blueprint: the family of routes.
        name: as for `Route`.
        schema: as for `Route`.
    """

    def register(view: View[ArgT, JSONResultT]) -> View[ArgT, JSONResultT]:
        UploadRoute(name, schema, view, PERMISSIONS[name]).register(blueprint, "POST")
        return view

    return register


def download(
    blueprint: Blueprint, name: str, schema: type[ArgT]
) -> Callable[[DownloadView[ArgT]], DownloadView[ArgT]]:
    """Register a download route: a view that returns a response and the JSON for its header.

    Authentication and view are one transaction. For work that takes
    long, such as rendering a picture, the view returns a function, which is called after the
    transaction.

    Args:
        blueprint: the family of routes.
        name: as for `Route`.
        schema: as for `Route`.
    """

    def register(view: DownloadView[ArgT]) -> DownloadView[ArgT]:
        DownloadRoute(name, schema, view, PERMISSIONS[name]).register(blueprint, "GET", "POST")
        return view

    return register
