"""A request to version 2, as its routes use it."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fakebox.auth import Caller, oauth2
from fakebox.context import RequestContext
from fakebox.core.errors import NoCredentials
from fakebox.http.body import BodyError, read_all
from fakebox.v2.schema import Malformed

if TYPE_CHECKING:
    from fakebox.core.accounts import Account, Scope

# A page in a browser may send this type to other origins without asking first.
FROM_PAGES = "text/plain; charset=dropbox-cors-hack"
_JSON_TYPES = ("application/json", "application/json; charset=utf-8", FROM_PAGES)
# Routes without credentials, or with more than one, and the field that may have a prefix.
_ISSUED_IN_JSON = {
    "/2/files/list_folder/longpoll": "cursor",
    "/2/auth/token/from_oauth1": "oauth1_token",
}
_ARGUMENT = "HTTP_DROPBOX_API_ARG"
_HEADER = 'HTTP header "Dropbox-API-Arg"'
_URL = 'URL parameter "arg"'
_BODY = "request body"
_BEARER = "Bearer <oauth2-access-token>"


class OtherCredentials(Exception):
    """The Authorization header is of another kind than the route takes.

    Attributes:
        shown: what may be shown of it: its scheme, and nothing that may be secret.
        expected: what a valid one looks like.
    """

    def __init__(self, authorization: str, expected: str) -> None:
        scheme, space, credentials = authorization.strip().partition(" ")
        self.shown: str = f"{scheme} ..." if credentials else scheme if space else "..."
        self.expected: str = expected
        super().__init__(self.shown, expected)


class BadContentType(Exception):
    """The body isn't of a type that the route takes.

    Attributes:
        given: what it is said to be; empty if nothing is said.
        expected: what it may be.
    """

    def __init__(self, given: str, expected: tuple[str, ...]) -> None:
        super().__init__(given, expected)
        self.given = given
        self.expected = expected


class V2Request(RequestContext):
    """A request to version 2."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        # Everywhere else a body is JSON or content, or must be empty.
        self.reads_form: bool = self.raw_path.rstrip("/").endswith("/oauth2/token")

    @cached_property
    def authorization(self) -> str:
        """The Authorization header; a page in a browser may send it as a parameter instead."""
        header: str = self.environ.get("HTTP_AUTHORIZATION", "")
        # The namespace is found by it before any view can respond to a query that is unreadable.
        return header or dict(self.readable_query).get("authorization", "")

    @cached_property
    def caller(self) -> Caller:
        """The app and the account that the request is authorized for.

        Raises:
            NoCredentials: there are none.
            OtherCredentials: there are, but of another kind.
            InvalidBearerToken: the token is unknown, expired or revoked.
        """
        caller = oauth2.identify(self)
        if caller is None and self.authorization:
            raise OtherCredentials(self.authorization, _BEARER)
        if caller is None:
            raise NoCredentials
        return caller

    @cached_property
    def scope(self) -> Scope:
        """What the caller sees."""
        return self.caller.scope(self.world)

    @property
    def account(self) -> Account:
        """The account that the request is authorized for."""
        return self.world.accounts.get(self.caller.token.account_id)

    @property
    def issued_values(self) -> tuple[str, ...]:
        """The same as in the base class, and the cursor or token in the JSON of a few routes."""
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
    def body(self) -> bytes:
        """The whole body, which is small.

        Raises:
            BodyError: it is too long, or can't be read.
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
    def body_argument(self) -> tuple[Any, str]:
        """The JSON in the body, and where it was sent, for error messages.

        Raises:
            BadContentType: the body states another type than JSON.
            BodyError: the body can't be read.
            Malformed: it is not JSON.
        """
        if not self.body and not self.environ.get("CONTENT_TYPE"):
            return None, _BODY
        self.check_content_type(_JSON_TYPES)
        return _decoded(self.body.decode("utf-8", "replace"), _BODY), _BODY

    @cached_property
    def header_argument(self) -> tuple[Any, str]:
        """The JSON in the header or the query, and where it was sent, for error messages.

        Raises:
            Malformed: there is none, or it is not JSON.
        """
        if _ARGUMENT in self.environ:
            # Clients should escape what is not ASCII; those who don't send UTF-8.
            raw = str(self.environ[_ARGUMENT]).encode("latin-1").decode("utf-8", "replace")
            return _decoded(raw, _HEADER), _HEADER
        sent = dict(self.query).get("arg")
        if sent is None:
            raise Malformed(f"Must provide {_HEADER} or {_URL}.")
        return _decoded(sent, _URL), _URL

    def check_content_type(self, expected: tuple[str, ...]) -> None:
        """Make sure that the body states a type that the route takes.

        Raises:
            BadContentType: it states another one, or none.
        """
        given = str(self.environ.get("CONTENT_TYPE", ""))
        kind, *parameters = (part.strip() for part in given.lower().split(";"))
        if "; ".join([kind, *parameters]) not in expected:
            raise BadContentType(given, expected)


def no_json(where: str) -> Malformed:
    """The error of an argument that is not JSON, or nested too deeply to be read."""
    return Malformed(f"{where}: could not decode input as JSON")


def _decoded(raw: str, where: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise no_json(where) from error
