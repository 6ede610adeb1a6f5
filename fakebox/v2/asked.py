"""A request to version 2, as its routes use it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import request

from fakebox.auth import Caller, bearer
from fakebox.context import RequestContext
from fakebox.core.errors import NoCredentials

if TYPE_CHECKING:
    from fakebox.core.accounts import Account, Scope

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


class Asked(RequestContext):
    """A request to version 2."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        # Everywhere else a body is JSON or content, or must be empty.
        self.reads_form = self.raw_path.rstrip("/").endswith("/oauth2/token")

    @classmethod
    def current(cls) -> Asked:
        """The request that a view is responding to."""
        return cls.of(request.environ)

    @cached_property
    def authorization(self) -> str:
        """The Authorization header; a page in a browser may send it as a parameter instead."""
        header: str = self.environ.get("HTTP_AUTHORIZATION", "")
        return header or dict(self.query).get("authorization", "")

    @cached_property
    def caller(self) -> Caller:
        """The app and the account that the request is authorized for.

        Raises:
            NoCredentials: there are none.
            OtherCredentials: there are, but of another kind.
            BearerRefused: the token is unknown, expired or revoked.
        """
        caller = bearer.identify(self)
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
