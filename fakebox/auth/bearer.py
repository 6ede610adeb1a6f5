"""OAuth 2 bearer tokens (RFC 6750), in the header or as the parameter `access_token`."""

from fakebox.auth.caller import Caller
from fakebox.core.errors import (
    BearerExpired,
    BearerRefused,
    TokenExpired,
    TokenRevoked,
    UnknownToken,
)
from fakebox.wire.call import Call
from fakebox.wire.service import Service


def identify(call: Call, service: Service) -> Caller | None:
    """The caller that a bearer token stands for; `None` if the request has none.

    Raises:
        BearerRefused: there is one, but it is unknown, expired (`BearerExpired`) or revoked.
    """
    token = _token(call)
    if token is None:
        return None
    world = service.world
    try:
        found = world.tokens.find(service.plain(token), bearer=True)
    except TokenExpired as error:
        raise BearerExpired from error
    except (UnknownToken, TokenRevoked) as error:
        raise BearerRefused from error
    return Caller(world.apps.get(found.app_id), found)


def _token(call: Call) -> str | None:
    scheme, _, token = call.authorization.partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return next((value for name, value in call.pairs if name == "access_token"), None)
