"""The calls for the account and for the tokens of OAuth 1.0 and OAuth 2.

Source: wire reference, account and OAuth.
"""

from __future__ import annotations

from flask import Blueprint, Response

from fakebox import auth
from fakebox.core.errors import NoCredentials
from fakebox.v1 import responses
from fakebox.v1.request import V1Request, route

blueprint: Blueprint = Blueprint("account", __name__)

_METHODS = ["GET", "POST"]


@route(blueprint, "/account/info", _METHODS)
def info(request: V1Request) -> Response:
    """Return the account of the caller, with its quota. Source: wire reference, account/info."""
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
def request_token(request: V1Request) -> Response:
    """Issue a request token to the app. The secret is first, because some clients require it."""
    request_token = request.world.tokens.request(auth.identify_app(request))
    return _form(f"oauth_token_secret={request_token.secret}&oauth_token={request_token.token}")


@route(blueprint, "/oauth/access_token", _METHODS)
def access_token(request: V1Request) -> Response:
    """Exchange an allowed request token for an access token."""
    request_token = auth.identify_request(request)
    token = request.world.tokens.exchange(request_token.token)
    return _form(
        f"oauth_token_secret={token.secret}&oauth_token={token.token}&uid={token.account_id}"
    )


@route(blueprint, "/oauth2/token", ["POST"])
def oauth2_token(request: V1Request) -> Response:
    """Exchange an authorization code or a refresh token for a bearer token."""
    return auth.respond_with_token(request)


@route(blueprint, "/oauth2/token_from_oauth1", ["POST"])
def token_from_oauth1(request: V1Request) -> Response:
    """Return the bearer token of an OAuth 1.0 access token: the same one each time."""
    token = request.caller.token
    if token.secret is None:
        raise NoCredentials
    bearer = request.world.tokens.bearer_for(token)
    return responses.json_response({"access_token": bearer.token, "token_type": "bearer"})


@route(blueprint, "/disable_access_token", ["POST"])
def disable_access_token(request: V1Request) -> Response:
    """Revoke the access token of the request."""
    return _revoke_token(request)


@route(blueprint, "/unlink_access_token", ["POST"])
def unlink_access_token(request: V1Request) -> Response:
    """Do the same as `disable_access_token`, under the name that clients of 2012 use."""
    return _revoke_token(request)


def _revoke_token(request: V1Request) -> Response:
    auth.revoke(request, request.caller.token)
    return responses.json_response({})


def _form(text: str) -> Response:
    return Response(text, content_type=responses.FORM_TYPE)
