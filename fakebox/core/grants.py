"""OAuth 2: authorisation codes and refresh tokens, and what they are exchanged for."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from fakebox.core.apps import App
from fakebox.core.errors import BadGrant
from fakebox.core.ground import Ground
from fakebox.core.tokens import AccessToken, Tokens

SHORT_LIVED_S = 4 * 60 * 60


@dataclass(frozen=True, slots=True)
class Challenge:
    """A PKCE challenge, made when the code is asked for and met when it is exchanged.

    Attributes:
        value: what the app sent.
        method: `S256` or `plain`.
    """

    value: str
    method: str

    def is_met_by(self, verifier: str) -> bool:
        """Whether the verifier is the one that the challenge was made from."""
        answer = verifier
        if self.method == "S256":
            digest = hashlib.sha256(verifier.encode()).digest()
            answer = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(answer.encode(), self.value.encode())


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a refresh token was exchanged for.

    Attributes:
        access: the bearer token.
        lifetime_s: how long it is good for, in seconds; `None` for good.
        refresh_token: what fetches the next one, if the app asked for offline access.
    """

    access: AccessToken
    lifetime_s: int | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return f"<Grant {self.access!r}>"


class Grants:
    """The OAuth 2 grants of a world."""

    def __init__(self, ground: Ground, tokens: Tokens) -> None:
        self._ground = ground
        self._tokens = tokens

    def issue_code(
        self,
        app: App,
        account_id: int,
        *,
        redirect_uri: str | None = None,
        challenge: Challenge | None = None,
        short_lived: bool = False,
        offline: bool = False,
    ) -> str:
        """A code that the app can exchange once, within `code_lifetime_s`.

        Args:
            app, account_id: who may exchange it, and whose account it opens.
            redirect_uri: where the code was sent; the exchange has to name it again.
            challenge: a PKCE challenge that the exchange has to meet instead of the app's secret.
            short_lived: the access token is to expire.
            offline: a refresh token is to come with it.
        """
        code = self._ground.ids.token(43)
        expires_s = self._ground.clock.now_s() + self._ground.settings.code_lifetime_s
        proof = (challenge.value, challenge.method) if challenge else (None, None)
        with self._ground.store.transaction() as db:
            db.execute(
                "INSERT INTO authorization_code VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (code, app.id, account_id, redirect_uri, expires_s, *proof, short_lived, offline),
            )
        return code

    def exchange_code(
        self, app: App, code: str, *, redirect_uri: str | None = None, verifier: str | None = None
    ) -> Grant:
        """Turn a code into a bearer token; the code is spent whatever comes of it.

        Raises:
            BadGrant: no such code of this app, spent or expired, sent elsewhere, or the verifier is
                wrong.
        """
        with self._ground.store.transaction() as db:
            row = db.execute(
                "DELETE FROM authorization_code WHERE code = ? RETURNING app_id, account_id,"
                " redirect_uri,"
                " expires_s, challenge, challenge_method, is_short_lived, is_offline",
                (code,),
            ).fetchone()
        if not row:
            raise BadGrant("code doesn't exist or has expired")
        app_id, account_id, sent_to, expires_s, challenge, method, is_short_lived, is_offline = row
        if app_id != app.id or expires_s <= self._ground.clock.now_s():
            raise BadGrant("code doesn't exist or has expired")
        if sent_to != redirect_uri:
            raise BadGrant("redirect_uri mismatch")
        if (challenge is None) != (verifier is None):
            raise BadGrant("code verifier mismatch")
        if challenge is not None and not Challenge(challenge, method).is_met_by(verifier or ""):
            raise BadGrant("code verifier mismatch")
        refresh_token = self._issue_refresh_token(app, account_id) if is_offline else None
        lifetime_s = SHORT_LIVED_S if is_short_lived or is_offline else None
        return self._grant(app, account_id, lifetime_s, refresh_token)

    def refresh(self, app: App, refresh_token: str) -> Grant:
        """A fresh short-lived bearer token for a refresh token, which stays good.

        Raises:
            BadGrant: no such refresh token of this app, or it was revoked.
        """
        with self._ground.store.reading() as db:
            row = db.execute(
                "SELECT account_id FROM refresh_token WHERE token = ? AND app_id = ? AND NOT"
                " is_revoked",
                (refresh_token, app.id),
            ).fetchone()
        if not row:
            raise BadGrant("refresh token is invalid or revoked")
        return self._grant(app, row[0], SHORT_LIVED_S, refresh_token)

    def revoke_refresh_token(self, refresh_token: str) -> None:
        """Let the refresh token fetch nothing any more."""
        with self._ground.store.transaction() as db:
            db.execute("UPDATE refresh_token SET is_revoked = 1 WHERE token = ?", (refresh_token,))

    def _issue_refresh_token(self, app: App, account_id: int) -> str:
        token = self._ground.ids.token(64)
        with self._ground.store.transaction() as db:
            db.execute(
                "INSERT INTO refresh_token (token, app_id, account_id) VALUES (?, ?, ?)",
                (token, app.id, account_id),
            )
        return token

    def _grant(
        self, app: App, account_id: int, lifetime_s: int | None, refresh_token: str | None
    ) -> Grant:
        bearer = self._tokens.issue_bearer(
            app.id, account_id, app.access, lifetime_s=lifetime_s, made_from=refresh_token
        )
        return Grant(bearer, lifetime_s, refresh_token)
