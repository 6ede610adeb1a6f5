"""Links and copy references over version 2."""

from __future__ import annotations

import json


def test_link_is_the_same_each_time(client, refused):
    """The second one is found by the first."""
    client.put_file("/a", b"x")
    link = client.share("/a")
    assert link["url"] == client.share("/a", short_url=False)["url"]
    assert link["expires"].endswith("2030 00:00:00 +0000")
    assert refused(client.share, "/no").status == 404


def test_link_that_is_not_told_is_looked_for(scripted, script):
    """Older answers leave it out."""
    tag = "shared_link_already_exists"
    script.say(json.dumps({"error_summary": f"{tag}/.", "error": {".tag": tag}}), 409)
    script.say(json.dumps({"links": [{"url": "https://x/"}], "has_more": False}))
    assert scripted.share("/a")["url"] == "https://x/"


def test_media_is_for_files(client, refused):
    """A folder is a 400, nothing a 404."""
    client.put_file("/folder/a", b"x")
    assert client.media("/folder/a")["url"].startswith("http")
    assert refused(client.media, "/folder").status == 400
    assert refused(client.media, "/no").status == 404


def test_copy_ref_is_used(client, refused):
    """And a wrong one is not found."""
    client.put_file("/a", b"x")
    ref = client.create_copy_ref("/a")
    assert client.add_copy_ref(ref["copy_ref"], "/b")["path"] == "/b"
    assert refused(client.add_copy_ref, "nothing", "/c").status == 404
