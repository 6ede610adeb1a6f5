"""Tests of the server with few resources, failing applications and frozen clocks."""

from __future__ import annotations

import resource
import socket
import threading

import freezegun
import pytest
import urllib3

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def peak_memory_bytes() -> int:
    """Returns the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize(
    "message",
    [
        b"Transfer-Encoding: chunked\r\n\r\n40000000\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\nfffffffffff\r\nabc",
        b"Content-Length: 1073741824\r\n\r\nabc",
    ],
)
@pytest.mark.parametrize("size", [2**30, 2**40, -1])
def test_memory_depends_on_the_received_bytes(serve, connect, message, size):
    """The server allocates neither the announced length nor the size that the application reads."""
    reading = threading.Event()

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "PUT":
            reading.set()
            environ["wsgi.input"].read(size)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    before = peak_memory_bytes()
    client = connect(server)
    client.send(b"PUT / HTTP/1.1\r\nHost: x\r\n" + message)
    assert reading.wait(10)
    assert connect(server).request(GET)[0] == 200
    client.socket.shutdown(socket.SHUT_WR)
    client.read_response()
    assert peak_memory_bytes() - before < 64 * 1024 * 1024


@pytest.fixture
def connect_without_descriptors():
    """Returns a function that connects a client to a server without free descriptors.

    The function returns the first bytes of the response.
    """

    def send_request(server) -> bytes:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as client:
            client.settimeout(10)
            with socket.socket() as highest:
                resource.setrlimit(resource.RLIMIT_NOFILE, (highest.fileno(), hard))
            try:
                client.connect(("127.0.0.1", server.port))
                client.sendall(GET)
                return client.recv(65536)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    return send_request


def test_longest_idle_connection_is_closed_when_descriptors_run_out(
    serve, connect, echo, connect_without_descriptors
):
    """The server closes the longest idle connection to serve a new client, and no other one."""
    server = serve(echo)
    clients = [connect(server) for _ in range(20)]
    for client in clients:
        assert client.request(GET)[0] == 200
    # After this request, the longest idle connection is the second one, not the first one.
    assert clients[0].request(GET)[0] == 200
    assert connect_without_descriptors(server).startswith(b"HTTP/1.1 200")
    assert clients[1].read_to_end() == b""
    assert [client.request(GET)[0] for client in [clients[0], *clients[2:]]] == [200] * 19


def test_unused_connection_is_closed_when_no_other_is_idle(
    serve, connect, echo, connect_without_descriptors
):
    """The server closes an unused connection before a connection with a running request."""
    server = serve(echo)
    incomplete = connect(server)
    incomplete.send(GET[:10])
    silent = [connect(server) for _ in range(5)]
    # When this connection is answered, the server has accepted all earlier ones.
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as last:
        last.sendall(GET.replace(b"Host", b"Connection: close\r\nHost"))
        while last.recv(65536):
            pass
    assert connect_without_descriptors(server).startswith(b"HTTP/1.1 200")
    assert silent[0].read_to_end() == b""
    incomplete.send(GET[10:])
    assert incomplete.read_response()[0] == 200
    assert [client.request(GET)[0] for client in silent[1:]] == [200] * 4


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
def test_any_exception_of_the_application_is_answered_with_500(serve, connect, error):
    """Exceptions such as `SystemExit` are answered with 500, and the server continues."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            raise error
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    for _ in range(3):
        assert connect(server).request(GET.replace(b"/ ", b"/fail "))[0] == 500
    assert connect(server).request(GET)[0] == 200
    server.stop()


@pytest.mark.parametrize(
    "headers",
    [
        [("X", "a\r\nSet-Cookie: b=c"), ("Content-Length", "0")],
        [("X", "a\nSet-Cookie: b=c"), ("Content-Length", "0")],
        [("X", "a\rb"), ("Content-Length", "0")],
        [("X", "a\0b"), ("Content-Length", "0")],
        [("X: y\r\nZ", "a"), ("Content-Length", "0")],
        [("X Y", "a"), ("Content-Length", "0")],
        [("Content-Length", "0"), ("content-length", "2")],
        [("Content-Length", "0"), ("Transfer-Encoding", "chunked")],
        [("Transfer-Encoding", "chunked")],
        [("Content-Length", "-1")],
        [("X", "no latin: ł"), ("Content-Length", "0")],
    ],
)
def test_invalid_response_headers_are_answered_with_500(serve, connect, headers):
    """A response with invalid headers is replaced by a 500 response, to prevent injection."""

    def app(environ, start_response):
        start_response("200 OK", headers)
        return []

    client = connect(serve(app))
    client.send(GET)
    status, sent_headers, text = client.read_response()
    assert (status, text) == (500, b"Internal Server Error\n")
    assert set(sent_headers) == {"connection", "content-type", "content-length"}
    assert client.read_to_end() == b""


def test_line_break_in_the_status_is_answered_with_500(serve, connect):
    """A status with a line break is replaced by a 500 response, to prevent injected headers."""

    def app(environ, start_response):
        start_response("200 OK\r\nX: y", [("Content-Length", "0")])
        return []

    status, headers, _ = connect(serve(app)).request(GET)
    assert status == 500
    assert "x" not in headers


def test_application_closes_the_connection_with_a_header(serve, connect):
    """`Connection: close` in the response of the application closes the connection."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "0"), ("Connection", "close")])
        return []

    client = connect(serve(app))
    assert client.request(GET)[0] == 200
    assert client.read_to_end() == b""


@pytest.mark.parametrize("when", ["1970-01-02", "2013-05-01", "2999-01-01"])
@pytest.mark.parametrize("options", [{}, {"ignore": []}, {"tick": True}], ids=str)
def test_requests_are_served_while_clocks_are_frozen(serve, connect, echo, when, options):
    """A frozen clock does not change the time limit of a request that arrives in pieces."""
    server = serve(echo)
    client = connect(server)
    message = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    client.send(message + b"he")
    with freezegun.freeze_time(when, **options):
        assert connect(server).request(GET)[0] == 200
        client.send(b"llo")
        assert client.read_response()[2] == b"hello"
        client.send(message + b"w")
        assert urllib3.request("PUT", server.url, body=b"x").data == b"x"
    client.send(b"orld")
    assert client.read_response()[2] == b"world"
    with freezegun.freeze_time(when, **options):
        server.stop()


def test_stalled_request_is_answered_with_408_while_clocks_are_frozen(
    serve, connect, echo, monkeypatch
):
    """The time limit of an incomplete request counts real time."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.25)
    server = serve(echo)
    with freezegun.freeze_time("2013-05-01"):
        client = connect(server)
        client.send(b"PUT / HTTP/1.1\r\nContent-")
        assert client.read_response()[0] == 408


def test_reset_closes_no_other_connection_while_the_application_runs(serve, connect):
    """The descriptor of a reset connection is not reused for another client too early."""
    released, reset_done = threading.Event(), threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/reset":
            environ["fakebox.connection"].reset()
            reset_done.set()
            released.wait(10)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    client = connect(server)
    client.send(GET.replace(b"/ ", b"/reset "))
    assert reset_done.wait(10)
    others = [connect(server) for _ in range(5)]
    for other in others:
        assert other.request(GET)[0] == 200
    released.set()
    with pytest.raises(ConnectionResetError):
        client.read_to_end()
    for other in others:
        assert other.request(GET)[0] == 200
