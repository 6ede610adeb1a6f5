"""Recorded responses of routes that write: uploads, sessions, operations, batches and jobs."""

from __future__ import annotations

import re

import pytest

from tests.v2.recorded import (
    FILE,
    FOLDER,
    TAGGED_FILE,
    TAGGED_FOLDER,
    URL_SAFE,
    error_of,
    nested,
    summary_of,
)

SESSION_ID = f"pid_upload_session:{URL_SAFE}+"


# --- uploads -------------------------------------------------------------------------------


def test_overwritten_file_keeps_its_id(api):
    """Overwriting with `autorename` keeps the id, and makes a new rev.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2018.
    """
    first = api.upload("/file.txt", b"1")
    second = api.upload("/file.txt", b"2", mode="overwrite", autorename=True)
    assert (first["id"], first["name"]) == (second["id"], second["name"])
    assert first["rev"] != second["rev"]
    assert tuple(second) == FILE


def test_renamed_file_has_an_id(api):
    """A name that is taken gets a number, and the new file an id.

    Recorded by the VCR cassettes of Jesus/dropbox_api, December 2016.
    """
    first = api.upload("/file.txt", b"1")
    second = api.upload("/file.txt", b"2", autorename=True)
    assert second["name"] == "file (1).txt"
    assert second["id"] != first["id"]


def test_client_modified_is_kept(api):
    """The time that the client sends is the time of the file.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2018.
    """
    time = "2016-05-07T08:09:10Z"
    assert api.upload("/file.txt", client_modified=time)["client_modified"] == time
    assert api.rpc("files/get_metadata", path="/file.txt")["client_modified"] == time


def test_same_bytes_return_the_metadata_of_the_file_that_is_there(api):
    """An upload of the same bytes in the mode `add` changes neither the rev nor the times.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 31 May 2019.
    """
    first = api.upload("/file.txt", b"same")
    api.world.clock.advance(60)
    time = "2019-05-31T01:02:03Z"
    assert api.upload("/file.txt", b"same", mode="add") == first
    assert api.upload("/file.txt", b"same", mode="add", client_modified=time) == first


def test_upload_of_a_backslash_has_the_reason_twice(api):
    """The reason has a null beside its tag, and the content is kept in a session.

    Quoted by DBSYNC, 2026.
    """
    response = api.send("files/upload", {"path": "/a\\b"}, b"content")
    error = error_of(response)
    assert tuple(error) == (".tag", "reason", "upload_session_id")
    assert error[".tag"] == "path"
    assert error["reason"] == {".tag": "malformed_path", "malformed_path": None}
    assert re.fullmatch(SESSION_ID, error["upload_session_id"])


def test_upload_without_space_is_kept_in_a_session(api):
    """The summary is `path/insufficient_space/`, and the content is kept in a session.

    Quoted by thiagosindra/cloudlug, September 2026.
    """
    api.world.accounts.configure(1, quota_bytes=1)
    response = api.send("files/upload", {"path": "/file.txt"}, b"content")
    error = error_of(response)
    assert tuple(error) == (".tag", "reason", "upload_session_id")
    assert error["reason"] == {".tag": "insufficient_space"}
    assert summary_of(response) == "path/insufficient_space"
    assert re.fullmatch(SESSION_ID, error["upload_session_id"])


# --- upload sessions -----------------------------------------------------------------------


@pytest.fixture
def session(api):
    """The id of a session with three bytes."""
    return api.send("files/upload_session/start", {}, b"abc").json["session_id"]


def append(api, session_id, offset, body=b"def"):
    """Append to a session."""
    cursor = {"session_id": session_id, "offset": offset}
    return api.send("files/upload_session/append_v2", {"cursor": cursor}, body)


@pytest.mark.parametrize("body", [b"", b"abc"], ids=["without bytes", "with bytes"])
def test_session_has_an_id_only(api, body):
    """Starting a session returns its id.

    Recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2017 and 2018.
    """
    response = api.send("files/upload_session/start", {}, body)
    assert response.status_code == 200
    assert tuple(response.json) == ("session_id",)


def test_append_returns_null(api, session):
    """Appending at the right offset returns null.

    Recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2017 and 2018.
    """
    response = append(api, session, 3)
    assert (response.status_code, response.text) == (200, "null")


def test_append_at_a_wrong_offset_names_the_right_one(api, session):
    """The error has the correct offset beside its tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2017 and 2018.
    """
    response = append(api, session, 1)
    assert error_of(response) == {".tag": "incorrect_offset", "correct_offset": 3}
    assert summary_of(response) == "incorrect_offset"


def test_append_to_an_unknown_session_is_not_found(api, session):
    """An unknown session is 409 with the tag `not_found`.

    Recorded by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2017 and 2018.
    """
    unknown = session[:-1] + ("B" if session.endswith("A") else "A")
    assert error_of(append(api, unknown, 3)) == nested("not_found")


@pytest.mark.parametrize("content", [b"", b"abc"], ids=["0 bytes", "3 bytes"])
def test_session_is_finished_without_more_bytes(api, content):
    """An open session is finished with an empty body, also if it has no bytes.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2017 and 2018.
    """
    api.upload("/file.txt", b"other")
    session_id = api.send("files/upload_session/start", {}, content).json["session_id"]
    cursor = {"session_id": session_id, "offset": len(content)}
    commit = {"path": "/file.txt", "autorename": True}
    argument = {"cursor": cursor, "commit": commit}
    response = api.send("files/upload_session/finish", argument)
    assert response.status_code == 200
    assert tuple(response.json) == FILE
    assert (response.json["name"], response.json["size"]) == ("file (1).txt", len(content))


# --- folders -------------------------------------------------------------------------------


def test_folder_over_a_file_is_a_conflict(api):
    """A file at the path is 409 with the tags `path`, `conflict` and `file`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 1 May 2016.
    """
    api.upload("/file.txt")
    error = api.fails("files/create_folder", path="/file.txt")
    assert error == nested("path", "conflict", "file")


def test_batch_of_folders_is_complete_at_once(api):
    """The metadata of each new folder has no tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 20 February 2019.
    """
    found = api.rpc("files/create_folder_batch", paths=["/a", "/b"])
    assert tuple(found) == (".tag", "entries")
    assert found[".tag"] == "complete"
    for entry, name in zip(found["entries"], "ab", strict=True):
        assert (tuple(entry), entry[".tag"]) == ((".tag", "metadata"), "success")
        assert (tuple(entry["metadata"]), entry["metadata"]["name"]) == (FOLDER, name)


def test_batch_with_a_folder_that_exists_has_a_failure(api):
    """A folder at the path is a failure of its entry.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 20 February 2019.
    """
    api.rpc("files/create_folder_v2", path="/a")
    found = api.rpc("files/create_folder_batch", paths=["/a"])
    failure = {".tag": "failure", "failure": nested("path", "conflict", "folder")}
    assert found == {".tag": "complete", "entries": [failure]}


def test_large_batch_of_folders_is_a_job(api):
    """A batch of 100 folders is a job, although `force_async` is false.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 20 February 2019.
    """
    paths = [f"/{number}" for number in range(100)]
    found = api.rpc("files/create_folder_batch", paths=paths, force_async=False)
    assert tuple(found) == (".tag", "async_job_id")
    assert found[".tag"] == "async_job_id"


def test_job_of_folders_has_the_results_in_the_order_of_the_request(api):
    """Successes and failures have the order of the paths.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 20 February 2019.
    """
    api.rpc("files/create_folder_v2", path="/b")
    paths = ["/a", "/b", "/c\\d", "/e"]
    found = finished(api, "files/create_folder_batch", paths=paths, force_async=True)
    successes = [found["entries"][position]["metadata"]["name"] for position in (0, 3)]
    assert successes == ["a", "e"]
    assert [entry["failure"] for entry in found["entries"][1:3]] == [
        nested("path", "conflict", "folder"),
        nested("path", "malformed_path"),
    ]


def finished(api, route, **argument):
    """Start a batch, and return the result of its job."""
    started = api.rpc(route, **argument)
    assert tuple(started) == (".tag", "async_job_id")
    assert started[".tag"] == "async_job_id"
    found = api.rpc(check_route(route), async_job_id=started["async_job_id"])
    assert (tuple(found), found[".tag"]) == ((".tag", "entries"), "complete")
    return found


def check_route(route):
    """Return the route with the result of the jobs of a route."""
    name, version, number = route.partition("_v2")
    return f"{name}/check{version}{number}"


# --- deletions -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_deletion_returns_the_metadata_of_the_deleted_entry(api, kind):
    """The result is the metadata from before the deletion, with its tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 and 2018.
    """
    if kind == "file":
        api.upload("/a")
    else:
        api.rpc("files/create_folder_v2", path="/a")
    before = api.rpc("files/get_metadata", path="/a")
    deleted = api.rpc("files/delete", path="/a")
    assert deleted == before
    assert tuple(deleted) == (TAGGED_FILE if kind == "file" else TAGGED_FOLDER)


def test_deletion_of_an_older_rev_is_a_conflict(api):
    """A `parent_rev` that is not the newest is 409 with the tags `path_write`, `conflict`, `file`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 14 July 2018.
    """
    rev = api.upload("/a", b"1")["rev"]
    api.upload("/a", b"2", mode="overwrite")
    error = api.fails("files/delete", path="/a", parent_rev=rev)
    assert error == nested("path_write", "conflict", "file")


def test_job_of_deletions_has_the_metadata_with_its_tag(api):
    """A batch is a job at once; its result has successes and failures.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 22 and 25 February 2019.
    """
    old = api.upload("/a", b"1")["rev"]
    api.upload("/a", b"2", mode="overwrite")
    stored = api.upload("/b")
    entries = [
        {"path": "/b", "parent_rev": stored["rev"]},
        {"path": "/a", "parent_rev": old},
        {"path": "/no"},
    ]
    found = finished(api, "files/delete_batch", entries=entries)
    assert found["entries"] == [
        {".tag": "success", "metadata": {".tag": "file", **stored}},
        {".tag": "failure", "failure": nested("path_write", "conflict", "file")},
        {".tag": "failure", "failure": nested("path_lookup", "not_found")},
    ]


@pytest.mark.parametrize(
    ("route", "entry"),
    [
        ("files/delete_batch", {"path": "/a"}),
        ("files/copy_batch_v2", {"from_path": "/a", "to_path": "/b"}),
    ],
    ids=["delete_batch, 25 February 2019", "copy_batch, 19 February 2019"],
)
@pytest.mark.parametrize("position", [-1, -5, 8])
def test_job_id_with_another_letter_is_unknown(api, route, entry, position):
    """The id of a job with one letter changed is 409 with the tag `invalid_async_job_id`.

    Recorded by the VCR cassettes of Jesus/dropbox_api.
    """
    api.upload("/a")
    job_id = api.rpc(route, entries=[entry])["async_job_id"]
    letters = list(job_id)
    letters[position] = "B" if letters[position] == "A" else "A"
    error = api.fails(check_route(route), async_job_id="".join(letters))
    assert error == nested("invalid_async_job_id")


# --- copies and moves ----------------------------------------------------------------------


@pytest.mark.parametrize("route", ["files/copy", "files/move"])
def test_relocation_of_a_missing_path_is_not_found(api, route):
    """Nothing at the source is 409 with the tags `from_lookup` and `not_found`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016.
    """
    error = api.fails(route, from_path="/no", to_path="/b")
    assert error == nested("from_lookup", "not_found")


@pytest.mark.parametrize("route", ["files/copy", "files/move"])
def test_relocated_folder_has_its_metadata_and_tag(api, route):
    """The result for a folder is bare metadata with its tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016.
    """
    api.rpc("files/create_folder_v2", path="/a")
    found = api.rpc(route, from_path="/a", to_path="/b")
    assert (tuple(found), found[".tag"], found["name"]) == (TAGGED_FOLDER, "folder", "b")


def test_copied_file_keeps_the_time_of_the_client(api):
    """A copy has another id, and the same `client_modified`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016.
    """
    stored = api.upload("/a", client_modified="2016-05-07T08:09:10Z")
    found = api.rpc("files/copy", from_path="/a", to_path="/b")
    assert (tuple(found), found[".tag"]) == (TAGGED_FILE, "file")
    assert found["client_modified"] == stored["client_modified"]
    assert found["id"] != stored["id"]


def test_moved_file_has_another_rev(api):
    """A move keeps the id, and changes the rev and `server_modified`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016.
    """
    stored = api.upload("/a")
    api.world.clock.advance(60)
    found = api.rpc("files/move", from_path="/a", to_path="/b")
    assert (tuple(found), found[".tag"]) == (TAGGED_FILE, "file")
    assert found["id"] == stored["id"]
    assert found["rev"] != stored["rev"]
    assert found["server_modified"] > stored["server_modified"]


@pytest.mark.parametrize("autorename", [False, True])
def test_batch_with_one_copy_is_a_job(api, autorename):
    """A batch of copies is a job at once, also with one entry.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2019.
    """
    api.upload("/a")
    entries = [{"from_path": "/a", "to_path": "/b"}]
    (entry,) = finished(api, "files/copy_batch_v2", entries=entries, autorename=autorename)[
        "entries"
    ]
    assert entry[".tag"] == "success"


# --- copy references -----------------------------------------------------------------------


def reference(api, path):
    """Return a copy reference to a path."""
    return api.rpc("files/copy_reference/get", path=path)["copy_reference"]


def test_saved_reference_to_a_folder_has_an_id(api):
    """The result is the metadata of the copy with its tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 5 June 2017.
    """
    made = api.rpc("files/create_folder_v2", path="/a")["metadata"]
    saved = api.rpc("files/copy_reference/save", copy_reference=reference(api, "/a"), path="/b")
    assert tuple(saved) == ("metadata",)
    assert (tuple(saved["metadata"]), saved["metadata"][".tag"]) == (TAGGED_FOLDER, "folder")
    assert saved["metadata"]["id"] != made["id"]


def test_saved_reference_over_a_file_is_a_conflict(api):
    """A file at the path is 409 with the tags `path`, `conflict` and `file`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 5 June 2017.
    """
    api.upload("/a")
    api.upload("/b", b"other")
    error = api.fails("files/copy_reference/save", copy_reference=reference(api, "/a"), path="/b")
    assert error == nested("path", "conflict", "file")


def test_saved_reference_to_a_deleted_file_is_not_found(api):
    """A reference whose file was deleted is 409 with the tag `not_found`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 5 June 2017.
    """
    api.upload("/a")
    made = reference(api, "/a")
    api.rpc("files/delete_v2", path="/a")
    error = api.fails("files/copy_reference/save", copy_reference=made, path="/b")
    assert error == nested("not_found")


# --- restores and URLs ---------------------------------------------------------------------


def test_restore_of_the_rev_of_another_file_is_invalid(api):
    """A rev that the file does not have is 409 with the tag `invalid_revision`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 30 July 2016.
    """
    api.upload("/a")
    other = api.upload("/b")["rev"]
    assert api.fails("files/restore", path="/a", rev=other) == nested("invalid_revision")


def saved_url(api, url):
    """Save a URL, and return the response and the result of its job."""
    started = api.rpc("files/save_url", path="/saved", url=url)
    assert tuple(started) == (".tag", "async_job_id")
    assert started[".tag"] == "async_job_id"
    assert re.fullmatch(f"{URL_SAFE}{{22}}", started["async_job_id"])
    return api.rpc("files/save_url/check_job_status", async_job_id=started["async_job_id"])


def test_saved_link_is_a_job_with_the_metadata_of_the_file(api):
    """The result of the job has the members of a file beside its tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, December 2016, by a public client, May 2020,
    and by the results in the documentation of OpenIntegrations, 2024.
    """
    api.upload("/a")
    link = api.rpc("sharing/create_shared_link_with_settings", path="/a")["url"]
    found = saved_url(api, link)
    assert tuple(found) == (".tag", *FILE)
    assert (found[".tag"], found["name"]) == ("complete", "saved")


def test_saved_url_that_is_not_found_fails(api):
    """A job whose server answered 404 has failed with the tag `download_failed`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 13 December 2016.
    """
    found = saved_url(api, "https://files.example/no")
    assert found == {".tag": "failed", "failed": {".tag": "download_failed"}}


@pytest.mark.parametrize("url", ["a text", "", "file.txt"])
def test_text_without_scheme_and_host_is_no_url(api, url):
    """A text without a scheme and a host is 409 with the tag `invalid_url`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 13 December 2016.
    """
    assert api.fails("files/save_url", path="/saved", url=url) == nested("invalid_url")
