"""What an application sees of a request."""

from __future__ import annotations

import io
import logging

import pytest


def environ_of(serve, dial, recorder, request):
    """The environ that an application is called with for a request."""
    assert dial(serve(recorder)).ask(request)[0] == 200
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
def test_application_sees_the_target_raw_and_decoded(serve, dial, recorder, target, path, query):
    """A signature covers the one, a route matches the other."""
    environ = environ_of(
        serve, dial, recorder, b"GET " + target + b" HTTP/1.1\r\nHost: example.com\r\n\r\n"
    )
    assert environ["RAW_URI"] == target.decode()
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == (path, query)


def test_application_sees_where_the_client_thinks_it_is(serve, dial, recorder):
    """The Host header, not the bound address, is what URLs in answers are made from."""
    environ = environ_of(serve, dial, recorder, b"GET / HTTP/1.1\r\nHost: api.dropbox.com\r\n\r\n")
    assert environ["HTTP_HOST"] == "api.dropbox.com"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("target", "host", "rest"),
    [
        (b"http://api.dropbox.com/1/a%20b?x=y", "api.dropbox.com", "/1/a%20b?x=y"),
        (b"HTTPS://127.0.0.1:8910/1/a", "127.0.0.1:8910", "/1/a"),
        (b"http://[::1]:8910/1/a", "[::1]:8910", "/1/a"),
        (b"http://api.dropbox.com", "api.dropbox.com", "/"),
        (b"http://api.dropbox.com?x=y", "api.dropbox.com", "/?x=y"),
    ],
)
def test_client_may_send_the_whole_url(serve, dial, recorder, target, host, rest):
    """As to a proxy; the host that it names counts, and no other (RFC 9112, section 3.2.2)."""
    environ = environ_of(
        serve, dial, recorder, b"GET " + target + b" HTTP/1.1\r\nHost: other\r\n\r\n"
    )
    assert (environ["HTTP_HOST"], environ["RAW_URI"]) == (host, rest)


def test_client_of_old_needs_to_name_no_host(serve, dial, recorder):
    """HTTP/1.0 had no such header."""
    assert "HTTP_HOST" not in environ_of(serve, dial, recorder, b"GET / HTTP/1.0\r\nX: y\r\n\r\n")


def test_application_that_writes_errors_writes_to_the_log(serve, dial, caplog):
    """Nothing is ever printed."""

    def app(environ, start_response):
        environ["wsgi.errors"].write("something is odd\n")
        start_response("200 OK", [("Content-Length", "0")])
        return []

    with caplog.at_level(logging.ERROR, "fakebox.server"):
        dial(serve(app)).ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "something is odd" in caplog.text


@pytest.mark.parametrize(
    ("request_", "status"),
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
def test_request_that_cannot_be_understood_is_refused(serve, dial, recorder, request_, status):
    """The application isn't bothered, and the connection ends."""
    wire = dial(serve(recorder))
    answered, headers, _ = wire.ask(request_)
    assert (answered, headers["connection"]) == (status, "close")
    assert wire.rest() == b""
    assert recorder.environs == []


def test_headers_may_be_long(serve, dial, recorder):
    """OAuth headers and cookies are; there are 64 KiB for all of them."""
    value = "x" * 60_000
    request = f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {value}\r\n\r\n".encode()
    assert environ_of(serve, dial, recorder, request)["HTTP_AUTHORIZATION"] == value


def test_request_may_come_byte_by_byte(serve, dial, echo):
    """A slow network delivers it so."""
    wire = dial(serve(echo))
    for byte in io.BytesIO(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"):
        wire.send(byte)
    assert wire.answer()[2] == b"hi"


def test_application_that_fails_is_answered_with_no_insides(serve, dial, caplog):
    """What went wrong is for the log."""

    def app(environ, start_response):
        raise RuntimeError("the secret inside")

    with caplog.at_level(logging.ERROR, "fakebox.server"):
        status, headers, text = dial(serve(app)).ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status, text) == (500, b"Internal Server Error\n")
    assert headers["connection"] == "close"
    assert "the secret inside" in caplog.text


@pytest.mark.parametrize("failure", [OSError("disk"), TimeoutError("lock"), ValueError("text")])
def test_application_that_fails_while_answering_is_a_500_too(serve, dial, failure):
    """Its own trouble with files isn't the client's lost connection."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        raise failure
        yield b""

    assert dial(serve(app)).ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 500
