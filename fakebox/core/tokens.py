"""What was let in: OAuth 1.0 request and access tokens, bearer tokens, and the nonces already seen.

Not for signatures, which never reach this floor, nor for OAuth 2 grants (`grants`).
"""

import hashlib
import sqlite3
from dataclasses import dataclass

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

_COLUMNS = "token, secret, app_id, account_id, access"
_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class RequestToken:
    """An app's wish to be let in.

    Attributes:
        token, secret: the pair; the secret stays out of every text.
        app_id: who wishes.
        account_id: who has allowed it, if anyone.
        is_denied: whether somebody has said no.
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
    """The right of an app to act for an account.

    Attributes:
        token: the public half; a bearer token is all secret.
        secret: the OAuth 1.0 secret; none for a bearer token.
        app_id, account_id: who may act, for whom.
        access: how far it reaches; see `App.access`.
    """

    token: str
    secret: str | None
    app_id: int
    account_id: int
    access: Access

    def __repr__(self) -> str:
        kind = "OAuth 1.0" if self.secret else "bearer"
        return f"<AccessToken {kind} of app {self.app_id} for account {self.account_id}>"


@dataclass(frozen=True, slots=True)
class _Kept:
    token: AccessToken
    is_revoked: bool
    expires_s: int | None


class Tokens:
    """The tokens of a world."""

    def __init__(self, context: WorldContext, apps: Apps) -> None:
        self._context = context
        self._apps = apps
        self._known: RowCache[str, _Kept] = RowCache(context.database)

    # --- OAuth 1.0: asking -------------------------------------------------------------------

    def request(self, app: App) -> RequestToken:
        """Note an app's wish; it is good for one exchange, for `request_token_lifetime_s`."""
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
        """The wish with this token.

        Raises:
            RequestTokenNotFound: there is none, or it is spent or expired.
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
        """The account's owner says yes.

        Raises:
            RequestTokenNotFound: as `find_request`, or somebody has answered already.
        """
        return self._answer(token, account_id=account_id, is_denied=False)

    def deny(self, token: str) -> RequestToken:
        """The user says no.

        Raises:
            RequestTokenNotFound: as `find_request`, or somebody has answered already.
        """
        return self._answer(token, account_id=None, is_denied=True)

    def exchange(self, token: str) -> AccessToken:
        """Turn an allowed wish into an access token; the wish is spent.

        Raises:
            RequestTokenNotFound: as `find_request`.
            RequestTokenNotAuthorized: nobody has allowed it, or it was denied.
        """
        with self._context.database.transaction() as db:
            request_token = self.find_request(token)
            if request_token.account_id is None:
                raise RequestTokenNotAuthorized(token)
            db.execute("DELETE FROM request_token WHERE token = ?", (token,))
            return self.issue(self._apps.get(request_token.app_id), request_token.account_id)

    # --- access ------------------------------------------------------------------------------

    def issue(
        self,
        app: App,
        account_id: int,
        *,
        access: Access | None = None,
        token: str | None = None,
        secret: str | None = None,
    ) -> AccessToken:
        """Let an app in for good, by OAuth 1.0; token and secret are drawn unless given."""
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
    ) -> AccessToken:
        """Let an app in with a bearer token, for good or for `lifetime_s` seconds."""
        bearer = AccessToken(token or self._context.ids.token(64), None, app_id, account_id, access)
        return self._insert(bearer, lifetime_s, made_from)

    def bearer_for(self, origin: AccessToken) -> AccessToken:
        """The bearer token that stands for an OAuth 1.0 token: the same one each time."""
        with self._context.database.transaction() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM access_token WHERE made_from = ? AND NOT is_revoked",
                (origin.token,),
            ).fetchone()
            if row:
                return AccessToken(*row)
            return self.issue_bearer(
                origin.app_id, origin.account_id, origin.access, made_from=origin.token
            )

    def find(self, token: str, *, bearer: bool = False) -> AccessToken:
        """The access token that reads like this.

        Args:
            token: the public half, or all of a bearer token.
            bearer: which of the two is meant; one never passes for the other.

        Raises:
            UnknownToken: there is none of that kind.
            TokenRevoked: it was good once; `TokenExpired` if its time is over.
        """
        kept = self._known.get(token) or self._read(token)
        if kept is None or (kept.token.secret is None) != bearer:
            raise UnknownToken
        if kept.is_revoked:
            raise TokenRevoked
        if kept.expires_s is not None and kept.expires_s <= self._context.clock.now_s():
            raise TokenExpired
        return kept.token

    def all(self) -> list[AccessToken]:
        """Every access token that was not revoked."""
        with self._context.database.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM access_token WHERE NOT is_revoked")
            return [AccessToken(*row) for row in rows]

    def revoke(self, token: str) -> None:
        """Let nobody in with this token any more.

        One that a refresh token has fetched takes that along, and all that it has fetched besides.
        """
        with self._context.database.transaction() as db:
            self._known.forget()
            db.execute("UPDATE access_token SET is_revoked = 1 WHERE token = ?", (token,))
            # An OAuth 1.0 token that it stands for is in another table, and stays as it is.
            fetched = db.execute(
                "UPDATE refresh_token SET is_revoked = 1 WHERE token ="
                " (SELECT made_from FROM access_token WHERE token = ?) RETURNING token",
                (token,),
            ).fetchone()
            if fetched:
                db.execute("UPDATE access_token SET is_revoked = 1 WHERE made_from = ?", fetched)

    def scope(self, token: AccessToken, root: Access | None = None) -> Scope:
        """What the token's bearer sees.

        Args:
            token: who asks.
            root: the root that the request names; `None` or `either` leaves it to the token.

        Raises:
            WrongAccessLevel: the token's access has no such root.
        """
        if root in (None, "either"):
            root = "dropbox" if token.access == "either" else token.access
        if token.access not in (root, "either"):
            raise WrongAccessLevel(str(root))
        names = ("Apps", self._apps.get(token.app_id).name) if root == "app_folder" else ()
        return Scope(token.account_id, token.app_id, names)

    # --- replay ------------------------------------------------------------------------------

    def check_nonce(self, app_key: str, token: str, timestamp_s: int, nonce: str) -> None:
        """Remember a signed request, so that it can't be sent again.

        Raises:
            StaleTimestamp: it is further from the clock than `timestamp_window_s`.
            NonceUsed: the same request came before.
        """
        # A client signs by its own clock, which knows nothing of the emulated one.
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

    def _read(self, token: str) -> "_Kept | None":
        with self._context.database.reading() as db:
            row = db.execute(
                f"SELECT is_revoked, expires_s, {_COLUMNS} FROM access_token WHERE token = ?",
                (token,),
            ).fetchone()
            if not row:
                return None
            is_revoked, expires_s, *columns = row
            kept = _Kept(AccessToken(*columns), bool(is_revoked), expires_s)
            self._known.note(db, token, kept)
            return kept

    def _answer(self, token: str, *, account_id: int | None, is_denied: bool) -> RequestToken:
        with self._context.database.transaction() as db:
            request_token = self.find_request(token)
            if request_token.account_id is not None or request_token.is_denied:
                raise RequestTokenNotFound(token)
            db.execute(
                "UPDATE request_token SET account_id = ?, is_denied = ? WHERE token = ?",
                (account_id, is_denied, token),
            )
            return self.find_request(token)

    def _insert(
        self, token: AccessToken, lifetime_s: int | None = None, made_from: str | None = None
    ) -> AccessToken:
        now_s = self._context.clock.now_s()
        expires_s = None if lifetime_s is None else now_s + lifetime_s
        row = (token.token, token.secret, token.app_id, token.account_id, token.access)
        with self._context.database.transaction() as db:
            try:
                db.execute(
                    f"INSERT INTO access_token ({_COLUMNS}, issued_s, expires_s, made_from)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*row, now_s, expires_s, made_from),
                )
            except sqlite3.IntegrityError as error:
                raise AlreadyTaken(token.token[:4] + "...") from error
        return token


def _digest(*words: str) -> int:
    text = "\0".join(words).encode(errors="surrogatepass")
    digest = hashlib.blake2b(text, digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)
