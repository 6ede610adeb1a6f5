"""Accounts and their features. Source: the wire reference of version 2, users."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from flask import Blueprint

from fakebox.http.account_ids import account_id, parse_account_id
from fakebox.v2.responses import root_info
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import JSONObject, Length, Struct, Text
from fakebox.v2.tagged_errors import tagged_error

if TYPE_CHECKING:
    from fakebox.core.accounts import Account
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("users", __name__)

AccountId: TypeAlias = Annotated[str, Text(min_length=40, max_length=40)]
UserFeature: TypeAlias = Literal[
    "paper_as_files", "file_locking", "team_shared_dropbox", "distinct_member_home"
]


class GetAccountArg(Struct):
    """Argument of users/get_account."""

    account_id: AccountId


class GetAccountBatchArg(Struct):
    """Argument of users/get_account_batch."""

    account_ids: Annotated[tuple[AccountId, ...], Length(1, 300)]


class UserFeaturesGetValuesBatchArg(Struct):
    """Argument of users/features/get_values."""

    features: tuple[UserFeature, ...]


@rpc(blueprint, "users/get_current_account", NoneType)
def get_current_account(request: V2Request, _: None) -> JSONObject:
    """Return the caller's account."""
    account = request.account
    return {
        **_basic(account),
        "country": account.country,
        "locale": account.locale,
        "referral_link": _referral_link(account, request.caller.token.app_id),
        "is_paired": False,
        "account_type": {".tag": account.type},
        "root_info": root_info(account.root_namespace_id, account.home_namespace_id),
    }


@rpc(blueprint, "users/get_account", GetAccountArg)
def get_account(request: V2Request, arg: GetAccountArg) -> JSONObject:
    """Return the public fields of an account."""
    found = _find(request, arg.account_id)
    if found is None:
        raise tagged_error("no_account")
    return _shown(request, found)


@rpc(blueprint, "users/get_account_batch", GetAccountBatchArg)
def get_account_batch(request: V2Request, arg: GetAccountBatchArg) -> list[JSONObject]:
    """Return the public fields of accounts in the order of the argument."""
    found: list[JSONObject] = []
    for text in arg.account_ids:
        account = _find(request, text)
        if account is None:
            raise tagged_error("no_account", no_account=text)
        found.append(_shown(request, account))
    return found


@rpc(blueprint, "users/get_space_usage", NoneType)
def get_space_usage(request: V2Request, _: None) -> JSONObject:
    """Return the quota of the account and the space that its files use."""
    account = request.account
    allocation: JSONObject = {".tag": "individual", "allocated": account.quota_bytes}
    return {"used": account.used_bytes, "allocation": allocation}


@rpc(blueprint, "users/features/get_values", UserFeaturesGetValuesBatchArg)
def get_values(_: V2Request, arg: UserFeaturesGetValuesBatchArg) -> JSONObject:
    """Return the values of features. All features are off."""
    if not arg.features:
        raise tagged_error("empty_features_list")
    off: JSONObject = {".tag": "enabled", "enabled": False}
    values: list[JSONObject] = [{".tag": tag, tag: off} for tag in arg.features]
    return {"values": values}


def _referral_link(account: Account, app_id: int) -> str:
    # The id has as many characters as the text of the service.
    text = account_id(account.id).removeprefix("dbid:")
    return f"https://www.dropbox.com/referrals/{text}?src=app9-{app_id}"


def _find(request: V2Request, text: str) -> Account | None:
    number = parse_account_id(text)
    return None if number is None else request.world.accounts.find(number)


def _shown(request: V2Request, account: Account) -> JSONObject:
    is_own = account.id == request.caller.token.account_id
    return {**_basic(account), "is_teammate": is_own}


def _basic(account: Account) -> JSONObject:
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
