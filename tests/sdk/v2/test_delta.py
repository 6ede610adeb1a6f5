"""Changes over version 2."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest


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


def test_longpoll_waits_for_a_folder_that_does_not_exist(client):
    """A cursor of a missing folder can be used in a long poll, which reports the new folder."""
    cursor = client.delta(path_prefix="/later")["cursor"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(client.longpoll_delta, cursor, 30)
        client.put_file("/later/a", b"x")
        assert waiting.result() == {"changes": True}
    # The cursor contains the prefix.
    page = client.delta(cursor)
    assert {path for path, _ in page["entries"]} == {"/later", "/later/a"}


def test_change_before_the_longpoll_is_reported(client):
    """A folder that was created between `delta` and `longpoll_delta` ends the wait at once."""
    cursor = client.delta(path_prefix="/later")["cursor"]
    client.put_file("/later/a", b"x")
    assert client.longpoll_delta(cursor, timeout=30) == {"changes": True}


def test_folder_that_appears_during_the_first_delta_is_listed(scripted, script):
    """A folder that is created after the first listing is found by the second one."""
    missing = {"error_summary": "path/not_found/.", "error": {".tag": "path"}}
    script.respond(json.dumps(missing), 409)
    script.respond(json.dumps({"cursor": "latest"}))
    script.respond(json.dumps({"entries": [], "cursor": "c", "has_more": False}))
    assert scripted.delta(path_prefix="/later")["cursor"] == "c"


@pytest.mark.parametrize("cursor", ["begin:x", "begin:é", "begin:bnVsbA==", "begin:WzFd"])
def test_damaged_cursor_of_a_missing_folder_is_a_bad_request(client, error_of, cursor):
    """A cursor of the SDK that was changed raises status 400."""
    assert error_of(client.delta, cursor).status == 400
    assert error_of(client.longpoll_delta, cursor).status == 400


def test_cursor_of_an_earlier_release_is_accepted(client):
    """A stored cursor without a prefix lists the prefix of the call, and can be waited for."""
    client.put_file("/later/a", b"x")
    assert {path for path, _ in client.delta("begin", "/later")["entries"]} == {
        "/later",
        "/later/a",
    }


def test_longpoll_of_a_cursor_that_was_reset_reports_changes(scripted, script):
    """The next call of `delta` reports the reset, so the program has to make it."""
    script.respond(json.dumps({"error_summary": "reset/.", "error": {".tag": "reset"}}), 409)
    assert scripted.longpoll_delta("cursor") == {"changes": True}


@pytest.mark.parametrize("prefix", ["later", "/later/", "//later", "later/"])
def test_prefix_is_normalized(client, prefix):
    """A prefix is accepted in the same forms as over version 1."""
    client.put_file("/later/a", b"x")
    assert len(client.delta(path_prefix=prefix)["entries"]) == 2


def test_unknown_error_of_a_longpoll_is_a_bad_request(scripted, script, error_of):
    """Only a reset is a change; another error of version 2 is raised."""
    script.respond(json.dumps({"error_summary": "other/.", "error": {".tag": "other"}}), 409)
    assert error_of(scripted.longpoll_delta, "cursor").status == 400


def test_error_of_the_second_listing_of_a_missing_folder_is_raised(scripted, script, error_of):
    """A folder that is missing at first has no changes yet, but another error is not hidden."""
    missing = {".tag": "path", "path": {".tag": "not_found"}}
    script.respond(json.dumps({"error_summary": "path/not_found/.", "error": missing}), 409)
    script.respond(json.dumps({"cursor": "latest"}))
    script.respond(json.dumps({"error_summary": "other/.", "error": {".tag": "other"}}), 409)
    assert error_of(scripted.delta, path_prefix="/later").status == 400
