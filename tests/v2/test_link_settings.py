"""Passwords, audiences, expiries and downloads of shared links, and the types of accounts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from fakebox.core.accounts import AccountType
from fakebox.core.plans import LINK_AUDIENCES, PLANS

SHARE = "sharing/create_shared_link_with_settings"
MODIFY = "sharing/modify_shared_link_settings"
METADATA = "sharing/get_shared_link_metadata"
FILE = "sharing/get_shared_link_file"
DENIED = {".tag": "shared_link_access_denied"}
PASSWORD = {"require_password": True, "link_password": "hunter-two"}
TYPES = get_args(AccountType)


def shared(api, path="/folder/a.txt", **settings):
    """Upload a file, and return the metadata of a link to a path."""
    api.upload("/folder/a.txt", b"shared")
    return api.rpc(SHARE, path=path, settings=settings)


def file_of(api, who=None, **argument):
    """Return the content of the file of a link."""
    response = api.send(FILE, argument, who=who)
    assert response.status_code == 200, response.text
    return response.data


def error_of(response):
    """Return the error of a response."""
    assert response.status_code == 409, response.text
    return json.loads(response.text)["error"]


def policies_of(link):
    """Return for each visibility whether it is allowed, or the reason why it is not."""
    return {
        one["policy"][".tag"]: one["allowed"] or one["disallowed_reason"][".tag"]
        for one in link["link_permissions"]["visibility_policies"]
    }


@pytest.mark.parametrize("who", ["owner", "other", "app"])
@pytest.mark.parametrize("sent", [{}, {"link_password": None}, {"link_password": "wrong"}])
def test_link_with_a_password_requires_it_from_every_client(api, app_credentials, who, sent):
    """Without the password, neither metadata nor content is returned, not even to the owner."""
    who = {"owner": None, "other": api.bearer(2), "app": app_credentials}[who]
    url = shared(api, **PASSWORD)["url"]
    assert error_of(api.post(METADATA, {"url": url, **sent}, who)) == DENIED
    assert error_of(api.send(FILE, {"url": url, **sent}, who=who)) == DENIED
    right = {"url": url, "link_password": "hunter-two"}
    assert api.rpc(METADATA, who, **right)["name"] == "a.txt"
    assert file_of(api, who, **right) == b"shared"


def test_password_must_be_a_string(api):
    """A password of another type is rejected with the name of the field, and without the value."""
    url = shared(api)["url"]
    response = api.post(METADATA, {"url": url, "link_password": 5})
    assert response.status_code == 400
    assert "link_password: '...' expected to be a string, got integer" in response.text


def test_password_of_a_link_without_one_is_ignored(api):
    """A client may send a password that the link does not require."""
    url = shared(api)["url"]
    assert file_of(api, url=url, link_password="any") == b"shared"


@pytest.mark.parametrize("plan", ["pro", "business"])
@pytest.mark.parametrize(
    "settings",
    [
        PASSWORD,
        {"link_password": "hunter-two"},
        {"requested_visibility": "password", "link_password": "hunter-two"},
        {"audience": "password", "link_password": "hunter-two"},
        {"requested_visibility": "public", **PASSWORD},
        {"audience": "public", **PASSWORD},
    ],
    ids=["flag", "password", "visibility", "audience", "public visibility", "public audience"],
)
def test_password_is_set_by_each_form_of_the_settings(api, plan, settings):
    """Current and deprecated settings set the password, which all responses show as required."""
    api.world.accounts.configure(1, type=plan)
    link = shared(api, **settings)
    (listed,) = api.rpc("sharing/list_shared_links")["links"]
    found = api.rpc(METADATA, url=link["url"], link_password="hunter-two")
    for shown in (link, listed, found):
        permissions = shown["link_permissions"]
        assert permissions["resolved_visibility"] == {".tag": "password"}
        assert permissions["requested_visibility"] == {".tag": "password"}
        assert permissions["effective_audience"] == {".tag": "public"}
        assert permissions["require_password"] is True
    (brief,) = api.rpc("sharing/get_shared_links")["links"]
    assert brief["visibility"] == {".tag": "password"}
    assert "hunter-two" not in json.dumps([link, listed, found, brief])


def test_password_is_changed_and_removed(api):
    """A new password replaces the old one, and settings without a password keep it."""
    url = shared(api)["url"]
    api.rpc(MODIFY, url=url, settings=PASSWORD)
    changed = api.rpc(MODIFY, url=url, settings={"link_password": "second"})
    assert changed["link_permissions"]["require_password"] is True
    assert error_of(api.post(METADATA, {"url": url, "link_password": "hunter-two"})) == DENIED
    for settings in ({}, {"audience": "public"}, {"require_password": True}):
        api.rpc(MODIFY, url=url, settings=settings)
        assert error_of(api.post(METADATA, {"url": url})) == DENIED
    assert file_of(api, url=url, link_password="second") == b"shared"
    removed = api.rpc(MODIFY, url=url, settings={"require_password": False})
    assert removed["link_permissions"]["resolved_visibility"] == {".tag": "public"}
    assert file_of(api, url=url) == b"shared"


def test_deprecated_public_visibility_removes_the_password(api):
    """A link with the visibility `public` has no password."""
    url = shared(api, **PASSWORD)["url"]
    api.rpc(MODIFY, url=url, settings={"requested_visibility": "public"})
    assert file_of(api, url=url) == b"shared"


def test_folder_of_a_link_with_a_password_is_listed_with_it(api):
    """The cursor lists the rest without the password, until the password changes."""
    url = shared(api, "/folder", **PASSWORD)["url"]
    api.upload("/folder/b.txt")
    for wrong in ({}, {"password": "wrong"}):
        error = api.fails("files/list_folder", path="", shared_link={"url": url, **wrong})
        assert error == {".tag": "path", "path": {".tag": "not_found"}}
    link = {"url": url, "password": "hunter-two"}
    page = api.rpc("files/list_folder", path="", shared_link=link, limit=1)
    page = api.rpc("files/list_folder/continue", cursor=page["cursor"])
    assert len(page["entries"]) == 1
    api.rpc(MODIFY, url=url, settings={"link_password": "second"})
    error = api.fails("files/list_folder/continue", cursor=page["cursor"])
    assert error == {".tag": "path", "path": {".tag": "not_found"}}
    poll = api.post("files/list_folder/longpoll", {"cursor": page["cursor"]}, "")
    assert json.loads(poll.text) == {"changes": True}


def test_thumbnail_of_a_link_with_a_password_is_denied_without_it(api):
    """The error of the route is `access_denied`; with the password, the file is looked at."""
    url = shared(api, **PASSWORD)["url"]
    for password, tag in ((None, "access_denied"), ("hunter-two", "unsupported_extension")):
        resource = {".tag": "link", "url": url, "password": password}
        response = api.send("files/get_thumbnail_v2", {"resource": resource})
        assert error_of(response) == {".tag": tag}


@pytest.mark.parametrize("settings", [PASSWORD, {"allow_download": False}])
def test_save_url_of_a_restricted_link_fails(api, settings):
    """A job has no password, and saves nothing that cannot be downloaded."""
    url = shared(api, **settings)["url"]
    job = api.rpc("files/save_url", path="/b", url=url)["async_job_id"]
    status = api.rpc("files/save_url/check_job_status", async_job_id=job)
    assert status[".tag"] == "failed"


@pytest.mark.parametrize(
    ("audience", "visibility"),
    [("team", "team_only"), ("no_one", "no_one"), ("members", "no_one")],
)
def test_audience_of_a_link_is_enforced(api, app_credentials, audience, visibility):
    """Only the owner is in an audience other than the public."""
    api.world.accounts.configure(1, type="business")
    link = shared(api, audience=audience)
    permissions = link["link_permissions"]
    assert permissions["effective_audience"] == {".tag": audience}
    assert permissions["resolved_visibility"] == {".tag": visibility}
    url = link["url"]
    for who in (api.bearer(2), app_credentials):
        assert error_of(api.post(METADATA, {"url": url}, who)) == DENIED
        assert error_of(api.send(FILE, {"url": url}, who=who)) == DENIED
    assert file_of(api, url=url) == b"shared"
    opened = api.rpc(MODIFY, url=url, settings={"audience": "public"})
    assert opened["link_permissions"]["effective_audience"] == {".tag": "public"}
    assert file_of(api, api.bearer(2), url=url) == b"shared"


def test_team_link_with_a_password_has_both(api):
    """The visibility `team_and_password` is that of a link with both restrictions."""
    api.world.accounts.configure(1, type="business")
    link = shared(api, audience="team", **PASSWORD)
    permissions = link["link_permissions"]
    assert permissions["resolved_visibility"] == {".tag": "team_and_password"}
    assert "requested_visibility" not in permissions
    assert error_of(api.post(METADATA, {"url": link["url"]})) == DENIED


@pytest.mark.parametrize(
    ("settings", "visibility"),
    [
        ({}, "PUBLIC"),
        (PASSWORD, "PASSWORD"),
        ({"audience": "team"}, "TEAM_ONLY"),
        ({"audience": "team", **PASSWORD}, "TEAM_AND_PASSWORD"),
        ({"audience": "no_one"}, "NO_ONE"),
    ],
)
def test_version_1_shows_the_visibility_of_a_link(api, settings, visibility):
    """Version 1 returns the link of version 2, and its visibility in capitals."""
    api.world.accounts.configure(1, type="business")
    shared(api, **settings)
    response = api.raw("/1/shares/dropbox/folder/a.txt", b"", None)
    assert json.loads(response.text)["visibility"] == visibility


def test_audience_has_precedence_over_the_visibility(api):
    """If both are sent, the deprecated one is not used."""
    link = shared(api, audience="no_one", requested_visibility="public")
    assert link["link_permissions"]["effective_audience"] == {".tag": "no_one"}


def test_link_without_downloads_has_metadata_only(api):
    """Nobody can download the file by the link, until downloads are allowed again."""
    link = shared(api, allow_download=False)
    assert link["link_permissions"]["allow_download"] is False
    for who in (None, api.bearer(2)):
        assert error_of(api.send(FILE, {"url": link["url"]}, who=who)) == DENIED
        assert api.rpc(METADATA, who, url=link["url"])["name"] == "a.txt"
    api.rpc(MODIFY, url=link["url"], settings={"allow_download": True})
    assert file_of(api, url=link["url"]) == b"shared"


def test_expiry_follows_the_clock_of_the_emulator(api):
    """A link works until its expiry, and settings without an expiry keep it."""
    api.world.clock.set(1_800_000_000)
    expires = "2027-02-01T00:00:00Z"
    url = shared(api, expires=expires)["url"]
    kept = api.rpc(MODIFY, url=url, settings={"allow_download": True})
    assert kept["expires"] == expires
    api.world.clock.set(1_801_439_999)
    assert file_of(api, url=url) == b"shared"
    api.world.clock.set(1_801_440_000)
    assert api.fails(METADATA, url=url) == {".tag": "shared_link_not_found"}


@pytest.mark.parametrize("plan", TYPES)
def test_permissions_of_a_link_are_those_of_the_type_of_the_account(api, plan):
    """The owner's flags and policies say what the type of the account may set."""
    api.world.accounts.configure(1, type=plan)
    link = shared(api)
    is_basic = plan == "basic"
    permissions = link["link_permissions"]
    for name in ("can_set_expiry", "can_set_password", "can_disallow_download"):
        assert permissions[name] is not is_basic
    for name in ("can_revoke", "can_remove_expiry", "can_allow_download", "allow_comments"):
        assert permissions[name] is True
    assert permissions["team_restricts_comments"] is False
    assert policies_of(link) == {
        "public": True,
        "team_only": plan == "business" or "user_not_on_team",
        "password": not is_basic or "user_account_type",
    }


def test_other_clients_may_set_nothing(api):
    """Another account gets no permission, and not the requested visibility."""
    url = shared(api)["url"]
    link = api.rpc(METADATA, api.bearer(2), url=url)
    permissions = link["link_permissions"]
    assert not any(value for name, value in permissions.items() if name.startswith("can_"))
    assert permissions["revoke_failure_reason"] == {".tag": "owner_only"}
    assert "requested_visibility" not in permissions
    assert set(policies_of(link).values()) == {"permission_denied"}


def test_type_of_the_account_is_that_of_the_current_account(api):
    """A change of the type is effective at once."""
    for plan in TYPES:
        api.world.accounts.configure(1, type=plan)
        account = api.rpc_null("users/get_current_account")
        assert account["account_type"] == {".tag": plan}


def test_documentation_has_the_table_of_the_account_types():
    """The table of the documentation says of each type of account the same as the code."""
    page = Path(__file__).parents[2] / "docs" / "wire" / "version-2.md"
    rows = dict(re.findall(r"^\| `?([a-z_ ]+)`? \|(.*)\|$", page.read_text("utf-8"), re.MULTILINE))
    for plan in TYPES:
        features = PLANS[plan]
        written = {
            **{f"audience {name}": name in features.link_audiences for name in LINK_AUDIENCES},
            "password": features.link_password,
            "expiry": features.link_expiry,
            "no download": features.link_without_download,
            "view only members": features.view_only_members,
            "full text search": features.full_text_search,
        }
        for name, is_allowed in written.items():
            cells = [cell.strip() for cell in rows[name].split("|")]
            assert cells[TYPES.index(plan)] == ("yes" if is_allowed else "no"), (name, plan)
