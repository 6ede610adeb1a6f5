"""The object that stands for a request from the moment it enters until its response is sent.

The layers above add what they need by subclassing: version 1, version 2 and the control plane each
have a request class of their own, and the application makes the right one when a request enters.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

from flask import request

from fakebox.core.defaults import WELL_KNOWN
from fakebox.core.errors import NotAllowed
from fakebox.http.body import BodyError, is_form, read_all
from fakebox.http.urlencoded import NotUtf8, Pairs, TooManyParameters, parse_pairs
from fakebox.media.images import PIXEL_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from fakebox.core.accounts import Account
    from fakebox.core.world import World

_KEY = "fakebox.context"
_ROOTS = ("dropbox", "sandbox", "auto")
_PATH_PARAMETERS = ("path", "from_path", "to_path")
_TOKEN_PARAMETERS = ("oauth_token", "access_token", "oauth_consumer_key", "client_id")
_IN_HEADER = re.compile(r'(?:^Bearer\s+|oauth_token="?)(?P<token>[^",\s]+)', re.IGNORECASE)
_KEY_IN_HEADER = re.compile(r'oauth_consumer_key="?(?P<token>[^",\s]+)', re.IGNORECASE)
# Everything that may stand in a path as it is, and what encoding it again would change.
_PATH_SAFE = "/:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Options:
    """How an emulated Dropbox responds, where the service itself changed over the years.

    Attributes:
        quota_status: the status of the response to an upload that the account has no room for:
            503 (seed), or 507 as the later service had it.
        auth: `strict` refuses a stale timestamp and a nonce seen before; `lenient` accepts both.
        is_retired: respond to version 1 as the service does since it was shut down.
        longpoll_backoff_s: the `backoff` in responses to long polls, in seconds; 0 leaves it out.
        thumbnail_pixel_limit: how many pixels (width times height) a picture may have for which
            thumbnails and previews are made.
    """

    quota_status: Literal[503, 507] = 503
    auth: Literal["strict", "lenient"] = "strict"
    is_retired: bool = False
    longpoll_backoff_s: int = 0
    thumbnail_pixel_limit: int = PIXEL_LIMIT


@dataclass(slots=True)
class Namespace:
    """One emulated Dropbox.

    Attributes:
        world: what it holds.
        options: how it responds; replaced as a whole when one of them changes.
        name: what requests call it; empty for the default one.
        prefix: what stands before its ready-made app's key and tokens where a credential names
            the namespace; empty for the default one.
    """

    world: World
    options: Options = Options()
    name: str = ""
    prefix: str = ""

    def resolve(self, credential: str) -> str:
        """A key, token or secret as the world knows it: a ready-made one without the prefix."""
        bare = credential.removeprefix(self.prefix)
        return bare if bare in WELL_KNOWN else credential


class Operation(NamedTuple):
    """What the URL of a request names.

    Attributes:
        endpoint: the documented call, as `files_put` or `fileops/copy`; the whole path where the
            URL is not that of a call.
        path: the file or folder within the caller's root; empty where the URL names none.
    """

    endpoint: str
    path: str

    @classmethod
    def of(cls, raw_path: str) -> Operation:
        """The operation that a percent-encoded path names."""
        version, _, call = raw_path.lstrip("/").partition("/")
        if not (version.isdecimal() and call):
            return cls(unquote(raw_path), "")
        segments = call.split("/")
        for depth, segment in enumerate(segments):
            if segment in _ROOTS:
                path = unquote_to_bytes("/".join(segments[depth + 1 :])).decode("utf-8", "replace")
                return cls("/".join(segments[:depth]), f"/{path.strip('/')}")
        return cls(call.rstrip("/"), "")


class RequestContext:
    """A request: made once, used by the journal, the limits, the faults, and the view.

    What it consists of is parsed when it is first used, and only once.

    Args:
        environ: the WSGI environment; `RequestContext.of` finds the context in it from then on.

    Attributes:
        environ: likewise.
        method: in capitals.
        raw_path: the path as it was sent, percent-encoded.
        raw_query: the query as it was sent, without its question mark.
        namespace: the emulated Dropbox that the request is for; set before anything uses it.
    """

    # Whether an urlencoded body of a POST holds parameters. Otherwise it is content.
    reads_form: bool = True
    # Parameters that a signature may cover although they are not sent as parameters.
    also_signed: Pairs = ()
    namespace: Namespace

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ: dict[str, Any] = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.raw_path: str
        self.raw_query: str
        self.raw_path, self.raw_query = _target(environ)
        environ[_KEY] = self

    @classmethod
    def of(cls, environ: dict[str, Any]) -> Self:
        """The context of the request that a WSGI environment describes."""
        context: Self = environ[_KEY]
        return context

    def patience_s(self, seconds: float) -> float:
        """Limit how long a view may wait for an event, in seconds of real time.

        A client in the same thread cannot time out by itself while the view waits.
        """
        limit: Callable[[float], float] | None = getattr(
            self.environ.get("fakebox.connection"), "patience_s", None
        )
        return limit(seconds) if limit else seconds

    @classmethod
    def current(cls) -> Self:
        """The context of the request that a Flask view is responding to."""
        return cls.of(request.environ)

    @property
    def world(self) -> World:
        """The accounts and files that the request is about."""
        return self.namespace.world

    @property
    def options(self) -> Options:
        """How the emulated Dropbox responds."""
        return self.namespace.options

    @cached_property
    def authorization(self) -> str:
        """The Authorization header; empty if there is none."""
        header: str = self.environ.get("HTTP_AUTHORIZATION", "")
        return header

    @cached_property
    def origin(self) -> str:
        """Scheme and host as the client addressed them, for URLs that lead back here."""
        environ = self.environ
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        return f"{environ['wsgi.url_scheme']}://{host}"

    @property
    def base_url(self) -> str:
        """Scheme, host and percent-encoded path, without the query: what OAuth 1.0 signs."""
        return f"{self.origin}{self.raw_path}"

    # --- parameters --------------------------------------------------------------------------

    @cached_property
    def query(self) -> Pairs:
        """The parameters of the query in their order, with duplicates.

        Raises:
            NotUtf8, TooManyParameters: as for `parse_pairs`.
        """
        return parse_pairs(self.raw_query.encode("latin-1", "replace"))

    @cached_property
    def form(self) -> Pairs:
        """The parameters of an urlencoded body; none where the body is something else.

        Raises:
            BodyError: the body can't be read.
            NotUtf8, TooManyParameters: as for `parse_pairs`.
        """
        return parse_pairs(self.form_bytes)

    @property
    def form_bytes(self) -> bytes:
        """An urlencoded body as it was sent; empty where the body is something else.

        Raises:
            BodyError: the body can't be read.
        """
        if isinstance(self._form, BodyError):
            raise self._form
        return self._form

    @cached_property
    def _form(self) -> bytes | BodyError:
        # A body can be read once, so that whoever asks later finds the same error.
        if not (self.reads_form and self.method == "POST" and is_form(self.environ)):
            return b""
        try:
            form = read_all(self.environ)
        except BodyError as error:
            return error
        self.environ["wsgi.input"] = BytesIO(form)
        return form

    @property
    def pairs(self) -> Pairs:
        """Every parameter: those of the query, then those of the form.

        Raises:
            BodyError, NotUtf8, TooManyParameters: as for `query` and `form`.
        """
        return self.query + self.form

    @property
    def readable_form(self) -> bytes:
        """As `form_bytes`, but none where the body can't be read."""
        return b"" if isinstance(self._form, BodyError) else self._form

    @property
    def readable_query(self) -> Pairs:
        """As `query`, but no parameters where they can't be read."""
        try:
            return self.query
        except (NotUtf8, TooManyParameters):
            return ()

    @cached_property
    def readable_pairs(self) -> Pairs:
        """As `pairs`, but none where they can't be read; for the journal, limits and faults."""
        try:
            return self.pairs
        except (BodyError, NotUtf8, TooManyParameters):
            return ()

    # --- what the request is for -------------------------------------------------------------

    @cached_property
    def operation(self) -> Operation:
        """What the URL names."""
        return Operation.of(self.raw_path)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file or folder that is named, in the URL or by a parameter."""
        named = (value for name, value in self.readable_pairs if name in _PATH_PARAMETERS)
        return tuple(path for path in (self.operation.path, *named) if path)

    @cached_property
    def token(self) -> str:
        """The token that came with the request, or the app's key; empty if there is neither."""
        for pattern in (_IN_HEADER, _KEY_IN_HEADER):
            if found := pattern.search(self.authorization):
                return unquote(found["token"])
        values = dict(self.readable_pairs)
        return next((values[name] for name in _TOKEN_PARAMETERS if name in values), "")

    @cached_property
    def named_account(self) -> Account | None:
        """The account that the token is for, whether or not the request is authorized."""
        token = self.namespace.resolve(self.token)
        for is_bearer in (False, True):
            try:
                found = self.world.tokens.find(token, bearer=is_bearer)
            except NotAllowed:
                continue
            return self.world.accounts.get(found.account_id)
        return None

    def log_exception(self, log: logging.Logger, message: str, error: Exception) -> None:
        """Log that the request could not be responded to.

        It is no error if the world was closed meanwhile: its client is gone then as well.
        """
        level = logging.DEBUG if self.world.is_closed else logging.ERROR
        log.log(level, message, exc_info=error)

    def release(self) -> None:
        """Drop streams and the world, and keep what the journal shows."""
        environ = self.environ
        self.environ = {key: environ[key] for key in environ if type(environ[key]) is str}
        # A form that was not read by now was of no use to anybody, and the client may be gone.
        self.__dict__.setdefault("_form", b"")
        for name in ("namespace", "named_account", "caller"):
            self.__dict__.pop(name, None)


def _target(environ: dict[str, Any]) -> tuple[str, str]:
    raw: str | None = environ.get("RAW_URI")
    if raw is not None:
        path, _, query = raw.partition("?")
        return path, query
    # Where no server has set it, as in a call without a socket, it is made of the decoded path.
    decoded = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return quote(decoded.encode("latin-1"), _PATH_SAFE), environ.get("QUERY_STRING", "")
