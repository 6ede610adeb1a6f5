"""Tests of keep-alive, of the distribution of connections to threads, and of closing."""

from __future__ import annotations

import logging
import resource
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
import urllib3

from fakebox.http.body import AbortedUpload, raw_stream

PUT = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"


def unauthorized(environ, start_response):
    """Answers 401 without reading the body."""
    start_response("401 Unauthorized", [("Content-Length", "2")])
    return [b"no"]


def test_connection_is_kept_between_requests(serve, echo):
    """A connection pool sends 20 requests over one connection."""
    server = serve(echo)
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool:
        for number in range(20):
            assert pool.request("PUT", "/", body=b"%d" % number).data == b"%d" % number
        assert pool.num_connections == 1


def test_pipelined_requests_are_answered_in_order(serve, connect, echo):
    """Requests sent together on one connection get their responses in the same order."""
    client = connect(serve(echo))
    last = PUT.replace(b"Host", b"Connection: close\r\nHost")
    client.send(PUT + PUT.replace(b"hello", b"world") + last)
    responses = client.read_to_end().split(b"HTTP/1.1 ")
    bodies = [response.partition(b"\r\n\r\n")[2] for response in responses]
    assert bodies[1:] == [b"hello", b"world", b"hello"]


def test_empty_line_before_a_request_is_ignored(serve, connect, echo):
    """An empty line before a request is ignored, as some old clients send one after a form."""
    client = connect(serve(echo))
    client.request(PUT)
    assert client.request(b"\r\n" + PUT)[2] == b"hello"


def test_connection_is_closed_after_a_request_with_connection_close(serve, connect, echo):
    """`Connection: close` in a request closes the connection after the response."""
    client = connect(serve(echo))
    assert client.request(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[0] == 200
    assert client.read_to_end() == b""


def test_http_1_0_connection_is_kept_after_a_keep_alive_request(serve, connect, echo):
    """`Connection: Keep-Alive` keeps an HTTP/1.0 connection open."""
    client = connect(serve(echo))
    for _ in range(2):
        request = b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
        assert client.request(request)[1]["connection"] == "Keep-Alive"


def test_long_polls_do_not_delay_other_requests(serve):
    """A request is answered while 40 long polls wait, as each of them has its own thread."""
    polls = 40
    all_arrived, released = threading.Barrier(polls + 1), threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/poll":
            all_arrived.wait(30)
            released.wait(30)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    with ThreadPoolExecutor(polls) as clients:
        responses = [
            clients.submit(urllib3.request, "GET", f"{server.url}/poll") for _ in range(polls)
        ]
        all_arrived.wait(30)
        assert urllib3.request("GET", server.url).status == 200
        released.set()
        assert {poll.result().status for poll in responses} == {200}


def test_idle_connections_do_not_delay_other_requests(serve, connect, echo):
    """Connections without a request or with half a request do not delay other requests."""
    server = serve(echo)
    for _ in range(20):
        connect(server)
        connect(server).send(b"PUT / HTTP/1.1\r\nContent-")
        connect(server).send(PUT[:-2])
    assert urllib3.request("PUT", server.url, body=b"hello").data == b"hello"


def test_longest_idle_connection_is_closed_when_there_are_too_many(serve, connect, echo):
    """With 300 connections, the longest idle one is closed and the newest 200 stay open."""
    server = serve(echo)
    clients = []
    for _ in range(300):
        clients.append(connect(server))
        clients[-1].request(PUT)
    assert clients[0].read_to_end() == b""
    assert [client.request(PUT)[2] for client in clients[-200:]] == [b"hello"] * 200


def test_connection_with_a_request_is_not_closed_when_there_are_too_many(serve, connect):
    """300 simultaneous slow requests are all answered; only idle connections are closed."""
    count = 300
    released_all = threading.Event()

    def app(environ, start_response):
        released_all.wait(10)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    clients = []
    for _ in range(count):
        clients.append(connect(server))
        clients[-1].send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    released_all.set()
    assert [client.read_response()[0] for client in clients] == [200] * count


def test_server_accepts_requests_after_many_waiting_requests_end_at_once(
    serve, connect, echo, monkeypatch
):
    """Connections can return to the leader thread while the leader still serves a request."""
    # No other thread becomes the leader during the request that completes all other requests.
    monkeypatch.setattr("fakebox.server.acceptor._TURN_LIMIT_S", 60)
    count, pending_clients = 400, []

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/news":
            for client in pending_clients:
                client.send(b"x")
            for client in pending_clients:
                assert client.read_response()[2] == b"x"
        return echo(environ, start_response)

    server = serve(app)
    for _ in range(count):
        pending_clients.append(connect(server))
        pending_clients[-1].send(
            b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
        )
        assert pending_clients[-1].socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connect(server).request(b"GET /news HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connect(server).request(PUT)[2] == b"hello"


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_connection_is_kept_after_an_unread_small_upload(serve, connect, size):
    """The server discards a small body that the application did not read."""
    client = connect(serve(unauthorized))
    upload = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    for _ in range(3):
        assert client.request(upload)[0] == 401


def test_connection_is_closed_after_an_unread_large_upload(serve):
    """A client that still sends a large body receives the response, and `Connection: close`."""
    response = urllib3.request(
        "PUT", serve(unauthorized).url, body=bytes(50_000_000), retries=False
    )
    assert (response.status, response.headers["Connection"]) == (401, "close")


def test_expect_100_continue_is_answered_when_the_body_is_read(serve, connect, echo):
    """The server sends 100 Continue before the body of a request with an `Expect` header."""
    client = connect(serve(echo))
    head, body = PUT.split(b"\r\n\r\n")
    client.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert client.socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(body)
    assert client.read_response()[2] == b"hello"


def test_expect_100_continue_is_not_answered_when_the_body_is_not_read(serve, connect):
    """An application that reads no body answers such a request at once, without 100 Continue."""
    client = connect(serve(unauthorized))
    head, _ = PUT.split(b"\r\n\r\n")
    status, headers, _ = client.request(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert (status, headers["connection"]) == (401, "close")


def test_expect_100_continue_is_answered_for_a_chunked_body(serve, connect):
    """The server sends 100 Continue when the application reads a chunked body."""

    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    client = connect(serve(app))
    client.send(
        b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    assert client.socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"5\r\nhello\r\n0\r\n\r\n")
    assert client.read_response()[2] == b"hello"
    assert client.request(PUT)[0] == 200


def test_chunked_upload_has_no_content_length(serve, connect, recorder):
    """For a chunked request, the environ has `HTTP_TRANSFER_ENCODING` and no `CONTENT_LENGTH`."""
    chunked = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert connect(serve(recorder)).request(chunked + b"5\r\nhello\r\n0\r\n\r\n")[0] == 200
    assert "CONTENT_LENGTH" not in recorder.environs[0]
    assert recorder.environs[0]["HTTP_TRANSFER_ENCODING"] == "chunked"


@pytest.mark.parametrize("read", [-1, 5, 11, 0], ids=["all", "some", "exactly", "nothing"])
def test_connection_is_kept_after_a_chunked_upload(serve, connect, read):
    """The connection stays usable even if the application reads only a part of the body."""

    def app(environ, start_response):
        body = environ["wsgi.input"].read(read)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    client = connect(serve(app))
    chunked = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ in range(3):
        upload = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nDigest: x\r\n\r\n"
        status, headers, body = client.request(chunked + upload)
        assert (status, body) == (200, b"hello world"[: read if read >= 0 else None])
        assert "connection" not in headers


def test_chunked_upload_is_decoded(serve, connect):
    """The application reads the content of the chunks without their framing."""

    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    chunked = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    client = connect(serve(app))
    assert client.request(chunked + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")[2] == b"hello world"


@pytest.mark.parametrize("how", ["end", "reset"])
def test_incomplete_upload_raises_aborted_upload(serve, connect, how):
    """The stream raises `AbortedUpload` if the connection ends before the end of the body."""
    sizes, finished = [], threading.Event()

    def app(environ, start_response):
        try:
            for _ in raw_stream(environ):
                pass
        except AbortedUpload as aborted:
            sizes.append((aborted.received_bytes, aborted.expected_bytes))
        finally:
            finished.set()
        start_response("400 Bad Request", [("Content-Length", "0")])
        return []

    client = connect(serve(app))
    client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b"x" * 300)
    if how == "reset":
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()
    assert finished.wait(10)
    assert len(sizes) == 1
    assert sizes[0][1] == 1000


def test_parallel_clients_receive_their_own_responses(serve, echo):
    """Each of 16 parallel clients receives the response to its own request."""
    server = serve(echo)

    def send_requests(client):
        with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool:
            for number in range(20):
                body = f"{client} {number}".encode() * 100
                assert pool.request("PUT", "/", body=body).data == body
        return True

    with ThreadPoolExecutor(16) as clients:
        assert all(clients.map(send_requests, range(16)))


def test_stalled_request_head_is_answered_with_408(serve, connect, echo, monkeypatch):
    """A client that sends half a head and stalls receives 408, and the connection is closed."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.25)
    client = connect(serve(echo))
    client.send(b"PUT / HTTP/1.1\r\nContent-")
    assert client.read_response()[0] == 408
    assert client.read_to_end() == b""


def test_connection_without_a_request_is_closed_after_the_stall_limit(
    serve, connect, echo, monkeypatch
):
    """A client that sends nothing is disconnected when the stall limit has passed."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.01)
    assert connect(serve(echo)).read_to_end() == b""


def test_stalled_request_body_ends_early(serve, connect, monkeypatch):
    """The application reads the received part of a stalled body, and the connection is closed."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.25)

    def app(environ, start_response):
        received = environ["wsgi.input"].read()
        start_response("400 Bad Request", [("Content-Length", str(len(received)))])
        return [received]

    client = connect(serve(app))
    status, _, body = client.request(PUT[:-2])
    assert (status, body) == (400, b"hel")
    assert client.read_to_end() == b""


def test_incomplete_requests_use_no_threads(serve, connect, echo):
    """40 clients with incomplete requests do not need a thread each."""
    server = serve(echo)
    urllib3.request("PUT", server.url, body=b"hello")
    threads = threading.active_count()
    clients = [connect(server) for _ in range(40)]
    for client in clients[:20]:
        client.send(PUT[:20])
    for client in clients[20:]:
        client.send(PUT[:-2])
    assert urllib3.request("PUT", server.url, body=b"hello").data == b"hello"
    # On a busy machine some more threads can start, because a slow request changes the leader.
    assert threading.active_count() < threads + 20
    clients[0].send(PUT[20:])
    clients[20].send(PUT[-2:])
    assert [clients[0].read_response()[2], clients[20].read_response()[2]] == [b"hello", b"hello"]


def test_idle_threads_end(serve, monkeypatch):
    """After many parallel requests, all threads but one end, and the server still responds."""
    monkeypatch.setattr("fakebox.server.thread_pool._IDLE_S", 0.01)
    count = 10
    all_arrived = threading.Barrier(count)

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/wait":
            all_arrived.wait(30)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    before = set(threading.enumerate())
    server = serve(app)
    with ThreadPoolExecutor(count) as clients:
        waits = [clients.submit(urllib3.request, "GET", f"{server.url}/wait") for _ in range(count)]
        assert {client.result().status for client in waits} == {200}
        workers = {thread for thread in threading.enumerate() if thread.name == "fakebox worker"}
    with ThreadPoolExecutor(count + 1) as watchers:
        ends = as_completed(watchers.submit(thread.join, 10) for thread in workers - before)
        for _ in range(len(workers - before) - 1):
            next(ends)
        assert sum(thread.is_alive() for thread in workers - before) == 1
        assert urllib3.request("GET", server.url).status == 200
        server.stop()


def test_client_is_served_when_descriptors_become_available(serve, echo, monkeypatch):
    """A server without free descriptors accepts the client once descriptors are available."""
    warned = threading.Event()
    log = logging.getLogger("fakebox.server")
    monkeypatch.setattr(log, "warning", lambda *_: warned.set())
    server = serve(echo)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as client:
        client.settimeout(10)
        with socket.socket() as highest:
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest.fileno(), hard))
        try:
            client.connect(("127.0.0.1", server.port))
            client.sendall(PUT)
            assert warned.wait(10)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert client.recv(65536).endswith(b"hello")


def test_clients_are_served_one_by_one_when_no_thread_can_start(serve, connect, echo, monkeypatch):
    """Without new threads, the server serves slow clients and unread uploads one by one."""

    def app(environ, start_response):
        return (unauthorized if environ["PATH_INFO"] == "/refused" else echo)(
            environ, start_response
        )

    def fail(thread):
        tried.set()
        raise RuntimeError("can't start new thread")

    tried = threading.Event()
    server = serve(app)
    clients = [connect(server) for _ in range(3)]
    monkeypatch.setattr(threading.Thread, "start", fail)
    for client in clients[:2]:
        client.send(
            b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        )
    assert tried.wait(10)
    for client in clients[:2]:
        assert client.socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"hello")
        assert client.read_response()[2] == b"hello"
    large = b"x" * 5_000_000
    clients[2].send(b"PUT /refused HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(large))
    clients[2].send(large)
    assert clients[2].read_response()[0] == 401
    clients[2].socket.close()
    assert clients[0].request(PUT)[2] == b"hello"


def test_new_clients_are_accepted_together(serve, connect):
    """20 new clients are accepted without waiting for a client that sends requests continuously."""
    count, order, pending = 20, [], []

    def app(environ, start_response):
        order.append(environ["PATH_INFO"])
        if not pending:
            pending.extend(connect(server) for _ in range(count))
            for client in pending:
                client.send(b"GET /new HTTP/1.1\r\nHost: x\r\n\r\n")
        if environ["PATH_INFO"] == "/busy" and order.count("/new") < count:
            busy.send(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    busy = connect(server)
    busy.send(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
    while not pending:
        busy.read_response()
    for client in pending:
        assert client.read_response()[0] == 200
    last = len(order) - order[::-1].index("/new")
    assert order[:last].count("/busy") < count / 2
