"""Changes over version 2."""

from __future__ import annotations

import json


def test_delta_reports_changes_and_resets(box, client, error_of):
    """The first page and the page after a reset of the cursor have `reset`."""
    client.put_file("/a", b"x")
    page = client.delta()
    assert (page["reset"], [path for path, _ in page["entries"]]) == (True, ["/a"])
    client.file_delete("/a")
    page = client.delta(page["cursor"])
    assert (page["reset"], page["entries"]) == (False, [["/a", None]])
    box.world.change_log.reset(1)
    assert client.delta(page["cursor"])["reset"]
    assert error_of(client.delta, "invalid-cursor").status == 400


def test_delta_of_a_folder_that_does_not_exist_is_empty(client):
    """Changes below a missing folder are reported after the folder is created."""
    page = client.delta(path_prefix="/later")
    assert (page["entries"], page["has_more"]) == ([], False)
    client.put_file("/later/a", b"x")
    paths = [path for path, _ in client.delta(page["cursor"], "/later")["entries"]]
    assert "/later/a" in paths


def test_delta_of_a_file_is_an_error(client, error_of):
    """A `path_prefix` that is a file raises status 400."""
    client.put_file("/a", b"x")
    assert error_of(client.delta, path_prefix="/a").status == 400


def test_unknown_error_of_delta_is_a_bad_request(scripted, script, error_of):
    """An error of version 2 without an equivalent in version 1 raises status 400."""
    script.respond(json.dumps({"error_summary": "other/.", "error": {".tag": "other"}}), 409)
    assert error_of(scripted.delta, "cursor").status == 400


def test_longpoll_returns_changes(client):
    """A long poll returns at once if there are changes since the cursor."""
    cursor = client.delta()["cursor"]
    client.put_file("/a", b"x")
    assert client.longpoll_delta(cursor, timeout=30) == {"changes": True}


def test_longpoll_works_without_a_timeout(client):
    """A long poll without a timeout uses the default of the service."""
    cursor = client.delta()["cursor"]
    client.put_file("/a", b"x")
    assert client.longpoll_delta(cursor)["changes"]
