"""The features of each type of account. Source: the wire reference of version 2, account types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fakebox.core.accounts import AccountType

LinkAudience = Literal["public", "team", "no_one", "members"]
LINK_AUDIENCES: tuple[LinkAudience, ...] = ("public", "team", "no_one", "members")


@dataclass(frozen=True, slots=True)
class Plan:
    """The features of a type of account.

    Attributes:
        link_audiences: who may be the audience of a shared link.
        link_password: whether a shared link may have a password.
        link_expiry: whether a shared link may expire.
        link_without_download: whether a shared link may disallow downloads.
        view_only_members: whether a member of a shared folder may have access without the right to
            edit.
        full_text_search: whether the contents of files are searched.
    """

    link_audiences: frozenset[LinkAudience]
    link_password: bool
    link_expiry: bool
    link_without_download: bool
    view_only_members: bool
    full_text_search: bool


PLANS: Mapping[AccountType, Plan] = {
    "basic": Plan(
        link_audiences=frozenset({"public"}),
        link_password=False,
        link_expiry=False,
        link_without_download=False,
        view_only_members=False,
        full_text_search=False,
    ),
    "pro": Plan(
        link_audiences=frozenset({"public", "no_one", "members"}),
        link_password=True,
        link_expiry=True,
        link_without_download=True,
        view_only_members=True,
        full_text_search=True,
    ),
    "business": Plan(
        link_audiences=frozenset(LINK_AUDIENCES),
        link_password=True,
        link_expiry=True,
        link_without_download=True,
        view_only_members=True,
        full_text_search=True,
    ),
}
