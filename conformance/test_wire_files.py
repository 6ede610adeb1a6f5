"""The wire: files up and down, whole and in chunks."""

import io
import json

import pytest

from conformance.wire import ask, get, place, put, status_of


@pytest.mark.checks("wire-files-headers")
def test_headers_of_a_download(target):
    """What the bytes are."""
    stored = target.put("ä.txt", "content")
    answer = get(target, "ä.txt")
    header = answer.headers["x-dropbox-metadata"]
    assert header.isascii()
    assert json.loads(header) == stored
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Content-Length"] == "7"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert stored["rev"] in answer.headers["ETag"]


@pytest.mark.checks("wire-files-range")
def test_ranges(target):
    """206 within the file, 416 outside."""
    target.put("range.bin", b"0123456789")
    part = get(target, "range.bin", Range="bytes=2-4")
    assert (part.status, part.data) == (206, b"234")
    assert get(target, "range.bin", Range="bytes=50-60").status == 416


@pytest.mark.checks("wire-files-head")
def test_head(target):
    """Like GET, without the content."""
    target.put("head.txt", "content")
    answer = ask(target, "HEAD", place(target, "files", "head.txt"), host="API_CONTENT")
    assert (answer.status, answer.data, answer.headers["Content-Length"]) == (200, b"", "7")


@pytest.mark.checks("wire-files-404")
def test_nothing_to_download(target):
    """A folder, or another file's rev."""
    target.put("folder/file.txt")
    rev = target.put("other.txt")["rev"]
    assert status_of(target.client.get_file, target.path("folder")) == 404
    assert status_of(target.client.get_file, target.path("folder/file.txt"), rev=rev) == 404


@pytest.mark.checks("wire-put-default")
def test_put_overwrites_by_default(target):
    """On the wire, unlike in the SDK."""
    put(target, "over.txt", b"first")
    assert put(target, "over.txt", b"second").json()["path"] == target.path("over.txt")


@pytest.mark.checks("wire-put-post")
def test_post_puts(target):
    """As PUT does."""
    call = place(target, "files_put", "posted.txt")
    headers = {"Content-Type": "application/octet-stream"}
    answer = ask(target, "POST", call, {}, b"content", headers, host="API_CONTENT")
    assert answer.json()["bytes"] == 7


@pytest.mark.checks("wire-put-autorename", "wire-409")
def test_put_without_another_name(target):
    """A conflict instead."""
    put(target, "taken.txt", b"first")
    answer = put(target, "taken.txt", b"second", overwrite="false", autorename="false")
    assert answer.status == 409


@pytest.mark.checks("wire-put-same-bytes-renamed")
def test_put_of_the_same_bytes(target):
    """Renamed all the same when overwrite is false."""
    put(target, "twin.txt")
    assert put(target, "twin.txt", overwrite="false").json()["path"].endswith("/twin (1).txt")


@pytest.mark.checks("wire-put-unknown-parent")
def test_put_with_a_rev_that_never_was(target):
    """A bad request."""
    put(target, "here.txt")
    assert put(target, "here.txt", parent_rev="123456789abc").status == 400


@pytest.mark.checks("wire-put-folder")
def test_put_onto_a_folder(target):
    """Renamed, or refused."""
    target.client.file_create_folder(target.path("folder"))
    assert put(target, "folder", overwrite="true").status == 400
    assert put(target, "folder", overwrite="false").json()["path"].endswith("/folder (1)")


@pytest.mark.checks("wire-411")
def test_put_without_length(target):
    """Refused."""
    headers = {"Transfer-Encoding": "chunked"}
    call = place(target, "files_put", "endless")
    answer = ask(target, "PUT", call, body=iter([b"ab"]), headers=headers, host="API_CONTENT")
    assert answer.status == 411


@pytest.mark.emulator
@pytest.mark.checks("wire-413")
def test_put_too_much(target):
    """What is over the limit of one upload."""
    target.box.configure(upload_limit_bytes=10)
    assert put(target, "large", b"x" * 11).status == 413


@pytest.mark.checks("wire-files-post")
def test_form_upload(target):
    """One part, called file; another is refused."""
    import urllib3

    for field, status in (("file", 200), ("upload", 400)):
        body, kind = urllib3.encode_multipart_formdata({field: ("form.txt", b"content")})
        call, headers = place(target, "files"), {"Content-Type": kind}
        answer = ask(target, "POST", call, {}, body, headers, host="API_CONTENT")
        assert answer.status == status
    assert target.client.metadata(target.path("form.txt"))["bytes"] == 7


@pytest.mark.checks("wire-chunk-404", "wire-chunk-empty", "wire-chunk-commit")
def test_chunked_uploads(target):
    """Unknown, empty, and used up once committed."""
    client = target.client
    options = {"offset": 5, "upload_id": "trollcursor"}
    assert status_of(client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404
    upload = client.upload_chunk(io.BytesIO(b""), 0)
    assert upload["offset"] == 0
    client.commit_chunked_upload(target.path("empty.bin"), upload["upload_id"])
    options = {"offset": 0, "upload_id": upload["upload_id"]}
    assert status_of(client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404


@pytest.mark.checks("wire-commit-unknown")
def test_commit_of_nothing(target):
    """A bad request."""
    assert status_of(target.client.commit_chunked_upload, target.path("x"), "trollcursor") == 400
