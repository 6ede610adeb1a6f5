"""Following changes over version 2."""

from __future__ import annotations

import json


def test_program_that_follows_changes_ends_with_what_is_there(box, client, refused):
    """Also when the service has it begin again."""
    client.put_file("/a", b"x")
    page = client.delta()
    assert (page["reset"], [path for path, _ in page["entries"]]) == (True, ["/a"])
    client.file_delete("/a")
    page = client.delta(page["cursor"])
    assert (page["reset"], page["entries"]) == (False, [["/a", None]])
    box.world.changes.reset(1)
    assert client.delta(page["cursor"])["reset"]
    assert refused(client.delta, "nonsense").status == 400


def test_folder_that_is_not_there_yet_can_be_followed(client):
    """From when it is."""
    page = client.delta(path_prefix="/later")
    assert (page["entries"], page["has_more"]) == ([], False)
    client.put_file("/later/a", b"x")
    paths = [path for path, _ in client.delta(page["cursor"], "/later")["entries"]]
    assert "/later/a" in paths


def test_path_that_cannot_be_followed_is_refused(client, refused):
    """A file has no changes below it."""
    client.put_file("/a", b"x")
    assert refused(client.delta, path_prefix="/a").status == 400


def test_change_that_cannot_be_told_is_refused(scripted, script, refused):
    """Whatever nobody knew of in 2012."""
    script.say(json.dumps({"error_summary": "other/.", "error": {".tag": "other"}}), 409)
    assert refused(scripted.delta, "cursor").status == 400


def test_news_is_waited_for(client):
    """At the notification host."""
    cursor = client.delta()["cursor"]
    client.put_file("/a", b"x")
    assert client.longpoll_delta(cursor, timeout=30) == {"changes": True}


def test_waiting_has_a_time_of_its_own(client):
    """Without one the service's is meant."""
    cursor = client.delta()["cursor"]
    client.put_file("/a", b"x")
    assert client.longpoll_delta(cursor)["changes"]
