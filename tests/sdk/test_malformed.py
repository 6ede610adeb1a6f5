"""Responses that report success but have unusable content."""

import gzip
import io
import json

import pytest

from dropbox.client import DropboxOAuth2FlowNoRedirect
from dropbox.rest import ErrorResponse, RESTSocketError
from dropbox.retry import NEVER, RetryPolicy

DEEP = "[" * 100_000
METADATA = '{"path": "/a", "bytes": 10, "rev": "1"}'


@pytest.fixture
def client(scripted_client):
    """A client of the scripted server that does not wait between attempts."""
    scripted_client.retries = RetryPolicy(sleep=lambda _: None)
    return scripted_client


@pytest.mark.parametrize("status", [200, 400])
def test_deeply_nested_body_is_an_error_response(script, client, status):
    """A body that Python cannot decode is kept as text in the `ErrorResponse`."""
    script.respond(DEEP, status)
    with pytest.raises(ErrorResponse) as caught:
        client.account_info()
    assert caught.value.status == status
    assert caught.value.body == DEEP


@pytest.mark.parametrize("metadata", ["[" * 60_000, "{}", '{"bytes": true}', '{"bytes": -1}'])
def test_download_without_usable_metadata_is_an_error_response(script, client, metadata, tmp_path):
    """A download without usable metadata raises an error and leaves no local file."""
    script.respond(b"0123", x_dropbox_metadata=metadata)
    with pytest.raises(ErrorResponse) as caught:
        client.download("/a", tmp_path / "a")
    assert caught.value.status == 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.account_info(),
        lambda client: client.get_file("/a"),
        lambda client: client.put_file("/a", b""),
    ],
    ids=["json", "download", "upload"],
)
def test_encoded_response_is_an_error_response(script, client, call, status):
    """A response with a `Content-Encoding` is an error, and its body is not decoded."""
    script.respond(gzip.compress(bytes(1_000_000)), status, Content_Encoding="gzip")
    with pytest.raises(ErrorResponse, match="Content-Encoding 'gzip'") as caught:
        call(client)
    assert caught.value.status == status


def test_response_with_the_identity_encoding_is_read(script, client):
    """The encoding `identity` is the same as no encoding."""
    script.respond('{"uid": 1}', Content_Encoding="Identity")
    assert client.account_info() == {"uid": 1}


@pytest.mark.parametrize("short", [(200, "Content_Type"), (206, "Content_Range")])
def test_download_that_is_too_short_in_all_attempts_is_an_error(script, client, short, tmp_path):
    """A download that stays too short raises an error after the attempts of the policy."""
    status, name = short
    script.respond(b"01234", x_dropbox_metadata=METADATA)
    for _ in range(9):
        body = b"" if status == 206 else b"01234"
        script.respond(body, status, **{name: "bytes 5-9/10"})
    with pytest.raises(RESTSocketError, match="the end after 5 of 10 bytes"):
        client.download("/a", tmp_path / "a")
    assert len(script.requests) == 3
    assert list(tmp_path.iterdir()) == []


def test_download_longer_than_the_size_in_its_metadata_is_an_error(script, client, tmp_path):
    """A download with more bytes than its metadata reports is an error."""
    for _ in range(3):
        script.respond(bytes(11), x_dropbox_metadata=METADATA)
    with pytest.raises(RESTSocketError, match="more than the 10 bytes"):
        client.download("/a", tmp_path / "a")
    assert len(script.requests) == 3


@pytest.mark.parametrize(
    "content_range",
    [
        "bytes 0-4/10",
        "bytes 5-4/10",
        "bytes 5-10/10",
        "bytes 5-9/99",
        "bytes 5-98/99",
        "bytes 5-",
        "words",
        None,
    ],
)
def test_download_accepts_only_the_range_that_it_requested(script, client, content_range, tmp_path):
    """A download rejects a wrong range of a 206, and completes in the next attempt."""
    script.respond(b"01234", x_dropbox_metadata=METADATA)
    script.respond(b"01234", 206, **({"Content_Range": content_range} if content_range else {}))
    script.respond(b"56789", 206, Content_Range="bytes 5-9/*")
    client.download("/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"0123456789"
    assert script.requests[2].headers["Range"] == "bytes=5-"


@pytest.mark.parametrize(
    ("part", "content_range"),
    [
        ({"start": 5}, "bytes 0-4/10"),
        ({"start": 2, "length": 3}, "bytes 2-6/10"),
        ({"length": 3}, "bytes 0-2/10"),
        ({}, "bytes 5-9/10"),
        ({}, "bytes 0-4/10"),
        ({"start": 2}, "bytes 2-6/10"),
    ],
)
def test_get_file_rejects_a_range_that_was_not_requested(script, client, part, content_range):
    """`get_file` raises an error with the received range if it is not the requested one."""
    script.respond(b"01234", 206, Content_Range=content_range)
    with pytest.raises(ErrorResponse, match=f"Content-Range '{content_range}'") as caught:
        client.get_file("/a", **part)
    assert caught.value.status == 206


def test_get_file_accepts_a_range_of_the_last_bytes(script, client):
    """A response with the last bytes of the file is accepted for `length` without `start`."""
    script.respond(b"789", 206, Content_Range="bytes 7-9/10")
    assert client.get_file("/a", length=3).read() == b"789"


@pytest.mark.parametrize(
    "body", ["{}", "[]", '{"upload_id": 1, "offset": 4}', '{"upload_id": "id", "offset": true}']
)
def test_chunk_response_without_upload_id_or_offset_is_an_error_response(script, client, body):
    """A response to a chunk without `upload_id` or `offset` is an `ErrorResponse`."""
    script.respond(body)
    with pytest.raises(ErrorResponse, match="no valid"):
        client.get_chunked_uploader(io.BytesIO(b"0123"), 4).upload_chunked()


@pytest.mark.parametrize("offset", [-1, 0, 5, 100])
def test_chunk_with_an_impossible_offset_is_an_error_response(script, client, offset):
    """An offset outside of the chunk that was sent is an `ErrorResponse`."""
    script.respond(json.dumps({"upload_id": "id", "offset": offset}))
    with pytest.raises(ErrorResponse, match=f"offset {offset}"):
        client.get_chunked_uploader(io.BytesIO(b"01234567"), 8).upload_chunked(4)


@pytest.mark.parametrize("page", ["{}", '{"cursor": 1, "has_more": false}', "[]"])
def test_delta_page_without_cursor_is_an_error_response(script, client, page):
    """A page of changes without a cursor is an `ErrorResponse`."""
    script.respond(page)
    with pytest.raises(ErrorResponse, match="'cursor'"):
        list(client.iter_delta())


def test_delta_pages_with_the_same_cursor_are_an_error_response(script, client):
    """A page with the cursor of the page before is an `ErrorResponse`."""
    for _ in range(2):
        script.respond('{"entries": [], "cursor": "one", "has_more": true}')
    with pytest.raises(ErrorResponse, match="'one'"):
        list(client.iter_delta())


def test_token_that_is_not_a_string_is_an_error_response(script, client):
    """A response with a token of another type is an `ErrorResponse`, in each call for a token."""
    script.respond('{"access_token": 1}')
    with pytest.raises(ErrorResponse, match="'access_token'"):
        client.create_oauth2_access_token()
    script.respond("[]")
    with pytest.raises(ErrorResponse, match="'access_token'"):
        DropboxOAuth2FlowNoRedirect("key", "secret").finish("code")


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        '{"contents": null}',
        '{"contents": [5]}',
        '{"contents": [{"path": "/a"}]}',
        '{"contents": [{"path": "/a", "is_dir": 1}]}',
        '{"contents": {"path": "/a"}}',
    ],
)
def test_malformed_listing_ends_a_walk(script, scripted_client, body):
    """A listing that is not as documented raises an error with status 200."""
    script.respond(body)
    with pytest.raises(ErrorResponse) as caught:
        list(scripted_client.walk())
    assert caught.value.status == 200


def test_folder_that_contains_itself_ends_a_walk(script, scripted_client):
    """A folder that is listed again would never end, so it is an error."""
    for _ in range(3):
        script.respond('{"contents": [{"path": "/a", "is_dir": true}]}')
    with pytest.raises(ErrorResponse, match="'/a', which was listed before"):
        list(scripted_client.walk())
    assert len(script.requests) == 2


def test_walk_reaches_any_depth(scripted_client):
    """A deeper tree than Python can recurse into is listed."""
    depth = 2000
    entries = [{"path": f"/{level}", "is_dir": True} for level in range(depth)]

    class Chain:
        def GET(self, url, headers):
            return {"contents": [entries.pop()] if entries else []}

    scripted_client.rest_client = Chain()
    assert len(list(scripted_client.walk())) == depth


@pytest.mark.parametrize("body", ["{}", "[]", '{"is_dir": false}', '{"is_dir": 5, "bytes": 1}'])
def test_malformed_entry_after_a_failed_upload_is_named(script, scripted_client, body):
    """If the state of the path cannot be read, the error of the upload says so."""
    scripted_client.retries = NEVER
    script.respond("", 500)
    script.respond(body)
    with pytest.raises(ErrorResponse, match="the state of /a is unknown") as caught:
        scripted_client.upload(io.BytesIO(b"x"), "/a")
    assert caught.value.status == 500
