"""Revisions and deleted files over version 2."""

from __future__ import annotations

import json

import pytest


def test_revision_of_another_path_is_not_found(client, error_of):
    """A revision of another file raises status 404."""
    rev = client.put_file("/a", b"x")["rev"]
    assert client.metadata("/a", rev=rev)["rev"] == rev
    assert error_of(client.metadata, "/b", rev=rev).status == 404


def test_revisions_of_a_file_that_exists_have_no_deletion(client):
    """The revisions of an existing file are its versions, newest first, without a deletion."""
    client.put_file("/a", b"x")
    client.put_file("/a", b"xy", overwrite=True)
    assert [revision["bytes"] for revision in client.revisions("/a")] == [2, 1]


def test_deletion_is_the_first_revision(client):
    """The deletion of a file is its first revision."""
    client.put_file("/a", b"x")
    client.file_delete("/a")
    deletion, old = client.revisions("/a")
    assert (deletion["is_deleted"], old["bytes"]) == (True, 1)


def test_deletion_without_a_time_is_the_first_revision(scripted, script):
    """A deletion without a time in the response of version 2 is the first revision."""
    entry = {
        "name": "a",
        "path_display": "/a",
        "rev": "0123456789",
        "size": 1,
        "server_modified": "2020-01-01T00:00:00Z",
        "client_modified": "2020-01-01T00:00:00Z",
    }
    script.respond(json.dumps({"is_deleted": True, "entries": [entry]}))
    assert scripted.revisions("/a")[0]["is_deleted"]


def test_deleted_file_has_metadata(client, error_of):
    """A deleted file has metadata with `is_deleted`, and can be restored by its revision."""
    rev = client.put_file("/a.txt", b"x")["rev"]
    client.file_delete("/a.txt")
    deleted = client.metadata("/a.txt")
    assert (deleted["is_deleted"], deleted["bytes"], deleted["mime_type"]) == (
        True,
        0,
        "text/plain",
    )
    assert client.metadata("/", include_deleted=True)["contents"] == [deleted]
    assert client.restore("/a.txt", rev)["bytes"] == 1
    assert error_of(client.restore, "/a.txt", "123456789").status == 404


def test_file_at_a_revision_of_another_path_is_not_found(client, error_of):
    """A download with the revision of another file raises status 404."""
    rev = client.put_file("/a", b"x")["rev"]
    client.put_file("/b", b"y")
    assert client.get_file("/a", rev).read() == b"x"
    assert error_of(client.get_file, "/b", rev).status == 404
    assert client.get_file("/b").read() == b"y"


def test_file_at_a_revision_is_found_by_another_spelling(client):
    """The path may have another case, and decomposed letters."""
    rev = client.put_file("/\u00c9\u03a3", b"x")["rev"]
    assert client.get_file("/e\u0301\u03c3", rev).read() == b"x"


@pytest.mark.parametrize("rev", ["zz", "", "1"])
def test_invalid_revision_is_not_found(client, error_of, rev):
    """An invalid revision raises status 404, as over version 1."""
    client.put_file("/a", b"x")
    for call in (client.get_file, client.metadata, client.restore):
        error = error_of(call, "/a", rev=rev)
        assert (error.status, error.error_msg) == (404, "Unable to find the revision at that path")


def test_root_is_not_a_file(client, error_of):
    """Downloading or restoring the root folder raises status 404."""
    assert error_of(client.get_file, "/").status == 404
    assert error_of(client.restore, "/", rev="zz").status == 404
