"""Authorization: the token route of OAuth 2.0, revoking tokens, and routes that check credentials.

Source: the wire reference of version 2, tokens; RFC 6749 and RFC 7636.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Annotated

from flask import Blueprint, Response

from fakebox import auth
from fakebox.core.apps import check_redirect_uri
from fakebox.core.errors import (
    BadGrant,
    InvalidChallenge,
    InvalidRedirectUri,
    InvalidScope,
    NotAllowed,
    SecretRequired,
)
from fakebox.v2 import responses
from fakebox.v2.request import V2Request
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Struct, Text
from fakebox.v2.tagged_errors import tagged_error

if TYPE_CHECKING:
    from fakebox.core.oauth2 import Grant
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
    request = V2Request.current()
    params = dict(request.pairs)
    with request.world.unit_of_work():
        client = _client(request, params)
        if client is None:
            return _error("invalid_client", "Invalid client_id or client_secret", 401)
        try:
            return _granted(request, client, params)
        except (
            BadGrant,
            InvalidChallenge,
            InvalidRedirectUri,
            InvalidScope,
            SecretRequired,
        ) as error:
            return responses.json_response(auth.token_error(error), 400)


@rpc(blueprint, "auth/token/revoke", NoneType)
def revoke(request: V2Request, _: None) -> None:
    """Revoke the token of the request, and all others of the same authorization."""
    auth.revoke(request, request.caller.token)


@rpc(blueprint, "auth/token/from_oauth1", TokenFromOAuth1Arg, auth="app")
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


@rpc(blueprint, "check/app", EchoArg, auth="app")
def check_app(_: V2Request, arg: EchoArg) -> JSONObject:
    """Return the text of a request with the key and secret of an app."""
    return {"result": arg.query}


def _client(request: V2Request, params: dict[str, str]) -> auth.Client | None:
    try:
        return auth.identify_client(request, params)
    except NotAllowed:
        return None


def _granted(request: V2Request, client: auth.Client, params: dict[str, str]) -> Response:
    grants, kind = request.world.oauth2, params.get("grant_type")
    parameter = {"authorization_code": "code", "refresh_token": "refresh_token"}.get(kind or "")
    if parameter is None:
        return _error("unsupported_grant_type", "grant_type must be authorization_code")
    if not params.get(parameter):
        return _error("invalid_request", f"missing required field: {parameter}")
    if parameter == "refresh_token":
        grant = auth.refresh(request, client, params[parameter])
        return responses.json_response(_payload(grant))
    redirect_uri = params.get("redirect_uri")
    if redirect_uri is not None:
        check_redirect_uri(redirect_uri)
    grant = grants.exchange_code(
        client.app,
        request.namespace.resolve(params["code"]),
        redirect_uri=redirect_uri,
        verifier=params.get("code_verifier"),
        has_secret=client.has_secret,
    )
    number = grant.access.account_id
    payload = _payload(grant)
    if grant.refresh_token:
        payload["refresh_token"] = grant.refresh_token
    payload |= {
        "uid": str(number),
        "account_id": responses.account_id(number),
        "scope": " ".join(grant.access.scopes),
    }
    return responses.json_response(payload)


def _payload(grant: Grant) -> JSONObject:
    payload: JSONObject = {"access_token": grant.access.token, "token_type": "bearer"}
    if grant.lifetime_s is not None:
        payload["expires_in"] = grant.lifetime_s
    return payload


def _error(error: str, description: str, status: int = 400) -> Response:
    return responses.json_response({"error": error, "error_description": description}, status)
