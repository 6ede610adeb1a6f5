"""Recorded responses about accounts."""

from __future__ import annotations

import re

import pytest

from tests.v2.recorded import nested

BASIC = ("account_id", "name", "email", "email_verified", "disabled")
CURRENT = (
    *BASIC,
    "country",
    "locale",
    "referral_link",
    "is_paired",
    "account_type",
    "root_info",
)
NAME = ("given_name", "surname", "familiar_name", "display_name", "abbreviated_name")
SHOWN = (*BASIC, "is_teammate")


@pytest.fixture
def other(api):
    """The id of the second account."""
    return api.rpc_null("users/get_current_account", api.bearer(2))["account_id"]


def test_current_account_has_the_members_of_the_service(api):
    """The account has these members in this order; the root of a person is the home.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 7 February 2021, and by the results in the
    documentation of OpenIntegrations, 2024.
    """
    me = api.rpc_null("users/get_current_account")
    assert tuple(me) == CURRENT
    assert tuple(me["name"]) == NAME
    assert tuple(me["root_info"]) == (".tag", "root_namespace_id", "home_namespace_id")
    assert me["root_info"][".tag"] == "user"
    assert me["root_info"]["root_namespace_id"] == me["root_info"]["home_namespace_id"]
    assert re.fullmatch("[a-z]{2}(-[A-Z]{2})?", me["locale"])
    assert re.fullmatch("[0-9]+", me["root_info"]["root_namespace_id"])


def test_account_type_of_a_free_account_is_basic(api):
    """The type of a free account is `basic`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 7 February 2021.
    """
    api.world.accounts.configure(1, type="basic")
    assert api.rpc_null("users/get_current_account")["account_type"] == {".tag": "basic"}


def test_referral_link_has_the_number_of_the_app(api):
    """The link has 35 characters, and the source with the number of the app.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 7 February 2021; in 2016 the link was short.
    """
    link = api.rpc_null("users/get_current_account")["referral_link"]
    form = r"https://www\.dropbox\.com/referrals/[A-Za-z0-9_-]{35}\?src=app9-[0-9]+"
    assert re.fullmatch(form, link)


def test_characters_outside_ascii_are_escaped(api):
    """The JSON of an account has only ASCII characters.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 7 February 2021.
    """
    created = api.world.accounts.create(
        "zoe@fakebox.example", "password", given_name="Zo\u00eb", surname="\u0141uk"
    )
    response = api.post("users/get_current_account", None, api.bearer(created.id))
    assert response.json["name"]["display_name"] == "Zo\u00eb \u0141uk"
    assert "Zo\\u00eb \\u0141uk" in response.text
    assert response.text.isascii()


def test_account_has_the_members_of_the_service(api, other):
    """An account has these members in this order; oneself is a teammate.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 17 June 2016.
    """
    own = api.rpc_null("users/get_current_account")["account_id"]
    for account_id, is_teammate in ((own, True), (other, False)):
        found = api.rpc("users/get_account", account_id=account_id)
        assert tuple(found) == SHOWN
        assert found["is_teammate"] is is_teammate


def test_unknown_account_is_not_found(api):
    """An unknown id is 409 with the tag `no_account`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 17 June 2016.
    """
    unknown = "dbid:" + "A" * 35
    assert api.fails("users/get_account", account_id=unknown) == nested("no_account")


def test_batch_of_accounts_is_a_list_in_the_order_of_the_request(api, other):
    """The result is a bare list; each account is as that of users/get_account.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 19 November 2016.
    """
    own = api.rpc_null("users/get_current_account")["account_id"]
    for ids in ([own, other], [other, own]):
        found = api.rpc("users/get_account_batch", account_ids=ids)
        assert found == [api.rpc("users/get_account", account_id=one) for one in ids]
        assert [tuple(one) for one in found] == [SHOWN, SHOWN]
