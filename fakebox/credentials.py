"""The credentials of requests and tests: tokens, app keys and secrets.

Every bearer token, app key, app secret and refresh token of a request is resolved here, and only
here. With the setting `credentials` = `any`, an unknown one is accepted, as one of the first
account and the ready-made app. OAuth 1.0 tokens are not affected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from fakebox.core import defaults
from fakebox.core.apps import Access
from fakebox.core.errors import UnknownApp, UnknownToken
from fakebox.core.oauth2 import RefreshToken
from fakebox.core.tokens import AccessToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fakebox.core.apps import App
    from fakebox.core.world import World

# A credential has to fit in a header and in a URL.
_CREDENTIAL = re.compile(r"[!-~]{1,4096}")
_LIFETIME_LIMIT_S = 10**9
# The forms of credentials that the service or the emulator issues: 64 characters, or a prefix of a
# short-lived token, of the ready-made credentials, or of a namespace.
_LONG_LIVED = r"[A-Za-z0-9_-]{64}"
_OF_EMULATOR = r"(?:fakebox-|[a-z0-9][a-z0-9_-]{0,39}~)[!-~]*"
_BEARER_TOKEN = re.compile(rf"{_LONG_LIVED}|sl\.[!-~]*|{_OF_EMULATOR}")
_REFRESH_TOKEN = re.compile(rf"{_LONG_LIVED}|{_OF_EMULATOR}")


def is_bearer_token(value: str) -> bool:
    """Whether a value has the form of a bearer token, known or unknown."""
    return _BEARER_TOKEN.fullmatch(value) is not None


def is_refresh_token(value: str) -> bool:
    """Whether a value has the form of a refresh token, known or unknown."""
    return _REFRESH_TOKEN.fullmatch(value) is not None


def check_credential(name: str, value: object) -> None:
    """Check the value of a token, key or secret that a test sets.

    Args:
        name: the name of the argument or field, for the error; may be empty.
        value: the value.

    Raises:
        ValueError: the value cannot be sent as a credential. The message does not contain it.
    """
    if not isinstance(value, str) or not _CREDENTIAL.fullmatch(value):
        named = f"{name} " if name else ""
        raise ValueError(f"{named}must be 1 to 4096 visible characters of ASCII, without spaces")


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Check a value that must be one of several texts.

    Raises:
        ValueError: it is not one of them.
    """
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")


def check_lifetime(value: int | None) -> None:
    """Check the lifetime of a token in seconds; `None` is no end.

    Raises:
        ValueError: it is not a whole number, is negative or too long.
    """
    if value is None:
        return
    if type(value) is not int or not 0 <= value <= _LIFETIME_LIMIT_S:
        raise ValueError(
            f"expires_in_s must be a whole number from 0 to {_LIFETIME_LIMIT_S}, not {value!r}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """The options of a token that a test creates. It is an OAuth 1.0 token without options.

    Attributes:
        access: `dropbox` or `app_folder`.
        bearer: whether it is a bearer token; by default it is one with `scopes`, `expires_in_s` or
            `refresh`, or with `token` and no `secret`.
        token, secret: the values; `None` for random ones.
        scopes: the scopes; `None` for all scopes of the app.
        expires_in_s: the lifetime in seconds; `None` if it does not expire.
        refresh: whether a refresh token is created as well, or its value.

    Raises:
        ValueError: an option is not valid, or two options exclude each other.
    """

    access: Access = "dropbox"
    bearer: bool | None = None
    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    scopes: Iterable[str] | None = None
    expires_in_s: int | None = None
    refresh: bool | str = field(default=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("token", "secret", "refresh"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, bool):
                check_credential(name, value)
        check_lifetime(self.expires_in_s)
        check_choice("access", self.access, get_args(Access))
        if (self.secret is not None or self.bearer is False) and self._for_bearer():
            raise ValueError(f"an OAuth 1.0 token, with a secret, cannot have {self._for_bearer()}")

    def create(self, world: World, app: App, account_id: int) -> tuple[AccessToken, str | None]:
        """Create the token, and return it with its refresh token.

        Raises:
            AlreadyTaken: there is a token with one of the values.
            InvalidScope: the app does not have one of the scopes.
        """
        if not self._is_bearer():
            issued = world.tokens.issue(
                app, account_id, access=self.access, token=self.token, secret=self.secret
            )
            return issued, None
        grant = world.oauth2.issue(
            app,
            account_id,
            self.access,
            token=self.token,
            scopes=self.scopes,
            lifetime_s=self.expires_in_s,
            refresh_token=self.refresh,
        )
        return grant.access, grant.refresh_token

    def _is_bearer(self) -> bool:
        if self.bearer is not None:
            return self.bearer
        return bool(self._for_bearer()) or (self.token is not None and self.secret is None)

    def _for_bearer(self) -> str:
        """The name of an option that only bearer tokens have; empty if there is none."""
        given = {
            "the type bearer": self.bearer,
            "scopes": self.scopes is not None,
            "expires_in_s": self.expires_in_s is not None,
            "refresh": self.refresh is not False,
        }
        return next((name for name, is_given in given.items() if is_given), "")


class Credentials:
    """The credentials that one request may have.

    Args:
        world: the world that the request is for.
        resolve: returns a credential as the world stores it; see `Namespace.resolve`.
        accepts_unknown: whether unknown credentials are accepted.

    Attributes:
        unknown: the kind of the last credential that was rejected because it is unknown, such as
            `bearer token`; empty if there was none.
    """

    def __init__(
        self, world: World, resolve: Callable[[str], str], *, accepts_unknown: bool
    ) -> None:
        self._world = world
        self._resolve = resolve
        self._accepts_unknown = accepts_unknown
        self.unknown: str = ""

    def bearer_token(self, sent: str) -> AccessToken:
        """Return the access token for a bearer token.

        Raises:
            UnknownToken: it is unknown, and unknown ones are rejected.
            TokenRevoked, TokenExpired: the token was revoked, or has expired.
        """
        token = self._resolve(sent)
        try:
            return self._world.tokens.find(token, bearer=True)
        except UnknownToken:
            self._accept_unknown_token(token, "bearer token")
        app = self._ready_made_app()
        account = self._world.accounts.first()
        return AccessToken(token, None, app.id, account.id, "dropbox", app.scopes)

    def app(self, sent: str) -> App:
        """Return the app with a key.

        Raises:
            UnknownApp: the key is unknown, and unknown ones are rejected.
            AppDisabled: the app is disabled.
        """
        key = self._resolve(sent)
        try:
            return self._world.apps.find(key)
        except UnknownApp:
            if not self._accepts(key, "app key"):
                raise
        return self._ready_made_app()

    def check_secret(self, app: App, sent: str) -> None:
        """Check the secret of an app.

        Raises:
            UnknownApp: the secret is wrong, and unknown ones are rejected.
        """
        secret = self._resolve(sent)
        try:
            app.check_secret(secret)
        except UnknownApp:
            if not self._accepts(secret, "app secret"):
                raise

    def refresh_token(self, sent: str, app: App) -> RefreshToken:
        """Return the refresh token with a value.

        Args:
            sent: the value in the request.
            app: the app that sends it; an unknown refresh token is one of this app.

        Raises:
            UnknownToken: it is unknown, and unknown ones are rejected.
            TokenRevoked: it was revoked.
        """
        token = self._resolve(sent)
        try:
            return self._world.oauth2.find_refresh_token(token)
        except UnknownToken:
            self._accept_unknown_token(token, "refresh token")
        return RefreshToken(token, app.id, self._world.accounts.first().id, app.scopes)

    def _accept_unknown_token(self, token: str, kind: str) -> None:
        # The world may have the value as another kind of credential, valid or revoked.
        if not self._accepts(token, kind) or self._world.has_credential(token):
            raise UnknownToken

    def _accepts(self, resolved: str, kind: str) -> bool:
        # For a namespace that does not exist, every credential is resolved to an empty text.
        if not self._accepts_unknown and resolved:
            self.unknown = kind
        return self._accepts_unknown and resolved != ""

    def _ready_made_app(self) -> App:
        return self._world.apps.find(defaults.APP_KEY)
