"""Authorization: the token route of OAuth 2.0, revoking tokens, and routes that check credentials.

Source: the wire reference of version 2, tokens; RFC 6749 and RFC 7636.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Annotated

from flask import Blueprint, Response

from fakebox import auth
from fakebox.core.errors import NotAllowed
from fakebox.v2.request import V2Request
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Struct, Text
from fakebox.v2.tagged_errors import tagged_error

if TYPE_CHECKING:
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("auth", __name__)


class TokenFromOAuth1Arg(Struct):
    """Argument of auth/token/from_oauth1."""

    oauth1_token: Annotated[str, Text(min_length=1, is_secret=True)]
    oauth1_token_secret: Annotated[str, Text(min_length=1, is_secret=True)]


class EchoArg(Struct):
    """Argument of check/user and check/app."""

    query: Annotated[str, Text(max_length=500)] = ""


@blueprint.route("/oauth2/token", methods=["POST"])
def token() -> Response:
    """Exchange an authorization code or a refresh token for a bearer token."""
    return auth.respond_with_token(V2Request.current())


@rpc(blueprint, "auth/token/revoke", NoneType)
def revoke(request: V2Request, _: None) -> None:
    """Revoke the token of the request, and all others of the same authorization."""
    auth.revoke(request, request.caller.token)


@rpc(blueprint, "auth/token/from_oauth1", TokenFromOAuth1Arg)
def from_oauth1(request: V2Request, arg: TokenFromOAuth1Arg) -> JSONObject:
    """Exchange an OAuth 1.0 token for a bearer token, which is the same one each time."""
    try:
        known = request.world.tokens.find(request.namespace.resolve(arg.oauth1_token))
    except NotAllowed as error:
        raise tagged_error("invalid_oauth1_token_info") from error
    if known.secret != request.namespace.resolve(arg.oauth1_token_secret):
        raise tagged_error("invalid_oauth1_token_info")
    if known.app_id != request.app.id:
        raise tagged_error("app_id_mismatch")
    return {"oauth2_token": request.world.tokens.bearer_for(known).token}


@rpc(blueprint, "check/user", EchoArg)
def check_user(_: V2Request, arg: EchoArg) -> JSONObject:
    """Return the text of a request with a valid token."""
    return {"result": arg.query}


@rpc(blueprint, "check/app", EchoArg)
def check_app(_: V2Request, arg: EchoArg) -> JSONObject:
    """Return the text of a request with the key and secret of an app."""
    return {"result": arg.query}
