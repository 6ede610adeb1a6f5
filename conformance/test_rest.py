"""Arguments, results and errors of the REST client."""

import io
import json
import socket
from urllib.parse import parse_qsl

import pytest

from conformance.pictures import picture
from conformance.wire import status_of, url_of
from dropbox.client import DropboxClient
from dropbox.connection_pool import ConnectionPools
from dropbox.rest import ErrorResponse, RESTClient, RESTClientObject, RESTSocketError


def signed(target, call, **options):
    """Return the URL, parameters and headers of a request."""
    return target.client.request(call, **options)


@pytest.mark.checks("rest-GET", "rest-request-json")
def test_get(target):
    """GET returns the decoded JSON."""
    url, _, headers = signed(target, "/account/info", method="GET")
    assert RESTClient.GET(url, headers=headers)["email"]


@pytest.mark.checks("rest-POST", "rest-request-post_params")
def test_post(target):
    """POST sends the parameters in the body."""
    url, params, headers = signed(target, "/delta", params={})
    assert url == url_of(target, "/delta")
    sent = []

    class Recording:
        def urlopen(self, method, url, **options):
            body = b"".join(options.pop("body"))
            sent.append((method, url, body, options["headers"]))
            return target.connections.urlopen(method, url, body=body, **options)

    rest_client = RESTClientObject(Recording())
    headers = {**headers, "X-Example": "1"}
    assert rest_client.POST(url, params=params, headers=headers)["cursor"]
    ((method, sent_url, body, sent_headers),) = sent
    assert (method, sent_url, sent_headers["X-Example"]) == ("POST", url, "1")
    assert sent_headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(body.decode())) == {name: str(value) for name, value in params.items()}
    assert RESTClient.POST(*signed(target, "/delta", params={}))["cursor"]


@pytest.mark.checks("rest-PUT", "rest-request-body")
@pytest.mark.parametrize(
    "body",
    [lambda: b"content", lambda: "content", lambda: io.BytesIO(b"content")],
    ids=["bytes", "text", "file"],
)
def test_put(target, body):
    """PUT accepts bytes, a string or a file object as body."""
    call = f"/files_put/{target.client.session.root}{target.path('body.txt')}"
    options = {"method": "PUT", "content_server": True, "params": {"overwrite": "true"}}
    url, _, headers = signed(target, call, **options)
    assert RESTClient.PUT(url, body=body(), headers=headers)["bytes"] == 7


@pytest.mark.checks("rest-request-exclusive")
def test_body_and_parameters():
    """A body and post_params cannot be combined."""
    with pytest.raises(ValueError, match="post_params"):
        RESTClient.request("POST", "http://127.0.0.1:1/", post_params={"a": "b"}, body=b"c")


@pytest.mark.checks("rest-request-raw_response", "rest-request-headers")
def test_raw_response(target):
    """A raw response has status, headers and a readable body; request headers are sent."""
    target.put("raw.bin", b"0123456789")
    call = f"/files/{target.client.session.root}{target.path('raw.bin')}"
    url, _, _ = signed(target, call, method="GET", content_server=True)
    headers = {"Range": "bytes=2-5"}
    with RESTClient.request("GET", url, headers=headers, raw_response=True) as response:
        assert (response.status, response.read(2), response.read()) == (206, b"23", b"45")
        assert response.getheader("Content-Length") == "4"


@pytest.mark.checks("rest-error-status", "rest-error-fields")
def test_error(target):
    """ErrorResponse has the status and the fields of the error."""
    with pytest.raises(ErrorResponse) as caught:
        target.client.metadata(target.path("never"))
    assert caught.value.status == 404
    assert caught.value.error == caught.value.error_msg == caught.value.body["error"]
    assert caught.value.reason
    assert "404" in str(caught.value)
    assert caught.value.error in str(caught.value)


@pytest.mark.emulator
@pytest.mark.checks(
    "rest-error-user_error-first", "rest-error-user_error", "wire-errors-user_error"
)
def test_user_error(target):
    """ErrorResponse has the message for the user."""
    target.box.set_quota(10)
    with pytest.raises(ErrorResponse) as caught:
        target.put("large", b"x" * 100)
    error = caught.value
    assert error.user_error_msg == error.body["user_error"]
    assert error.user_error_msg != error.error
    shown = str(error)
    assert 0 <= shown.find(error.user_error_msg) < shown.find(error.error)


@pytest.mark.checks("rest-error-not-json", "rest-request-not-json")
def test_body_that_is_not_json(target):
    """A body that is not JSON raises ErrorResponse with the status of the response."""
    target.put("page.html", "<p>no JSON")
    call = f"/files/{target.client.session.root}{target.path('page.html')}"
    url, _, _ = signed(target, call, method="GET", content_server=True)
    assert status_of(RESTClient.GET, url) == 200


@pytest.mark.emulator
@pytest.mark.checks("rest-error-header", "get_file_and_metadata-200", "thumbnail_and_metadata-200")
@pytest.mark.parametrize("call", ["get_file_and_metadata", "thumbnail_and_metadata"])
def test_malformed_header(target, call):
    """A metadata header that is not JSON raises ErrorResponse with status 200."""

    class Mangling(ConnectionPools):
        def urlopen(self, *args, **options):
            response = super().urlopen(*args, **options)
            response.headers["x-dropbox-metadata"] = "no JSON"
            return response

    target.put("photo.png", picture(40, 30))
    client = DropboxClient(target.client.session, RESTClientObject(Mangling()))
    assert status_of(getattr(client, call), target.path("photo.png")) == 200


@pytest.mark.emulator
@pytest.mark.checks("get_file-200")
def test_encoded_download(target):
    """A download with an encoding that was not requested raises ErrorResponse with status 200."""

    class Encoding(ConnectionPools):
        def urlopen(self, *args, **options):
            response = super().urlopen(*args, **options)
            response.headers["Content-Encoding"] = "gzip"
            return response

    target.put("encoded.txt")
    client = DropboxClient(target.client.session, RESTClientObject(Encoding()))
    assert status_of(client.get_file, target.path("encoded.txt")) == 200


@pytest.mark.checks("rest-socket-error-text", "rest-socket-error")
def test_refused_connection():
    """A failed connection raises RESTSocketError with the host."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(RESTSocketError) as caught:
            RESTClient.GET(f"http://127.0.0.1:{port}/1/account/info")
    assert "127.0.0.1" in caught.value.host
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "refused" in str(caught.value)


@pytest.mark.checks("rest-IMPL")
def test_implementation_is_replaced(monkeypatch):
    """All class methods use `RESTClient.IMPL`."""

    class Echo:
        def request(self, *args, **options):
            return [*args, options]

    monkeypatch.setattr(RESTClient, "IMPL", Echo())
    assert RESTClient.request("GET", "url", body="b") == ["GET", "url", {"body": "b"}]


@pytest.mark.checks("client-session", "session-client", "rest-layer", "client-rest_client")
def test_client_uses_the_given_rest_client(target):
    """The client sends its requests with the given REST client."""
    urls = []

    class Recording:
        def GET(self, url, headers=None, **options):
            urls.append(url)
            return json.loads('{"uid": 5}')

    client = DropboxClient(target.client.session, rest_client=Recording())
    assert client.account_info() == {"uid": 5}
    assert len(urls) == 1
