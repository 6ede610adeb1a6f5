"""Recorded responses about shared links."""

from __future__ import annotations

import re

import pytest

from tests.v2.recorded import BASIC_FLAGS, nested

CREATE = "sharing/create_shared_link_with_settings"
METADATA = "sharing/get_shared_link_metadata"
FOLDER_LINK = (".tag", "url", "id", "name", "path_lower", "link_permissions")
FILE_LINK = (
    *FOLDER_LINK,
    "preview_type",
    "client_modified",
    "server_modified",
    "rev",
    "size",
)
PERMISSIONS = (
    "resolved_visibility",
    "requested_visibility",
    "can_revoke",
    "visibility_policies",
    "can_set_expiry",
    "can_remove_expiry",
    "allow_download",
    "can_allow_download",
    "can_disallow_download",
    "allow_comments",
    "team_restricts_comments",
)
EXPIRES = "2040-02-12T00:00:00Z"


@pytest.fixture
def basic(api):
    """The API of a free account."""
    api.world.accounts.configure(1, type="basic")
    return api


@pytest.fixture
def business(api):
    """The API of the account of a company."""
    api.world.accounts.configure(1, type="business")
    return api


def file_link(api, path="/a.txt", **settings):
    """Upload a file, and create a link to it."""
    api.upload(path)
    return api.rpc(CREATE, path=path, settings=settings)


def folder_link(api, path="/folder", **settings):
    """Create a folder and a link to it."""
    api.rpc("files/create_folder_v2", path=path)
    return api.rpc(CREATE, path=path, settings=settings)


# --- members of a link ---------------------------------------------------------------------


def test_link_to_a_file_has_the_members_of_the_service(business):
    """A link to a file has these members in this order, and no content hash.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 February 2019, for the account of a team;
    accounts of the emulator are in no team, so `team_member_info` is missing.
    """
    link = file_link(business, "/report.docx", expires=EXPIRES)
    with_expiry = list(FILE_LINK)
    with_expiry.insert(FILE_LINK.index("name") + 1, "expires")
    assert tuple(link) == tuple(with_expiry)
    assert (link[".tag"], link["expires"]) == ("file", EXPIRES)


@pytest.mark.parametrize("settings", [{}, {"expires": EXPIRES}], ids=["without", "with expiry"])
def test_link_to_a_folder_has_the_members_of_the_service(api, settings):
    """A link to a folder has no preview type, times, rev or size.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 and 2019.
    """
    link = folder_link(api, **settings)
    expected = list(FOLDER_LINK)
    if settings:
        expected.insert(FOLDER_LINK.index("name") + 1, "expires")
    assert tuple(link) == tuple(expected)
    assert link[".tag"] == "folder"


def test_permissions_of_a_link_have_the_order_of_the_service(business):
    """The recorded members have this order; later ones may be between them.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 February 2019.
    """
    found = file_link(business)["link_permissions"]
    assert tuple(name for name in found if name in PERMISSIONS) == PERMISSIONS


@pytest.mark.parametrize(
    ("name", "expected"),
    [("report.docx", "doc"), ("notes.txt", "text")],
    ids=["12 February 2019", "12 November 2018"],
)
def test_preview_type_is_the_kind_of_the_file(api, name, expected):
    """A document is `doc` and a text is `text`.

    Recorded by the VCR cassettes of Jesus/dropbox_api.
    """
    assert file_link(api, f"/{name}")["preview_type"] == expected


def test_metadata_of_an_own_link_is_the_link(api):
    """The owner gets everything that the creation returned, with the id and the path.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 November 2018.
    """
    link = file_link(api)
    found = api.rpc(METADATA, url=link["url"])
    assert (found, tuple(found)) == (link, FILE_LINK)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_url_of_a_link_has_two_keys(api, kind):
    """A URL has keys of 21 and 25 characters, and ends with `dl=0`.

    Quoted by several projects since June 2023. Until then the path began with `/s/` or `/sh/`,
    recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2016 to 2019.
    """
    if kind == "file":
        url, path = file_link(api, "/a b.txt")["url"], "fi/[a-z0-9]{21}/a(%20|-|\\+)b.txt"
    else:
        url, path = folder_link(api)["url"], "fo/[a-z0-9]{21}/[^/?]+"
    form = rf"https?://[^/]+/scl/{path}\?rlkey=[a-z0-9]{{25}}&dl=0"
    assert re.fullmatch(form, url), url


# --- settings ------------------------------------------------------------------------------


def test_null_settings_are_the_same_as_missing_ones(api):
    """A password and an expiry of null are those of a link without either.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 February 2019.
    """
    link = file_link(api, requested_visibility="public", link_password=None, expires=None)
    assert "expires" not in link
    assert link["link_permissions"]["resolved_visibility"] == {".tag": "public"}
    assert link["link_permissions"]["requested_visibility"] == {".tag": "public"}


def test_second_link_is_an_error(api):
    """A file or folder has one link.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 and 2019, without the metadata that the
    current specification has.
    """
    file_link(api)
    assert api.fails(CREATE, path="/a.txt")[".tag"] == "shared_link_already_exists"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_free_account_cannot_set_an_expiry(basic, kind):
    """An expiry of a free account is 409 with the tags `settings_error` and `not_authorized`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 February 2019.
    """
    if kind == "file":
        basic.upload("/a")
    else:
        basic.rpc("files/create_folder_v2", path="/a")
    error = basic.fails(CREATE, path="/a", settings={"expires": EXPIRES})
    assert error == nested("settings_error", "not_authorized")


def test_policies_of_a_free_account_have_reasons(basic):
    """There are three policies; the two that are not allowed have a reason.

    Recorded by the VCR cassettes of Jesus/dropbox_api, November 2018.
    """
    policies = file_link(basic)["link_permissions"]["visibility_policies"]
    found = []
    for policy in policies:
        assert tuple(policy)[:3] == ("policy", "resolved_policy", "allowed")
        reason = policy.get("disallowed_reason", {}).get(".tag")
        found.append((policy["policy"][".tag"], policy["allowed"], reason))
    assert found == [
        ("public", True, None),
        ("team_only", False, "user_not_on_team"),
        ("password", False, "user_account_type"),
    ]


def test_policies_of_a_team_are_allowed(business):
    """All three policies are allowed, and have no reason.

    Recorded by the VCR cassettes of Jesus/dropbox_api, February 2019.
    """
    policies = file_link(business)["link_permissions"]["visibility_policies"]
    assert [policy["policy"][".tag"] for policy in policies] == ["public", "team_only", "password"]
    members = ("policy", "resolved_policy", "allowed")
    assert [(tuple(policy), policy["allowed"]) for policy in policies] == [(members, True)] * 3


def test_flags_of_a_free_account_are_those_of_the_service(basic):
    """A free account can remove an expiry and allow downloads, and cannot do the opposite.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 November 2018.
    """
    found = file_link(basic)["link_permissions"]
    assert {name: found[name] for name in BASIC_FLAGS} == BASIC_FLAGS


# --- other routes --------------------------------------------------------------------------


def test_links_of_a_path_are_those_of_the_folders_above_it_too(api):
    """With `direct_only`, only the link of the file is listed.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 22 June 2016.
    """
    above = folder_link(api)["url"]
    direct = file_link(api, "/folder/a.txt")["url"]
    file_link(api, "/other.txt")
    found = api.rpc("sharing/list_shared_links", path="/folder/a.txt")
    assert found["has_more"] is False
    assert {link["url"] for link in found["links"]} == {above, direct}
    found = api.rpc("sharing/list_shared_links", path="/folder/a.txt", direct_only=True)
    assert [link["url"] for link in found["links"]] == [direct]


def test_unknown_link_is_not_found(api):
    """A URL with the older form of a link to a folder is 409 with the tag `shared_link_not_found`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 November 2018.
    """
    error = api.fails(METADATA, url="https://www.dropbox.com/sh/abcd/1234")
    assert error == nested("shared_link_not_found")


def test_link_of_another_account_cannot_be_revoked(api):
    """A link of another account is 409 with the tag `shared_link_access_denied`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 13 February 2019.
    """
    url = file_link(api)["url"]
    response = api.post("sharing/revoke_shared_link", {"url": url}, api.bearer(2))
    assert response.status_code == 409
    assert response.json["error"] == nested("shared_link_access_denied")


@pytest.mark.parametrize("path", ["", "x/abcd/1234", "home/a.txt", "sx/abcd/a.txt"])
def test_url_of_another_page_is_malformed_for_a_revocation(api, path):
    """A URL whose path begins with neither `/s/` nor `/sh/` is `shared_link_malformed`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 13 February 2019. Today the path of a link
    begins with `/scl/`.
    """
    error = api.fails("sharing/revoke_shared_link", url=f"https://www.dropbox.com/{path}")
    assert error == nested("shared_link_malformed")
