"""The server under shortage, failing applications, and stopped clocks."""

from __future__ import annotations

import resource
import socket
import threading

import freezegun
import pytest
import urllib3

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def peak_memory_bytes() -> int:
    """The most memory that this process has had so far."""
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
def test_memory_follows_what_has_arrived(serve, dial, message, size):
    """Neither what the client announces nor what the application asks for is allocated."""
    reading = threading.Event()

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "PUT":
            reading.set()
            environ["wsgi.input"].read(size)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    before = peak_memory_bytes()
    wire = dial(server)
    wire.send(b"PUT / HTTP/1.1\r\nHost: x\r\n" + message)
    assert reading.wait(10)
    assert dial(server).ask(GET)[0] == 200
    wire.socket.shutdown(socket.SHUT_WR)
    wire.answer()
    assert peak_memory_bytes() - before < 64 * 1024 * 1024


@pytest.fixture
def newcomer():
    """Connects one more client to a server that has no descriptor left, and reads its response."""

    def connect(server) -> bytes:
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

    return connect


def test_connection_idle_the_longest_is_closed_when_descriptors_run_out(
    serve, dial, echo, newcomer
):
    """A newcomer is served, and all others stay."""
    server = serve(echo)
    wires = [dial(server) for _ in range(20)]
    for wire in wires:
        assert wire.ask(GET)[0] == 200
    # What was idle the longest isn't what connected first.
    assert wires[0].ask(GET)[0] == 200
    assert newcomer(server).startswith(b"HTTP/1.1 200")
    assert wires[1].rest() == b""
    assert [wire.ask(GET)[0] for wire in [wires[0], *wires[2:]]] == [200] * 19


def test_connection_that_never_sent_anything_is_closed_when_no_other_is_idle(
    serve, dial, echo, newcomer
):
    """Those within a request are kept."""
    server = serve(echo)
    begun = dial(server)
    begun.send(GET[:10])
    silent = [dial(server) for _ in range(5)]
    # The server has met all of them.
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as last:
        last.sendall(GET.replace(b"Host", b"Connection: close\r\nHost"))
        while last.recv(65536):
            pass
    assert newcomer(server).startswith(b"HTTP/1.1 200")
    assert silent[0].rest() == b""
    begun.send(GET[10:])
    assert begun.answer()[0] == 200
    assert [wire.ask(GET)[0] for wire in silent[1:]] == [200] * 4


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
def test_application_that_raises_anything_is_a_500(serve, dial, error):
    """Also what would end a thread; the server serves on, and stops."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            raise error
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    for _ in range(3):
        assert dial(server).ask(GET.replace(b"/ ", b"/fail "))[0] == 500
    assert dial(server).ask(GET)[0] == 200
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
def test_response_with_impossible_headers_is_a_500(serve, dial, headers):
    """Nothing of it is sent, so that no client takes a value for a header or a response."""

    def app(environ, start_response):
        start_response("200 OK", headers)
        return []

    wire = dial(serve(app))
    wire.send(GET)
    status, sent, text = wire.answer()
    assert (status, text) == (500, b"Internal Server Error\n")
    assert set(sent) == {"connection", "content-type", "content-length"}
    assert wire.rest() == b""


def test_status_that_ends_its_line_is_a_500(serve, dial):
    """It could begin a header."""

    def app(environ, start_response):
        start_response("200 OK\r\nX: y", [("Content-Length", "0")])
        return []

    status, headers, _ = dial(serve(app)).ask(GET)
    assert status == 500
    assert "x" not in headers


def test_application_that_closes_the_connection_does(serve, dial):
    """By the header in its response."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "0"), ("Connection", "close")])
        return []

    wire = dial(serve(app))
    assert wire.ask(GET)[0] == 200
    assert wire.rest() == b""


@pytest.mark.parametrize("when", ["1970-01-02", "2013-05-01", "2999-01-01"])
@pytest.mark.parametrize("options", [{}, {"ignore": []}, {"tick": True}], ids=str)
def test_stopped_clocks_stop_no_server(serve, dial, echo, when, options):
    """Requests that arrive in pieces have a time limit, which no clock of a test counts."""
    server = serve(echo)
    wire = dial(server)
    message = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    wire.send(message + b"he")
    with freezegun.freeze_time(when, **options):
        assert dial(server).ask(GET)[0] == 200
        wire.send(b"llo")
        assert wire.answer()[2] == b"hello"
        wire.send(message + b"w")
        assert urllib3.request("PUT", server.url, body=b"x").data == b"x"
    wire.send(b"orld")
    assert wire.answer()[2] == b"world"
    with freezegun.freeze_time(when, **options):
        server.stop()


def test_silent_client_is_let_go_while_clocks_are_stopped(serve, dial, echo, monkeypatch):
    """The time limit of half a request is real."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.01)
    server = serve(echo)
    with freezegun.freeze_time("2013-05-01"):
        wire = dial(server)
        wire.send(b"PUT / HTTP/1.1\r\nContent-")
        assert wire.answer()[0] == 408


def test_fault_after_which_the_application_goes_on_closes_no_other_connection(serve, dial):
    """A descriptor is closed where it is watched, so that its number isn't another client's."""
    released, broken = threading.Event(), threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/reset":
            environ["fakebox.connection"].reset()
            broken.set()
            released.wait(10)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    wire = dial(server)
    wire.send(GET.replace(b"/ ", b"/reset "))
    assert broken.wait(10)
    others = [dial(server) for _ in range(5)]
    for other in others:
        assert other.ask(GET)[0] == 200
    released.set()
    with pytest.raises(ConnectionResetError):
        wire.rest()
    for other in others:
        assert other.ask(GET)[0] == 200
