"""The request that a route answers, made sense of once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fakebox.auth import Caller, bearer
from fakebox.core.errors import NoCredentials
from fakebox.wire.call import Call
from fakebox.wire.service import Service

if TYPE_CHECKING:
    from fakebox.core.accounts import Account, Scope
    from fakebox.core.world import World

_BEARER = "Bearer <oauth2-access-token>"


class OtherCredentials(Exception):
    """The Authorization header is of another kind than the route takes.

    Attributes:
        shown: what may be told of it: its scheme, and nothing that may be secret.
        expected: what one that is good looks like.
    """

    def __init__(self, authorization: str, expected: str) -> None:
        scheme, space, credentials = authorization.strip().partition(" ")
        self.shown: str = f"{scheme} ..." if credentials else scheme if space else "..."
        self.expected: str = expected
        super().__init__(self.shown, expected)


@dataclass(frozen=True)
class Asked:
    """What a request asks of which Dropbox, and on whose behalf.

    Attributes:
        environ: the WSGI request.
        service: the emulated Dropbox that it is for.
        call: the request before anybody made sense of it.
    """

    environ: dict[str, Any]
    service: Service
    call: Call

    @classmethod
    def of(cls, environ: dict[str, Any]) -> Asked:
        """What a WSGI request asks; a page in a browser may send its header as a parameter."""
        call = Call.of(environ, reads_form=False)
        if not call.authorization:
            sent = dict(call.query).get("authorization", "")
            call = replace(call, authorization=sent)
        return cls(environ, Service.of(environ), call)

    @property
    def world(self) -> World:
        """The world that it is about."""
        return self.service.world

    @cached_property
    def caller(self) -> Caller:
        """Who asks.

        Raises:
            NoCredentials: there are none.
            OtherCredentials: there are, but of another kind.
            BearerRefused: it is unknown, expired or revoked.
        """
        caller = bearer.identify(self.call, self.service)
        if caller is None and self.call.authorization:
            raise OtherCredentials(self.call.authorization, _BEARER)
        if caller is None:
            raise NoCredentials
        return caller

    @cached_property
    def scope(self) -> Scope:
        """What the caller sees."""
        return self.caller.scope(self.world)

    @property
    def account(self) -> Account:
        """Whose Dropbox it is about."""
        return self.world.accounts.get(self.caller.token.account_id)
