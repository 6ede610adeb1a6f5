"""Requests of version 2: their credentials, JSON arguments and cursors."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

from werkzeug.utils import cached_property

from fakebox.auth import Caller, oauth2
from fakebox.context import PATH_PARAMETERS, RequestContext
from fakebox.core.errors import BadCursor, NoCredentials
from fakebox.http.body import BodyError, read_all, read_some
from fakebox.http.forms import NotUtf8, TooManyParameters
from fakebox.http.headers import request_id_header
from fakebox.v2 import selection
from fakebox.v2.documented_errors import documented_error
from fakebox.v2.response_headers import headers_of
from fakebox.v2.schema import Malformed
from fakebox.v2.selection import PATH_ROOT, SELECT_ADMIN, SELECT_USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _typeshed import DataclassInstance
    from _typeshed.wsgi import WSGIEnvironment

    from fakebox.core.accounts import Account, Scope
    from fakebox.core.apps import App
    from fakebox.core.world import World

CursorT = TypeVar("CursorT", bound="DataclassInstance")

# Browsers send this type to other origins without a preflight request.
FROM_PAGES = "text/plain; charset=dropbox-cors-hack"
_JSON_TYPES = ("application/json", "application/json; charset=utf-8", FROM_PAGES)
# Routes with a field that may have the prefix of a namespace.
_ISSUED_IN_JSON = {
    "/2/files/list_folder/longpoll": "cursor",
    "/2/auth/token/from_oauth1": "oauth1_token",
}
# `paths` is a list.
_PATH_FIELDS = (*PATH_PARAMETERS, "paths")
_ARGUMENT = "HTTP_DROPBOX_API_ARG"
_HEADER = 'HTTP header "Dropbox-API-Arg"'
_URL = 'URL parameter "arg"'
_BODY = "request body"
_BEARER = "Bearer <oauth2-access-token>"
_BASIC = "Basic <base64(app-key:app-secret)>"
_START_BYTES = 100


class OtherCredentials(Exception):
    """The route does not accept the scheme of the Authorization header.

    Attributes:
        shown: the scheme without the credentials, which may be secret.
        expected: the form of a valid header.
    """

    def __init__(self, authorization: str, expected: str) -> None:
        scheme, space, credentials = authorization.strip().partition(" ")
        self.shown: str = f"{scheme} ..." if credentials else scheme if space else "..."
        self.expected: str = expected
        super().__init__(self.shown, expected)


class BadContentType(Exception):
    """The route does not accept the content type of the body.

    Attributes:
        given: the value of the Content-Type header; empty if there is none.
        expected: the types that the route accepts.
    """

    def __init__(self, given: str, expected: tuple[str, ...]) -> None:
        super().__init__(given, expected)
        self.given = given
        self.expected = expected


class V2Request(RequestContext):
    """A request of version 2."""

    is_compressed: bool = True

    def __init__(self, environ: WSGIEnvironment) -> None:
        super().__init__(environ)
        # The body of any other request is JSON or content, or must be empty.
        self.reads_form: bool = self.raw_path.rstrip("/").endswith("/oauth2/token")

    def response_headers(self, status: int) -> list[tuple[str, str]]:
        """The headers of every response on the host of the route, with a new request id."""
        return [
            *headers_of(self.operation.endpoint, self.environ.get("HTTP_HOST", ""), status),
            ("X-Server-Response-Time", str(round(self.stopwatch.elapsed_s() * 1000))),
            request_id_header(),
        ]

    def documented_error(self) -> tuple[str, Mapping[str, object]]:
        """The tags and the value of an error that the route has."""
        return documented_error(self.operation.endpoint)

    @property
    def authorization(self) -> str:
        """The Authorization header, or the URL parameter that pages in a browser send instead."""
        header: str = self.environ.get("HTTP_AUTHORIZATION", "")
        # It is read before the view, to find the namespace, so query errors are ignored here.
        return header or dict(self.readable_query).get("authorization", "")

    @cached_property
    def caller(self) -> Caller:
        """The app and the account that the bearer token authorizes.

        Raises:
            NoCredentials: the request has no credentials.
            OtherCredentials: the scheme is not Bearer.
            InvalidBearerToken: the token is unknown, expired or revoked.
        """
        caller = oauth2.identify(self)
        if caller is None and self.authorization:
            raise OtherCredentials(self.authorization, _BEARER)
        if caller is None:
            raise NoCredentials
        return caller

    @property
    def app(self) -> App:
        """The app that the key and the secret in the header authorize (HTTP Basic).

        Raises:
            NoCredentials: the request has no credentials.
            OtherCredentials: the scheme is not Basic.
            InvalidAppCredentials: the key or the secret is wrong.
        """
        app = oauth2.identify_app(self)
        if app is None and self.authorization:
            raise OtherCredentials(self.authorization, _BASIC)
        if app is None:
            raise NoCredentials
        return app

    @property
    def has_app_credentials(self) -> bool:
        """Whether the scheme of the Authorization header is Basic."""
        return self.authorization.lower().startswith("basic")

    @cached_property
    def scope(self) -> Scope:
        """The files that the caller has access to.

        Raises:
            Malformed, InvalidRoot, NamespaceNotAllowed: as `selection.select_root`.
        """
        scope = self.caller.scope(self.world)
        if PATH_ROOT not in self.environ:
            return scope
        return selection.select_root(self.environ, self.account, scope)

    def check_selection(self) -> None:
        """Check the headers that select a member of a team, or the root of the paths.

        Raises:
            Malformed, MemberNotSelectable: as `selection.check_member`.
            Malformed, InvalidRoot, NamespaceNotAllowed: as `selection.select_root`.
        """
        environ = self.environ
        # Most requests have none of them, and no query.
        if SELECT_USER in environ or SELECT_ADMIN in environ or environ.get("QUERY_STRING"):
            selection.check_member(environ, dict(self.readable_query))
        if PATH_ROOT in environ:
            _ = self.scope

    @property
    def account_id(self) -> int | None:
        """The number of the account; `None` for the credentials of an app."""
        return None if self.has_app_credentials else self.caller.token.account_id

    @property
    def account(self) -> Account:
        """The account that the bearer token belongs to."""
        return self.world.accounts.get(self.caller.token.account_id)

    @property
    def issued_values(self) -> tuple[str, ...]:
        """The credentials, and for a few routes the cursor or token in the JSON."""
        name = _ISSUED_IN_JSON.get(self.raw_path)
        if name is None:
            return self.credentials
        try:
            payload, _ = self.body_argument
        except (BadContentType, BodyError, Malformed):
            return self.credentials
        value = payload.get(name) if isinstance(payload, dict) else None
        return (*self.credentials, value) if isinstance(value, str) else self.credentials

    @property
    def arguments(self) -> Mapping[str, object]:
        """The JSON object of the header, the query or the body, as far as it has been received."""
        if self.reads_form:
            return super().arguments
        try:
            if not self._has_argument_in_body:
                argument, _ = self.header_argument
            elif "_body" in self.__dict__:
                argument, _ = self.body_argument
            else:
                return {}
        except (BadContentType, BodyError, Malformed, NotUtf8, TooManyParameters):
            return {}
        return argument if isinstance(argument, dict) else {}

    @property
    def argument_text(self) -> str:
        """The same as in the base class; the body of an RPC route is JSON."""
        if self.reads_form:
            return super().argument_text
        received = self.__dict__.get("_body", b"") if self._has_argument_in_body else b""
        return received.decode("utf-8", "replace") if isinstance(received, bytes) else ""

    def read_arguments(self) -> None:
        """Read the body of an RPC route."""
        if self._has_argument_in_body:
            _ = self._body

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths of files and folders in the argument, in their order."""
        return tuple(_paths_in(self.arguments))

    @cached_property
    def _has_argument_in_body(self) -> bool:
        # Upload and download routes have their argument in the header or the query. The body of a
        # request without either is content if it does not have one of these types.
        if _ARGUMENT in self.environ or "arg" in dict(self.readable_query):
            return False
        try:
            self.check_content_type(_JSON_TYPES)
        except BadContentType:
            return False
        return not self.reads_form

    def release(self) -> None:
        """The same as in the base class; the decoded argument is released as well."""
        super().release()
        # A body that was not read until now must not be read later: the client may be gone.
        self.__dict__.setdefault("_body", b"")
        for name in ("body_argument", "header_argument", "scope"):
            self.__dict__.pop(name, None)

    @property
    def body(self) -> bytes:
        """The whole body.

        Raises:
            BodyError: the body is longer than a form may be, or cannot be read.
        """
        if isinstance(self._body, BodyError):
            raise self._body
        return self._body

    @cached_property
    def _body(self) -> bytes | BodyError:
        # A body can be read only once, so the error is stored for later uses.
        try:
            return read_all(self.environ)
        except BodyError as error:
            return error

    @cached_property
    def body_start(self) -> bytes:
        """The beginning of the body, for an error message; empty if there is no body.

        Raises:
            BodyError: the body cannot be read.
        """
        return read_some(self.environ, _START_BYTES)

    @cached_property
    def body_argument(self) -> tuple[object, str]:
        """The decoded JSON of the body, and the name of that place for error messages.

        Raises:
            BadContentType: the content type is not JSON.
            BodyError: the body cannot be read.
            Malformed: the body is not JSON.
        """
        if not self.body and not self.environ.get("CONTENT_TYPE"):
            return None, _BODY
        self.check_content_type(_JSON_TYPES)
        return _decoded(self.body, _BODY), _BODY

    @cached_property
    def header_argument(self) -> tuple[object, str]:
        """The decoded JSON of the header or the query, and the name of that place.

        Raises:
            Malformed: there is no argument, or it is not JSON.
        """
        if _ARGUMENT in self.environ:
            # Clients should escape characters outside ASCII. Some send them as UTF-8.
            raw = str(self.environ[_ARGUMENT]).encode("latin-1")
            return _decoded(raw, _HEADER), _HEADER
        sent = dict(self.query).get("arg")
        if sent is None:
            raise Malformed(f"Must provide {_HEADER} or {_URL}.")
        return _decoded(sent.encode("utf-8", "surrogatepass"), _URL), _URL

    def check_content_type(self, expected: tuple[str, ...]) -> None:
        """Check the Content-Type header.

        Args:
            expected: the types that the route accepts, in lower case.

        Raises:
            BadContentType: the header is missing, or has a value that is not accepted.
        """
        given = str(self.environ.get("CONTENT_TYPE", ""))
        kind, *parameters = (part.strip() for part in given.lower().split(";"))
        if "; ".join([kind, *parameters]) not in expected:
            raise BadContentType(given, expected)


def _paths_in(arguments: Mapping[str, object]) -> Iterator[str]:
    # Not recursive: the depth of JSON is not limited.
    pending: list[tuple[str, object]] = [*arguments.items()][::-1]
    while pending:
        name, value = pending.pop()
        if isinstance(value, str):
            if value and name in _PATH_FIELDS:
                yield value
        elif isinstance(value, dict):
            pending += [*value.items()][::-1]
        elif isinstance(value, list):
            pending += ((name, item) for item in reversed(value))


def no_json(place: str) -> Malformed:
    """Return the error of an argument that is not JSON, or is nested too deeply."""
    return Malformed(f"{place}: could not decode input as JSON")


def encode_cursor(
    world: World, family: str, cursor: DataclassInstance, *, marker: str = "", min_length: int = 0
) -> str:
    """Encode a cursor as signed text.

    Args:
        world: the world that signs it.
        family: the routes that accept it.
        cursor: the position in a list; its fields have JSON values.
        marker: the beginning of the text, in base64url.
        min_length: the minimum number of characters.
    """
    values = [getattr(cursor, field.name) for field in fields(cursor)]
    # Three bytes are four characters. JSON may end in spaces.
    text = json.dumps(values).ljust(min_length * 3 // 4)
    return world.sign(f"v2 {family}", text.encode(), marker)


def decode_cursor(
    world: World, family: str, cursor: type[CursorT], text: str, *, marker: str = ""
) -> CursorT:
    """Decode a cursor.

    Args:
        world: the world that signed it.
        family: the routes that accept it.
        cursor: the class of the cursor.
        text: the cursor as a client sent it.
        marker: as for `encode_cursor`.

    Raises:
        Malformed: this world did not sign it for these routes.
    """
    try:
        return cursor(*json.loads(world.unsign(f"v2 {family}", text, marker)))
    except BadCursor as error:
        raise unknown_cursor(text) from error


def unknown_cursor(text: str) -> Malformed:
    """Return the error of a cursor that was not issued to the caller."""
    return Malformed(f'Invalid "cursor" parameter: {text!r}')


def _decoded(raw: bytes, place: str) -> object:
    try:
        # Not `json.loads` of the bytes, which accepts other encodings.
        value: object = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise no_json(place) from error
    return value
