"""Tests of requests and responses over HTTP/2, with a client that sends frames."""

from __future__ import annotations

import resource
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3
from h2.errors import ErrorCodes

from tests.server.h2_client import request_headers


def respond(start_response, body=b"", status="200 OK", *headers):
    """Responds with a body."""
    start_response(status, [("Content-Length", str(len(body))), *headers])
    return [body]


def put(*headers):
    """Returns the header list of an upload."""
    return request_headers("PUT", "/", *headers)


@pytest.mark.parametrize("offered", [["http/1.1"], ["h2", "http/1.1"], ["http/1.1", "h2"], []])
def test_server_prefers_h2_among_the_offered_protocols(serve_h2, echo, h2_authority, offered):
    """The server chooses h2 whenever the client offers it, and HTTP/1.1 otherwise."""
    server = serve_h2(echo)
    context = ssl.create_default_context(cadata=h2_authority.ca_pem)
    if offered:
        context.set_alpn_protocols(offered)
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    with context.wrap_socket(raw, server_hostname="localhost") as client:
        expected = "h2" if "h2" in offered else "http/1.1" if offered else None
        assert client.selected_alpn_protocol() == expected
        if expected != "h2":
            client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
            assert client.recv(65536).endswith(b"hi")


def test_request_without_a_body_is_answered(serve_h2, connect_h2, recorder):
    """The environ of a request has its pseudo-header fields, and no body."""
    client = connect_h2(serve_h2(recorder))
    response = client.request(request_headers("GET", "/a%20b?c=%20", ("x-a", "1"), ("x-a", "2")))
    assert (response.status, response.has_ended, response.reset) == (200, True, None)
    environ = recorder.environs[0]
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["PATH_INFO"] == "/a b"
    assert environ["QUERY_STRING"] == "c=%20"
    assert environ["RAW_URI"] == "/a%20b?c=%20"
    assert environ["SERVER_PROTOCOL"] == "HTTP/2"
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTP_HOST"] == "localhost"
    assert environ["HTTP_X_A"] == "1, 2"
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert environ["wsgi.input_terminated"] is False


def test_cookies_are_joined_and_fields_with_an_underscore_are_ignored(
    serve_h2, connect_h2, recorder
):
    """Repeated cookies are joined by a semicolon, and `content_length` sets no length."""
    client = connect_h2(serve_h2(recorder))
    client.request(
        request_headers("GET", "/", ("cookie", "a=1"), ("cookie", "b=2"), ("content_length", "7"))
    )
    assert recorder.environs[0]["HTTP_COOKIE"] == "a=1; b=2"
    assert "CONTENT_LENGTH" not in recorder.environs[0]


@pytest.mark.parametrize("size", [1, 100_000, 3_000_000])
def test_body_with_a_length_is_echoed(serve_h2, connect_h2, echo, size):
    """A body arrives and returns unchanged, also if it is larger than every window."""
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    client = connect_h2(serve_h2(echo))
    response = client.request(put(("content-length", str(size))), body)
    assert response.body == body
    assert response.headers["content-length"] == str(size)


def test_body_without_a_length_is_read_to_its_end(serve_h2, connect_h2):
    """A body without Content-Length ends with its stream, and the environ says so."""

    def app(environ, start_response):
        assert environ["wsgi.input_terminated"]
        assert environ["HTTP_TRANSFER_ENCODING"] == "chunked"
        return respond(start_response, environ["wsgi.input"].read())

    client = connect_h2(serve_h2(app))
    assert client.request(put(), b"x" * 600_000).body == b"x" * 600_000


def test_response_without_a_length_ends_with_its_stream(serve_h2, connect_h2):
    """A response without Content-Length is sent in blocks and ended."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"a", b"", b"b" * 100_000, b"c"])

    response = connect_h2(serve_h2(app)).request()
    assert response.body == b"a" + b"b" * 100_000 + b"c"
    assert "content-length" not in response.headers
    assert "transfer-encoding" not in response.headers


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 X")]
)
def test_response_without_content_ends_with_its_head(serve_h2, connect_h2, method, status):
    """A response to HEAD, a 204 and a 304 have no DATA frame."""

    def app(environ, start_response):
        start_response(status, [("ETag", '"x"')])
        return [b"must not be sent"]

    response = connect_h2(serve_h2(app)).request(request_headers(method))
    assert (response.status, bytes(response.body)) == (int(status[:3]), b"")
    assert response.has_ended


def test_headers_of_the_connection_are_not_sent(serve_h2, connect_h2):
    """Header names are in lower case, and those of HTTP/1.1 connections are omitted."""

    def app(environ, start_response):
        headers = [("Connection", "close"), ("Keep-Alive", "timeout=5"), ("Upgrade", "x")]
        return respond(start_response, b"", "200 OK", ("X-Name", "\xe9 "), *headers)

    client = connect_h2(serve_h2(app))
    client.h2.config.header_encoding = "latin-1"
    response = client.request()
    assert response.headers.pop("date").endswith("GMT")
    assert response.headers == {"content-length": "0", "x-name": "\xe9", "server": "fakebox"}
    assert client.request().status == 200


def test_100_continue_is_sent_when_the_application_reads(serve_h2, connect_h2, echo):
    """A client with `Expect: 100-continue` receives 100 before it sends the body."""
    client = connect_h2(serve_h2(echo))
    headers = put(("content-length", "5"), ("expect", "100-continue"))
    stream = client.start(headers, None)
    client.read_until(lambda: client.responses[stream].informational)
    client.send_body(stream, b"hello")
    response = client.finish(stream)
    assert (response.informational, response.status, response.body) == ([100], 200, b"hello")


def test_early_response_resets_the_stream_without_an_error(serve_h2, connect_h2):
    """A response to an unread upload is followed by RST_STREAM with NO_ERROR."""

    def unauthorized(environ, start_response):
        return respond(start_response, b"no", "401 Unauthorized")

    client = connect_h2(serve_h2(unauthorized))
    for headers in (
        put(("content-length", "5000000")),
        put(("content-length", "500000000")),
        put(("content-length", "5"), ("expect", "100-continue")),
        put(),
    ):
        stream = client.start(headers, None)
        response = client.finish(stream)
        client.read_until(lambda response=response: response.reset is not None)
        assert (response.status, response.body, response.informational) == (401, b"no", [])
        assert response.has_ended
        assert response.reset == ErrorCodes.NO_ERROR


def test_early_response_waits_for_a_body_that_is_being_sent(serve_h2, connect_h2):
    """A client that goes on sending can finish the body, and its stream is not reset."""

    def unauthorized(environ, start_response):
        return respond(start_response, b"no", "401 Unauthorized")

    client = connect_h2(serve_h2(unauthorized))
    stream = client.start(put(("content-length", "6000000")), None)
    client.finish(stream)
    client.send_body(stream, bytes(6_000_000))
    client.ping()
    assert client.responses[stream].reset is None


def test_unread_bodies_do_not_use_up_the_window_of_the_connection(serve_h2, connect_h2):
    """The bytes of bodies that nobody reads are given back to the connection."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/read":
            return respond(start_response, str(len(environ["wsgi.input"].read())).encode())
        return respond(start_response, b"no", "401 Unauthorized")

    client = connect_h2(serve_h2(app))
    client.ping()
    window = client.h2.outbound_flow_control_window
    for _ in range(window // 250_000 + 2):
        stream = client.start(put(("content-length", "100000000")), None)
        client.send_body(stream, bytes(250_000), ends=False)
        client.finish(stream)
        client.read_until(lambda: client.responses[stream].reset is not None)  # noqa: B023
    response = client.request(request_headers("PUT", "/read"), bytes(1_000_000))
    assert response.body == b"1000000"


def test_body_that_is_not_read_does_not_stop_other_uploads(serve_h2, connect_h2):
    """Uploads that the application leaves unread fill their own windows only."""
    go_on = threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/wait":
            go_on.wait(20)
        return respond(start_response, str(len(environ["wsgi.input"].read())).encode())

    client = connect_h2(serve_h2(app))
    client.ping()
    waiting = []
    for _ in range(20):
        stream = client.start(request_headers("PUT", "/wait"), None)
        client.send_body(stream, bytes(client.h2.local_flow_control_window(stream)), ends=False)
        waiting.append(stream)
    assert client.request(put(), bytes(1_000_000)).body == b"1000000"
    go_on.set()
    for stream in waiting:
        client.send_body(stream, b"")
        assert client.finish(stream).status == 200


def test_waiting_request_does_not_stop_the_others(serve_h2, connect_h2):
    """A long poll on a stream does not delay other requests on the connection."""
    go_on = threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/poll":
            go_on.wait(20)
        return respond(start_response, environ["PATH_INFO"].encode())

    client = connect_h2(serve_h2(app))
    polls = [client.start(request_headers("GET", "/poll")) for _ in range(100)]
    for number in range(20):
        path = f"/{number}"
        assert client.request(request_headers("GET", path)).body == path.encode()
    go_on.set()
    assert {bytes(client.finish(stream).body) for stream in polls} == {b"/poll"}


def test_large_bodies_use_little_memory_in_both_directions(serve_h2, connect_h2):
    """64 MiB up and 64 MiB down use a few MiB of memory."""
    size_bytes = 64 * 1024 * 1024
    block = bytes(256 * 1024)

    def app(environ, start_response):
        received = 0
        while data := environ["wsgi.input"].read(len(block)):
            received += len(data)
        start_response("200 OK", [("X-Received", str(received))])
        return (block for _ in range(size_bytes // len(block)))

    client = connect_h2(serve_h2(app))
    client.ping()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stream = client.start(put(("content-length", str(size_bytes))), None)
    response = client.responses[stream]
    for _ in range(size_bytes // len(block)):
        client.send_body(stream, block, ends=False)
    client.send_body(stream, b"")
    received = 0
    while not response.has_ended:
        client.receive()
        received += len(response.body)
        response.body.clear()
    assert response.headers["x-received"] == str(size_bytes)
    assert received == size_bytes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_response_waits_for_the_window_of_its_client(serve_h2, connect_h2):
    """No more bytes are sent than the client accepts, and other streams go on."""

    def app(environ, start_response):
        size_bytes = 500_000 if environ["PATH_INFO"] == "/large" else 3
        return respond(start_response, bytes(size_bytes))

    client = connect_h2(serve_h2(app), window_bytes=10_000)
    client.ping()
    client.acknowledges = False
    stream = client.start(request_headers("GET", "/large"))
    response = client.responses[stream]
    client.read_until(lambda: len(response.body) == 10_000)
    assert client.request(request_headers("GET", "/small")).body == bytes(3)
    client.ping()
    assert len(response.body) == 10_000
    client.h2.increment_flow_control_window(600_000, stream)
    client.flush()
    assert len(client.finish(stream).body) == 500_000


def test_response_that_its_client_does_not_accept_is_reset(serve_h2, connect_h2, monkeypatch):
    """A stream without a window for the stall limit is reset, and other streams go on."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.25)
    client = connect_h2(
        serve_h2(lambda environ, start_response: respond(start_response, bytes(50_000))),
        window_bytes=10_000,
    )
    client.ping()
    client.acknowledges = False
    response = client.request()
    assert (len(response.body), response.reset) == (10_000, ErrorCodes.INTERNAL_ERROR)
    client.ping()


def test_client_that_does_not_read_is_disconnected(serve_h2, connect_h2, monkeypatch):
    """A client that receives nothing within the stall limit loses its connection."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.25)
    ended = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield bytes(1024 * 1024)
        finally:
            ended.set()

    client = connect_h2(serve_h2(app), window_bytes=2**31 - 1)
    client.start()
    assert ended.wait(20)


def test_stalled_request_body_ends_early(serve_h2, connect_h2, monkeypatch):
    """The application reads the received part of a stalled body, and the connection stays."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.25)

    def app(environ, start_response):
        return respond(start_response, environ["wsgi.input"].read())

    client = connect_h2(serve_h2(app))
    stream = client.start(put(("content-length", "100")), None)
    client.send_body(stream, b"hel", ends=False)
    assert client.finish(stream).body == b"hel"
    unsized = client.start(put(), None)
    client.send_body(unsized, b"hel", ends=False)
    assert client.finish(unsized).status == 400
    client.ping()


def test_client_that_sends_no_frame_is_disconnected(serve_h2, echo, h2_context, monkeypatch):
    """A client that sends nothing after its handshake is disconnected."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.25)
    raw = socket.create_connection(("127.0.0.1", serve_h2(echo).port), timeout=10)
    with h2_context.wrap_socket(raw, server_hostname="localhost") as client:
        while client.recv(65536):
            pass


@pytest.mark.parametrize("sends", [b"", b"part"])
def test_exception_of_the_application_is_a_500_or_a_reset(serve_h2, connect_h2, caplog, sends):
    """The stream has a 500, or is reset if the response has begun; other streams go on."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            start_response("200 OK", [])
            if sends:
                yield sends
            raise LookupError("a defect of the application")
        start_response("200 OK", [])
        yield b"well"

    client = connect_h2(serve_h2(app))
    response = client.request(request_headers("GET", "/fail"))
    if sends:
        assert (response.status, response.body) == (200, sends)
        assert response.reset == ErrorCodes.INTERNAL_ERROR
    else:
        assert (response.status, response.reset) == (500, None)
    assert client.request().body == b"well"
    assert "a defect of the application" in caplog.text


@pytest.mark.parametrize("error", ["application", "path"])
def test_error_response_to_head_has_no_content(serve_h2, connect_h2, error):
    """The error of the server for a HEAD request ends with its head (RFC 9110, section 9.3.2)."""

    def app(environ, start_response):
        raise LookupError("a defect of the application")

    client = connect_h2(serve_h2(app))
    path = "/" if error == "application" else "no-slash"
    response = client.request(request_headers("HEAD", path))
    assert response.status == (500 if error == "application" else 400)
    assert (response.body, response.has_ended, response.reset) == (b"", True, None)
    assert int(response.headers["content-length"]) > 0


def test_response_shorter_than_its_length_is_reset(serve_h2, connect_h2):
    """A client detects a response that is shorter than its Content-Length."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        return [b"short"]

    response = connect_h2(serve_h2(app)).request()
    assert (response.body, response.reset) == (b"short", ErrorCodes.INTERNAL_ERROR)


def test_response_longer_than_its_length_is_shortened(serve_h2, connect_h2):
    """No byte is sent beyond the Content-Length."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        return [b"longer", b" than that"]

    response = connect_h2(serve_h2(app)).request()
    assert (response.body, response.has_ended, response.reset) == (b"longe", True, None)


@pytest.mark.parametrize(
    "header", [("X", "a\r\nSet-Cookie: b"), ("X\n", "a"), ("Transfer-Encoding", "chunked")]
)
def test_invalid_header_of_the_application_is_a_500(serve_h2, connect_h2, caplog, header):
    """A header that would break the response is not sent."""

    def app(environ, start_response):
        return respond(start_response, b"", "200 OK", header)

    client = connect_h2(serve_h2(app))
    assert client.request().status == 500
    client.ping()
    assert "the application failed" in caplog.text


def test_te_header_of_the_application_is_not_sent(serve_h2, connect_h2):
    """`TE` is for requests. The compression of headers stays valid for the next responses."""

    def app(environ, start_response):
        return respond(start_response, b"", "200 OK", ("X-First", "1"), ("TE", "gzip"))

    client = connect_h2(serve_h2(app))
    for _ in range(2):
        response = client.request()
        assert (response.status, response.headers["x-first"]) == (200, "1")
        assert "te" not in response.headers


def test_many_clients_with_many_streams_are_served(serve_h2, connect_h2, echo):
    """Requests of 8 connections with 50 streams each have their own bodies."""
    server = serve_h2(echo)

    def send_requests(client_number):
        client = connect_h2(server)
        bodies = {}
        for number in range(50):
            body = f"{client_number} {number}".encode() * 2000
            length = ("content-length", str(len(body)))
            bodies[client.start(put(length), body)] = body
        return all(client.finish(stream).body == body for stream, body in bodies.items())

    with ThreadPoolExecutor(8) as clients:
        assert all(clients.map(send_requests, range(8)))


def test_server_serves_http_1_and_http_2_at_the_same_time(serve_h2, connect_h2, echo, h2_authority):
    """A server with TLS serves clients of both protocols."""
    server = serve_h2(echo)
    client = connect_h2(server)
    context = ssl.create_default_context(cadata=h2_authority.ca_pem)
    with urllib3.PoolManager(ssl_context=context) as pool:
        for number in range(3):
            body = b"%d" % number
            assert pool.request("PUT", server.url, body=body).data == body
            assert client.request(put(("content-length", "1")), body).body == body
