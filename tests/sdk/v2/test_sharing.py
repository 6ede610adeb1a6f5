"""Links and copy references over version 2."""

from __future__ import annotations

import json

import pytest


def test_link_is_the_same_each_time(client, error_of):
    """A second request for a link returns the existing one."""
    client.put_file("/a", b"x")
    link = client.share("/a")
    assert link["url"] == client.share("/a", short_url=False)["url"]
    assert link["expires"].endswith("2030 00:00:00 +0000")
    assert error_of(client.share, "/no").status == 404


def test_existing_link_is_listed_if_the_error_does_not_contain_it(scripted, script):
    """If the error does not contain the existing link, the links are listed."""
    tag = "shared_link_already_exists"
    script.respond(json.dumps({"error_summary": f"{tag}/.", "error": {".tag": tag}}), 409)
    script.respond(json.dumps({"links": [{"url": "https://x/"}], "has_more": False}))
    assert scripted.share("/a")["url"] == "https://x/"


def test_media_accepts_only_files(client, error_of):
    """`media` raises status 400 for a folder and 404 for a missing path."""
    client.put_file("/folder/a", b"x")
    assert client.media("/folder/a")["url"].startswith("http")
    assert error_of(client.media, "/folder").status == 400
    assert error_of(client.media, "/no").status == 404


def test_copy_ref_can_be_copied(client, error_of):
    """A copy reference copies its file; an unknown one raises status 404."""
    client.put_file("/a", b"x")
    ref = client.create_copy_ref("/a")
    assert client.add_copy_ref(ref["copy_ref"], "/b")["path"] == "/b"
    assert error_of(client.add_copy_ref, "nothing", "/c").status == 404


@pytest.mark.parametrize(
    ("permissions", "visibility"),
    [
        ({"resolved_visibility": {".tag": "team_only"}}, "TEAM_ONLY"),
        ({"resolved_visibility": {".tag": "password"}}, "PASSWORD"),
        ({"resolved_visibility": {".tag": "team_and_password"}}, "TEAM_AND_PASSWORD"),
        ({"resolved_visibility": {".tag": "shared_folder_only"}}, "SHARED_FOLDER_ONLY"),
        ({"requested_visibility": {".tag": "public"}, "can_revoke": True}, "PUBLIC"),
        ({}, "PUBLIC"),
        (None, "PUBLIC"),
    ],
)
def test_link_has_the_visibility_of_its_permissions(scripted, script, permissions, visibility):
    """`visibility` is the one that the service resolved, in the words of version 1."""
    link = {"url": "https://x/", "link_permissions": permissions}
    script.respond(json.dumps(link))
    assert scripted.share("/a")["visibility"] == visibility


def test_link_has_its_expiry(scripted, script):
    """`expires` is the expiry of the link."""
    script.respond(json.dumps({"url": "https://x/", "expires": "2027-01-02T03:04:05Z"}))
    assert scripted.share("/a")["expires"] == "Sat, 02 Jan 2027 03:04:05 +0000"


def test_existing_link_has_its_expiry(scripted, script):
    """The expiry and the visibility of a link that exists are the ones of that link."""
    link = {
        "url": "https://x/",
        "expires": "2027-01-02T03:04:05Z",
        "link_permissions": {"resolved_visibility": {".tag": "team_only"}},
    }
    tag = "shared_link_already_exists"
    body = {"error_summary": f"{tag}/.", "error": {".tag": tag, tag: {"metadata": link}}}
    script.respond(json.dumps(body), 409)
    shared = scripted.share("/a")
    assert (shared["expires"][-19:], shared["visibility"]) == ("2027 03:04:05 +0000", "TEAM_ONLY")


def test_link_that_exists_but_is_not_listed_is_an_error(scripted, script, error_of):
    """A link of another account is not listed; the call is an error of status 403."""
    tag = "shared_link_already_exists"
    script.respond(json.dumps({"error_summary": f"{tag}/.", "error": {".tag": tag}}), 409)
    script.respond(json.dumps({"links": [], "has_more": False}))
    assert error_of(scripted.share, "/a").status == 403
