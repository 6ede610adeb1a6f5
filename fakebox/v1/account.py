"""The calls for the account and for the tokens of OAuth 1.0 and OAuth 2.

Source: wire reference, account and OAuth.
"""

from __future__ import annotations

from flask import Blueprint, Response

from fakebox import auth
from fakebox.core.apps import App, check_redirect_uri
from fakebox.core.errors import NoCredentials, NotAllowed
from fakebox.v1 import responses
from fakebox.v1.request import V1Request, route

blueprint: Blueprint = Blueprint("account", __name__)

_METHODS = ["GET", "POST"]


@route(blueprint, "/account/info", _METHODS)
def info() -> Response:
    """Return the account of the caller, with its quota. Source: wire reference, account/info."""
    request = V1Request.current()
    account = request.world.accounts.get(request.caller.token.account_id)
    return responses.json_response(
        {
            "uid": account.id,
            "display_name": account.display_name,
            "name_details": {
                "familiar_name": account.given_name,
                "given_name": account.given_name,
                "surname": account.surname,
            },
            "email": account.email,
            "email_verified": True,
            "country": account.country,
            "locale": account.locale,
            "referral_link": f"https://www.dropbox.com/referrals/{account.namespace_id:x}",
            "is_paired": False,
            "team": None,
            "quota_info": {
                "quota": account.quota_bytes,
                "normal": account.used_bytes,
                "shared": 0,
                "datastores": 0,
            },
        }
    )


@route(blueprint, "/oauth/request_token", _METHODS)
def request_token() -> Response:
    """Issue a request token to the app. The secret is first, because some clients require it."""
    request = V1Request.current()
    request_token = request.world.tokens.request(auth.identify_app(request))
    return _form(f"oauth_token_secret={request_token.secret}&oauth_token={request_token.token}")


@route(blueprint, "/oauth/access_token", _METHODS)
def access_token() -> Response:
    """Exchange an allowed request token for an access token."""
    request = V1Request.current()
    request_token = auth.identify_request(request)
    token = request.world.tokens.exchange(request_token.token)
    return _form(
        f"oauth_token_secret={token.secret}&oauth_token={token.token}&uid={token.account_id}"
    )


@route(blueprint, "/oauth2/token", ["POST"])
def oauth2_token() -> Response:
    """Exchange an authorization code for a bearer token."""
    request = V1Request.current()
    params = request.params
    app = _client(request)
    if app is None:
        return _oauth2_error("invalid_client", "Invalid client_id or client_secret", 401)
    if params.text("grant_type") != "authorization_code":
        return _oauth2_error("unsupported_grant_type", "grant_type must be authorization_code")
    if not params.text("code"):
        return _oauth2_error("invalid_request", "missing required field: code")
    redirect_uri = params.text("redirect_uri")
    if redirect_uri is not None:
        check_redirect_uri(redirect_uri)
    code = request.namespace.resolve(params.required("code"))
    grant = request.world.oauth2.exchange_code(app, code, redirect_uri=redirect_uri)
    fields = {"access_token": grant.access.token, "token_type": "bearer"}
    return responses.json_response({**fields, "uid": str(grant.access.account_id)})


@route(blueprint, "/oauth2/token_from_oauth1", ["POST"])
def token_from_oauth1() -> Response:
    """Return the bearer token of an OAuth 1.0 access token: the same one each time."""
    request = V1Request.current()
    token = request.caller.token
    if token.secret is None:
        raise NoCredentials
    bearer = request.world.tokens.bearer_for(token)
    return responses.json_response({"access_token": bearer.token, "token_type": "bearer"})


@route(blueprint, "/disable_access_token", ["POST"])
def disable_access_token() -> Response:
    """Revoke the access token of the request."""
    request = V1Request.current()
    auth.revoke(request, request.caller.token)
    return responses.json_response({})


def _client(request: V1Request) -> App | None:
    names = ("client_id", "client_secret")
    params = {name: request.params.text(name) or "" for name in names}
    try:
        client = auth.identify_client(request, params)
    except NotAllowed:
        return None
    return client.app if client.has_secret else None


def _form(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=UTF-8")


def _oauth2_error(error: str, description: str, status: int = 400) -> Response:
    return responses.json_response({"error": error, "error_description": description}, status)
