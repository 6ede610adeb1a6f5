"""Accounts, space, features, and routes that check credentials."""

import pytest

from conformance.v2.shapes import ACCOUNT_ID

CURRENT = "users/get_current_account"
NAMES = {"given_name", "surname", "familiar_name", "display_name", "abbreviated_name"}
BASIC = {"account_id", "name", "email", "email_verified", "disabled"}


@pytest.mark.checks("v2-account")
def test_current_account(api):
    """The current account has the recorded fields."""
    account = api.ok(CURRENT)
    fields = {"country", "locale", "referral_link", "is_paired", "account_type", "root_info"}
    assert BASIC | fields <= set(account)
    assert ACCOUNT_ID.fullmatch(account["account_id"])
    assert set(account["name"]) == NAMES
    assert account["account_type"][".tag"] in ("basic", "pro", "business")
    for name in ("email_verified", "disabled", "is_paired"):
        assert isinstance(account[name], bool)
    assert len(account["country"]) == 2
    assert account["referral_link"].startswith("https://")


@pytest.mark.checks("v2-account-root")
def test_root_of_the_current_account(api):
    """The root of an account without a team space is its home, a decimal number."""
    root = api.ok(CURRENT)["root_info"]
    assert root[".tag"] in ("user", "team")
    assert root["home_namespace_id"].isdecimal()
    if root[".tag"] == "user":
        assert root["root_namespace_id"] == root["home_namespace_id"]


@pytest.mark.checks("v2-account-referral")
def test_referral_link(api):
    """The referral link has 35 characters and the number of the app."""
    link = api.ok(CURRENT)["referral_link"]
    start, _, end = link.partition("?src=app9-")
    assert end.isdecimal()
    assert len(start.rpartition("/")[2]) == 35


@pytest.mark.checks("v2-account-by-id")
def test_account_by_its_id(api):
    """An account by its id has basic fields; is_teammate is true for the current account."""
    own = api.ok(CURRENT)
    account = api.ok("users/get_account", {"account_id": own["account_id"]})
    assert BASIC | {"is_teammate"} <= set(account)
    assert account["is_teammate"] is True
    for name in BASIC:
        assert account[name] == own[name]
    for name in ("country", "locale", "account_type", "root_info"):
        assert name not in account


@pytest.mark.checks("v2-account-unknown")
def test_unknown_account(api):
    """An unknown account is an error."""
    unknown = "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"
    assert api.fails("users/get_account", {"account_id": unknown}) == "no_account"
    own = api.ok(CURRENT)["account_id"]
    argument = {"account_ids": [own, unknown]}
    response = api.call("users/get_account_batch", argument)
    assert response.status == 409
    assert response.json()["error"] == {".tag": "no_account", "no_account": unknown}


@pytest.mark.checks("v2-account-batch")
@pytest.mark.not_live("needs a second account")
def test_accounts_by_their_ids(api):
    """A batch returns a list of accounts, in the order of the ids."""
    own = api.ok(CURRENT)["account_id"]
    other = api.call(CURRENT, authorization=api.other()).json()["account_id"]
    for ids in ([own, other], [other, own]):
        result = api.ok("users/get_account_batch", {"account_ids": ids})
        assert [account["account_id"] for account in result] == ids
        assert {account["account_id"]: account["is_teammate"] for account in result} == {
            own: True,
            other: False,
        }


@pytest.mark.checks("v2-account-batch")
@pytest.mark.parametrize("count", [0, 301])
def test_number_of_accounts_out_of_range(api, count):
    """1 to 300 accounts can be requested."""
    ids = ["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"] * count
    text = api.rejects("users/get_account_batch", {"account_ids": ids})
    assert text.startswith("request body: account_ids: ")


@pytest.mark.checks("v2-space")
def test_space_usage(api):
    """The used space is the size of the current files."""
    before = api.ok("users/get_space_usage")
    assert set(before) == {"used", "allocation"}
    assert before["allocation"][".tag"] in ("individual", "team")
    assert before["allocation"]["allocated"] > 0
    api.put("a", bytes(5000))
    api.put("b", bytes(3000))
    api.put("b", bytes(1000), mode="overwrite")
    usage = api.eventually(
        lambda: api.ok("users/get_space_usage"),
        lambda usage: usage["used"] == before["used"] + 6000,
    )
    assert usage["used"] == before["used"] + 6000
    assert usage["allocation"] == before["allocation"]


@pytest.mark.checks("v2-space")
def test_space_usage_after_operations(api):
    """Deleted files use no space. Restored and copied files use it again; moved ones do not."""
    before = api.ok("users/get_space_usage")["used"]
    put = api.put("a", bytes(5000))
    api.delete("a")
    api.ok("files/restore", {"path": api.path("a"), "rev": put["rev"]})
    api.put("folder/b", bytes(1000))
    api.relocate("copy", "folder", "copy")
    api.relocate("move", "folder", "moved")
    api.put("gone/c", bytes(3000))
    api.delete("gone")
    usage = api.eventually(
        lambda: api.ok("users/get_space_usage"), lambda usage: usage["used"] == before + 7000
    )
    assert usage["used"] == before + 7000


@pytest.mark.checks("v2-features")
def test_features(api):
    """The values of features come in the order of the request."""
    features = ["file_locking", "paper_as_files"]
    result = api.ok("users/features/get_values", {"features": features})
    assert [value[".tag"] for value in result["values"]] == features
    for value in result["values"]:
        inner = value[value[".tag"]]
        assert inner[".tag"] == "enabled"
        assert isinstance(inner["enabled"], bool)


@pytest.mark.checks("v2-features")
def test_no_features(api):
    """An empty list of features is an error."""
    found = api.fails("users/features/get_values", {"features": []})
    assert found == "empty_features_list"


@pytest.mark.checks("v2-check")
def test_check_of_a_token(api):
    """The check of a token returns the text of the request."""
    for text in ("", "foo", "Ünï", "x" * 500):
        assert api.ok("check/user", {"query": text}) == {"result": text}
    assert api.ok("check/user", {}) == {"result": ""}
    text = api.rejects("check/user", {"query": "x" * 501})
    assert text.startswith("request body: query: ")


@pytest.mark.checks("v2-check-app")
def test_check_of_an_app(api, app):
    """The check of an app returns the text of the request."""
    response = api.call("check/app", {"query": "foo"}, authorization=app)
    assert response.json() == {"result": "foo"}


@pytest.mark.checks("v2-check-app")
@pytest.mark.not_live("sends a wrong secret")
def test_check_of_an_app_with_a_wrong_secret(api):
    """A wrong secret is rejected."""
    from base64 import b64encode

    pair = b64encode(f"{api.app[0]}:wrong".encode()).decode()
    response = api.call("check/app", {"query": "foo"}, authorization=f"Basic {pair}")
    assert response.status in (400, 401)
