"""An answer of version 2 that says it went well, and makes no sense."""

from __future__ import annotations

import pytest

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
def test_malformed_answer_is_an_error_of_status_200(box, client, refused, call, endpoint, body):
    """As over version 1, and whatever is wrong with it."""
    client.put_file("/a", b"x")
    box.faults.add(endpoint=endpoint, status=200, body=body)
    assert refused(call, client).status == 200


def test_download_without_metadata_gives_its_connection_back(box, client, refused):
    """Nobody else could close the answer."""
    client.put_file("/a", b"x")
    box.faults.add(endpoint="files/download", status=200, body="bytes")
    assert refused(client.get_file, "/a").body == ""
    assert client.get_file("/a").read() == b"x"


@pytest.mark.parametrize("told", [None, "{}", "null", "words"])
def test_malformed_thumbnail_is_an_error_of_status_200(scripted, script, refused, told):
    """It has its metadata beside it, as a download does."""
    script.say("bytes", **({} if told is None else {"Dropbox_API_Result": told}))
    assert refused(scripted.thumbnail, "/a.jpg").status == 200


def test_empty_copy_reference_is_refused(client, refused):
    """It is none, rather than no parameter."""
    assert refused(client.add_copy_ref, "", "/b").status == 404
