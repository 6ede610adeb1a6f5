"""Tests of broken connections and of the end of a server, over HTTP/2."""

from __future__ import annotations

import contextlib
import resource
import socket
import threading

import pytest
from h2.errors import ErrorCodes

from fakebox.proxy import Proxy
from fakebox.server import Server
from tests.server.h2_client import H2Client, request_headers


@pytest.fixture
def faulty():
    """Returns an application that ends its connection as the path says."""

    def app(environ, start_response):
        connection = environ["fakebox.connection"]
        action = environ["PATH_INFO"]
        if action in {"/reset", "/cut"}:
            getattr(connection, action[1:])()
            return []
        start_response("200 OK", [("Content-Length", "100000")])
        if action == "/":
            return [bytes(100_000)]
        return broken(connection, action)

    def broken(connection, action):
        yield bytes(50_000)
        getattr(connection, action.removeprefix("/late-"))()

    return app


@pytest.mark.parametrize(("path", "was_reset"), [("/reset", True), ("/late-reset", True)])
def test_reset_resets_the_connection(serve_h2, connect_h2, faulty, path, was_reset):
    """The client sees a reset of the connection, without GOAWAY or RST_STREAM before it."""
    client = connect_h2(serve_h2(faulty))
    stream = client.start(request_headers("GET", path))
    assert client.read_to_end() is was_reset
    response = client.responses[stream]
    assert (client.goaway, response.reset, response.has_ended) == (None, None, False)


def test_cut_ends_the_connection_after_the_written_bytes(serve_h2, connect_h2, faulty):
    """The client receives what was written before, and then the end of the connection."""
    client = connect_h2(serve_h2(faulty))
    stream = client.start(request_headers("GET", "/late-cut"))
    assert client.read_to_end() is False
    response = client.responses[stream]
    assert len(response.body) == 50_000
    assert (client.goaway, response.reset, response.has_ended) == (None, None, False)


def test_cut_before_the_response_ends_the_connection(serve_h2, connect_h2, faulty):
    """The client receives no byte of a response that was cut before it began."""
    client = connect_h2(serve_h2(faulty))
    stream = client.start(request_headers("GET", "/cut"))
    assert client.read_to_end() is False
    assert (client.goaway, client.responses[stream].status) == (None, 0)


@pytest.mark.parametrize("action", ["/reset", "/cut", "/late-reset", "/late-cut"])
def test_broken_connection_ends_its_other_streams(serve_h2, connect_h2, faulty, action):
    """The other requests of the connection end, and those of other connections do not."""
    waiting = threading.Event()
    go_on = threading.Event()
    ended = threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] != "/wait":
            return faulty(environ, start_response)
        waiting.set()
        go_on.wait(20)
        start_response("200 OK", [])
        return blocks()

    def blocks():
        try:
            yield b"x"
            yield b"y"
        finally:
            ended.set()

    server = serve_h2(app)
    other = connect_h2(server)
    client = connect_h2(server)
    stream = client.start(request_headers("GET", "/wait"))
    assert waiting.wait(20)
    client.start(request_headers("GET", action))
    client.read_to_end()
    go_on.set()
    assert ended.wait(20)
    assert client.responses[stream].status == 0
    assert len(other.request().body) == 100_000


@pytest.mark.parametrize(("path", "was_reset"), [("/late-cut", False), ("/reset", True)])
def test_reset_and_cut_pass_through_the_tunnel_of_the_proxy(
    serve_h2, faulty, h2_context, path, was_reset
):
    """A client of the proxy negotiates h2 with the emulator, and sees its faults."""
    server = serve_h2(faulty)
    with (
        Proxy(("127.0.0.1", server.port)) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as raw,
    ):
        raw.sendall(b"CONNECT api.dropboxapi.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 200")
        client = H2Client(raw, h2_context)
        with contextlib.closing(client.socket):
            assert len(client.request().body) == 100_000
            client.start(request_headers("GET", path))
            assert client.read_to_end() is was_reset


def test_cancelled_upload_ends_early_for_the_application(serve_h2, connect_h2):
    """An upload that its client resets ends early, and the connection goes on."""
    results = []
    ended = threading.Semaphore(0)

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "GET":
            start_response("200 OK", [("Content-Length", "0")])
            return []
        try:
            results.append(environ["wsgi.input"].read())
        except ValueError as error:
            results.append(str(error))
        ended.release()
        start_response("200 OK", [("Content-Length", "0")])
        return []

    client = connect_h2(serve_h2(app))
    for headers in ((("content-length", "100"),), ()):
        stream = client.start(request_headers("PUT", "/", *headers), None)
        client.send_body(stream, b"part", ends=False)
        client.h2.reset_stream(stream, ErrorCodes.CANCEL)
        client.flush()
        assert ended.acquire(timeout=20)
    assert results == [b"part", "The body ends early"]
    assert client.request().status == 200


def test_cancelled_request_gets_no_100_continue(serve_h2, connect_h2):
    """A request that is cancelled before the application reads its body has a body that ends."""
    started, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    bodies = []

    def app(environ, start_response):
        started.set()
        go_on.wait(20)
        try:
            bodies.append(environ["wsgi.input"].read())
        finally:
            ended.set()
        start_response("200 OK", [("Content-Length", "0")])
        return []

    client = connect_h2(serve_h2(app))
    headers = request_headers("PUT", "/", ("content-length", "5"), ("expect", "100-continue"))
    stream = client.start(headers, None)
    assert started.wait(20)
    client.h2.reset_stream(stream)
    client.flush()
    client.ping()
    go_on.set()
    assert ended.wait(20)
    assert bodies == [b""]


def test_disconnected_client_ends_its_requests(serve_h2, connect_h2):
    """The applications of all open streams end when the client disconnects."""
    reading = threading.Semaphore(0)
    ended = threading.Semaphore(0)

    def app(environ, start_response):
        reading.release()
        environ["wsgi.input"].read(4)
        ended.release()
        start_response("200 OK", [])
        return []

    client = connect_h2(serve_h2(app))
    for _ in range(5):
        client.start(request_headers("PUT", "/", ("content-length", "4")), None)
        assert reading.acquire(timeout=20)
    client.socket.close()
    for _ in range(5):
        assert ended.acquire(timeout=20)


def test_pause_of_a_fault_ends_when_its_request_is_cancelled(serve_h2, connect_h2):
    """A planned delay does not hold the thread of a request that was cancelled."""
    paused = threading.Event()
    ended = threading.Event()

    def app(environ, start_response):
        paused.set()
        environ["fakebox.connection"].pause(600)
        ended.set()
        start_response("200 OK", [])
        return []

    client = connect_h2(serve_h2(app))
    stream = client.start()
    assert paused.wait(20)
    client.h2.reset_stream(stream)
    client.flush()
    assert ended.wait(20)


# --- the end of a server ---------------------------------------------------------------------


def test_stop_sends_goaway_to_idle_connections(serve_h2, connect_h2, echo):
    """`stop` sends GOAWAY with NO_ERROR to a connection without requests."""
    server = serve_h2(echo)
    client = connect_h2(server)
    client.request()
    # Bytes that the server has not read would reset the connection.
    client.ping()
    server.stop(20)
    assert client.read_to_end() is False
    assert client.goaway == ErrorCodes.NO_ERROR


def test_stop_lets_open_streams_end(h2_authority, connect_h2):
    """Within the grace period open requests send and receive their rest."""
    stopping = threading.Event()

    def app(environ, start_response):
        started.set()
        stopping.wait(20)
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    started = threading.Event()
    with Server(app, tls=h2_authority.server_context()) as server:
        client = connect_h2(server)
        headers = request_headers("PUT", "/", ("content-length", "600000"))
        stream = client.start(headers, None)
        assert started.wait(20)
        stop = begin_to_stop(server)
        stopping.set()
        client.send_body(stream, bytes(600_000))
        assert len(client.finish(stream).body) == 600_000
        client.read_to_end()
        assert client.goaway == ErrorCodes.NO_ERROR
        client.socket.close()
        stop.join(20)
        assert not stop.is_alive()


def begin_to_stop(server):
    """Calls `stop` in a thread, with a long grace period; returns after the listener is closed."""
    stop = threading.Thread(target=server.stop, args=(20,))
    stop.start()
    # A connection that the server has not accepted is reset.
    with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
        while True:
            socket.create_connection(("127.0.0.1", server.port)).close()
    return stop


def test_stop_sends_the_rest_of_responses(serve_h2, connect_h2, monkeypatch):
    """Within the grace period a client receives all bytes of a response that has ended."""
    size_bytes = 20_000_000
    monkeypatch.setattr("fakebox.server.http2.limits.OUTGOING_BYTES", 2 * size_bytes)
    monkeypatch.setattr("fakebox.server.http2.limits.OUTGOING_LIMIT_BYTES", 2 * size_bytes)
    has_ended = threading.Event()

    class Blocks(list):
        def close(self):
            has_ended.set()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", str(size_bytes))])
        return Blocks([bytes(size_bytes)])

    server = serve_h2(app)
    client = connect_h2(server, window_bytes=2**31 - 1)
    stream = client.start()
    assert has_ended.wait(20)
    stop = begin_to_stop(server)
    assert len(client.finish(stream).body) == size_bytes
    client.read_to_end()
    assert client.goaway == ErrorCodes.NO_ERROR
    client.socket.close()
    stop.join(20)
    assert not stop.is_alive()


def test_stop_lets_streams_end_while_frames_arrive(serve_h2, connect_h2, monkeypatch):
    """A connection that is being read at the time of `stop` serves its streams to their end."""
    reading, read_on, go_on = threading.Event(), threading.Event(), threading.Event()

    class Slow:
        def count(self):
            if started.is_set():
                reading.set()
                read_on.wait(20)
            return True

    def app(environ, start_response):
        started.set()
        go_on.wait(20)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]

    started = threading.Event()
    monkeypatch.setattr("fakebox.server.http2.limits.control_frames", Slow)
    server = serve_h2(app)
    client = connect_h2(server)
    stream = client.start()
    assert started.wait(20)
    client.h2.ping(b"12345678")
    client.flush()
    assert reading.wait(20)
    stop = begin_to_stop(server)
    read_on.set()
    client.ping()
    go_on.set()
    assert client.finish(stream).body == b"done"
    client.read_to_end()
    client.socket.close()
    stop.join(20)
    assert not stop.is_alive()


def test_stop_ends_open_streams_after_the_grace_period(serve_h2, connect_h2):
    """A long poll does not delay `stop` beyond its grace period."""
    polling = threading.Semaphore(0)
    go_on = threading.Event()

    def app(environ, start_response):
        polling.release()
        go_on.wait(20)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve_h2(app)
    client = connect_h2(server)
    for _ in range(10):
        client.start()
        assert polling.acquire(timeout=20)
    server.stop()
    client.read_to_end()
    assert client.goaway == ErrorCodes.NO_ERROR
    assert all(not response.has_ended for response in client.responses.values())
    go_on.set()


def test_connection_with_open_streams_is_not_idle(serve_h2, connect_h2, connect):
    """Without free descriptors, an idle connection is closed and one with a long poll is not."""
    go_on = threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/poll":
            go_on.wait(20)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve_h2(app)
    polling, idle = connect_h2(server), connect_h2(server)
    stream = polling.start(request_headers("GET", "/poll"))
    polling.ping()
    idle.request()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as raw:
        with socket.socket() as highest:
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest.fileno(), hard))
        try:
            raw.connect(("127.0.0.1", server.port))
            idle.read_to_end()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert idle.goaway == ErrorCodes.NO_ERROR
    go_on.set()
    assert polling.finish(stream).status == 200


def test_cut_sends_all_bytes_to_a_client_that_reads_slowly(serve_h2, connect_h2):
    """The bytes that the socket does not accept at once are sent before the end."""
    size_bytes = 20_000_000

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", str(2 * size_bytes))])
        yield bytes(size_bytes)
        environ["fakebox.connection"].cut()

    client = connect_h2(serve_h2(app), window_bytes=2**31 - 1)
    stream = client.start()
    assert client.read_to_end() is False
    assert len(client.responses[stream].body) == size_bytes
