"""Whose Dropbox it is."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dropbox.v2.errors import refusal

if TYPE_CHECKING:
    from dropbox.v2.v1_request import Asked

_UID_DIGITS = 8


def account_info(asked: Asked) -> dict[str, Any]:
    """The account. Version 2 has no numbers for accounts: `uid` is made from its id, and lasts."""
    account = asked.wire.call("users/get_current_account")
    usage = asked.wire.call("users/get_space_usage")
    name = account["name"]
    digest = sha256(account["account_id"].encode()).hexdigest()
    told = {
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
    return told | {"team": {"team_id": team["id"], "name": team["name"]} if team else None}


def disable_access_token(asked: Asked) -> dict[str, Any]:
    """Revoke the token."""
    asked.wire.call("auth/token/revoke")
    return {}


def token_from_oauth1(_: Asked) -> dict[str, Any]:
    """There is nothing to exchange: the session has an OAuth 2 token already."""
    raise refusal(400, "Version 2 of the API has no equal of oauth2/token_from_oauth1.")
