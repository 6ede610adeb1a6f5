"""Links and copy references over version 2."""

from __future__ import annotations

import json


def test_link_is_the_same_each_time(client, error_of):
    """The second call returns the existing link."""
    client.put_file("/a", b"x")
    link = client.share("/a")
    assert link["url"] == client.share("/a", short_url=False)["url"]
    assert link["expires"].endswith("2030 00:00:00 +0000")
    assert error_of(client.share, "/no").status == 404


def test_existing_link_that_the_error_lacks_is_listed(scripted, script):
    """Older versions of the service do not send the link with the error."""
    tag = "shared_link_already_exists"
    script.say(json.dumps({"error_summary": f"{tag}/.", "error": {".tag": tag}}), 409)
    script.say(json.dumps({"links": [{"url": "https://x/"}], "has_more": False}))
    assert scripted.share("/a")["url"] == "https://x/"


def test_media_accepts_only_files(client, error_of):
    """A folder is a 400, a missing path a 404."""
    client.put_file("/folder/a", b"x")
    assert client.media("/folder/a")["url"].startswith("http")
    assert error_of(client.media, "/folder").status == 400
    assert error_of(client.media, "/no").status == 404


def test_copy_ref_can_be_copied(client, error_of):
    """An unknown reference is a 404."""
    client.put_file("/a", b"x")
    ref = client.create_copy_ref("/a")
    assert client.add_copy_ref(ref["copy_ref"], "/b")["path"] == "/b"
    assert error_of(client.add_copy_ref, "nothing", "/c").status == 404
