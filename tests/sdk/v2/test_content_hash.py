"""Content hashes over version 2: sent with uploads, and compared after downloads."""

from __future__ import annotations

import io
import json

import pytest

from dropbox.content_hash import ContentHasher, content_hash
from dropbox.rest import ErrorResponse, RESTSocketError
from dropbox.retry import NEVER, RetryPolicy

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ENTRY = {
    "name": "a",
    "path_display": "/a",
    "rev": "0123456789abcdef01234",
    "size": 5,
    "server_modified": "2020-01-01T00:00:00Z",
    "client_modified": "2020-01-01T00:00:00Z",
    "content_hash": content_hash(io.BytesIO(b"Hello")),
}


@pytest.mark.parametrize(
    "source",
    [b"Hello", "Hello", io.BytesIO(b"Hello"), io.StringIO("Hello"), b""],
    ids=["bytes", "str", "file", "text", "empty"],
)
def test_hash_is_sent_with_an_upload(scripted, script, source):
    """`files/upload` has the hash of the content, from the current position of a file."""
    script.respond(json.dumps(ENTRY))
    scripted.put_file("/a", source)
    (request,) = script.requests
    argument = json.loads(request.headers["Dropbox-API-Arg"])
    assert argument["content_hash"] == (EMPTY_HASH if source == b"" else ENTRY["content_hash"])
    assert request.body == (b"" if source == b"" else b"Hello")


def test_hash_of_a_pipe_and_of_a_path_is_sent(client, pipe_of, tmp_path):
    """Files that cannot seek, and paths, have a hash as well."""
    (tmp_path / "a").write_bytes(b"Hello")
    for source in (pipe_of(b"Hello"), tmp_path / "a"):
        metadata = client.put_file("/a", source, overwrite=True)
        assert metadata["content_hash"] == ENTRY["content_hash"]


def test_hash_is_sent_with_each_chunk(box, client):
    """A chunk has the hash of its own bytes; the request that commits has none."""
    uploader = client.get_chunked_uploader(io.BytesIO(b"HelloHello"), 10)
    uploader.upload_chunked(5)
    uploader.finish("/a")
    arguments = [request.arguments for request in box.requests]
    assert [a.get("content_hash") for a in arguments[:2]] == [ENTRY["content_hash"]] * 2
    assert all("content_hash" not in a for a in arguments[2:])


def test_upload_is_sent_again_if_its_content_was_damaged(scripted, script):
    """The service stored nothing, so the same content is sent again, from its start."""
    tag = "content_hash_mismatch"
    script.respond(json.dumps({"error_summary": f"{tag}/.", "error": {".tag": tag}}), 409)
    script.respond(json.dumps(ENTRY))
    scripted.retries = RetryPolicy(sleep=lambda _: None)
    assert scripted.put_file("/a", io.BytesIO(b"Hello"))["bytes"] == 5
    assert [request.body for request in script.requests] == [b"Hello"] * 2


def test_upload_that_is_damaged_each_time_is_an_error(scripted, script):
    """After the attempts of the policy, the error says what happened."""
    tag = "content_hash_mismatch"
    for _ in range(3):
        script.respond(json.dumps({"error_summary": f"{tag}/.", "error": {".tag": tag}}), 409)
    scripted.retries = RetryPolicy(sleep=lambda _: None)
    with pytest.raises(ErrorResponse, match="The content that arrived differs") as caught:
        scripted.put_file("/a", b"Hello")
    assert (caught.value.status, len(script.requests)) == (400, 3)


def read_all(response):
    """Read with one call."""
    return response.read()


def read_blocks(response):
    """Read in blocks."""
    return b"".join(response.stream(2))


def read_exactly(response):
    """Read no more than the length of the file."""
    return response.read(len(b"Hello"))


def read_lines(response):
    """Iterate over lines."""
    return b"".join(response)


def read_into(response):
    """Read into a buffer."""
    buffer = bytearray(10)
    return bytes(buffer[: response.readinto(buffer)])


READERS = [read_all, read_blocks, read_exactly, read_lines, read_into]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("body", [b"Hello", b"Hellx"])
def test_download_is_compared_with_the_hash(scripted, script, read, body):
    """However the response is read, bytes with another hash are an error at the end."""
    script.respond(body, Dropbox_API_Result=json.dumps(ENTRY))
    response = scripted.get_file("/a")
    if body == b"Hello":
        assert read(response) == body
    else:
        with pytest.raises(RESTSocketError, match=f"not {ENTRY['content_hash']}"):
            read(response)


def test_part_of_a_file_is_not_compared(scripted, script):
    """The hash is the one of the whole file, so a range is not compared."""
    script.respond(
        b"ell",
        206,
        Dropbox_API_Result=json.dumps(ENTRY),
        Content_Range="bytes 1-3/5",
    )
    assert scripted.get_file("/a", start=1, length=3).read() == b"ell"


def test_response_that_is_not_read_is_not_compared(scripted, script):
    """Closing a response before its end is no error."""
    script.respond(b"Hellx", Dropbox_API_Result=json.dumps(ENTRY))
    with scripted.get_file("/a") as response:
        assert response.read(2) == b"He"


def test_metadata_without_a_hash_is_not_compared(scripted, script):
    """The hash is optional in metadata."""
    entry = {name: value for name, value in ENTRY.items() if name != "content_hash"}
    script.respond(b"Hellx", Dropbox_API_Result=json.dumps(entry))
    assert scripted.get_file("/a").read() == b"Hellx"


def test_download_to_a_file_starts_again_after_a_mismatch(scripted, script, tmp_path):
    """A damaged download is repeated from its start, and then succeeds."""
    scripted.retries = RetryPolicy(sleep=lambda _: None)
    for body in (b"Hellx", b"Hello"):
        script.respond(body, Dropbox_API_Result=json.dumps(ENTRY))
    scripted.download("/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"Hello"


def test_download_to_a_file_fails_if_the_hash_never_matches(scripted, script, tmp_path):
    """The local file is not replaced by damaged bytes."""
    scripted.retries = NEVER
    script.respond(b"Hellx", Dropbox_API_Result=json.dumps(ENTRY))
    with pytest.raises(RESTSocketError, match="content hash"):
        scripted.download("/a", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, 4 * 1024**2 - 1, 4 * 1024**2, 9 * 1024**2 + 1])
@pytest.mark.parametrize("step", [1024**2 - 1, 5 * 1024**2])
def test_hash_of_parts_is_the_hash_of_the_file(size, step):
    """The hash does not depend on the sizes of the parts."""
    data = bytes(size)
    hasher = ContentHasher()
    for start in range(0, size, step):
        hasher.update(data[start : start + step])
    assert hasher.hexdigest() == content_hash(io.BytesIO(data))
