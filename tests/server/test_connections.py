"""Connections that are kept, shared out among threads, and ended."""

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


def refuse(environ, start_response):
    """An application that never reads a body."""
    start_response("401 Unauthorized", [("Content-Length", "2")])
    return [b"no"]


def test_client_keeps_its_connection(serve, echo):
    """A pool has one, however many requests it makes."""
    server = serve(echo)
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool:
        for turn in range(20):
            assert pool.request("PUT", "/", body=b"%d" % turn).data == b"%d" % turn
        assert pool.num_connections == 1


def test_requests_may_be_sent_ahead(serve, dial, echo):
    """They are answered in their order."""
    wire = dial(serve(echo))
    last = PUT.replace(b"Host", b"Connection: close\r\nHost")
    wire.send(PUT + PUT.replace(b"hello", b"world") + last)
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in wire.rest().split(b"HTTP/1.1 ")]
    assert bodies[1:] == [b"hello", b"world", b"hello"]


def test_empty_lines_before_a_request_are_passed_over(serve, dial, echo):
    """Some old clients end a form with one more."""
    wire = dial(serve(echo))
    wire.ask(PUT)
    assert wire.ask(b"\r\n" + PUT)[2] == b"hello"


def test_client_may_ask_to_close(serve, dial, echo):
    """Then the answer is the last thing on the connection."""
    wire = dial(serve(echo))
    assert wire.ask(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[0] == 200
    assert wire.rest() == b""


def test_old_client_may_ask_to_keep_its_connection(serve, dial, echo):
    """As HTTP/1.0 does it."""
    wire = dial(serve(echo))
    for _ in range(2):
        request = b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
        assert wire.ask(request)[1]["connection"] == "Keep-Alive"


def test_long_polls_keep_nobody_waiting(serve):
    """There is a thread for each of them, and one for the next request."""
    polls = 40
    all_there, released = threading.Barrier(polls + 1), threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/poll":
            all_there.wait(30)
            released.wait(30)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    with ThreadPoolExecutor(polls) as clients:
        waiting = [
            clients.submit(urllib3.request, "GET", f"{server.url}/poll") for _ in range(polls)
        ]
        all_there.wait(30)
        assert urllib3.request("GET", server.url).status == 200
        released.set()
        assert {poll.result().status for poll in waiting} == {200}


def test_idle_connections_keep_nobody_waiting(serve, dial, echo):
    """Neither those that have sent nothing, nor those in the middle of a request."""
    server = serve(echo)
    for _ in range(20):
        dial(server)
        dial(server).send(b"PUT / HTTP/1.1\r\nContent-")
        dial(server).send(PUT[:-2])
    assert urllib3.request("PUT", server.url, body=b"hello").data == b"hello"


def test_connection_idle_the_longest_is_closed_when_there_are_too_many(serve, dial, echo):
    """Descriptors are finite; those that rested for less long go on."""
    server = serve(echo)
    wires = []
    for _ in range(300):
        wires.append(dial(server))
        wires[-1].ask(PUT)
    assert wires[0].rest() == b""
    assert [wire.ask(PUT)[2] for wire in wires[-200:]] == [b"hello"] * 200


def test_crowd_that_asks_at_once_is_answered_however_long_each_takes(serve, dial):
    """Nobody who has asked is closed to make room, though more ask than may be idle."""
    crowd = 300
    all_came = threading.Event()

    def app(environ, start_response):
        all_came.wait(10)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    wires = []
    for _ in range(crowd):
        wires.append(dial(server))
        wires[-1].send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    all_came.set()
    assert [wire.answer()[0] for wire in wires] == [200] * crowd


def test_crowd_whose_long_polls_end_at_once_keeps_the_server_going(serve, dial, echo, monkeypatch):
    """Each comes back to the thread that leads, though that has no time for them yet."""
    # Nobody takes the lead from the request that has all others answered.
    monkeypatch.setattr("fakebox.server.acceptor._TURN_LIMIT_S", 60)
    crowd, waiting = 400, []

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/news":
            for wire in waiting:
                wire.send(b"x")
            for wire in waiting:
                assert wire.answer()[2] == b"x"
        return echo(environ, start_response)

    server = serve(app)
    for _ in range(crowd):
        waiting.append(dial(server))
        waiting[-1].send(
            b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
        )
        assert waiting[-1].socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    dial(server).ask(b"GET /news HTTP/1.1\r\nHost: x\r\n\r\n")
    assert dial(server).ask(PUT)[2] == b"hello"


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_small_refused_upload_keeps_its_connection(serve, dial, size):
    """What the application didn't read isn't taken for the next request."""
    wire = dial(serve(refuse))
    upload = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    for _ in range(3):
        assert wire.ask(upload)[0] == 401


def test_large_refused_upload_is_answered_and_its_connection_closed(serve):
    """The client learns of it although it is still sending."""
    answer = urllib3.request("PUT", serve(refuse).url, body=bytes(50_000_000), retries=False)
    assert (answer.status, answer.headers["Connection"]) == (401, "close")


def test_client_that_asks_first_is_told_to_go_on(serve, dial, echo):
    """As curl does before an upload."""
    wire = dial(serve(echo))
    head, body = PUT.split(b"\r\n\r\n")
    wire.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert wire.socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(body)
    assert wire.answer()[2] == b"hello"


def test_client_that_asks_first_is_refused_without_an_upload(serve, dial):
    """That is what it asks for."""
    wire = dial(serve(refuse))
    head, _ = PUT.split(b"\r\n\r\n")
    status, headers, _ = wire.ask(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert (status, headers["connection"]) == (401, "close")


def test_client_that_sends_chunks_is_told_to_go_on_when_they_are_read(serve, dial):
    """The application decides, as for a body of known length."""

    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    wire = dial(serve(app))
    wire.send(
        b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    assert wire.socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(b"5\r\nhello\r\n0\r\n\r\n")
    assert wire.answer()[2] == b"hello"
    assert wire.ask(PUT)[0] == 200


def test_chunked_upload_has_no_length(serve, dial, recorder):
    """Whether to accept it is for the application to decide."""
    chunked = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert dial(serve(recorder)).ask(chunked + b"5\r\nhello\r\n0\r\n\r\n")[0] == 200
    assert "CONTENT_LENGTH" not in recorder.environs[0]
    assert recorder.environs[0]["HTTP_TRANSFER_ENCODING"] == "chunked"


@pytest.mark.parametrize("read", [-1, 5, 11, 0], ids=["all", "some", "exactly", "nothing"])
def test_connection_is_kept_after_a_chunked_upload(serve, dial, read):
    """Even if the application doesn't read to its end."""

    def app(environ, start_response):
        body = environ["wsgi.input"].read(read)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    wire = dial(serve(app))
    chunked = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ in range(3):
        upload = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nDigest: x\r\n\r\n"
        status, headers, body = wire.ask(chunked + upload)
        assert (status, body) == (200, b"hello world"[: read if read >= 0 else None])
        assert "connection" not in headers


def test_chunked_upload_can_be_read(serve, dial):
    """By an application that takes it."""

    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    chunked = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire = dial(serve(app))
    assert wire.ask(chunked + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")[2] == b"hello world"


@pytest.mark.parametrize("leave", ["end", "reset"])
def test_upload_that_breaks_off_is_told_from_a_short_one(serve, dial, leave):
    """The application stores nothing of it."""
    outcomes, arrived = [], threading.Event()

    def app(environ, start_response):
        try:
            for _ in raw_stream(environ):
                pass
        except AbortedUpload as aborted:
            outcomes.append((aborted.received_bytes, aborted.expected_bytes))
        finally:
            arrived.set()
        start_response("400 Bad Request", [("Content-Length", "0")])
        return []

    wire = dial(serve(app))
    wire.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b"x" * 300)
    if leave == "reset":
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()
    assert arrived.wait(10)
    assert len(outcomes) == 1
    assert outcomes[0][1] == 1000


def test_many_clients_at_once_each_get_their_own_answer(serve, echo):
    """Threads don't mix up connections."""
    server = serve(echo)

    def talk(client):
        with urllib3.HTTPConnectionPool("127.0.0.1", server.port) as pool:
            for turn in range(20):
                body = f"{client} {turn}".encode() * 100
                assert pool.request("PUT", "/", body=body).data == body
        return True

    with ThreadPoolExecutor(16) as clients:
        assert all(clients.map(talk, range(16)))


def test_client_that_falls_silent_within_a_request_is_told_so(serve, dial, echo, monkeypatch):
    """A thread isn't held for ever by half a request."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.01)
    wire = dial(serve(echo))
    wire.send(b"PUT / HTTP/1.1\r\nContent-")
    assert wire.answer()[0] == 408
    assert wire.rest() == b""


def test_client_that_says_nothing_at_all_is_let_go(serve, dial, echo, monkeypatch):
    """Nor by a connection that nothing ever comes from."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.01)
    assert dial(serve(echo)).rest() == b""


def test_client_that_falls_silent_within_a_small_body_is_answered(serve, dial, monkeypatch):
    """The application learns how much of it is missing, as if the client had left."""
    monkeypatch.setattr("fakebox.server.transport.STALL_S", 0.01)

    def app(environ, start_response):
        received = environ["wsgi.input"].read()
        start_response("400 Bad Request", [("Content-Length", str(len(received)))])
        return [received]

    wire = dial(serve(app))
    status, _, body = wire.ask(PUT[:-2])
    assert (status, body) == (400, b"hel")
    assert wire.rest() == b""


def test_half_a_request_takes_no_thread(serve, dial, echo):
    """However many clients are in the middle of one."""
    server = serve(echo)
    urllib3.request("PUT", server.url, body=b"hello")
    threads = threading.active_count()
    wires = [dial(server) for _ in range(40)]
    for wire in wires[:20]:
        wire.send(PUT[:20])
    for wire in wires[20:]:
        wire.send(PUT[:-2])
    assert urllib3.request("PUT", server.url, body=b"hello").data == b"hello"
    # On a busy machine a turn takes a moment, and another thread comes to lead; not one for each.
    assert threading.active_count() < threads + 20
    wires[0].send(PUT[20:])
    wires[20].send(PUT[-2:])
    assert [wires[0].answer()[2], wires[20].answer()[2]] == [b"hello", b"hello"]


def test_threads_end_when_there_is_nothing_to_do(serve, monkeypatch):
    """After a rush, a long-lived server is small again; and serves as before."""
    monkeypatch.setattr("fakebox.server.thread_pool._IDLE_S", 0.01)
    crowd = 10
    all_there = threading.Barrier(crowd)

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/rush":
            all_there.wait(30)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    before = set(threading.enumerate())
    server = serve(app)
    with ThreadPoolExecutor(crowd) as clients:
        rush = [clients.submit(urllib3.request, "GET", f"{server.url}/rush") for _ in range(crowd)]
        assert {client.result().status for client in rush} == {200}
        workers = {thread for thread in threading.enumerate() if thread.name == "fakebox worker"}
    with ThreadPoolExecutor(crowd + 1) as watchers:
        ends = as_completed(watchers.submit(thread.join, 10) for thread in workers - before)
        for _ in range(len(workers - before) - 1):
            next(ends)
        assert sum(thread.is_alive() for thread in workers - before) == 1
        assert urllib3.request("GET", server.url).status == 200
        server.stop()


def test_client_is_served_once_there_are_descriptors_again(serve, echo, monkeypatch):
    """A server that ran out of them goes on when others have closed theirs."""
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


def test_clients_are_served_when_there_are_no_more_threads(serve, dial, echo, monkeypatch):
    """Each when the one before it is through, whether it waits for its client or is refused."""

    def app(environ, start_response):
        return (refuse if environ["PATH_INFO"] == "/refused" else echo)(environ, start_response)

    def fail(thread):
        tried.set()
        raise RuntimeError("can't start new thread")

    tried = threading.Event()
    server = serve(app)
    wires = [dial(server) for _ in range(3)]
    monkeypatch.setattr(threading.Thread, "start", fail)
    for wire in wires[:2]:
        wire.send(b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert tried.wait(10)
    for wire in wires[:2]:
        assert wire.socket.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(b"hello")
        assert wire.answer()[2] == b"hello"
    large = b"x" * 5_000_000
    wires[2].send(b"PUT /refused HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(large))
    wires[2].send(large)
    assert wires[2].answer()[0] == 401
    wires[2].socket.close()
    assert wires[0].ask(PUT)[2] == b"hello"


def test_clients_that_come_at_once_are_let_in_at_once(serve, dial):
    """None waits for the turns of those that are there already."""
    crowd, order, pending = 20, [], []

    def app(environ, start_response):
        order.append(environ["PATH_INFO"])
        if not pending:
            pending.extend(dial(server) for _ in range(crowd))
            for wire in pending:
                wire.send(b"GET /new HTTP/1.1\r\nHost: x\r\n\r\n")
        if environ["PATH_INFO"] == "/busy" and order.count("/new") < crowd:
            busy.send(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    busy = dial(server)
    busy.send(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
    while not pending:
        busy.answer()
    for wire in pending:
        assert wire.answer()[0] == 200
    last = len(order) - order[::-1].index("/new")
    assert order[:last].count("/busy") < crowd / 2
