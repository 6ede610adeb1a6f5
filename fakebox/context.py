"""`RequestContext`: one object for each request, from its arrival until its response is sent.

Version 1, version 2 and the control plane have subclasses with additional attributes. The
application makes an instance of the right class when a request arrives.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeAlias
from urllib.parse import quote, unquote, unquote_to_bytes

from flask import request
from werkzeug.utils import cached_property

from fakebox.core.clock import Stopwatch
from fakebox.core.defaults import WELL_KNOWN, WELL_KNOWN_SECRETS
from fakebox.core.errors import MissingScope, NotAllowed, ScopeNotPermitted
from fakebox.core.path_rules import ANY_NAME
from fakebox.credentials import Credentials
from fakebox.http.body import BodyError, is_form, read_all
from fakebox.http.forms import NotUtf8, Pairs, TooManyParameters, parse_pairs
from fakebox.http.headers import credentials_in, request_id_header
from fakebox.http.urls import ROOTS, TEMPORARY_LINKS, served_path
from fakebox.media.images import PIXEL_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _typeshed.wsgi import WSGIEnvironment
    from typing_extensions import Self

    from fakebox.core.accounts import Account, Scope
    from fakebox.core.apps import Access, App
    from fakebox.core.path_rules import NameRules
    from fakebox.core.tokens import AccessToken
    from fakebox.core.world import World

# Parts of requests use `cached_property` of Werkzeug. That of functools has one lock for all
# instances before Python 3.12, so one client that sends its body slowly would block all others.
_KEY = "fakebox.context"
PATH_PARAMETERS = ("path", "from_path", "to_path")
# Parameters with a token, an app key or a code; tokens are before app keys.
_CREDENTIALS = ("oauth_token", "access_token", "oauth_consumer_key")
# At other paths, these names have other meanings.
_OAUTH2_CREDENTIALS = ("client_id", "code", "refresh_token")
_OAUTH2_PATHS = ("/oauth2/", "/1/oauth2/")
# The characters that a path may have unencoded.
_PATH_SAFE = "/:@!$&'()*+,;=~"


TokenAccessType: TypeAlias = Literal["online", "offline", "legacy"]


@dataclass(frozen=True, slots=True)
class Options:
    """The behaviours of a namespace that the service changed over the years.

    Attributes:
        quota_status: the status of the response to an upload over the quota of the account:
            503, or 507 as the service sent later.
        auth: `strict` rejects an old timestamp and a repeated nonce of a request that is signed
            with HMAC-SHA1; `lenient` accepts both.
        is_retired: whether version 1 responds as it does since the service shut it down.
        longpoll_backoff_s: the `backoff` in responses to long polls, in seconds; 0 omits it.
        thumbnail_pixel_limit: the largest picture, in pixels (width times height), that thumbnails
            and previews are made from.
        credentials: `strict` rejects an unknown bearer token, app key, app secret or refresh token;
            with `any` it is accepted, as one of the first account and the ready-made app.
        token_access_type: the tokens of an authorization at `/oauth2/authorize` without this
            parameter: `online` for four hours, `offline` with a refresh token as well, or `legacy`
            for tokens that do not expire. Only `legacy` allows an app to request such tokens.
    """

    quota_status: Literal[503, 507] = 503
    auth: Literal["strict", "lenient"] = "strict"
    is_retired: bool = False
    longpoll_backoff_s: int = 0
    thumbnail_pixel_limit: int = PIXEL_LIMIT
    credentials: Literal["strict", "any"] = "strict"
    token_access_type: TokenAccessType = "online"


@dataclass(slots=True)
class Namespace:
    """One emulated Dropbox.

    Attributes:
        world: the accounts, apps, tokens and files.
        options: the options of the responses. A change replaces the whole object.
        name: its name in requests; empty for the default namespace.
        prefix: the prefix of the default app key and tokens in requests without the name of the
            namespace; empty for the default namespace.
    """

    world: World
    options: Options = Options()
    name: str = ""
    prefix: str = ""

    def resolve(self, credential: str) -> str:
        """Return a credential of a request as the world stores it.

        Credentials that the world issues are stored with the prefix of the namespace. Default
        credentials, and credentials that a test sets, are stored without it.

        Args:
            credential: a key, token, code or secret, with or without the prefix.
        """
        bare = credential.removeprefix(self.prefix)
        if bare == credential or bare in WELL_KNOWN or bare in WELL_KNOWN_SECRETS:
            return bare
        return bare if self.world.has_credential(bare) else credential

    def credentials(self) -> Credentials:
        """Return an object that resolves the credentials of one request."""
        accepts_unknown = self.options.credentials == "any"
        return Credentials(self.world, self.resolve, accepts_unknown=accepts_unknown)


@dataclass(frozen=True, slots=True)
class Caller:
    """The app and the account that a request is authorized for.

    Attributes:
        app: the app.
        token: the access token, which belongs to the account.
    """

    app: App
    token: AccessToken

    def check_scope(self, scope: str) -> None:
        """Check that the app and its token have a scope of OAuth 2; an empty one is no scope.

        Raises:
            ScopeNotPermitted: the app does not have the scope.
            MissingScope: the token does not have the scope.
        """
        check_app_scope(self.app, scope)
        if scope and scope not in self.token.scope_set:
            raise MissingScope(scope)

    def scope(self, world: World, root: Access | None = None, rules: NameRules = ANY_NAME) -> Scope:
        """The files that the caller has access to; see `Tokens.scope`.

        Raises:
            WrongAccessLevel: the token gives no access to this root.
        """
        return world.tokens.scope(self.token, root, rules)


def check_app_scope(app: App, scope: str) -> None:
    """Check that an app has a scope of OAuth 2; an empty one is no scope.

    Raises:
        ScopeNotPermitted: the app does not have the scope.
    """
    if scope and scope not in app.scope_set:
        raise ScopeNotPermitted(scope)


class Operation(NamedTuple):
    """The endpoint and the path in the URL of a request.

    Attributes:
        endpoint: the documented endpoint, such as `files_put` or `fileops/copy`; the whole path if
            no endpoint has the URL.
        path: the file or folder in the URL, below the caller's root; empty if there is none.
    """

    endpoint: str
    path: str

    @classmethod
    def of(cls, raw_path: str) -> Operation:
        """Parse a percent-encoded path; an encoded slash is a slash."""
        path = raw_path.replace("%2F", "/").replace("%2f", "/")
        version, _, call = path.lstrip("/").partition("/")
        if not (version.isdecimal() and call):
            return cls(unquote(raw_path), "")
        # The path of a temporary link has no root, but may have a folder with the name of one.
        segments, roots = call.split("/"), () if path.startswith(TEMPORARY_LINKS) else ROOTS
        for depth, segment in enumerate(segments):
            if segment in roots:
                path = unquote_to_bytes("/".join(segments[depth + 1 :])).decode("utf-8", "replace")
                endpoint = "/".join(filter(None, segments[:depth]))
                return cls(endpoint, f"/{path.strip('/')}")
        return cls("/".join(filter(None, segments)), "")


class RequestContext:
    """A request, as the journal, the rate limit, the faults and the view use it.

    Its parts are parsed when they are first used, and only once.

    Args:
        environ: the WSGI environment; the context is stored in it for `RequestContext.of`.

    Attributes:
        stopwatch: the time since the request began.
        environ: the WSGI environment.
        method: the method, in capitals.
        raw_path: the path as it was sent, percent-encoded.
        raw_query: the query as it was sent, without the question mark.
        namespace: the namespace that the request is for; set before anything uses it.
    """

    # Whether the urlencoded body of a POST has parameters; otherwise it is content.
    reads_form: bool = True
    # Parameters that a signature may cover although they are not sent as parameters.
    also_signed: Pairs = ()
    # Whether JSON and text are compressed for clients that accept it.
    is_compressed: bool = False
    # Headers of every response of the API version.
    default_headers: ClassVar[Pairs] = ()
    namespace: Namespace
    # The kind of a credential that was rejected because it is unknown; set by `release`.
    unknown_credential: str = ""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.stopwatch: Stopwatch = Stopwatch()
        self.environ: WSGIEnvironment = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.raw_path: str
        self.raw_query: str
        self.raw_path, self.raw_query = _target(environ)
        environ[_KEY] = self

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> Self:
        """The context of the request that a WSGI environment describes."""
        context: Self = environ[_KEY]
        return context

    @property
    def needs_flask(self) -> bool:
        """Whether a hook of the Flask application may respond instead of the view."""
        return self.method == "OPTIONS"

    def wait_limit_s(self, seconds: float) -> float:
        """Limit how long a view may wait for an event, in seconds of real time.

        A client in the same thread cannot time out by itself while the view waits.
        """
        limit: Callable[[float], float] | None = getattr(
            self.environ.get("fakebox.connection"), "wait_limit_s", None
        )
        return limit(seconds) if limit else seconds

    @classmethod
    def current(cls) -> Self:
        """The context of the request that a Flask view is responding to."""
        context: Self = request.environ[_KEY]
        return context

    def response_headers(self, _status: int) -> list[tuple[str, str]]:
        """The headers of every response of the API version, with a new request id.

        The list is empty for a request that is not of the API.
        """
        return [*self.default_headers, request_id_header()] if self.default_headers else []

    def error_summary(self, tags: str) -> str:
        """The summary of an error of version 2: its tags, a slash, and up to three dots.

        Args:
            tags: the tags of the error, separated by slashes.
        """
        return f"{tags}/{'.' * self.world.variations.below(4)}"

    def documented_error(self) -> tuple[str, Mapping[str, object]] | None:
        """The tags and the value of an error that the route has; `None` if it has no such errors.

        It is the body of a planned fault with status 409.
        """
        return None

    @cached_property
    def world(self) -> World:
        """The world of the namespace."""
        return self.namespace.world

    @property
    def options(self) -> Options:
        """The options of the namespace."""
        return self.namespace.options

    @property
    def authorization(self) -> str:
        """The `Authorization` header; empty if there is none."""
        header: str = self.environ.get("HTTP_AUTHORIZATION", "")
        return header

    @cached_property
    def origin(self) -> str:
        """Scheme and host as the client sent them, for URLs of this emulator."""
        environ = self.environ
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        return f"{environ['wsgi.url_scheme']}://{host}"

    @property
    def base_url(self) -> str:
        """The scheme, host and percent-encoded path without the query, for OAuth 1.0 signatures."""
        return f"{self.origin}{self.raw_path}"

    # --- parameters --------------------------------------------------------------------------

    @cached_property
    def query(self) -> Pairs:
        """The parameters of the query, in their order, with duplicates.

        Raises:
            NotUtf8, TooManyParameters: as for `parse_pairs`.
        """
        query = self.raw_query.encode("latin-1", "replace")
        return parse_pairs(query) if query else ()

    @cached_property
    def form(self) -> Pairs:
        """The parameters of an urlencoded body; empty if the body is not urlencoded.

        Raises:
            BodyError: the body cannot be read.
            NotUtf8, TooManyParameters: as for `parse_pairs`.
        """
        form = self.form_bytes
        return parse_pairs(form) if form else ()

    @property
    def form_bytes(self) -> bytes:
        """An urlencoded body as it was sent; empty for other types.

        Raises:
            BodyError: the body cannot be read.
        """
        if isinstance(self._form, BodyError):
            raise self._form
        return self._form

    @cached_property
    def _form(self) -> bytes | BodyError:
        # A body can be read only once, so the error is stored for later uses.
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
        """All parameters: those of the query, then those of the form.

        Raises:
            BodyError, NotUtf8, TooManyParameters: as for `query` and `form`.
        """
        # Most requests have no parameters. These checks take less time than two cached properties.
        if not (self.raw_query or self.form_bytes):
            return ()
        return self.query + self.form

    @property
    def readable_form(self) -> bytes:
        """The same as `form_bytes`, but empty if the body cannot be read."""
        return b"" if isinstance(self._form, BodyError) else self._form

    @property
    def arguments(self) -> Mapping[str, object]:
        """The arguments by name, as far as they have been received; see `read_arguments`."""
        return dict(self.readable_pairs)

    @property
    def argument_text(self) -> str:
        """The body as text, if it has arguments and has been received; otherwise empty."""
        return self.readable_form.decode("utf-8", "replace")

    def read_arguments(self) -> None:
        """Read the body if it has arguments, so that `arguments` contains them.

        Only the thread of the request may call this. A body with content is not read.
        """
        _ = self.readable_form

    @property
    def readable_query(self) -> Pairs:
        """The same as `query`, but empty if it cannot be parsed."""
        try:
            return self.query
        except (NotUtf8, TooManyParameters):
            return ()

    @cached_property
    def readable_pairs(self) -> Pairs:
        """The same as `pairs`, but empty if they cannot be parsed."""
        if not (self.raw_query or self._form):
            return ()
        try:
            return self.pairs
        except (BodyError, NotUtf8, TooManyParameters):
            return ()

    # --- operation and credentials -----------------------------------------------------------

    @cached_property
    def call_path(self) -> str:
        """The percent-encoded path at which the request is served; see `served_path`."""
        return served_path(self.raw_path, self.environ.get("HTTP_HOST", ""))

    @cached_property
    def operation(self) -> Operation:
        """The endpoint and the path in the URL."""
        return Operation.of(self.call_path)

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths of files and folders in the URL and in arguments."""
        values = (value for name, value in self.readable_pairs if name in PATH_PARAMETERS)
        named = tuple(f"/{value.strip('/')}" for value in values if value)
        path = self.operation.path
        # A URL that ends with the root may have the path as a parameter.
        return named if named and path in ("", "/") else (path, *named) if path else ()

    @cached_property
    def credentials(self) -> tuple[str, ...]:
        """All tokens, app keys and codes of the request, those of the header first.

        Secrets are not included, because they do not identify a namespace.
        """
        found = credentials_in(self.authorization)
        pairs = self.readable_pairs
        if not pairs:
            return found
        is_oauth2 = self.call_path.startswith(_OAUTH2_PATHS)
        names = _CREDENTIALS + (_OAUTH2_CREDENTIALS if is_oauth2 else ())
        sent = (value for wanted in names for name, value in pairs if name == wanted)
        return (*found, *sent)

    @property
    def token(self) -> str:
        """The token of the request, else the app key, else an empty text."""
        return next(iter(self.credentials), "")

    @property
    def issued_values(self) -> tuple[str, ...]:
        """The values that an emulated Dropbox has issued, which may have its prefix.

        These are the credentials. Some requests without credentials have a cursor instead.
        """
        return self.credentials

    @cached_property
    def named_account(self) -> Account | None:
        """The account of the token, whether or not the request is authorized; None if unknown."""
        try:
            found = self.world.tokens.find(self.namespace.resolve(self.token))
        except NotAllowed:
            try:
                # Not `self.resolver`, which stores whether the request itself is rejected.
                found = self.namespace.credentials().bearer_token(self.token)
            except NotAllowed:
                return None
        return self.world.accounts.get(found.account_id)

    @cached_property
    def resolver(self) -> Credentials:
        """Resolves the credentials of this request."""
        return self.namespace.credentials()

    def log_exception(self, log: logging.Logger, message: str, error: Exception) -> None:
        """Log an unexpected exception of the view.

        The level is DEBUG instead of ERROR if the world is closed, because the test has ended.
        """
        level = logging.DEBUG if self.world.is_closed else logging.ERROR
        log.log(level, message, exc_info=error)

    def release(self) -> None:
        """Release streams and the world, and keep the data of the journal."""
        environ = self.environ
        self.environ = {key: value for key, value in environ.items() if type(value) is str}
        # A form that is still unread must not be read later, because the connection may be closed.
        self.__dict__.setdefault("_form", b"")
        if resolver := self.__dict__.pop("resolver", None):
            self.unknown_credential = resolver.unknown
        for name in ("namespace", "world", "named_account", "caller"):
            self.__dict__.pop(name, None)


def _target(environ: WSGIEnvironment) -> tuple[str, str]:
    raw: str | None = environ.get("RAW_URI")
    if raw is not None:
        path, _, query = raw.partition("?")
        return path, query
    # Other WSGI servers do not set it, so the decoded path is encoded again.
    decoded = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return quote(decoded.encode("latin-1"), _PATH_SAFE), environ.get("QUERY_STRING", "")
