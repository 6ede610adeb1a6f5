"""Calls about the account, sent to version 2."""

from __future__ import annotations

from hashlib import sha256

from dropbox.json_response import JsonObject
from dropbox.v2.errors import v1_error
from dropbox.v2.v1_request import V1Request

_UID_DIGITS = 8


def account_info(request: V1Request) -> JsonObject:
    """Return the account.

    Version 2 has no numeric account ids: `uid` is derived from the id, so it does not change.
    """
    account = request.client.call("users/get_current_account")
    usage = request.client.call("users/get_space_usage")
    name = account["name"]
    digest = sha256(account["account_id"].encode()).hexdigest()
    info = {
        "uid": int(digest[:_UID_DIGITS], 16),
        "display_name": name["display_name"],
        "name_details": {key: name[key] for key in ("familiar_name", "given_name", "surname")},
        "email": account["email"],
        "email_verified": account["email_verified"],
        "country": account.get("country"),
        "locale": account["locale"],
        "referral_link": account["referral_link"],
        "is_paired": account["is_paired"],
        "quota_info": {
            "quota": usage["allocation"].get("allocated", 0),
            "normal": usage["used"],
            "shared": 0,
        },
    }
    team = account.get("team")
    return info | {"team": {"team_id": team["id"], "name": team["name"]} if team else None}


def disable_access_token(request: V1Request) -> JsonObject:
    """Revoke the token."""
    request.client.call("auth/token/revoke")
    return {}


def token_from_oauth1(_: V1Request) -> JsonObject:
    """Raise an error: the session has an OAuth 2 token already."""
    raise v1_error(400, "Version 2 of the API has no equivalent of oauth2/token_from_oauth1.")
