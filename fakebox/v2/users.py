"""users/*: whose Dropbox it is. Source: the wire reference of version 2, users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox.v2.ids import account_id, parse_account_id
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import items, nothing, struct, text, union
from fakebox.v2.tagged_errors import failure

if TYPE_CHECKING:
    from fakebox.core.accounts import Account
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("users", __name__)

_ACCOUNT_ID = text(min_length=40, max_length=40)
_FEATURES = {"paper_as_files": {".tag": "enabled", "enabled": False}}
_FEATURES["file_locking"] = {".tag": "enabled", "enabled": False}


@rpc(blueprint, "users/get_current_account", nothing)
def get_current_account(request: V2Request, _: None) -> dict[str, Any]:
    """All about the account that the token opens."""
    account = request.account
    root = str(account.namespace_id)
    return {
        **_basic(account),
        "country": account.country,
        "locale": account.locale,
        "referral_link": f"https://www.dropbox.com/referrals/r{account.id}",
        "is_paired": False,
        "account_type": {".tag": "pro"},
        "root_info": {".tag": "user", "root_namespace_id": root, "home_namespace_id": root},
    }


@rpc(blueprint, "users/get_account", struct({"account_id": _ACCOUNT_ID}))
def get_account(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """What others may know of an account."""
    found = _find(request, argument["account_id"])
    if found is None:
        raise failure("no_account")
    return _shown(request, found)


@rpc(
    blueprint,
    "users/get_account_batch",
    struct({"account_ids": items(_ACCOUNT_ID, min_items=1, max_items=300)}),
)
def get_account_batch(request: V2Request, argument: dict[str, Any]) -> list[dict[str, Any]]:
    """As get_account, for many, in their order; all or none."""
    found: list[dict[str, Any]] = []
    for word in argument["account_ids"]:
        account = _find(request, word)
        if account is None:
            raise failure("no_account", no_account=word)
        found.append(_shown(request, account))
    return found


@rpc(blueprint, "users/get_space_usage", nothing)
def get_space_usage(request: V2Request, _: None) -> dict[str, Any]:
    """How much room there is, and how much of it is filled."""
    account = request.account
    allocation = {".tag": "individual", "allocated": account.quota_bytes}
    return {"used": account.used_bytes, "allocation": allocation}


@rpc(
    blueprint,
    "users/features/get_values",
    struct({"features": items(union(dict.fromkeys(_FEATURES)))}),
)
def get_values(_: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Which of the features the account has: none of those that one can ask about."""
    if not argument["features"]:
        raise failure("empty_features_list")
    tags = [feature.tag for feature in argument["features"]]
    return {"values": [{".tag": tag, tag: _FEATURES[tag]} for tag in tags]}


def _find(request: V2Request, word: str) -> Account | None:
    number = parse_account_id(word)
    return None if number is None else request.world.accounts.find(number)


def _shown(request: V2Request, account: Account) -> dict[str, Any]:
    is_own = account.id == request.caller.token.account_id
    return {**_basic(account), "is_teammate": is_own}


def _basic(account: Account) -> dict[str, Any]:
    initials = "".join(name[:1] for name in (account.given_name, account.surname))
    return {
        "account_id": account_id(account.id),
        "name": {
            "given_name": account.given_name,
            "surname": account.surname,
            "familiar_name": account.given_name,
            "display_name": account.display_name,
            "abbreviated_name": initials,
        },
        "email": account.email,
        "email_verified": True,
        "disabled": False,
    }
