"""Responses of version 2 that report success but have unusable content."""

from __future__ import annotations

import io

import pytest

from dropbox.rest import SizeChangedError

CALLS = [
    (lambda client: client.account_info(), "users/get_current_account"),
    (lambda client: client.metadata("/a"), "files/get_metadata"),
    (lambda client: client.put_file("/b", b"x"), "files/upload"),
    (lambda client: client.file_delete("/a"), "files/delete_v2"),
    (lambda client: client.delta(), "files/list_folder"),
    (lambda client: client.get_file("/a"), "files/download"),
]


@pytest.mark.parametrize(("call", "endpoint"), CALLS)
@pytest.mark.parametrize("body", ["", "<html>", "null", "[]", '"word"', "{}"])
def test_malformed_response_is_an_error_of_status_200(box, client, error_of, call, endpoint, body):
    """A malformed body raises an error with status 200, as over version 1."""
    client.put_file("/a", b"x")
    box.faults.add(endpoint=endpoint, status=200, body=body)
    assert error_of(call, client).status == 200


def test_download_without_metadata_closes_its_response(box, client, error_of):
    """A download without metadata is an error, and its connection is reused."""
    client.put_file("/a", b"x")
    box.faults.add(endpoint="files/download", status=200, body="bytes")
    assert "no header Dropbox-API-Result" in str(error_of(client.get_file, "/a"))
    assert client.get_file("/a").read() == b"x"


@pytest.mark.parametrize("result", [None, "{}", "null", "words"])
def test_malformed_thumbnail_is_an_error_of_status_200(scripted, script, error_of, result):
    """A thumbnail without valid metadata in its header raises an error with status 200."""
    script.respond("bytes", **({} if result is None else {"Dropbox_API_Result": result}))
    assert error_of(scripted.thumbnail, "/a.jpg").status == 200


def test_empty_copy_reference_is_an_error(client, error_of):
    """An empty copy reference raises status 404, like any unknown copy reference."""
    assert error_of(client.add_copy_ref, "", "/b").status == 404


@pytest.mark.parametrize(
    "body",
    [
        '{"entries": 5, "cursor": "c", "has_more": false}',
        '{"entries": [5], "cursor": "c", "has_more": false}',
        '{"entries": [{".tag": "file", "path_lower": "/a", "name": "a", "rev": "x", "size": "x"}]}',
        "[" * 100_000,
    ],
    ids=["number", "numbers", "size", "deep"],
)
def test_response_with_fields_of_other_types_is_an_error_of_status_200(
    scripted, script, error_of, body
):
    """A field that does not have the documented type raises an error with status 200."""
    script.respond(body)
    assert error_of(scripted.delta).status == 200


def test_listing_with_a_repeated_cursor_is_an_error(scripted, script, error_of):
    """A listing whose pages have the same cursor raises an error with status 200."""
    script.respond('{".tag": "folder", "name": "a", "path_display": "/a", "id": "id:1"}')
    for _ in range(2):
        script.respond('{"entries": [], "cursor": "one", "has_more": true}')
    error = error_of(scripted.metadata, "/a")
    assert (error.status, "'one'" in error.error_msg) == (200, True)


def test_limit_that_is_not_an_integer_is_rejected(client, error_of):
    """A limit that is not an integer raises status 400, as over version 1."""
    assert error_of(client.revisions, "/a", "many").status == 400


def test_file_that_changes_its_size_is_a_size_changed_error(client):
    """A file that becomes longer while it is sent raises `SizeChangedError`."""

    class Growing(io.BytesIO):
        def read(self, size=-1):
            self.write(b"more") if not self.tell() else None
            self.seek(max(0, self.tell() - 4))
            return super().read(size)

    with pytest.raises(SizeChangedError):
        client.put_file("/a", Growing(b"0123"))
