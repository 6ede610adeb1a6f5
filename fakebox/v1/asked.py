"""The request that a view answers, made sense of once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import request

from fakebox import auth
from fakebox.v1.params import Invalid, Params
from fakebox.wire.call import Call
from fakebox.wire.service import Service

if TYPE_CHECKING:
    from fakebox.core.accounts import Scope
    from fakebox.core.apps import Access
    from fakebox.core.world import World

_KEY = "fakebox.v1.asked"
_ROOTS: dict[str, Access] = {"dropbox": "dropbox", "sandbox": "app_folder", "auto": "either"}


@dataclass(frozen=True)
class Asked:
    """What a v1 request asks, of whom, and on whose behalf.

    Attributes:
        service: the emulated Dropbox that it is for.
        call: the request before anybody made sense of it.
    """

    service: Service
    call: Call

    def signed_with(self, name: str, value: str) -> Asked:
        """The same request, whose signature may cover a parameter that wasn't sent as one."""
        return replace(self, call=replace(self.call, unsent=((name, value),)))

    @property
    def world(self) -> World:
        """The world that it is about."""
        return self.service.world

    @cached_property
    def params(self) -> Params:
        """Its parameters."""
        return Params(self.call.pairs)

    @cached_property
    def caller(self) -> auth.Caller:
        """Who asks.

        Raises:
            NotAllowed: nobody who may.
            Invalid: somebody who may, but sends a parameter twice, and differently.
        """
        caller = auth.identify(self.call, self.service)
        # Here rather than in each view: most calls look for few parameters, and some for none.
        _ = self.params
        return caller

    @property
    def locale(self) -> str:
        """The language of the answer, in lower case."""
        return (self.params.text("locale") or "en").lower()

    def scope(self, root: str | None = None) -> Scope:
        """What the caller sees under one of the documented roots.

        Args:
            root: as the URL names it; the parameter `root` does where the URL doesn't.

        Raises:
            Invalid: it is none of them.
            NotAllowed: the caller may not come in, or not there.
        """
        caller = self.caller
        if root is None:
            root = self.params.required("root")
        if root not in _ROOTS:
            text = f"Value must be one of: {'; '.join(_ROOTS)}; not {root!r}"
            raise Invalid("root", text)
        return caller.scope(self.world, _ROOTS[root])

    def default_scope(self) -> Scope:
        """What the caller sees where no root is named."""
        return self.caller.scope(self.world)


def asked(*, body_is_content: bool = False) -> Asked:
    """The request that is being answered.

    Args:
        body_is_content: the body is for the view, whatever its type says; it holds no parameters.
    """
    environ: dict[str, Any] = request.environ
    found: Asked | None = environ.get(_KEY)
    if found is None:
        call = Call.of(environ, reads_form=not body_is_content)
        found = environ[_KEY] = Asked(Service.of(environ), call)
    return found
