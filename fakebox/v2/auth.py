"""Tokens: OAuth 2.0's token route with codes, PKCE and refresh tokens, and what else concerns them.

Source: the wire reference of version 2, tokens; RFC 6749 and RFC 7636.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from fakebox.auth import identify_client
from fakebox.core.apps import check_redirect_uri
from fakebox.core.errors import (
    BadGrant,
    InvalidChallenge,
    InvalidRedirectUri,
    NotAllowed,
    SecretRequired,
)
from fakebox.v2 import responses
from fakebox.v2.app_credentials import identify_app
from fakebox.v2.ids import account_id
from fakebox.v2.request import V2Request
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import nothing, struct, text
from fakebox.v2.tagged_errors import failure

if TYPE_CHECKING:
    from fakebox.auth import Client
    from fakebox.core.oauth2 import Grant

blueprint: Blueprint = Blueprint("tokens", __name__)

# The emulator asks nobody for scopes; a token has all that its app could have.
_SCOPE = (
    "account_info.read files.content.read files.content.write files.metadata.read"
    " files.metadata.write sharing.read sharing.write"
)


@blueprint.route("/oauth2/token", methods=["POST"])
def token() -> Response:
    """A bearer token for an authorisation code or a refresh token."""
    request = V2Request.current()
    params = dict(request.pairs)
    with request.world.unit_of_work():
        client = _client(request, params)
        if client is None:
            return _error("invalid_client", "Invalid client_id or client_secret", 401)
        try:
            return _granted(request, client, params)
        except BadGrant as error:
            return _error("invalid_grant", str(error))
        except (InvalidChallenge, InvalidRedirectUri, SecretRequired) as error:
            return _error("invalid_request", str(error))


@rpc(blueprint, "auth/token/revoke", nothing)
def revoke(request: V2Request, _: None) -> None:
    """Let nobody in with the token that came with this call, nor with one fetched the same way."""
    request.world.tokens.revoke(request.caller.token.token)


@rpc(
    blueprint,
    "auth/token/from_oauth1",
    struct({"oauth1_token": text(min_length=1), "oauth1_token_secret": text(min_length=1)}),
    auth="app",
)
def from_oauth1(request: V2Request, argument: dict[str, Any]) -> dict[str, str]:
    """The bearer token that stands for an OAuth 1.0 token: the same one each time."""
    app = identify_app(request)
    try:
        known = request.world.tokens.find(request.namespace.resolve(argument["oauth1_token"]))
    except NotAllowed as error:
        raise failure("invalid_oauth1_token_info") from error
    if known.secret != request.namespace.resolve(argument["oauth1_token_secret"]):
        raise failure("invalid_oauth1_token_info")
    if known.app_id != app.id:
        raise failure("app_id_mismatch")
    return {"oauth2_token": request.world.tokens.bearer_for(known).token}


def _client(request: V2Request, params: dict[str, str]) -> Client | None:
    try:
        return identify_client(request, params)
    except NotAllowed:
        return None


def _granted(request: V2Request, client: Client, params: dict[str, str]) -> Response:
    grants, kind = request.world.oauth2, params.get("grant_type")
    wanted = {"authorization_code": "code", "refresh_token": "refresh_token"}.get(kind or "")
    if wanted is None:
        return _error("unsupported_grant_type", "grant_type must be authorization_code")
    if not params.get(wanted):
        return _error("invalid_request", f"missing required field: {wanted}")
    credential = request.namespace.resolve(params[wanted])
    if wanted == "refresh_token":
        grant = grants.refresh(client.app, credential, has_secret=client.has_secret)
        return responses.json_response(_payload(grant))
    redirect_uri = params.get("redirect_uri")
    if redirect_uri is not None:
        check_redirect_uri(redirect_uri)
    grant = grants.exchange_code(
        client.app,
        credential,
        redirect_uri=redirect_uri,
        verifier=params.get("code_verifier"),
        has_secret=client.has_secret,
    )
    number = grant.access.account_id
    whose = {"uid": str(number), "account_id": account_id(number), "scope": _SCOPE}
    offline = {"refresh_token": grant.refresh_token} if grant.refresh_token else {}
    return responses.json_response({**_payload(grant), **offline, **whose})


def _payload(grant: Grant) -> dict[str, Any]:
    payload: dict[str, Any] = {"access_token": grant.access.token, "token_type": "bearer"}
    if grant.lifetime_s is not None:
        payload["expires_in"] = grant.lifetime_s
    return payload


def _error(error: str, description: str, status: int = 400) -> Response:
    return responses.json_response({"error": error, "error_description": description}, status)
