"""`Token`: an access token that a test has created."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakebox.core.tokens import AccessToken


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of an account. `str(token)` is its value; `repr` contains no secret.

    Attributes:
        access_token: the value.
        secret: the secret of an OAuth 1.0 token; `None` for a bearer token.
        refresh_token: the refresh token that was created with it, if any.
        expires_at: when the token expires; `None` if it does not expire. It is in UTC without a
            time zone, as the argument `oauth2_access_token_expiration` of the official SDK.
        scopes: the scopes; empty for an OAuth 1.0 token.

    Example:
        >>> token = box.add_token(token="my-token", scopes=["files.metadata.read"])
        >>> str(token), token.scopes
        ('my-token', ('files.metadata.read',))
    """

    access_token: str
    secret: str | None = None
    refresh_token: str | None = None
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()

    @classmethod
    def of(cls, issued: AccessToken, refresh_token: str | None = None) -> Token:
        """Make a token from one that a world has issued."""
        expires_at = utc_time(issued.expires_s)
        return cls(issued.token, issued.secret, refresh_token, expires_at, issued.scopes)

    @property
    def token(self) -> str:
        """An alias of `access_token`."""
        return self.access_token

    def __str__(self) -> str:
        """The value of the token."""
        return self.access_token

    def __repr__(self) -> str:
        kind = "OAuth 1.0" if self.secret else "bearer"
        return f"<Token {kind}>"


def utc_time(seconds: int | None) -> datetime | None:
    """Return a time in UTC without a time zone, from seconds since 1970; `None` for none."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)
