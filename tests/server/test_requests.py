"""Tests of the WSGI environ of a request, and of the rejection of invalid requests."""

from __future__ import annotations

import io
import logging

import pytest


def environ_of(serve, connect, recorder, request):
    """Sends a request and returns the environ that the application receives."""
    assert connect(serve(recorder)).request(request)[0] == 200
    return recorder.environs[0]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/1/files/a%2Fb%20c?x=%2F&y", "/1/files/a/b c", "x=%2F&y"),
        (b"/1/files/a%252Fb", "/1/files/a%2Fb", ""),
        (b"/1//files/%C3%A9+", "/1//files/\xc3\xa9+", ""),
        (b"/?", "/", ""),
    ],
)
def test_environ_has_the_raw_and_the_decoded_target(serve, connect, recorder, target, path, query):
    """`RAW_URI` has the target as sent, for signatures; `PATH_INFO` has the decoded path."""
    environ = environ_of(
        serve, connect, recorder, b"GET " + target + b" HTTP/1.1\r\nHost: example.com\r\n\r\n"
    )
    assert environ["RAW_URI"] == target.decode()
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == (path, query)


def test_environ_has_the_host_header_of_the_request(serve, connect, recorder):
    """`HTTP_HOST` is the `Host` header of the client, not the address of the server."""
    environ = environ_of(
        serve, connect, recorder, b"GET / HTTP/1.1\r\nHost: api.dropbox.com\r\n\r\n"
    )
    assert environ["HTTP_HOST"] == "api.dropbox.com"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("target", "host", "raw_uri"),
    [
        (b"http://api.dropbox.com/1/a%20b?x=y", "api.dropbox.com", "/1/a%20b?x=y"),
        (b"HTTPS://127.0.0.1:8910/1/a", "127.0.0.1:8910", "/1/a"),
        (b"http://[::1]:8910/1/a", "[::1]:8910", "/1/a"),
        (b"http://api.dropbox.com", "api.dropbox.com", "/"),
        (b"http://api.dropbox.com?x=y", "api.dropbox.com", "/?x=y"),
    ],
)
def test_absolute_url_as_target_sets_the_host(serve, connect, recorder, target, host, raw_uri):
    """The host of an absolute target replaces the `Host` header (RFC 9112, section 3.2.2)."""
    environ = environ_of(
        serve, connect, recorder, b"GET " + target + b" HTTP/1.1\r\nHost: other\r\n\r\n"
    )
    assert (environ["HTTP_HOST"], environ["RAW_URI"]) == (host, raw_uri)


def test_http_1_0_request_needs_no_host_header(serve, connect, recorder):
    """An HTTP/1.0 request without a `Host` header is accepted."""
    assert "HTTP_HOST" not in environ_of(
        serve, connect, recorder, b"GET / HTTP/1.0\r\nX: y\r\n\r\n"
    )


def test_wsgi_errors_are_logged(serve, connect, caplog):
    """Text that the application writes to `wsgi.errors` goes to the log."""

    def app(environ, start_response):
        environ["wsgi.errors"].write("something is odd\n")
        start_response("200 OK", [("Content-Length", "0")])
        return []

    with caplog.at_level(logging.ERROR, "fakebox.server"):
        connect(serve(app)).request(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "something is odd" in caplog.text


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"rubbish\r\n\r\n", 400),
        (b"GET / SPDY/3\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\n\r\n", 505),
        (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /#fragment HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: y\r\n\r\n", 400),
        (b"GET http://example.com/ HTTP/1.1\r\nX: y\r\n\r\n", 400),
        (b"GET http:///path HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://user@example.com/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://example.com/#fragment HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET ftp://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"CONNECT api.dropbox.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n folded: before any other\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: y\r\n\tfolded\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1_0\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: zip\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 431),
    ],
)
def test_invalid_request_is_rejected(serve, connect, recorder, message, status):
    """An invalid request gets an error and closes the connection without an application call."""
    client = connect(serve(recorder))
    status_code, headers, _ = client.request(message)
    assert (status_code, headers["connection"]) == (status, "close")
    assert client.read_to_end() == b""
    assert recorder.environs == []


def test_header_of_60_kb_is_accepted(serve, connect, recorder):
    """A long `Authorization` header is accepted, as the limit for all headers is 64 KiB."""
    value = "x" * 60_000
    request = f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {value}\r\n\r\n".encode()
    assert environ_of(serve, connect, recorder, request)["HTTP_AUTHORIZATION"] == value


def test_request_sent_byte_by_byte_is_answered(serve, connect, echo):
    """A request that arrives one byte at a time is parsed correctly."""
    client = connect(serve(echo))
    for byte in io.BytesIO(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"):
        client.send(byte)
    assert client.read_response()[2] == b"hi"


def test_exception_of_the_application_is_logged_and_not_sent(serve, connect, caplog):
    """The client of an application that raises gets 500, and the exception goes to the log."""

    def app(environ, start_response):
        raise RuntimeError("the secret inside")

    with caplog.at_level(logging.ERROR, "fakebox.server"):
        status, headers, text = connect(serve(app)).request(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status, text) == (500, b"Internal Server Error\n")
    assert headers["connection"] == "close"
    assert "the secret inside" in caplog.text


@pytest.mark.parametrize("error", [OSError("disk"), TimeoutError("lock"), ValueError("text")])
def test_exception_before_the_first_block_is_answered_with_500(serve, connect, error):
    """An `OSError` of the application is not treated as a lost connection of the client."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        raise error
        yield b""

    assert connect(serve(app)).request(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 500
