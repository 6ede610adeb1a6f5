"""OAuth 2: bearer tokens (RFC 6750) and clients of the token endpoint (RFC 6749, 2.3.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fakebox.context import Caller
from fakebox.core.errors import (
    ExpiredBearerToken,
    InvalidAppCredentials,
    InvalidBearerToken,
    MalformedBearerToken,
    TokenExpired,
    TokenRevoked,
    UnknownApp,
    UnknownToken,
)
from fakebox.credentials import is_bearer_token
from fakebox.http.headers import name_and_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakebox.context import RequestContext
    from fakebox.core.apps import App
    from fakebox.core.tokens import AccessToken


def identify(context: RequestContext) -> Caller | None:
    """Authenticate a request by its bearer token; `None` without a token.

    The token is in the `Authorization` header or in the parameter `access_token`.

    Raises:
        InvalidBearerToken: the token is unknown, expired (`ExpiredBearerToken`), revoked, or cannot
            be a token by its form (`MalformedBearerToken`).
        AppDisabled: the app of the token is disabled.
    """
    token = _token(context)
    if token is None:
        return None
    try:
        found = context.resolver.bearer_token(token)
    except TokenExpired as error:
        raise ExpiredBearerToken from error
    except UnknownToken as error:
        well_formed = is_bearer_token(token)
        raise (InvalidBearerToken if well_formed else MalformedBearerToken) from error
    except TokenRevoked as error:
        raise InvalidBearerToken from error
    return Caller(context.world.apps.get_enabled(found.app_id), found)


def identify_app(context: RequestContext) -> App | None:
    """Authenticate an app by HTTP Basic authentication; `None` without such credentials.

    Raises:
        InvalidAppCredentials: the key or the secret is wrong.
    """
    pair = name_and_password(context.authorization)
    if pair is None:
        return None
    key, secret = pair
    try:
        app = context.resolver.app(key)
        context.resolver.check_secret(app, secret)
    except UnknownApp as error:
        raise InvalidAppCredentials from error
    return app


def revoke(context: RequestContext, token: AccessToken) -> None:
    """Revoke the access token of a request, and all others of the same authorization.

    A token that the world does not have is stored as revoked, so that it is rejected from then on.
    """
    tokens = context.world.tokens
    if context.world.has_credential(token.token):
        tokens.revoke(token.token)
    else:
        tokens.put(replace(token, is_revoked=True))


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
    key, secrets = params.get("client_id", ""), [params.get("client_secret", "")]
    pair = name_and_password(context.authorization)
    if pair is not None:
        name, password = pair
        if key and resolve(key) != resolve(name):
            raise UnknownApp(key)
        key = name
        secrets.append(password)
    app = context.resolver.app(key)
    sent = [secret for secret in secrets if secret]
    for secret in sent:
        context.resolver.check_secret(app, secret)
    return Client(app, bool(sent))


def _token(context: RequestContext) -> str | None:
    scheme, _, token = context.authorization.partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return next((value for name, value in context.pairs if name == "access_token"), None)
