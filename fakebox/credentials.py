"""The credentials of requests: what a world has stored for a token, app key or secret.

Every bearer token, app key, app secret and refresh token of a request is resolved here, and only
here. With the setting `credentials` = `any`, an unknown one stands for the first account and the
ready-made app. OAuth 1.0 tokens are not affected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebox.core import defaults
from fakebox.core.errors import UnknownApp, UnknownToken
from fakebox.core.oauth2 import RefreshToken
from fakebox.core.tokens import AccessToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.core.apps import App
    from fakebox.core.world import World


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
