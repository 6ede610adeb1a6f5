"""OAuth 1.0 request tokens and access tokens, bearer tokens, and nonces that were used.

OAuth 2 grants are in `oauth2`.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakebox.core.accounts import Scope
from fakebox.core.apps import Access, App, Apps
from fakebox.core.context import WorldContext
from fakebox.core.database import RowCache
from fakebox.core.errors import (
    AlreadyTaken,
    NonceUsed,
    RequestTokenNotAuthorized,
    RequestTokenNotFound,
    StaleTimestamp,
    TokenExpired,
    TokenRevoked,
    UnknownToken,
    WrongAccessLevel,
)
from fakebox.core.path_rules import ANY_NAME, NameRules
from fakebox.core.scopes import check_scopes

_COLUMNS = "token, secret, app_id, account_id, access, scopes, expires_s, made_from, is_revoked"
_DIGEST_BYTES = 8
_SHOWN_LENGTH = 4
# The length of the tokens of 2020, without "sl.".
_SHORT_LIVED_LENGTH = 135


@dataclass(frozen=True, slots=True)
class RequestToken:
    """An app's request for access to an account.

    Attributes:
        token, secret: the credentials. The secret is left out of `repr`.
        app_id: the app.
        account_id: the account that the app got access to; `None` until the request is allowed.
        is_denied: whether the request was denied.
    """

    token: str
    secret: str
    app_id: int
    account_id: int | None
    is_denied: bool

    def __repr__(self) -> str:
        return f"<RequestToken of app {self.app_id}>"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An app's permission to access an account.

    Attributes:
        token: the public part; a bearer token is secret as a whole.
        secret: the OAuth 1.0 secret; `None` for a bearer token.
        app_id: the app.
        account_id: the account.
        access: the access level; see `App.access`.
        scopes: the scopes; empty for an OAuth 1.0 token, which has no scopes.
        expires_s: when it expires, in seconds since 1970; `None` if it does not expire.
        made_from: the OAuth 1.0 token or refresh token for which it was issued.
        is_revoked: whether it was revoked.
        scope_set: the scopes as a set.
    """

    token: str
    secret: str | None
    app_id: int
    account_id: int
    access: Access
    scopes: tuple[str, ...] = ()
    expires_s: int | None = None
    made_from: str | None = None
    is_revoked: bool = False
    scope_set: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Every request looks up a scope.
        object.__setattr__(self, "scope_set", frozenset(self.scopes))

    def __repr__(self) -> str:
        kind = "OAuth 1.0" if self.secret else "bearer"
        return f"<AccessToken {kind} of app {self.app_id} for account {self.account_id}>"


class Tokens:
    """The tokens of a world."""

    def __init__(self, context: WorldContext, apps: Apps) -> None:
        self._context = context
        self._apps = apps
        self._cache: RowCache[str, AccessToken] = RowCache(context.database)

    # --- OAuth 1.0 request tokens ------------------------------------------------------------

    def request(self, app: App) -> RequestToken:
        """Create a request token. It can be exchanged once, within `request_token_lifetime_s`."""
        request_token = RequestToken(
            self._context.ids.token(), self._context.ids.token(), app.id, None, False
        )
        expires_s = self._context.clock.now_s() + self._context.settings.request_token_lifetime_s
        with self._context.database.transaction() as db:
            db.execute(
                "DELETE FROM request_token WHERE expires_s <= ?", (self._context.clock.now_s(),)
            )
            db.execute(
                "INSERT INTO request_token (token, secret, app_id, expires_s) VALUES (?, ?, ?, ?)",
                (request_token.token, request_token.secret, app.id, expires_s),
            )
        return request_token

    def find_request(self, token: str) -> RequestToken:
        """Return the request token with this value.

        Raises:
            RequestTokenNotFound: the token is unknown, was exchanged or has expired.
        """
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT token, secret, app_id, account_id, is_denied FROM request_token"
                " WHERE token = ? AND expires_s > ?",
                (token, self._context.clock.now_s()),
            ).fetchone()
        if not row:
            raise RequestTokenNotFound(token)
        found, secret, app_id, account_id, is_denied = row
        return RequestToken(found, secret, app_id, account_id, bool(is_denied))

    def allow(self, token: str, account_id: int) -> RequestToken:
        """Allow the request of an app for an account.

        Raises:
            RequestTokenNotFound: as `find_request`, or it was allowed or denied before.
        """
        return self._decide(token, account_id=account_id, is_denied=False)

    def deny(self, token: str) -> RequestToken:
        """Deny the request of an app.

        Raises:
            RequestTokenNotFound: as `find_request`, or it was allowed or denied before.
        """
        return self._decide(token, account_id=None, is_denied=True)

    def exchange(self, token: str) -> AccessToken:
        """Exchange an allowed request token for an access token.

        Raises:
            RequestTokenNotFound: as `find_request`.
            RequestTokenNotAuthorized: the request was not allowed, or was denied.
        """
        with self._context.database.transaction() as db:
            request_token = self.find_request(token)
            if request_token.account_id is None:
                raise RequestTokenNotAuthorized(token)
            db.execute("DELETE FROM request_token WHERE token = ?", (token,))
            return self.issue(self._apps.get(request_token.app_id), request_token.account_id)

    # --- access tokens -----------------------------------------------------------------------

    def issue(
        self,
        app: App,
        account_id: int,
        *,
        access: Access | None = None,
        token: str | None = None,
        secret: str | None = None,
    ) -> AccessToken:
        """Issue an OAuth 1.0 access token. A value that is not given is random."""
        ids = self._context.ids
        pair = (token or ids.token(), secret or ids.token())
        return self._insert(AccessToken(*pair, app.id, account_id, access or app.access))

    def issue_bearer(
        self,
        app_id: int,
        account_id: int,
        access: Access,
        *,
        token: str | None = None,
        lifetime_s: int | None = None,
        made_from: str | None = None,
        scopes: Iterable[str] | None = None,
    ) -> AccessToken:
        """Issue a bearer token.

        Args:
            app_id, account_id, access, token, made_from: as the attributes of `AccessToken`; a
                token that is not given is random.
            lifetime_s: it expires after that number of seconds; `None` for never.
            scopes: the scopes; `None` for all scopes of the app.

        Raises:
            AlreadyTaken: there is a token with this value.
            InvalidScope: the app does not have one of the scopes.
        """
        accepted = self._apps.get(app_id).scopes
        return self._insert(
            AccessToken(
                token or self._bearer_value(is_short_lived=lifetime_s is not None),
                None,
                app_id,
                account_id,
                access,
                accepted if scopes is None else check_scopes(scopes, accepted),
                None if lifetime_s is None else self._context.clock.now_s() + lifetime_s,
                made_from,
            )
        )

    def bearer_for(self, origin: AccessToken) -> AccessToken:
        """Return the bearer token for an OAuth 1.0 token: the same one until it is revoked."""
        with self._context.database.transaction() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM access_token WHERE made_from = ? AND NOT is_revoked",
                (origin.token,),
            ).fetchone()
            if row:
                return _access_token(row)
            return self.issue_bearer(
                origin.app_id, origin.account_id, origin.access, made_from=origin.token
            )

    def find(self, token: str, *, bearer: bool = False) -> AccessToken:
        """Return the access token with this value.

        Args:
            token: the public part, or the whole bearer token.
            bearer: whether to find a bearer token; otherwise only OAuth 1.0 tokens are found.

        Raises:
            UnknownToken: there is no token of this kind.
            TokenRevoked: the token was revoked.
            TokenExpired: the token has expired.
        """
        found = self._cache.get(token) or self._read(token)
        if found is None or (found.secret is None) != bearer:
            raise UnknownToken
        if found.is_revoked:
            raise TokenRevoked
        if found.expires_s is not None and found.expires_s <= self._context.clock.now_s():
            raise TokenExpired
        return found

    def all(self, *, with_revoked: bool = False) -> list[AccessToken]:
        """Return every access token, by its value.

        Args:
            with_revoked: whether to include tokens that were revoked.
        """
        condition = "" if with_revoked else " WHERE NOT is_revoked"
        with self._context.database.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM access_token{condition} ORDER BY token")
            return [_access_token(row) for row in rows]

    def put(self, token: AccessToken) -> None:
        """Store an access token; it replaces one with the same value."""
        with self._context.database.transaction() as db:
            self._cache.clear()
            self._write(db, "INSERT OR REPLACE", token)

    def revoke(self, token: str) -> None:
        """Revoke an access token.

        If the token was issued for a refresh token, the refresh token and all its other access
        tokens are revoked as well.
        """
        with self._context.database.transaction() as db:
            self._cache.clear()
            db.execute("UPDATE access_token SET is_revoked = 1 WHERE token = ?", (token,))
            # For a bearer token of an OAuth 1.0 token, no row matches: that token stays valid.
            fetched = db.execute(
                "UPDATE refresh_token SET is_revoked = 1 WHERE token ="
                " (SELECT made_from FROM access_token WHERE token = ?) RETURNING token",
                (token,),
            ).fetchone()
            if fetched:
                db.execute("UPDATE access_token SET is_revoked = 1 WHERE made_from = ?", fetched)

    def scope(
        self, token: AccessToken, root: Access | None = None, rules: NameRules = ANY_NAME
    ) -> Scope:
        """Return the files that a token gives access to.

        Args:
            token: the token.
            root: the root in the request; `None` or `either` uses the default root of the token.
            rules: the names that the caller may use.

        Raises:
            WrongAccessLevel: the token gives no access to that root.
        """
        if root in (None, "either"):
            root = "dropbox" if token.access == "either" else token.access
        if token.access not in (root, "either"):
            raise WrongAccessLevel(str(root))
        names = ("Apps", self._apps.get(token.app_id).name) if root == "app_folder" else ()
        return Scope(token.account_id, token.app_id, names, rules)

    # --- nonces ------------------------------------------------------------------------------

    def check_nonce(self, app_key: str, token: str, timestamp_s: int, nonce: str) -> None:
        """Store the nonce of a signed request, and reject requests that are sent again.

        Raises:
            StaleTimestamp: the timestamp differs from the clock by more than `timestamp_window_s`.
            NonceUsed: the nonce was used before.
        """
        # Clients sign with the machine's clock, which may differ from the emulated one.
        clocks = (self._context.clock.now_s(), self._context.clock.machine_s())
        window_s = self._context.settings.timestamp_window_s
        if min(abs(now_s - timestamp_s) for now_s in clocks) > window_s:
            raise StaleTimestamp(timestamp_s)
        with self._context.database.transaction() as db:
            db.execute("DELETE FROM nonce WHERE timestamp_s < ?", (min(clocks) - window_s,))
            try:
                digest = _digest(app_key, token, nonce)
                db.execute("INSERT INTO nonce VALUES (?, ?)", (timestamp_s, digest))
            except sqlite3.IntegrityError as error:
                raise NonceUsed(nonce) from error

    def _bearer_value(self, *, is_short_lived: bool) -> str:
        ids = self._context.ids
        if not is_short_lived:
            return ids.token(64)
        return ids.token(_SHORT_LIVED_LENGTH, marker="sl.")

    def _read(self, token: str) -> AccessToken | None:
        with self._context.database.reading() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM access_token WHERE token = ?", (token,)
            ).fetchone()
            if not row:
                return None
            found = _access_token(row)
            self._cache.store(db, token, found)
            return found

    def _decide(self, token: str, *, account_id: int | None, is_denied: bool) -> RequestToken:
        with self._context.database.transaction() as db:
            request_token = self.find_request(token)
            if request_token.account_id is not None or request_token.is_denied:
                raise RequestTokenNotFound(token)
            db.execute(
                "UPDATE request_token SET account_id = ?, is_denied = ? WHERE token = ?",
                (account_id, is_denied, token),
            )
            return self.find_request(token)

    def _insert(self, token: AccessToken) -> AccessToken:
        with self._context.database.transaction() as db:
            try:
                self._write(db, "INSERT", token)
            except sqlite3.IntegrityError as error:
                raise AlreadyTaken(hidden(token.token)) from error
        return token

    def _write(self, db: sqlite3.Connection, statement: str, token: AccessToken) -> None:
        columns = _COLUMNS.split(", ")
        values = {name: getattr(token, name) for name in columns}
        values |= {"scopes": " ".join(token.scopes), "issued_s": self._context.clock.now_s()}
        db.execute(
            f"{statement} INTO access_token ({', '.join(values)})"
            f" VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )


def hidden(credential: str) -> str:
    """Return the beginning of a credential, for an error text."""
    return credential[:_SHOWN_LENGTH] + "..."


def _access_token(row: Sequence[Any]) -> AccessToken:
    token, secret, app_id, account_id, access, scopes, *rest, is_revoked = row
    expires_s, made_from = rest
    identity = (token, secret, app_id, account_id, access)
    return AccessToken(*identity, tuple(scopes.split()), expires_s, made_from, bool(is_revoked))


def _digest(*words: str) -> int:
    text = "\0".join(words).encode(errors="surrogatepass")
    digest = hashlib.blake2b(text, digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)
