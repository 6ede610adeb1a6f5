"""Raw requests: uploads and downloads, whole and in chunks."""

import io
import json

import pytest

from conformance import signer
from conformance.wire import fetch, get, keys_of, place, put, send, status_of, url_of


@pytest.mark.checks("wire-files-headers")
def test_headers_of_a_download(target):
    """The headers of a download contain the metadata, type, length and ETag of the file."""
    stored = target.put("ä.txt", "content")
    response = get(target, "ä.txt")
    header = response.headers["x-dropbox-metadata"]
    assert header.isascii()
    assert json.loads(header) == stored
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["Content-Length"] == "7"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert stored["rev"] in response.headers["ETag"]


@pytest.mark.emulator
@pytest.mark.checks("wire-content-host")
def test_host_of_contents(target):
    """The SDK sends and reads contents at the content host, and the rest at the API host."""
    session = target.client.session
    session.API_CONTENT_HOST = session.API_CONTENT_HOST.replace("127.0.0.1", "localhost")
    target.put("hosts.txt", "content")
    target.client.get_file(target.path("hosts.txt")).close()
    target.client.metadata(target.path("hosts.txt"))
    uploader = target.client.get_chunked_uploader(io.BytesIO(b"content"), 7)
    uploader.upload_chunked()
    uploader.finish(target.path("chunked.txt"))
    for method, call, host in (
        ("PUT", "files_put", "localhost"),
        ("GET", "files", "localhost"),
        ("PUT", "chunked_upload", "localhost"),
        ("POST", "commit_chunked_upload", "localhost"),
        ("GET", "metadata", "127.0.0.1"),
    ):
        entry = target.box.requests.find(call, method=method)[-1]
        assert entry.headers["Host"].partition(":")[0] == host


@pytest.mark.checks("wire-files-range")
def test_ranges(target):
    """A range inside the file is answered with 206, a range outside with 416."""
    target.put("range.bin", b"0123456789")
    part = get(target, "range.bin", Range="bytes=2-4")
    assert (part.status, part.data) == (206, b"234")
    assert get(target, "range.bin", Range="bytes=50-60").status == 416


@pytest.mark.checks("wire-files-if-range")
@pytest.mark.parametrize("other", ['"0"', '"zzz"'])
def test_range_of_a_known_file(target, other):
    """With If-Range a part is sent for the ETag of the file, and all of it for another one."""
    target.put("range.bin", b"0123456789")
    etag = get(target, "range.bin").headers["ETag"]
    part = get(target, "range.bin", Range="bytes=2-4", **{"If-Range": etag})
    assert (part.status, part.data) == (206, b"234")
    whole = get(target, "range.bin", Range="bytes=2-4", **{"If-Range": other})
    assert (whole.status, whole.data) == (200, b"0123456789")


@pytest.mark.checks("wire-files-head")
def test_head(target):
    """HEAD returns the headers of GET without content."""
    target.put("head.txt", "content")
    response = send(target, "HEAD", place(target, "files", "head.txt"), host="API_CONTENT")
    assert (response.status, response.data, response.headers["Content-Length"]) == (200, b"", "7")


@pytest.mark.checks("wire-files-404")
def test_nothing_to_download(target):
    """A request for a folder or with a rev of another file is answered with 404."""
    target.put("folder/file.txt")
    rev = target.put("other.txt")["rev"]
    assert status_of(target.client.get_file, target.path("folder")) == 404
    assert status_of(target.client.get_file, target.path("folder/file.txt"), rev=rev) == 404


@pytest.mark.checks("wire-put-default")
def test_put_overwrites_by_default(target):
    """files_put overwrites by default, unlike the SDK."""
    put(target, "over.txt", b"first")
    assert put(target, "over.txt", b"second").json()["path"] == target.path("over.txt")


@pytest.mark.checks("wire-put-post")
def test_put_with_post(target):
    """files_put accepts POST."""
    call = place(target, "files_put", "posted.txt")
    headers = {"Content-Type": "application/octet-stream"}
    response = send(target, "POST", call, {}, b"content", headers, host="API_CONTENT")
    assert response.json()["bytes"] == 7


@pytest.mark.checks("wire-put-autorename", "wire-409")
def test_put_without_autorename(target):
    """A conflict with autorename=false is answered with 409."""
    put(target, "taken.txt", b"first")
    response = put(target, "taken.txt", b"second", overwrite="false", autorename="false")
    assert response.status == 409


@pytest.mark.checks("wire-put-same-bytes-renamed")
def test_put_of_the_same_bytes(target):
    """Identical content is stored under another name if overwrite is false."""
    put(target, "twin.txt")
    assert put(target, "twin.txt", overwrite="false").json()["path"].endswith("/twin (1).txt")


@pytest.mark.checks("wire-put-unknown-parent")
def test_put_with_a_rev_that_is_unknown(target):
    """An unknown parent_rev is answered with 400."""
    put(target, "here.txt")
    assert put(target, "here.txt", parent_rev="123456789abc").status == 400


@pytest.mark.checks("wire-put-folder")
def test_put_onto_a_folder(target):
    """An upload to the path of a folder is renamed; with overwrite it is answered with 400."""
    target.client.file_create_folder(target.path("folder"))
    assert put(target, "folder", overwrite="true").status == 400
    assert put(target, "folder", overwrite="false").json()["path"].endswith("/folder (1)")


@pytest.mark.checks("wire-411")
def test_put_without_length(target):
    """An upload without a length is answered with 411."""
    headers = {"Transfer-Encoding": "chunked"}
    call = place(target, "files_put", "endless")
    response = send(target, "PUT", call, body=[b"ab"], headers=headers, host="API_CONTENT")
    assert response.status == 411


@pytest.mark.emulator
@pytest.mark.checks("wire-413")
def test_put_too_much(target):
    """An upload over the size limit is answered with 413."""
    target.box.configure(upload_limit_bytes=10)
    assert put(target, "large", b"x" * 11).status == 413


@pytest.mark.checks("wire-files-post")
def test_form_upload(target):
    """A form upload needs one part named file."""
    import urllib3

    for field, status in (("file", 200), ("upload", 400)):
        body, kind = urllib3.encode_multipart_formdata({field: ("form.txt", b"content")})
        call, headers = place(target, "files"), {"Content-Type": kind}
        response = send(target, "POST", call, {}, body, headers, host="API_CONTENT")
        assert response.status == status
    assert target.client.metadata(target.path("form.txt"))["bytes"] == 7


@pytest.mark.checks("wire-files-post-boundary")
@pytest.mark.parametrize(
    "boundary",
    ["", "; boundary=", "; boundary*=UTF-8''a%0Ab", "; boundary=another"],
    ids=["none", "empty", "line break", "another"],
)
def test_form_with_an_invalid_boundary(target, boundary):
    """A form without a valid boundary of its parts is answered with 400."""
    import urllib3

    body, _ = urllib3.encode_multipart_formdata({"file": ("form.txt", b"content")}, "boundary")
    headers = {"Content-Type": f"multipart/form-data{boundary}"}
    call = place(target, "files")
    response = send(target, "POST", call, {}, body, headers, host="API_CONTENT")
    assert response.status == 400
    assert response.json()["error"]


@pytest.mark.checks("wire-files-post-signature")
@pytest.mark.parametrize("field", ["file", "upload"])
def test_form_with_a_wrong_signature(target, field):
    """A form with a wrong signature is answered with 403, even if the form is invalid."""
    import urllib3

    body, kind = urllib3.encode_multipart_formdata({field: ("form.txt", b"content")})
    call = place(target, "files")
    url = url_of(target, call, "API_CONTENT")
    consumer, token = keys_of(target.client.session)
    wrong = signer.header(signer.parameters(consumer, (token[0], "wrong"), "POST", url))
    headers = {"Content-Type": kind, "Authorization": wrong["Authorization"]}
    response = fetch(url, "POST", body, headers, connections=target.connections)
    assert response.status == 403


@pytest.mark.checks("wire-chunk-404", "wire-chunk-empty", "wire-chunk-commit")
def test_chunked_uploads(target):
    """A first chunk may be empty. An unknown or committed upload is answered with 404."""
    client = target.client
    options = {"offset": 5, "upload_id": "trollcursor"}
    assert status_of(client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404
    upload = client.upload_chunk(io.BytesIO(b""), 0)
    assert upload["offset"] == 0
    client.commit_chunked_upload(target.path("empty.bin"), upload["upload_id"])
    options = {"offset": 0, "upload_id": upload["upload_id"]}
    assert status_of(client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404


@pytest.mark.checks("wire-commit-unknown")
def test_commit_of_an_unknown_upload(target):
    """Committing an unknown upload is answered with 400."""
    assert status_of(target.client.commit_chunked_upload, target.path("x"), "trollcursor") == 400


@pytest.mark.emulator
@pytest.mark.checks("wire-chunk-closed")
def test_chunk_of_a_closed_upload(target):
    """A chunk for an upload that version 2 has closed is answered with 404."""
    bearer = target.box.add_token(bearer=True).token
    url = f"{target.box.url}/2/files/upload_session/start"
    headers = {
        "Authorization": f"Bearer {bearer}",
        "Content-Type": "application/octet-stream",
        "Dropbox-API-Arg": '{"close": true}',
    }
    started = fetch(url, "POST", b"content", headers, connections=target.connections)
    params = {"upload_id": started.json()["session_id"], "offset": "7"}
    response = send(target, "PUT", "/chunked_upload", params, b"x", host="API_CONTENT")
    assert response.status == 404
