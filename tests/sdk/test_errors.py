"""The classes of errors by their meaning, and the messages of malformed responses."""

from __future__ import annotations

import contextlib
import copy
import http.client
import io
import pickle
import socket
import threading

import pytest

from dropbox import rest
from dropbox.retry import NEVER


@pytest.fixture
def client(scripted_client):
    """A client of the scripted server that sends each request once."""
    scripted_client.retries = NEVER
    return scripted_client


@pytest.mark.parametrize(
    ("status", "error", "headers", "cls"),
    [
        (404, "Path '/a' not found", {}, rest.NotFoundError),
        (403, "A folder already exists at path '/a'", {}, rest.ConflictError),
        (409, "A file already exists at path '/a'", {}, rest.ConflictError),
        (403, "This nonce was used before.", {}, rest.ErrorResponse),
        (401, "The token has been disabled", {}, rest.UnauthorizedError),
        (429, "Too many requests", {}, rest.RateLimitError),
        (503, "Too many requests", {"Retry_After": "1"}, rest.RateLimitError),
        (503, "User is over storage quota", {}, rest.OutOfSpaceError),
        (503, "User is over storage quota", {"Retry_After": "1"}, rest.OutOfSpaceError),
        (507, "User is over quota", {}, rest.OutOfSpaceError),
        (503, "Try again", {}, rest.ServerError),
        (500, "Failed", {}, rest.ServerError),
        (400, "over quota", {}, rest.ErrorResponse),
    ],
)
def test_error_has_the_class_of_its_meaning(client, script, status, error, headers, cls):
    """Errors that programs distinguish have a class, and all of them are `ErrorResponse`."""
    script.respond(f'{{"error": "{error}"}}', status, **headers)
    with pytest.raises(rest.ErrorResponse) as caught:
        client.file_delete("/a")
    assert type(caught.value) is cls
    for same in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert (type(same), same.status, str(same)) == (cls, status, str(caught.value))


def test_client_and_rest_have_the_error(client):
    """Programs for later releases import `ErrorResponse` from `dropbox.client`."""
    from dropbox import client as module

    assert module.ErrorResponse is rest.ErrorResponse


def test_error_is_made_of_a_response_with_getheaders_only():
    """The headers are read from `getheaders` if the response has no `headers`."""

    class OldResponse:
        status, reason = 404, "Not Found"

        def getheaders(self):
            return [("Retry-After", "3")]

        def read(self):
            return b'{"error": "no"}'

    error = rest.ErrorResponse(OldResponse())
    assert (error.headers["retry-after"], error.error_msg) == ("3", "no")


def test_error_is_made_of_a_response_of_the_standard_library(script):
    """The response of `http.client` is accepted."""
    script.respond('{"error": "no"}', 404)
    connection = http.client.HTTPConnection(script.url.removeprefix("http://"))
    connection.request("GET", "/")
    error = rest.ErrorResponse(connection.getresponse())
    connection.close()
    assert (error.status, error.error_msg) == (404, "no")


@pytest.mark.parametrize("header", ["{", "5", "[" * 20_000, "é"])
def test_malformed_metadata_header_is_shown(client, script, header):
    """The error says which header could not be read, and shows its beginning."""
    script.respond("bytes", x_dropbox_metadata=header)
    with pytest.raises(rest.ErrorResponse) as caught:
        client.get_file_and_metadata("/a")
    assert caught.value.status == 200
    assert "The header x-dropbox-metadata is not a JSON object" in str(caught.value)
    assert header[:3].encode("latin-1").decode("latin-1") in str(caught.value)
    assert len(str(caught.value)) < 500


def test_missing_metadata_header_is_named(client, script):
    """The error says which header is missing."""
    script.respond("bytes")
    with pytest.raises(rest.ErrorResponse, match="has no header x-dropbox-metadata"):
        client.get_file_and_metadata("/a")


@pytest.mark.parametrize("body", ["word", "5", "<html>Log in</html>", "{" * 10_000])
def test_malformed_body_is_shown(client, script, body):
    """The error of a malformed body says so, and shows its beginning."""
    script.respond(body)
    with pytest.raises(rest.ErrorResponse) as caught:
        client.account_info()
    assert str(caught.value).startswith("[200] ")
    assert "could not be read" in str(caught.value)
    assert body[:100] in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.fixture
def raw_server():
    """Makes a server that sends given bytes to its first connection, and then closes it."""
    threads = []

    def serve(data: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))

        def send():
            with listener, listener.accept()[0] as connection:
                connection.recv(65536)
                with contextlib.suppress(OSError):
                    connection.sendall(data)

        threads.append(threading.Thread(target=send))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1",
        b"not HTTP\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 1000 + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\n\xff\xfe: a\r\n\r\n",
        b"HTTP/1.1 404 \xff\r\nContent-Length: 400000000000\r\n\r\n{",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
        b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"\x16\x03\x01",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_hostile_response_is_a_documented_error(raw_server, data):
    """No response of a server raises anything but the documented errors."""
    rest_client = rest.RESTClientObject(read_timeout_s=5)
    with pytest.raises((rest.ErrorResponse, rest.RESTSocketError)):
        rest_client.GET(raw_server(data))
    rest_client.close()


def test_endless_body_is_an_error(raw_server, monkeypatch):
    """A body that is larger than any response of the API is an error, before the memory is full."""
    monkeypatch.setattr("dropbox.json_response._LIMIT_BYTES", 1000)
    monkeypatch.setattr("dropbox.json_response._BLOCK_BYTES", 100)
    head, chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"a\r\n[[[[[[[[[[\r\n"
    with pytest.raises(rest.ErrorResponse, match="more than 1000 bytes"):
        rest.RESTClientObject().GET(raw_server(head + chunk * 200))


def test_error_body_that_is_cut_is_a_socket_error(raw_server):
    """The connection lost within the body of an error is a `RESTSocketError`."""
    url = raw_server(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n{")
    with pytest.raises(rest.RESTSocketError):
        rest.RESTClientObject().PUT(url, io.BytesIO(b"content"))


def test_error_is_made_of_a_response_without_headers():
    """A response of a caller's transport may have neither `headers` nor `getheaders`."""

    class BareResponse:
        status, reason = 500, "Failed"

        def read(self):
            return b'{"error": "no"}'

    error = rest.ErrorResponse(BareResponse())
    assert (dict(error.headers), error.error_msg) == ({}, "no")
