"""OAuth 2: bearer tokens (RFC 6750) and clients of the token endpoint (RFC 6749, 2.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebox.context import Caller
from fakebox.core.errors import (
    BadGrant,
    ExpiredBearerToken,
    InvalidBearerToken,
    SecretRequired,
    TokenExpired,
    TokenRevoked,
    UnknownApp,
    UnknownToken,
)
from fakebox.http.headers import name_and_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakebox.context import RequestContext
    from fakebox.core.apps import App
    from fakebox.core.errors import InvalidChallenge, InvalidRedirectUri


def identify(context: RequestContext) -> Caller | None:
    """Authenticate a request by its bearer token; `None` without a token.

    The token is in the `Authorization` header or in the parameter `access_token`.

    Raises:
        InvalidBearerToken: the token is unknown, expired (`ExpiredBearerToken`) or revoked.
    """
    token = _token(context)
    if token is None:
        return None
    namespace = context.namespace
    try:
        found = namespace.world.tokens.find(namespace.resolve(token), bearer=True)
    except TokenExpired as error:
        raise ExpiredBearerToken from error
    except (UnknownToken, TokenRevoked) as error:
        raise InvalidBearerToken from error
    return Caller(namespace.world.apps.get(found.app_id), found)


# The texts of the service, except for the text of `code_verifier`.
_GRANT_TEXTS = {
    "code": "code doesn't exist or has expired",
    "code_verifier": "code verifier mismatch",
    "redirect_uri": "redirect_uri mismatch",
    "refresh_token": "refresh token is invalid or revoked",
}
_NO_SECRET = "No auth function available for given request"


def token_error(
    error: BadGrant | InvalidChallenge | InvalidRedirectUri | SecretRequired,
) -> dict[str, str]:
    """Return the JSON of an error of the token endpoint (RFC 6749, section 5.2)."""
    if isinstance(error, BadGrant):
        return {"error": "invalid_grant", "error_description": _GRANT_TEXTS[error.reason]}
    text = _NO_SECRET if isinstance(error, SecretRequired) else str(error)
    return {"error": "invalid_request", "error_description": text}


@dataclass(frozen=True, slots=True)
class Client:
    """An app that sends a request to the token endpoint.

    Attributes:
        app: the app.
        has_secret: whether it has authenticated with its secret.
    """

    app: App
    has_secret: bool


def identify_client(context: RequestContext, params: Mapping[str, str]) -> Client:
    """Authenticate an app by HTTP Basic authentication or by parameters.

    Every secret that was sent is checked, whether the endpoint requires one or not.

    Args:
        context: the request.
        params: the parameters of the request; `client_id` and `client_secret` are used.

    Raises:
        NotAllowed: the key is unknown, a secret is wrong, or header and parameters have the keys
            of two apps.
    """
    resolve = context.namespace.resolve
    key, secrets = resolve(params.get("client_id", "")), [params.get("client_secret", "")]
    pair = name_and_password(context.authorization)
    if pair is not None:
        name, password = resolve(pair[0]), pair[1]
        if key and key != name:
            raise UnknownApp(key)
        key = name
        secrets.append(password)
    app = context.world.apps.find(key)
    sent = [secret for secret in secrets if secret]
    for secret in sent:
        app.check_secret(resolve(secret))
    return Client(app, bool(sent))


def _token(context: RequestContext) -> str | None:
    scheme, _, token = context.authorization.partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return next((value for name, value in context.pairs if name == "access_token"), None)
