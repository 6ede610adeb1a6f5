"""A request as the middleware sees it: what it is for, before any dialect has understood it.

Everything is worked out when it is asked for, since most requests are asked for nothing.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from fakebox.core.errors import NotAllowed
from fakebox.wire.body import keep_form
from fakebox.wire.service import Service
from fakebox.wire.target import raw_target
from fakebox.wire.urlencoded import NotUtf8, Pairs, TooManyParameters, parse_pairs

if TYPE_CHECKING:
    from fakebox.core.accounts import Account

_ROOTS = ("dropbox", "sandbox", "auto")
_PATH_PARAMETERS = ("path", "from_path", "to_path")
_TOKEN_PARAMETERS = ("oauth_token", "access_token", "oauth_consumer_key", "client_id")
_IN_HEADER = re.compile(r'(?:^Bearer\s+|oauth_token="?)(?P<token>[^",\s]+)', re.IGNORECASE)
_KEY_IN_HEADER = re.compile(r'oauth_consumer_key="?(?P<token>[^",\s]+)', re.IGNORECASE)


class Operation(NamedTuple):
    """What a request's URL names.

    Attributes:
        endpoint: the documented call, as `files_put` or `fileops/copy`; the whole path where the
            URL is none of a call.
        path: the file or folder within the caller's root; empty where the URL names none.
    """

    endpoint: str
    path: str

    @classmethod
    def of(cls, raw_path: str) -> Operation:
        """The operation that an undecoded path names."""
        version, _, call = raw_path.lstrip("/").partition("/")
        if not (version.isdecimal() and call):
            return cls(unquote(raw_path), "")
        segments = call.split("/")
        for depth, segment in enumerate(segments):
            if segment in _ROOTS:
                path = unquote_to_bytes("/".join(segments[depth + 1 :])).decode("utf-8", "replace")
                return cls("/".join(segments[:depth]), f"/{path.strip('/')}")
        return cls(call.rstrip("/"), "")


class Request:
    """A WSGI request.

    Attributes:
        method: in capitals.
        raw_path, raw_query: the target as it was sent.
        form: the bytes of an urlencoded body, else none.
        authorization: the header, or an empty string.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.raw_path: str
        self.raw_query: str
        self.raw_path, self.raw_query = raw_target(environ)
        self.form: bytes = keep_form(environ) if self.method == "POST" else b""
        self.authorization: str = environ.get("HTTP_AUTHORIZATION", "")

    @cached_property
    def operation(self) -> Operation:
        """What the URL names."""
        return Operation.of(self.raw_path)

    @cached_property
    def pairs(self) -> Pairs:
        """The parameters of the query and the form; none where they can't be read."""
        try:
            query = parse_pairs(self.raw_query.encode("latin-1", "replace"))
            return query + parse_pairs(self.form)
        except (NotUtf8, TooManyParameters):
            return ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file or folder that is named, in the URL or by a parameter."""
        named = (value for name, value in self.pairs if name in _PATH_PARAMETERS)
        return tuple(path for path in (self.operation.path, *named) if path)

    @cached_property
    def token(self) -> str:
        """The token that came with it, or the app's key where there is none; may be empty."""
        for pattern in (_IN_HEADER, _KEY_IN_HEADER):
            if found := pattern.search(self.authorization):
                return unquote(found["token"])
        values = dict(self.pairs)
        return next((values[name] for name in _TOKEN_PARAMETERS if name in values), "")

    @cached_property
    def account(self) -> Account | None:
        """The account that the token is for, whether or not the request is let in."""
        service = Service.of(self.environ)
        token = service.plain(self.token)
        for is_bearer in (False, True):
            try:
                found = service.world.tokens.find(token, bearer=is_bearer)
            except NotAllowed:
                continue
            return service.world.accounts.get(found.account_id)
        return None
