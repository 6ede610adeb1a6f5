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
    """This holds for any malformed body, as over version 1."""
    client.put_file("/a", b"x")
    box.faults.add(endpoint=endpoint, status=200, body=body)
    assert error_of(call, client).status == 200


def test_download_without_metadata_closes_its_response(box, client, error_of):
    """The caller does not get the response, so it cannot close it."""
    client.put_file("/a", b"x")
    box.faults.add(endpoint="files/download", status=200, body="bytes")
    assert error_of(client.get_file, "/a").body == ""
    assert client.get_file("/a").read() == b"x"


@pytest.mark.parametrize("result", [None, "{}", "null", "words"])
def test_malformed_thumbnail_is_an_error_of_status_200(scripted, script, error_of, result):
    """The metadata is in a header, as for a download."""
    script.say("bytes", **({} if result is None else {"Dropbox_API_Result": result}))
    assert error_of(scripted.thumbnail, "/a.jpg").status == 200


def test_empty_copy_reference_is_an_error(client, error_of):
    """It is an unknown reference, not a missing parameter."""
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
    """Exceptions of Python are converted."""
    script.say(body)
    assert error_of(scripted.delta).status == 200


def test_listing_with_a_repeated_cursor_is_an_error(scripted, script, error_of):
    """Otherwise the listing would not end."""
    script.say('{".tag": "folder", "name": "a", "path_display": "/a", "id": "id:1"}')
    for _ in range(2):
        script.say('{"entries": [], "cursor": "one", "has_more": true}')
    error = error_of(scripted.metadata, "/a")
    assert (error.status, "'one'" in error.error_msg) == (200, True)


def test_limit_that_is_not_an_integer_is_rejected(client, error_of):
    """The status is 400, as over version 1."""
    assert error_of(client.revisions, "/a", "many").status == 400


def test_file_that_changes_its_size_is_a_size_changed_error(client):
    """It is not reported as a malformed response."""

    class Growing(io.BytesIO):
        def read(self, size=-1):
            self.write(b"more") if not self.tell() else None
            self.seek(max(0, self.tell() - 4))
            return super().read(size)

    with pytest.raises(SizeChangedError):
        client.put_file("/a", Growing(b"0123"))
