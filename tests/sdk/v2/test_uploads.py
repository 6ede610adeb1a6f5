"""Uploads over version 2, whole and in chunks."""

from __future__ import annotations

import io

from dropbox.retry import RetryPolicy


def test_large_file_is_uploaded_in_chunks(client, error_of):
    """A file is uploaded in chunks; a wrong offset raises an error with the correct offset."""
    data = bytes(range(256)) * 40
    uploader = client.get_chunked_uploader(io.BytesIO(data), len(data))
    uploader.upload_chunked(3000)
    error = error_of(client.upload_chunk, b"x", 1, 5, uploader.upload_id)
    assert (error.status, error.body["offset"]) == (400, len(data))
    assert uploader.finish("/large.bin")["bytes"] == len(data)
    assert error_of(client.upload_chunk, b"x", 1, 5, "nothing").status == 404
    assert error_of(client.commit_chunked_upload, "/x", "nothing").status == 400


def test_empty_file_is_uploaded_in_chunks(client):
    """An empty file is uploaded in one empty chunk."""
    uploader = client.get_chunked_uploader(io.BytesIO(), 0)
    uploader.upload_chunked()
    assert uploader.finish("/empty")["bytes"] == 0


def test_upload_below_a_file_is_an_error(client, error_of):
    """An upload below a file raises status 400 when it is committed."""
    client.put_file("/a", b"x")
    for data in (b"x", b""):
        uploader = client.get_chunked_uploader(io.BytesIO(data), len(data))
        uploader.upload_chunked()
        assert error_of(uploader.finish, "/a/below").status == 400


def test_upload_based_on_an_old_revision_is_renamed(client):
    """With the newest revision, an upload replaces the file; with an older rev, it is renamed."""
    first = client.put_file("/a", b"1")
    second = client.put_file("/a", b"22", parent_rev=first["rev"])
    assert second["path"] == "/a"
    assert "conflicted copy" in client.put_file("/a", b"3", parent_rev=first["rev"])["path"]


def test_empty_parent_rev_is_ignored(client):
    """An empty `parent_rev` is ignored, as over version 1."""
    client.put_file("/a", b"x")
    assert client.put_file("/a", b"yy", overwrite=True, parent_rev="")["path"] == "/a"
    assert client.metadata("/a")["bytes"] == 2


def test_upload_is_sent_again_after_too_many_write_operations(scripted, script, error_of):
    """An upload is repeated after `too_many_write_operations`, not after `insufficient_space`."""
    waits = []
    scripted.retries = RetryPolicy(attempts=2, sleep=waits.append)
    for tag, sent in (("too_many_write_operations", 2), ("insufficient_space", 1)):
        script.requests.clear()
        script.responses.clear()
        for _ in range(2):
            script.respond(
                f'{{"error_summary": "path/{tag}/..", "error": {{".tag": "path"}}}}', 409
            )
        assert error_of(scripted.put_file, "/a", b"x").status == 503
        assert len(script.requests) == sent
    assert len(waits) == 1


def test_upload_without_space_left_is_not_sent_again(scripted, script, error_of):
    """An upload to a full account sends one request."""
    body = '{"error_summary": "path/insufficient_space/.", "error": {".tag": "path"}}'
    script.respond(body, 409)
    assert error_of(scripted.upload, io.BytesIO(b"x"), "/a").status == 503
    assert len(script.requests) == 1
