"""Tests of the responses that the server sends for a WSGI application."""

from __future__ import annotations

import socket
import threading

import pytest
import urllib3

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"


def constant_app(status, headers, blocks):
    """Returns an application that always sends the same response."""

    def app(environ, start_response):
        start_response(status, headers)
        return blocks

    return app


def test_small_response_is_sent_in_one_packet(serve, connect):
    """The head and a small body arrive in one read, as they are sent with one write."""
    client = connect(serve(constant_app("200 OK", [("Content-Length", "5")], [b"hello"])))
    client.send(GET)
    received = client.socket.recv(65536)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\nhello")


def test_response_has_default_server_and_date_headers(serve, connect):
    """A response has `Server: fakebox` and a `Date` header if the application sets neither."""
    _, headers, _ = connect(serve(constant_app("200 OK", [("Content-Length", "0")], []))).request(
        GET
    )
    assert headers["server"] == "fakebox"
    assert headers["date"].endswith(" GMT")


def test_application_overrides_server_and_date_headers(serve, connect):
    """The server does not replace the `Date` and `Server` headers that the application sets."""
    app_headers = [
        ("Content-Length", "0"),
        ("Date", "Thu, 01 Jan 2015 00:00:00 GMT"),
        ("Server", "nginx"),
    ]
    _, headers, _ = connect(serve(constant_app("200 OK", app_headers, []))).request(GET)
    assert (headers["date"], headers["server"]) == ("Thu, 01 Jan 2015 00:00:00 GMT", "nginx")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_response_without_body_ends_after_its_head(serve, connect, status):
    """A 204 or 304 response has no body, and the connection stays usable."""
    client = connect(serve(constant_app(status, [], [b"body"])))
    for _ in range(2):
        status_code, headers, body = client.request(GET)
        assert (status_code, body) == (int(status[:3]), b"")
        assert "transfer-encoding" not in headers


def test_head_response_has_a_content_length_and_no_body(serve, connect):
    """A HEAD response has the length of the GET response, and the connection stays usable."""
    client = connect(serve(constant_app("200 OK", [("Content-Length", "5")], [b"hello"])))
    for _ in range(2):
        status, headers, body = client.request(HEAD)
        assert (status, headers["content-length"], body) == (200, "5", b"")


def test_head_request_stops_after_the_first_block(serve, connect):
    """For HEAD, the server closes the response iterable instead of reading all of it."""
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        try:
            yield b"hello"
            raise AssertionError("the server requested the second block")
        finally:
            closed.set()

    assert connect(serve(app)).request(HEAD)[0] == 200
    assert closed.wait(10)


def test_error_response_to_head_has_no_body(serve, connect):
    """The 500 for a HEAD request ends with its head (RFC 9110, section 9.3.2)."""

    def app(environ, start_response):
        raise LookupError("a defect of the application")

    client = connect(serve(app))
    client.send(HEAD)
    received = client.read_to_end()
    assert received.startswith(b"HTTP/1.1 500 ")
    assert received.endswith(b"\r\n\r\n")


def test_response_without_content_length_is_chunked(serve, connect):
    """A response of unknown length is sent in chunks, and the connection stays usable."""
    client = connect(serve(constant_app("200 OK", [], [b"one ", b"", b"two"])))
    for _ in range(2):
        _, headers, body = client.request(GET)
        assert (headers["transfer-encoding"], body) == ("chunked", b"one two")


def test_response_without_content_length_closes_an_http_1_0_connection(serve, connect):
    """A response of unknown length to HTTP/1.0 ends with the connection, without chunks."""
    client = connect(serve(constant_app("200 OK", [], [b"one ", b"two"])))
    status, headers, body = client.request(b"GET / HTTP/1.0\r\n\r\n")
    assert (status, headers["connection"], body) == (200, "close", b"one two")


def test_response_blocks_are_sent_when_they_are_produced(serve, connect):
    """The client receives the first block while the application still produces the second."""
    more = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "8")])
        yield b"head"
        more.wait(10)
        yield b"tail"

    client = connect(serve(app))
    client.send(GET)
    assert client.socket.recv(65536).endswith(b"head")
    more.set()
    assert client.socket.recv(65536) == b"tail"


def test_response_shorter_than_its_content_length_closes_the_connection(serve, connect):
    """The server closes the connection, so that the client does not wait for missing bytes."""
    client = connect(serve(constant_app("200 OK", [("Content-Length", "10")], [b"hello"])))
    client.send(GET)
    assert client.read_to_end().endswith(b"\r\n\r\nhello")


def test_response_longer_than_its_content_length_is_truncated(serve, connect):
    """Extra bytes are not sent, as the client would read them as the next response."""
    client = connect(
        serve(constant_app("200 OK", [("Content-Length", "5")], [b"hel", b"lo wor", b"ld"]))
    )
    assert client.request(GET)[2] == b"hello"
    assert client.request(GET)[2] == b"hello"


def test_response_that_raises_midway_closes_the_connection(serve, connect):
    """An exception after the first chunk closes the connection without the last chunk."""

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"half"
        raise RuntimeError

    client = connect(serve(app))
    client.send(GET)
    assert client.read_to_end().endswith(b"\r\n4\r\nhalf\r\n")


def test_large_response_arrives_complete(serve):
    """A response of 20 large blocks arrives complete and unchanged."""
    block = bytes(range(256)) * 1024
    size = len(block) * 20
    app = constant_app("200 OK", [("Content-Length", str(size))], [block] * 20)
    assert urllib3.request("GET", serve(app).url).data == block * 20


def test_response_iterable_is_closed_when_the_client_disconnects(serve, connect):
    """An endless response stops when its client disconnects."""
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * 65536
        finally:
            closed.set()

    client = connect(serve(app))
    client.send(GET)
    client.socket.recv(65536)
    client.socket.close()
    assert closed.wait(10)


def test_reset_before_the_response_is_a_connection_reset(serve, connect):
    """`reset()` before the response gives the client a connection reset."""

    def app(environ, start_response):
        environ["fakebox.connection"].reset()
        return []

    client = connect(serve(app))
    client.send(GET)
    with pytest.raises(ConnectionResetError):
        client.read_to_end()


def test_reset_within_the_response_is_a_connection_reset(serve, connect):
    """`reset()` within the response gives the client a connection reset."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "100")])
        yield b"half"
        environ["fakebox.connection"].reset()
        yield b"more"

    client = connect(serve(app))
    client.send(GET)
    with pytest.raises(ConnectionResetError):
        client.read_to_end()


def test_cut_within_the_response_truncates_it(serve, connect):
    """After `cut()`, the client receives the bytes sent before it and no later ones."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "1000000")])
        yield b"x" * 300_000
        environ["fakebox.connection"].cut()
        yield b"y"

    client = connect(serve(app))
    client.send(GET)
    _, _, body = client.read_to_end().partition(b"\r\n\r\n")
    assert body == b"x" * 300_000


def test_cut_before_the_response_closes_the_connection(serve, connect):
    """After `cut()` before the response, the client receives no bytes."""

    def app(environ, start_response):
        environ["fakebox.connection"].cut()
        start_response("200 OK", [("Content-Length", "2")])
        return [b"no"]

    client = connect(serve(app))
    client.send(GET)
    assert client.read_to_end() == b""


def test_connection_sets_tcp_nodelay(serve):
    """TCP_NODELAY is set on the socket that sends the response."""
    options = []

    def app(environ, start_response):
        sock = environ["fakebox.connection"].socket
        options.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        start_response("200 OK", [("Content-Length", "0")])
        return []

    urllib3.request("GET", serve(app).url)
    assert all(options)
