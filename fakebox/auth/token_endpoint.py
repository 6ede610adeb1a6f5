"""The token endpoint of OAuth 2: one for `/oauth2/token` and `/1/oauth2/token`.

Source: the wire reference, OAuth 2; RFC 6749 and RFC 7636.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

from flask import Response

from fakebox.auth.oauth2 import identify_client
from fakebox.core.errors import (
    BadGrant,
    InvalidChallenge,
    InvalidScope,
    NotAllowed,
    SecretRequired,
    TokenRevoked,
    UnknownToken,
)
from fakebox.credentials import is_refresh_token
from fakebox.http.account_ids import account_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fakebox.auth.oauth2 import Client
    from fakebox.context import RequestContext
    from fakebox.core.oauth2 import Grant
    from fakebox.core.tokens import AccessToken

_STATUS = 400
_TOKENS = "text/javascript"
_ERRORS = "application/json"
# Responses with tokens are not stored (RFC 6749, section 5.1).
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# The members of the responses in their order. Recorded in 2021, except for the first one, which is
# quoted by clients.
_OFFLINE = (
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "scope",
    "uid",
    "account_id",
)
_ONLINE = ("uid", "access_token", "expires_in", "token_type", "scope", "account_id")
_REFRESHED = ("token_type", "access_token", "expires_in")

Mistake: TypeAlias = Literal[
    "client",
    "no_secret",
    "no_grant_type",
    "grant_type",
    "no_code",
    "no_refresh_token",
    "code",
    "redirect_uri",
    "code_verifier",
    "code_verifier_form",
    "refresh_token",
    "refresh_token_form",
    "scope",
]
# Every mistake of a request: the error, and its description. The status is 400. The texts are those
# of the service, where they are known.
MISTAKES: dict[Mistake, tuple[str, str | None]] = {
    "client": ("invalid_client: Invalid client_id or client_secret", None),
    "no_secret": ("invalid_request", "No auth function available for given request"),
    "no_grant_type": ("invalid_request", "missing required field: grant_type"),
    "grant_type": (
        "unsupported_grant_type",
        "grant_type must be authorization_code or refresh_token",
    ),
    "no_code": ("invalid_request", "missing required field: code"),
    "no_refresh_token": ("invalid_request", "missing required field: refresh_token"),
    "code": ("invalid_grant", "code doesn't exist or has expired"),
    "redirect_uri": ("invalid_grant", "redirect_uri mismatch"),
    "code_verifier": ("invalid_grant", "code verifier mismatch"),
    "code_verifier_form": (
        "invalid_request",
        "code_verifier must be 43 to 128 characters of A-Z, a-z, 0-9, '-', '.', '_' and '~'",
    ),
    "refresh_token": ("invalid_grant", "refresh token is invalid or revoked"),
    "refresh_token_form": ("invalid_grant", "refresh token is malformed"),
    "scope": ("invalid_scope", "scope must have only scopes that the refresh token has"),
}


# The mistakes of each reason of `BadGrant`.
_GRANTS: dict[str, Mistake] = {
    "code": "code",
    "redirect_uri": "redirect_uri",
    "code_verifier": "code_verifier",
}


class _Invalid(Exception):
    """A request that is not valid.

    Attributes:
        mistake: the key of the error in `MISTAKES`.
    """

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake)
        self.mistake: Mistake = mistake


def respond(context: RequestContext) -> Response:
    """Exchange an authorization code or a refresh token for a bearer token.

    Args:
        context: the request; its parameters are in the form or in the query.
    """
    params = dict(context.pairs)
    try:
        with context.world.unit_of_work():
            payload = _issue(context, params)
    except _Invalid as error:
        return _error(error.mistake)
    return Response(json.dumps(payload), content_type=_TOKENS, headers=_HEADERS)


def _error(mistake: Mistake) -> Response:
    error, description = MISTAKES[mistake]
    payload = {"error": error}
    if description is not None:
        payload["error_description"] = description
    return Response(json.dumps(payload), _STATUS, content_type=_ERRORS, headers=_HEADERS)


def _issue(context: RequestContext, params: Mapping[str, str]) -> dict[str, str | int]:
    client = _client(context, params)
    kind = params.get("grant_type")
    if not kind:
        raise _Invalid("no_grant_type")
    if kind == "refresh_token":
        return _payload(_refresh(context, client, params), _REFRESHED)
    if kind != "authorization_code":
        raise _Invalid("grant_type")
    grant = _exchange(context, client, params)
    return _payload(grant, _OFFLINE if grant.refresh_token else _ONLINE)


def granted_to(token: AccessToken) -> dict[str, str]:
    """Return the scopes and the account of a new token, as the service sends them.

    A response of the token endpoint and the redirect of an implicit grant have them.
    """
    return {
        "scope": " ".join(token.scopes),
        "uid": str(token.account_id),
        "account_id": account_id(token.account_id),
    }


def _payload(grant: Grant, members: Sequence[str]) -> dict[str, str | int]:
    values: dict[str, str | int | None] = {
        "access_token": grant.access.token,
        "token_type": "bearer",
        "expires_in": grant.lifetime_s,
        "refresh_token": grant.refresh_token,
        **granted_to(grant.access),
    }
    found = ((name, values[name]) for name in members)
    return {name: value for name, value in found if value is not None}


def _client(context: RequestContext, params: Mapping[str, str]) -> Client:
    try:
        return identify_client(context, params)
    except NotAllowed as error:
        raise _Invalid("client") from error


def _exchange(context: RequestContext, client: Client, params: Mapping[str, str]) -> Grant:
    code = params.get("code")
    if not code:
        raise _Invalid("no_code")
    try:
        return context.world.oauth2.exchange_code(
            client.app,
            context.namespace.resolve(code),
            redirect_uri=params.get("redirect_uri"),
            verifier=params.get("code_verifier"),
            has_secret=client.has_secret,
        )
    except InvalidChallenge as error:
        raise _Invalid("code_verifier_form") from error
    except SecretRequired as error:
        raise _Invalid("no_secret") from error
    except BadGrant as error:
        raise _Invalid(_GRANTS[error.reason]) from error


def _refresh(context: RequestContext, client: Client, params: Mapping[str, str]) -> Grant:
    sent, scopes = params.get("refresh_token"), params.get("scope")
    if not sent:
        raise _Invalid("no_refresh_token")
    try:
        return context.world.oauth2.refresh(
            client.app,
            context.resolver.refresh_token(sent, client.app),
            has_secret=client.has_secret,
            scopes=scopes.split() if scopes else None,
        )
    except UnknownToken as error:
        is_known_form = is_refresh_token(sent)
        raise _Invalid("refresh_token" if is_known_form else "refresh_token_form") from error
    except (TokenRevoked, BadGrant) as error:
        raise _Invalid("refresh_token") from error
    except SecretRequired as error:
        raise _Invalid("no_secret") from error
    except InvalidScope as error:
        raise _Invalid("scope") from error
