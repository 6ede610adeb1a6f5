"""Links and copy references over version 2."""

from __future__ import annotations

import json


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
