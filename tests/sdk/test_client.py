"""`DropboxClient`: the requests of each documented call, and its results."""

import io
import json
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import pytest

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError
from dropbox.retry import RetryPolicy
from dropbox.session import DropboxSession

METADATA = json.dumps({"path": "/a", "bytes": 3, "is_dir": False})


def sent(script):
    """Return method, path and parameters of the last request, without OAuth parameters."""
    request = script.requests[-1]
    url = urlsplit(request.target)
    pairs = parse_qs(url.query) | parse_qs(request.body.decode())
    params = {name: values[0] for name, values in pairs.items() if not name.startswith("oauth_")}
    return request.method, url.path, params


CALLS = {
    "account_info": (lambda c: c.account_info(), "GET", "/1/account/info", {}),
    "metadata": (
        lambda c: c.metadata("/a b"),
        "GET",
        "/1/metadata/dropbox/a%20b",
        {"list": "true", "file_limit": "25000", "include_deleted": "False"},
    ),
    "metadata with all arguments": (
        lambda c: c.metadata("a", list=False, hash="h", rev="r", include_media_info=True),
        "GET",
        "/1/metadata/dropbox/a",
        {
            "list": "false",
            "file_limit": "25000",
            "include_deleted": "False",
            "hash": "h",
            "rev": "r",
            "include_media_info": "True",
        },
    ),
    "put_file": (
        lambda c: c.put_file("/a", "", overwrite=True, parent_rev="r"),
        "PUT",
        "/1/files_put/dropbox/a",
        {"overwrite": "True", "parent_rev": "r"},
    ),
    "put_file by default": (
        lambda c: c.put_file("/a", ""),
        "PUT",
        "/1/files_put/dropbox/a",
        {"overwrite": "False"},
    ),
    "upload_chunk": (
        lambda c: c.upload_chunk(b"", 0, 5, "id"),
        "PUT",
        "/1/chunked_upload",
        {"upload_id": "id", "offset": "5"},
    ),
    "first upload_chunk": (lambda c: c.upload_chunk(b"", 0), "PUT", "/1/chunked_upload", {}),
    "commit_chunked_upload": (
        lambda c: c.commit_chunked_upload("/a", "id", True, "r"),
        "POST",
        "/1/commit_chunked_upload/dropbox/a",
        {"overwrite": "True", "parent_rev": "r", "upload_id": "id"},
    ),
    "delta": (lambda c: c.delta(), "POST", "/1/delta", {}),
    "delta from a cursor": (
        lambda c: c.delta("cur", "/p", True),
        "POST",
        "/1/delta",
        {"cursor": "cur", "path_prefix": "/p", "include_media_info": "True"},
    ),
    "longpoll_delta": (
        lambda c: c.longpoll_delta("cur", 60),
        "GET",
        "/1/longpoll_delta",
        {"cursor": "cur", "timeout": "60"},
    ),
    "longpoll_delta by default": (
        lambda c: c.longpoll_delta("cur"),
        "GET",
        "/1/longpoll_delta",
        {"cursor": "cur"},
    ),
    "revisions": (
        lambda c: c.revisions("/a"),
        "GET",
        "/1/revisions/dropbox/a",
        {"rev_limit": "1000"},
    ),
    "restore": (lambda c: c.restore("/a", "r"), "POST", "/1/restore/dropbox/a", {"rev": "r"}),
    "search": (
        lambda c: c.search("/a", "words"),
        "POST",
        "/1/search/dropbox/a",
        {"query": "words", "file_limit": "1000", "include_deleted": "False"},
    ),
    "share": (lambda c: c.share("/a"), "GET", "/1/shares/dropbox/a", {}),
    "long share": (
        lambda c: c.share("/a", short_url=False),
        "GET",
        "/1/shares/dropbox/a",
        {"short_url": "False"},
    ),
    "media": (lambda c: c.media("/a"), "GET", "/1/media/dropbox/a", {}),
    "create_copy_ref": (lambda c: c.create_copy_ref("/a"), "GET", "/1/copy_ref/dropbox/a", {}),
    "add_copy_ref": (
        lambda c: c.add_copy_ref("ref", "to"),
        "POST",
        "/1/fileops/copy",
        {"root": "dropbox", "from_copy_ref": "ref", "to_path": "/to"},
    ),
    "file_copy": (
        lambda c: c.file_copy("/a", "//b//c/"),
        "POST",
        "/1/fileops/copy",
        {"root": "dropbox", "from_path": "/a", "to_path": "/b/c"},
    ),
    "file_move": (
        lambda c: c.file_move("/a", "/b"),
        "POST",
        "/1/fileops/move",
        {"root": "dropbox", "from_path": "/a", "to_path": "/b"},
    ),
    "file_create_folder": (
        lambda c: c.file_create_folder("/a"),
        "POST",
        "/1/fileops/create_folder",
        {"root": "dropbox", "path": "/a"},
    ),
    "file_delete": (
        lambda c: c.file_delete("/a"),
        "POST",
        "/1/fileops/delete",
        {"root": "dropbox", "path": "/a"},
    ),
    "disable_access_token": (
        lambda c: c.disable_access_token(),
        "POST",
        "/1/disable_access_token",
        {},
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_call_sends_the_documented_request(name, script, scripted_client):
    """Each call sends the documented method, target and parameters."""
    call, method, path, params = CALLS[name]
    call(scripted_client)
    assert sent(script) == (method, path, params)


def test_call_returns_the_decoded_response(script, scripted_client):
    """A call returns the decoded JSON body of the response."""
    script.respond(METADATA)
    assert scripted_client.file_delete("/a") == json.loads(METADATA)


def test_oauth2_token_is_created_from_oauth1(script, scripted_client):
    """`create_oauth2_access_token` returns the access token of the response."""
    script.respond('{"access_token": "new", "token_type": "bearer"}')
    assert scripted_client.create_oauth2_access_token() == "new"


def test_app_folder_client_uses_the_sandbox(script, monkeypatch):
    """The root of an app folder is `sandbox` in URLs."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", script.url)
    session = DropboxSession("k", "s", "app_folder")
    DropboxClient(session).metadata("/")
    assert sent(script)[1] == "/1/metadata/sandbox"


def test_get_file_returns_the_open_response(script, scripted_client):
    """`get_file` returns a response before its body is read."""
    script.respond(b"content")
    with scripted_client.get_file("/a", rev="r") as response:
        assert response.read() == b"content"
    assert sent(script) == ("GET", "/1/files/dropbox/a", {"rev": "r"})


@pytest.mark.parametrize(
    ("start", "length", "header"),
    [(None, None, None), (2, None, "bytes=2-"), (2, 3, "bytes=2-4"), (None, 3, "bytes=-3")],
)
def test_get_file_requests_a_range(script, scripted_client, start, length, header):
    """`start` and `length` become a `Range` header."""
    script.respond(b"c", 206 if header else 200)
    scripted_client.get_file("/a", start=start, length=length).close()
    assert script.requests[-1].headers.get("Range") == header


def test_get_file_and_metadata_returns_both(script, scripted_client):
    """`get_file_and_metadata` returns the response, and the metadata from a header."""
    script.respond(b"content", x_dropbox_metadata=METADATA)
    response, metadata = scripted_client.get_file_and_metadata("/a")
    assert metadata["path"] == "/a"
    assert response.read() == b"content"


@pytest.mark.parametrize("header", [None, "", "{", "[1]"])
def test_malformed_metadata_is_an_error_with_status_200(script, scripted_client, header):
    """Malformed metadata in a header raises an error with the status of the response."""
    fields = {} if header is None else {"x_dropbox_metadata": header}
    script.respond(b"content", **fields)
    with pytest.raises(ErrorResponse) as caught:
        scripted_client.get_file_and_metadata("/a")
    assert caught.value.status == 200


def test_thumbnail_sends_size_and_format(script, scripted_client):
    """`thumbnail` sends the documented defaults of `size` and `format`."""
    script.respond(b"jpeg")
    assert scripted_client.thumbnail("/a").read() == b"jpeg"
    assert sent(script) == (
        "GET",
        "/1/thumbnails/dropbox/a",
        {"size": "large", "format": "JPEG"},
    )


def test_thumbnail_and_metadata_returns_both(script, scripted_client):
    """`thumbnail_and_metadata` returns the response, and the metadata from a header."""
    script.respond(b"png", x_dropbox_metadata=METADATA)
    response, metadata = scripted_client.thumbnail_and_metadata("/a", "small", "PNG")
    assert (response.read(), metadata["bytes"]) == (b"png", 3)


def test_request_builds_a_signed_request(scripted_client, script):
    """A GET has all parameters in its URL; a POST has them in its body."""
    url, params, headers = scripted_client.request("/other", {"a": 1}, "GET")
    assert url.startswith(f"{script.url}/1/other?a=1&oauth_consumer_key=key")
    assert (params["a"], headers) == (1, {})
    url, params, _ = scripted_client.request("/other", {"a": 1})
    assert url == f"{script.url}/1/other"
    assert params["oauth_token"] == "token"


def test_request_rejects_other_methods(scripted_client):
    """`request` accepts only the methods GET, POST and PUT."""
    with pytest.raises(ValueError, match="DELETE"):
        scripted_client.request("/x", method="DELETE")


def test_request_uses_the_chosen_host(monkeypatch):
    """`content_server` and `notification_server` choose the host."""
    monkeypatch.delenv("DROPBOX_ENDPOINT_URL", raising=False)
    client = DropboxClient(DropboxSession("k", "s", "dropbox"))
    assert client.request("/x", content_server=True)[0].startswith("https://api-content.")
    assert client.request("/x", notification_server=True)[0].startswith("https://api-notify.")


def test_client_accepts_any_rest_client():
    """An object with the method `GET` is enough for `account_info`."""
    rest_client = Mock()
    rest_client.GET.return_value = {"uid": 1}
    client = DropboxClient(DropboxSession("k", "s", "dropbox"), rest_client)
    assert client.account_info() == {"uid": 1}


def test_rest_client_receives_the_body_of_the_caller():
    """Content is passed unchanged; paths and uploads with `progress` are passed as files."""
    rest_client = Mock()
    client = DropboxClient(DropboxSession("k", "s", "dropbox"), rest_client)
    file = io.BytesIO(b"content")
    client.put_file("/a", file)
    assert rest_client.PUT.call_args.args[1] is file
    client.put_file("/a", file, progress=Mock())
    body = rest_client.PUT.call_args.args[1]
    assert (len(body), body.read(3), body.read()) == (7, b"con", b"tent")


def test_longpoll_passes_only_documented_arguments_to_another_rest_client():
    """Only the `RESTClient` of the SDK has a read timeout argument."""
    rest_client = Mock()
    client = DropboxClient(DropboxSession("k", "s", "dropbox"), rest_client)
    client.longpoll_delta("cur", 300)
    assert rest_client.GET.call_args.kwargs == {}


def test_longpoll_has_a_longer_read_timeout_than_the_service():
    """The read timeout is the requested timeout, the jitter of the service, and a margin."""
    pool = Mock()
    pool.urlopen.side_effect = OSError
    client = DropboxClient(
        DropboxSession("k", "s", "dropbox"),
        RESTClientObject(pool),
        retries=RetryPolicy(attempts=1),
    )
    with pytest.raises(RESTSocketError):
        client.longpoll_delta("cur", 300)
    assert pool.urlopen.call_args.kwargs["timeout"].read_timeout > 390


@pytest.mark.parametrize("part", [{"start": -1}, {"length": 0}, {"start": 5, "length": -1}])
def test_get_file_rejects_an_invalid_range(scripted_client, part):
    """An invalid `start` or `length` raises an error before a request is sent."""
    with pytest.raises(ValueError, match="start must be at least 0 and length at least 1"):
        scripted_client.get_file("/a", **part)


def test_get_is_sent_again_after_a_temporary_error(script, scripted_client):
    """The client waits as long as `Retry-After` requires, and signs the second request again."""
    script.respond("{}", 503, Retry_After="0")
    script.respond('{"uid": 1}')
    assert scripted_client.account_info() == {"uid": 1}
    first, second = (parse_qs(urlsplit(r.target).query)["oauth_nonce"] for r in script.requests)
    assert first != second


def test_get_is_not_sent_again_after_a_permanent_error(script, scripted_client):
    """A request with the response 404 is sent once."""
    script.respond("{}", 404)
    with pytest.raises(ErrorResponse):
        scripted_client.account_info()
    assert len(script.requests) == 1


def test_retry_after_may_be_a_date(script, scripted_client):
    """The client does not wait if `Retry-After` is a date in the past."""
    script.respond("{}", 429, Retry_After="Fri, 01 Jan 2016 00:00:00 GMT")
    script.respond('{"uid": 1}')
    assert scripted_client.account_info() == {"uid": 1}


def test_get_is_sent_again_after_a_malformed_retry_after(script, linked):
    """The client uses the backoff of the policy if `Retry-After` is malformed."""
    script.respond("{}", 503, Retry_After="soon")
    script.respond('{"uid": 1}')
    client = DropboxClient(linked, retries=RetryPolicy(backoff_s=0.001))
    assert client.account_info() == {"uid": 1}


def test_get_is_not_sent_again_later_than_the_policy_allows(script, scripted_client):
    """A `Retry-After` that exceeds the limit of the policy raises the error."""
    script.respond("{}", 503, Retry_After="3600")
    with pytest.raises(ErrorResponse):
        scripted_client.account_info()
    assert len(script.requests) == 1


def test_get_of_a_full_account_is_not_sent_again(script, scripted_client):
    """An error that reports a full account is raised without another request."""
    script.respond('{"error": "storage quota limit"}', 503)
    with pytest.raises(ErrorResponse):
        scripted_client.account_info()
    assert len(script.requests) == 1


def test_post_is_not_sent_again_after_an_unknown_result(script, scripted_client):
    """A POST that may have been executed is sent once, and its error is raised."""
    script.respond("{}", 503)
    with pytest.raises(ErrorResponse):
        scripted_client.file_delete("/a")
    assert len(script.requests) == 1


def test_put_reports_progress(scripted_client):
    """`progress` gets the bytes sent and the total after each block."""
    steps = []
    scripted_client.put_file("/a", b"x" * 1_200_000, progress=lambda *step: steps.append(step))
    assert steps[-1] == (1_200_000, 1_200_000)
    assert len(steps) > 1


def test_repr_of_a_client_has_no_secrets(scripted_client):
    """The `repr` of a client may be logged."""
    assert "secret" not in repr(scripted_client)
