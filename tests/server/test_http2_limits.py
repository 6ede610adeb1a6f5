"""Tests of malformed requests, broken frames and floods over HTTP/2."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading

import pytest
from h2.errors import ErrorCodes
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.h2_client import H2Client, request_headers

HEADERS = {
    "no method": [(":scheme", "https"), (":path", "/"), (":authority", "x")],
    "no path": [(":method", "GET"), (":scheme", "https"), (":authority", "x")],
    "no scheme": [(":method", "GET"), (":path", "/"), (":authority", "x")],
    "no authority": [(":method", "GET"), (":scheme", "https"), (":path", "/")],
    "empty path": request_headers("GET", ""),
    "two paths": request_headers("GET", "/", (":path", "/")),
    "unknown pseudo-header": [(":x", "y"), *request_headers()],
    "status": [(":status", "200"), *request_headers()],
    "late pseudo-header": [*request_headers()[:3], ("x", "y"), (":path", "/")],
    "uppercase name": request_headers("GET", "/", ("X-Name", "x")),
    "name with a blank": request_headers("GET", "/", ("x name", "x")),
    "empty name": request_headers("GET", "/", ("", "x")),
    "value with a line end": request_headers("GET", "/", ("x", "a\r\nb: c")),
    "value with a NUL": request_headers("GET", "/", ("x", "a\0b")),
    "connection": request_headers("GET", "/", ("connection", "close")),
    "keep-alive": request_headers("GET", "/", ("keep-alive", "x")),
    "upgrade": request_headers("GET", "/", ("upgrade", "h2c")),
    "transfer-encoding": request_headers("GET", "/", ("transfer-encoding", "chunked")),
    "te": request_headers("GET", "/", ("te", "gzip")),
    "another host": request_headers("GET", "/", ("host", "example.com")),
    "length that is no number": request_headers("PUT", "/", ("content-length", "x")),
}
BAD_REQUESTS = {
    "path without a slash": request_headers("GET", "x"),
    "path with a blank": request_headers("GET", "/a b"),
    "path with a fragment": request_headers("GET", "/a#b"),
    "asterisk": request_headers("GET", "*"),
    "method in lower case": request_headers("get"),
    "connect": [(":method", "CONNECT"), (":authority", "example.com:443")],
    "control character": request_headers("GET", "/", ("x", "a\x0bb")),
    "host with a slash": [*request_headers()[:2], (":authority", "a/b"), (":path", "/")],
    "name with a separator": request_headers("GET", "/", ("x(y", "z")),
}


@pytest.fixture
def server(serve_h2, echo):
    """Returns an echo server with TLS."""
    return serve_h2(echo)


@pytest.fixture
def waiting(serve_h2):
    """Returns a server whose application waits for an event, and the event."""
    go_on = threading.Event()

    def app(environ, start_response):
        go_on.wait(20)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    return serve_h2(app), go_on


@pytest.fixture(autouse=True)
def no_errors(caplog):
    """Fails the test if the server has logged an error."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


def head_frame(client: H2Client, headers=None, stream: int = 1, *flags: str) -> HeadersFrame:
    """Returns a HEADERS frame of a request, which is complete unless flags are given."""
    block = client.h2.encoder.encode(headers or request_headers())
    return HeadersFrame(stream, block, flags=flags or ("END_HEADERS", "END_STREAM"))


def raw_frame(kind: int, stream: int, body: bytes, flags: int = 0) -> bytes:
    """Returns the bytes of a frame."""
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body


def check_that_others_go_on(server, connect_h2, *clients):
    """Checks that other connections, old and new, are served."""
    for client in (*clients, connect_h2(server)):
        assert client.request().status == 200


@pytest.mark.parametrize("name", HEADERS)
def test_malformed_request_ends_its_connection(server, connect_h2, name):
    """A malformed head is an error of the protocol, and other connections go on."""
    other, client = connect_h2(server), connect_h2(server)
    client.ping()
    client.start(HEADERS[name])
    client.read_to_end()
    assert client.goaway == ErrorCodes.PROTOCOL_ERROR
    check_that_others_go_on(server, connect_h2, other)


def test_length_without_a_body_resets_the_stream(server, connect_h2):
    """A request without a body that announces one is malformed, and other streams go on."""
    client = connect_h2(server)
    response = client.request(request_headers("PUT", "/", ("content-length", "5")))
    assert (response.status, response.reset) == (0, ErrorCodes.PROTOCOL_ERROR)
    assert client.request().status == 200


def test_trailers_before_the_end_of_the_body_reset_the_stream(server, connect_h2):
    """A body that its trailers end before its Content-Length is malformed."""
    client = connect_h2(server)
    stream = client.start(request_headers("PUT", "/", ("content-length", "5")), None)
    client.send_body(stream, b"abc", ends=False)
    client.h2.send_headers(stream, [("x-checksum", "1")], end_stream=True)
    client.flush()
    response = client.finish(stream)
    assert (response.status, response.reset) == (0, ErrorCodes.PROTOCOL_ERROR)
    assert client.request().status == 200


def test_trailers_after_an_early_response_do_not_end_the_connection(serve_h2, connect_h2):
    """A body with a wrong length ends its own stream only, also after the whole response."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        return [b"early"]

    client = connect_h2(serve_h2(app))
    stream = client.start(request_headers("PUT", "/", ("content-length", "5")), None)
    assert client.finish(stream).body == b"early"
    client.send_body(stream, b"abc", ends=False)
    client.h2.send_headers(stream, [("x-checksum", "1")], end_stream=True)
    client.flush()
    client.ping()
    assert client.request().body == b"early"


def test_trailers_end_a_body(server, connect_h2):
    """Trailers are accepted and ignored."""
    client = connect_h2(server)
    stream = client.start(request_headers("PUT", "/", ("content-length", "3")), None)
    client.send_body(stream, b"abc", ends=False)
    client.h2.send_headers(stream, [("x-checksum", "1")], end_stream=True)
    client.flush()
    assert client.finish(stream).body == b"abc"


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_request_that_violates_http_is_a_400(server, connect_h2, name):
    """A value that HTTP/1.1 rejects as well is a 400, and the connection goes on."""
    client = connect_h2(server)
    response = client.request(BAD_REQUESTS[name])
    assert (response.status, response.has_ended, response.reset) == (400, True, None)
    assert client.request().status == 200


@pytest.mark.parametrize(("sent", "announced"), [(b"12345", "4"), (b"12345", "6")])
def test_body_with_another_length_is_an_error(server, connect_h2, sent, announced):
    """A body that is longer or shorter than its Content-Length ends the connection."""
    other, client = connect_h2(server), connect_h2(server)
    client.ping()
    client.start(request_headers("PUT", "/", ("content-length", announced)), sent)
    client.read_to_end()
    assert client.goaway == ErrorCodes.PROTOCOL_ERROR
    check_that_others_go_on(server, connect_h2, other)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (raw_frame(0, 0, b"x"), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(0, 7, b"x"), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(1, 2, b"\x82", 5), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(1, 1, b"\xff\xff\xff\xff", 5), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(3, 0, bytes(4)), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(3, 1, bytes(3)), ErrorCodes.FRAME_SIZE_ERROR),
        (raw_frame(4, 0, bytes(5)), ErrorCodes.FRAME_SIZE_ERROR),
        (raw_frame(4, 0, b"\0\4\xff\xff\xff\xff"), ErrorCodes.FLOW_CONTROL_ERROR),
        (raw_frame(4, 0, b"\0\5\0\0\0\1"), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(5, 1, bytes(4)), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(6, 0, bytes(7)), ErrorCodes.FRAME_SIZE_ERROR),
        (raw_frame(6, 1, bytes(8)), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(8, 0, bytes(4)), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(8, 0, b"\x7f\xff\xff\xff") * 2, ErrorCodes.FLOW_CONTROL_ERROR),
        (raw_frame(9, 1, b""), ErrorCodes.PROTOCOL_ERROR),
        (raw_frame(0, 1, bytes(16_385)), ErrorCodes.FRAME_SIZE_ERROR),
    ],
)
def test_broken_frame_ends_its_connection(server, connect_h2, frame, code):
    """A frame that RFC 9113 forbids ends the connection with GOAWAY, and others go on."""
    other, client = connect_h2(server), connect_h2(server)
    client.ping()
    client.socket.sendall(frame)
    client.read_to_end()
    # The library does not distinguish all errors.
    assert client.goaway in {code, ErrorCodes.PROTOCOL_ERROR}
    check_that_others_go_on(server, connect_h2, other)


def test_frame_of_an_unknown_type_is_ignored(server, connect_h2):
    """A frame of an extension changes nothing."""
    client = connect_h2(server)
    client.socket.sendall(raw_frame(0x42, 0, b"anything"))
    assert client.request().status == 200


def test_connection_that_does_not_begin_as_http_2_is_ended(server, h2_context, connect_h2):
    """A client that negotiates h2 and sends HTTP/1.1 is disconnected."""
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    with h2_context.wrap_socket(raw, server_hostname="localhost") as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while client.recv(65_536):
            pass
    check_that_others_go_on(server, connect_h2)


def test_goaway_of_a_client_ends_its_connection(server, connect_h2):
    """A client that sends GOAWAY is disconnected without an error."""
    client = connect_h2(server)
    client.request()
    client.send_frames(GoAwayFrame(0), PingFrame(0, b"12345678"))
    assert client.read_to_end() is False
    check_that_others_go_on(server, connect_h2)


def test_head_that_is_too_large_ends_its_connection(server, connect_h2):
    """A head above 64 KiB is too much, in one field or in a compressed list."""
    small, large, bomb = connect_h2(server), connect_h2(server), connect_h2(server)
    assert small.request(request_headers("GET", "/", ("x", "y" * 60_000))).status == 200
    for client, fields in ((large, [("x", "y" * 70_000)]), (bomb, [("x", "y" * 3000)] * 1000)):
        client.ping()
        client.start(request_headers("GET", "/", *fields))
        client.read_to_end()
        assert client.goaway == ErrorCodes.ENHANCE_YOUR_CALM
    check_that_others_go_on(server, connect_h2, small)


def test_too_many_streams_end_their_connection(waiting, connect_h2):
    """128 requests may be open on a connection; one more is an error of the protocol."""
    server, go_on = waiting
    client, other = connect_h2(server), connect_h2(server)
    client.ping()
    assert client.h2.remote_settings.max_concurrent_streams == 128
    for number in range(129):
        client.send_frames(head_frame(client, stream=2 * number + 1))
    client.read_to_end()
    assert client.goaway == ErrorCodes.PROTOCOL_ERROR
    go_on.set()
    check_that_others_go_on(server, connect_h2, other)


def test_more_data_than_the_window_ends_its_connection(waiting, connect_h2):
    """A client that ignores the window of its stream is disconnected."""
    server, go_on = waiting
    client, other = connect_h2(server), connect_h2(server)
    stream = client.start(request_headers("PUT"), None)
    client.send_frames(*[DataFrame(stream, bytes(16_384))] * 17)
    client.read_to_end()
    assert client.goaway == ErrorCodes.FLOW_CONTROL_ERROR
    go_on.set()
    check_that_others_go_on(server, connect_h2, other)


def flood(client: H2Client, frames: list[Frame]) -> None:
    """Sends frames until the server ends the connection."""
    flood_with_bytes(client, b"".join(frame.serialize() for frame in frames))


def flood_with_bytes(client: H2Client, data: bytes) -> None:
    """Sends bytes until the server ends the connection."""
    with contextlib.suppress(OSError):
        for start in range(0, len(data), 4096):
            client.socket.sendall(data[start : start + 4096])
    client.read_to_end()


@pytest.mark.parametrize(
    "frame",
    [
        PingFrame(0, b"12345678"),
        SettingsFrame(0),
        PriorityFrame(1),
        DataFrame(1),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_flood_of_control_frames_ends_its_connection(server, connect_h2, frame):
    """Frames that cause work without a request are limited, and other connections go on."""
    other, client = connect_h2(server), connect_h2(server)
    client.ping()
    client.start(request_headers("PUT"), None)
    flood(client, [frame] * 2000)
    assert client.goaway == ErrorCodes.ENHANCE_YOUR_CALM
    check_that_others_go_on(server, connect_h2, other)


def test_flood_of_cancelled_requests_ends_its_connection(server, connect_h2):
    """A client that opens and cancels requests quickly (rapid reset) is disconnected."""
    other, client = connect_h2(server), connect_h2(server)
    client.ping()
    frames = []
    for stream in range(1, 2001, 2):
        frames += [head_frame(client, stream=stream), RstStreamFrame(stream)]
    flood(client, frames)
    assert client.goaway == ErrorCodes.ENHANCE_YOUR_CALM
    check_that_others_go_on(server, connect_h2, other)


def test_flood_of_stream_errors_ends_its_connection(server, connect_h2):
    """A client that makes the server reset its requests (MadeYouReset) is disconnected."""
    other, client = connect_h2(server), connect_h2(server)
    assert client.request().status == 200
    data = b""
    for stream in range(3, 2001, 2):
        client.h2.send_headers(stream, request_headers(), end_stream=True)
        too_much = WindowUpdateFrame(stream, window_increment=2**31 - 1)
        data += client.h2.data_to_send() + too_much.serialize()
        # The client ignores responses to the requests that the server has not reset in time.
        client.h2.reset_stream(stream)
        client.h2.clear_outbound_data_buffer()
    flood_with_bytes(client, data)
    assert client.goaway == ErrorCodes.ENHANCE_YOUR_CALM
    check_that_others_go_on(server, connect_h2, other)


def test_cancelled_requests_that_still_run_are_limited(serve_h2, connect_h2, monkeypatch):
    """Requests that are processed after their client has cancelled them are counted."""
    monkeypatch.setattr("fakebox.server.http2.limits.THREADS", 10)
    go_on = threading.Event()
    started = threading.Semaphore(0)

    def app(environ, start_response):
        started.release()
        go_on.wait(20)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve_h2(app)
    client, other = connect_h2(server), connect_h2(server)
    for _ in range(10):
        stream = client.start()
        assert started.acquire(timeout=20)
        client.h2.reset_stream(stream)
    client.start()
    client.read_to_end()
    assert client.goaway == ErrorCodes.ENHANCE_YOUR_CALM
    go_on.set()
    check_that_others_go_on(server, connect_h2, other)


@pytest.mark.parametrize("size", [0, 10, 16_000])
def test_flood_of_continuations_ends_its_connection(server, connect_h2, size):
    """A head in too many CONTINUATION frames is an error of the protocol."""
    other, client = connect_h2(server), connect_h2(server)
    client.ping()
    frames: list[Frame] = [head_frame(client, None, 1, "END_STREAM")]
    flood(client, frames + [ContinuationFrame(1, bytes(size))] * 200)
    assert client.goaway in {ErrorCodes.PROTOCOL_ERROR, ErrorCodes.ENHANCE_YOUR_CALM}
    check_that_others_go_on(server, connect_h2, other)


def test_unread_responses_to_control_frames_are_limited(server, connect_h2, monkeypatch):
    """A client that sends pings and reads nothing is disconnected."""
    monkeypatch.setattr("fakebox.server.http2.limits.OUTGOING_LIMIT_BYTES", 1000)
    monkeypatch.setattr("fakebox.server.transport.Writer.send_available", lambda *_: 0)
    client = connect_h2(server)
    client.send_frames(*[PingFrame(0, b"12345678")] * 500)
    client.read_to_end()


FRAMES = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.builds(
        raw_frame,
        st.integers(0, 12),
        st.sampled_from([0, 1, 2, 3, 5, 2**31 - 1, 2**32 - 1]),
        st.binary(max_size=20),
        st.integers(0, 255),
    ),
    st.sampled_from(
        [
            SettingsFrame(0).serialize(),
            WindowUpdateFrame(0, 1).serialize(),
            PushPromiseFrame(1, 2, flags=("END_HEADERS",)).serialize(),
            RstStreamFrame(1).serialize(),
            DataFrame(1, b"x", flags=("END_STREAM",)).serialize(),
        ]
    ),
)


@settings(max_examples=150)
@given(frames=st.lists(FRAMES, min_size=1, max_size=8), has_request=st.booleans())
def test_generated_frames_never_break_the_server(
    server, h2_context, frames, has_request, no_errors
):
    """After any frames, the server logs no error and serves the next client."""
    client = H2Client(socket.create_connection(("127.0.0.1", server.port)), h2_context)
    with contextlib.closing(client.socket):
        if has_request:
            client.send_frames(head_frame(client, None, 1, "END_HEADERS"))
        with contextlib.suppress(OSError):
            client.socket.sendall(b"".join(frames))
    client = H2Client(socket.create_connection(("127.0.0.1", server.port)), h2_context)
    with contextlib.closing(client.socket):
        assert client.request().status == 200


def test_request_without_a_thread_is_refused(server, connect_h2, monkeypatch):
    """A request that the system has no thread for is refused, so that its client can repeat it."""
    client = connect_h2(server)
    client.ping()

    def run(*_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("fakebox.server.thread_pool.ThreadPool.run", run)
        response = client.request()
        assert (response.status, response.reset) == (0, ErrorCodes.REFUSED_STREAM)
    assert client.request().status == 200
