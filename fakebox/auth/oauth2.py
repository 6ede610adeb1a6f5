"""OAuth 2 bearer tokens (RFC 6750), in the header or as the parameter `access_token`."""

from fakebox.auth.caller import Caller
from fakebox.context import RequestContext
from fakebox.core.errors import (
    ExpiredBearerToken,
    InvalidBearerToken,
    TokenExpired,
    TokenRevoked,
    UnknownToken,
)


def identify(context: RequestContext) -> Caller | None:
    """The caller that a bearer token stands for; `None` if the request has none.

    Raises:
        InvalidBearerToken: the token is unknown, expired (`ExpiredBearerToken`) or revoked.
    """
    token = _token(context)
    if token is None:
        return None
    world = context.world
    try:
        found = world.tokens.find(context.namespace.resolve(token), bearer=True)
    except TokenExpired as error:
        raise ExpiredBearerToken from error
    except (UnknownToken, TokenRevoked) as error:
        raise InvalidBearerToken from error
    return Caller(world.apps.get(found.app_id), found)


def _token(context: RequestContext) -> str | None:
    scheme, _, token = context.authorization.partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return next((value for name, value in context.pairs if name == "access_token"), None)
