"""OAuth 2: authorization codes, refresh tokens and their exchange for access tokens."""

import hashlib
import hmac
import re
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fakebox.core.apps import Access, App
from fakebox.core.context import WorldContext
from fakebox.core.errors import (
    AlreadyTaken,
    BadGrant,
    InvalidChallenge,
    SecretRequired,
    TokenRevoked,
    UnknownToken,
)
from fakebox.core.scopes import check_scopes
from fakebox.core.tokens import AccessToken, Tokens, hidden

SHORT_LIVED_S = 4 * 60 * 60
METHODS = ("S256", "plain")
# RFC 7636, sections 4.1 and 4.2: verifiers and challenges have the same form.
_REFRESH_COLUMNS = "token, app_id, account_id, scopes, needs_secret, is_revoked"
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_FORM = "43 to 128 characters of A-Z, a-z, 0-9, '-', '.', '_' and '~'"


@dataclass(frozen=True, slots=True)
class PkceChallenge:
    """A PKCE challenge, sent with the authorization request and checked when the code is exchanged.

    Attributes:
        value: the challenge.
        method: `S256` or `plain`.

    Raises:
        InvalidChallenge: RFC 7636 does not allow the method or the form of the value.
    """

    value: str
    method: str

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidChallenge(f"code_challenge_method must be one of: {', '.join(METHODS)}")
        if not _UNRESERVED.fullmatch(self.value):
            raise InvalidChallenge(f"code_challenge must be {_FORM}")

    def is_met_by(self, verifier: str) -> bool:
        """Whether the challenge was computed from this verifier."""
        computed = verifier
        if self.method == "S256":
            digest = hashlib.sha256(verifier.encode()).digest()
            computed = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(computed.encode(), self.value.encode())


@dataclass(frozen=True, slots=True)
class Grant:
    """The result of the exchange of a code or a refresh token.

    Attributes:
        access: the bearer token.
        lifetime_s: the lifetime of the bearer token in seconds; `None` if it does not expire.
        refresh_token: the refresh token, if the app requested offline access.
    """

    access: AccessToken
    lifetime_s: int | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return f"<Grant {self.access!r}>"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token.

    Attributes:
        token: the value.
        app_id: the app.
        account_id: the account.
        scopes: the scopes of the access tokens that are issued for it.
        needs_secret: whether a refresh needs the app's secret: no for a PKCE grant.
        is_revoked: whether it was revoked.
    """

    token: str
    app_id: int
    account_id: int
    scopes: tuple[str, ...]
    needs_secret: bool = False
    is_revoked: bool = False

    def __repr__(self) -> str:
        return f"<RefreshToken of app {self.app_id} for account {self.account_id}>"


@dataclass(frozen=True, slots=True)
class _IssuedCode:
    app_id: int
    account_id: int
    redirect_uri: str | None
    expires_s: int
    challenge: PkceChallenge | None
    is_short_lived: bool
    is_offline: bool
    scopes: tuple[str, ...]

    def is_met_by(self, verifier: str | None) -> bool:
        # A verifier without a challenge means that the challenge was removed from the request.
        if self.challenge is None or verifier is None:
            return self.challenge is None and verifier is None
        return self.challenge.is_met_by(verifier)


class OAuth2:
    """The OAuth 2 grants of a world."""

    def __init__(self, context: WorldContext, tokens: Tokens) -> None:
        self._context = context
        self._tokens = tokens

    def issue_code(
        self,
        app: App,
        account_id: int,
        *,
        redirect_uri: str | None = None,
        challenge: PkceChallenge | None = None,
        short_lived: bool = False,
        offline: bool = False,
        scopes: tuple[str, ...] | None = None,
    ) -> str:
        """Return a code that the app can exchange once, within `code_lifetime_s`.

        Args:
            app: the app that may exchange the code.
            account_id: the account to which the app gets access.
            redirect_uri: the redirect URI of the request. The exchange must have the same value.
            challenge: a PKCE challenge. The exchange must have its verifier.
            short_lived: whether the access token expires.
            offline: whether the exchange returns a refresh token.
            scopes: the scopes of the token; `None` for all scopes of the app.
        """
        code = self._context.ids.token(43)
        expires_s = self._context.clock.now_s() + self._context.settings.code_lifetime_s
        challenge_columns = (challenge.value, challenge.method) if challenge else (None, None)
        with self._context.database.transaction() as db:
            db.execute(
                "INSERT INTO authorization_code VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    code,
                    app.id,
                    account_id,
                    redirect_uri,
                    expires_s,
                    *challenge_columns,
                    short_lived,
                    offline,
                    " ".join(app.scopes if scopes is None else scopes),
                ),
            )
        return code

    def consent(
        self,
        app: App,
        account_id: int,
        scopes: tuple[str, ...],
        *,
        include_granted: bool = False,
    ) -> tuple[str, ...]:
        """Store that an account grants scopes to an app, and return the granted scopes.

        Args:
            app: the app.
            account_id: the account.
            scopes: the scopes that are granted.
            include_granted: whether to return the scopes of earlier consents as well, except those
                that the app has lost since.
        """
        key = (app.id, account_id)
        with self._context.database.transaction() as db:
            row = db.execute(
                "SELECT scopes FROM consent WHERE app_id = ? AND account_id = ?", key
            ).fetchone()
            earlier = set(row[0].split()) if row else set()
            union = " ".join(sorted(earlier.union(scopes)))
            db.execute("INSERT OR REPLACE INTO consent VALUES (?, ?, ?)", (*key, union))
        if not include_granted:
            return scopes
        return tuple(scope for scope in app.scopes if scope in earlier or scope in scopes)

    def exchange_code(
        self,
        app: App,
        code: str,
        *,
        redirect_uri: str | None = None,
        verifier: str | None = None,
        has_secret: bool = True,
    ) -> Grant:
        """Exchange a code for a bearer token.

        The first exchange by the app to which the code was issued invalidates the code, even if the
        exchange fails. The app is authenticated by its secret, or by the verifier of the code's
        challenge. An exchange by any other client leaves the code valid.

        Args:
            app: the app that sends the code.
            code: the code.
            redirect_uri: the redirect URI of the authorization request, if it had one.
            verifier: the PKCE verifier, if the authorization request had a challenge.
            has_secret: whether the app has authenticated with its secret.

        Raises:
            BadGrant: the code belongs to another app, has expired, was exchanged before, was issued
                for another redirect URI, or the verifier is wrong.
            InvalidChallenge: the verifier does not have the form that RFC 7636 requires.
            SecretRequired: there is neither a secret nor a verifier.
        """
        if verifier is not None and not _UNRESERVED.fullmatch(verifier):
            raise InvalidChallenge(f"code_verifier must be {_FORM}")
        if verifier is None and not has_secret:
            raise SecretRequired
        with self._context.database.transaction() as db:
            issued = _find_code(db, code)
            if issued is None or issued.app_id != app.id:
                raise BadGrant("code")
            is_verified = issued.is_met_by(verifier)
            if not (has_secret or (issued.challenge and is_verified)):
                raise BadGrant("code_verifier")
            db.execute("DELETE FROM authorization_code WHERE code = ?", (code,))
        if issued.expires_s <= self._context.clock.now_s():
            raise BadGrant("code")
        if issued.redirect_uri != redirect_uri:
            raise BadGrant("redirect_uri")
        if not is_verified:
            raise BadGrant("code_verifier")
        lifetime_s = SHORT_LIVED_S if issued.is_short_lived or issued.is_offline else None
        refresh_token = self._refresh_token_for(app, issued)
        return self._grant(app, issued.account_id, lifetime_s, refresh_token, issued.scopes)

    def issue(
        self,
        app: App,
        account_id: int,
        access: Access,
        *,
        token: str | None = None,
        scopes: Iterable[str] | None = None,
        lifetime_s: int | None = None,
        refresh_token: str | bool = False,
    ) -> Grant:
        """Issue a bearer token without a code, and a refresh token if one is requested.

        Args:
            app, account_id, access: as the attributes of `AccessToken`.
            token: the value of the bearer token; `None` for a random one.
            scopes: the scopes; `None` for all scopes of the app.
            lifetime_s: the lifetime of the bearer token in seconds; `None` for no end.
            refresh_token: the value of the refresh token, or whether to issue a random one.

        Raises:
            AlreadyTaken: there is a token with one of the values.
            InvalidScope: the app does not have one of the scopes.
        """
        granted = app.scopes if scopes is None else check_scopes(scopes, app.scopes)
        with self._context.database.transaction():
            made_from = None
            if refresh_token is not False:
                value = None if refresh_token is True else refresh_token
                made_from = self.issue_refresh_token(
                    app, account_id, token=value, scopes=granted
                ).token
            bearer = self._tokens.issue_bearer(
                app.id,
                account_id,
                access,
                token=token,
                lifetime_s=lifetime_s,
                made_from=made_from,
                scopes=granted,
            )
        return Grant(bearer, lifetime_s, made_from)

    def find_refresh_token(self, refresh_token: str) -> RefreshToken:
        """Return the refresh token with this value.

        Raises:
            UnknownToken: there is no refresh token with this value.
            TokenRevoked: it was revoked.
        """
        with self._context.database.reading() as db:
            row = db.execute(
                f"SELECT {_REFRESH_COLUMNS} FROM refresh_token WHERE token = ?", (refresh_token,)
            ).fetchone()
        if not row:
            raise UnknownToken
        found = _refresh_token(row)
        if found.is_revoked:
            raise TokenRevoked
        return found

    def refresh(
        self,
        app: App,
        refresh_token: RefreshToken,
        *,
        has_secret: bool = True,
        scopes: Iterable[str] | None = None,
    ) -> Grant:
        """Return a new short-lived bearer token for a refresh token, which stays valid.

        Args:
            app: the app that sends the refresh token.
            refresh_token: the refresh token.
            has_secret: whether the app has authenticated with its secret.
            scopes: the scopes of the bearer token; `None` for all scopes of the refresh token.

        Raises:
            BadGrant: the refresh token belongs to another app.
            InvalidScope: the refresh token does not have one of the scopes.
            SecretRequired: the refresh token was not issued to a PKCE grant (RFC 6749, section 6).
        """
        if refresh_token.app_id != app.id:
            raise BadGrant("refresh_token")
        if refresh_token.needs_secret and not has_secret:
            raise SecretRequired
        granted = refresh_token.scopes
        if scopes is not None:
            granted = check_scopes(scopes, granted)
        return self._grant(
            app, refresh_token.account_id, SHORT_LIVED_S, refresh_token.token, granted
        )

    def revoke_refresh_token(self, refresh_token: str) -> None:
        """Revoke a refresh token."""
        with self._context.database.transaction() as db:
            db.execute("UPDATE refresh_token SET is_revoked = 1 WHERE token = ?", (refresh_token,))

    def issue_refresh_token(
        self,
        app: App,
        account_id: int,
        *,
        token: str | None = None,
        scopes: tuple[str, ...] | None = None,
        needs_secret: bool = False,
    ) -> RefreshToken:
        """Issue a refresh token.

        Args:
            app, account_id, needs_secret: as the attributes of `RefreshToken`.
            token: the value; `None` for a random one.
            scopes: the scopes; `None` for all scopes of the app.

        Raises:
            AlreadyTaken: there is a refresh token with this value.
        """
        value = token or self._context.ids.token(64)
        granted = app.scopes if scopes is None else scopes
        issued = RefreshToken(value, app.id, account_id, granted, needs_secret)
        with self._context.database.transaction() as db:
            if db.execute("SELECT 1 FROM refresh_token WHERE token = ?", (value,)).fetchone():
                raise AlreadyTaken(hidden(value))
            self.put_refresh_token(issued)
        return issued

    def put_refresh_token(self, refresh_token: RefreshToken) -> None:
        """Store a refresh token; it replaces one with the same value."""
        values = {name: getattr(refresh_token, name) for name in _REFRESH_COLUMNS.split(", ")}
        values["scopes"] = " ".join(refresh_token.scopes)
        with self._context.database.transaction() as db:
            db.execute(
                f"INSERT OR REPLACE INTO refresh_token ({_REFRESH_COLUMNS})"
                " VALUES (?, ?, ?, ?, ?, ?)",
                tuple(values.values()),
            )

    def refresh_tokens(self, *, with_revoked: bool = False) -> list[RefreshToken]:
        """Return every refresh token, by its value.

        Args:
            with_revoked: whether to include tokens that were revoked.
        """
        condition = "" if with_revoked else " WHERE NOT is_revoked"
        with self._context.database.reading() as db:
            rows = db.execute(
                f"SELECT {_REFRESH_COLUMNS} FROM refresh_token{condition} ORDER BY token"
            )
            return [_refresh_token(row) for row in rows]

    def _refresh_token_for(self, app: App, issued: "_IssuedCode") -> str | None:
        if not issued.is_offline:
            return None
        return self.issue_refresh_token(
            app,
            issued.account_id,
            scopes=issued.scopes,
            needs_secret=issued.challenge is None,
        ).token

    def _grant(
        self,
        app: App,
        account_id: int,
        lifetime_s: int | None,
        refresh_token: str | None,
        scopes: tuple[str, ...],
    ) -> Grant:
        # A scope that the app has lost since is left out.
        granted = [scope for scope in scopes if scope in app.scopes]
        bearer = self._tokens.issue_bearer(
            app.id,
            account_id,
            app.access,
            lifetime_s=lifetime_s,
            made_from=refresh_token,
            scopes=granted,
        )
        return Grant(bearer, lifetime_s, refresh_token)


def _refresh_token(row: Sequence[Any]) -> RefreshToken:
    token, app_id, account_id, scopes, needs_secret, is_revoked = row
    flags = (bool(needs_secret), bool(is_revoked))
    return RefreshToken(token, app_id, account_id, tuple(scopes.split()), *flags)


def _find_code(db: sqlite3.Connection, code: str) -> _IssuedCode | None:
    row = db.execute(
        "SELECT app_id, account_id, redirect_uri, expires_s, challenge, challenge_method,"
        " is_short_lived, is_offline, scopes FROM authorization_code WHERE code = ?",
        (code,),
    ).fetchone()
    if row is None:
        return None
    app_id, account_id, redirect_uri, expires_s, value, method, *flags, scopes = row
    challenge = None if value is None else PkceChallenge(value, method)
    is_short_lived, is_offline = map(bool, flags)
    return _IssuedCode(
        app_id,
        account_id,
        redirect_uri,
        expires_s,
        challenge,
        is_short_lived,
        is_offline,
        tuple(scopes.split()),
    )
