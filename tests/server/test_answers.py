"""How answers reach the client."""

from __future__ import annotations

import socket
import threading

import pytest
import urllib3

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"


def answering(status, headers, blocks):
    """An application that always answers the same."""

    def app(environ, start_response):
        start_response(status, headers)
        return blocks

    return app


def test_small_answer_leaves_in_one_piece(serve, dial):
    """Two writes would wait for each other's acknowledgement."""
    wire = dial(serve(answering("200 OK", [("Content-Length", "5")], [b"hello"])))
    wire.send(GET)
    piece = wire.socket.recv(65536)
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\nhello")


def test_answer_names_no_software_but_the_emulator(serve, dial):
    """And says when it was made."""
    _, headers, _ = dial(serve(answering("200 OK", [("Content-Length", "0")], []))).ask(GET)
    assert headers["server"] == "fakebox"
    assert headers["date"].endswith(" GMT")


def test_application_has_the_last_word_on_its_headers(serve, dial):
    """An emulated service has a clock and a name of its own."""
    own = [("Content-Length", "0"), ("Date", "Thu, 01 Jan 2015 00:00:00 GMT"), ("Server", "nginx")]
    _, headers, _ = dial(serve(answering("200 OK", own, []))).ask(GET)
    assert (headers["date"], headers["server"]) == ("Thu, 01 Jan 2015 00:00:00 GMT", "nginx")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answer_that_has_no_body_ends_with_its_head(serve, dial, status):
    """The next answer on the connection isn't mistaken for it."""
    wire = dial(serve(answering(status, [], [b"body"])))
    for _ in range(2):
        answered, headers, body = wire.ask(GET)
        assert (answered, body) == (int(status[:3]), b"")
        assert "transfer-encoding" not in headers


def test_answer_to_head_has_the_length_and_no_body(serve, dial):
    """As a GET would have it; and the connection is kept."""
    wire = dial(serve(answering("200 OK", [("Content-Length", "5")], [b"hello"])))
    for _ in range(2):
        status, headers, body = wire.ask(HEAD)
        assert (status, headers["content-length"], body) == (200, "5", b"")


def test_answer_to_head_is_not_made_to_the_end(serve, dial):
    """A large file isn't read to be thrown away."""
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        try:
            yield b"hello"
            raise AssertionError("the second block was asked for")
        finally:
            closed.set()

    assert dial(serve(app)).ask(HEAD)[0] == 200
    assert closed.wait(10)


def test_answer_of_unknown_length_is_sent_in_chunks(serve, dial):
    """The client knows where it ends, and the connection is kept."""
    wire = dial(serve(answering("200 OK", [], [b"one ", b"", b"two"])))
    for _ in range(2):
        _, headers, body = wire.ask(GET)
        assert (headers["transfer-encoding"], body) == ("chunked", b"one two")


def test_answer_of_unknown_length_ends_with_the_connection_for_an_old_client(serve, dial):
    """HTTP/1.0 has no chunks."""
    wire = dial(serve(answering("200 OK", [], [b"one ", b"two"])))
    status, headers, body = wire.ask(b"GET / HTTP/1.0\r\n\r\n")
    assert (status, headers["connection"], body) == (200, "close", b"one two")


def test_answer_reaches_the_client_block_by_block(serve, dial):
    """A slow stream is seen while it is made."""
    more = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "8")])
        yield b"head"
        more.wait(10)
        yield b"tail"

    wire = dial(serve(app))
    wire.send(GET)
    assert wire.socket.recv(65536).endswith(b"head")
    more.set()
    assert wire.socket.recv(65536) == b"tail"


def test_answer_that_is_shorter_than_announced_ends_the_connection(serve, dial):
    """The client would wait for the rest for ever."""
    wire = dial(serve(answering("200 OK", [("Content-Length", "10")], [b"hello"])))
    wire.send(GET)
    assert wire.rest().endswith(b"\r\n\r\nhello")


def test_answer_that_is_longer_than_announced_is_cut(serve, dial):
    """The rest would be taken for the next answer."""
    wire = dial(serve(answering("200 OK", [("Content-Length", "5")], [b"hel", b"lo wor", b"ld"])))
    assert wire.ask(GET)[2] == b"hello"
    assert wire.ask(GET)[2] == b"hello"


def test_answer_that_fails_halfway_ends_the_connection(serve, dial):
    """It must not look complete."""

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"half"
        raise RuntimeError

    wire = dial(serve(app))
    wire.send(GET)
    assert wire.rest().endswith(b"\r\n4\r\nhalf\r\n")


def test_large_answer_arrives_whole(serve):
    """In whatever blocks it is made."""
    block = bytes(range(256)) * 1024
    size = len(block) * 20
    app = answering("200 OK", [("Content-Length", str(size))], [block] * 20)
    assert urllib3.request("GET", serve(app).url).data == block * 20


def test_client_that_leaves_ends_the_making_of_its_answer(serve, dial):
    """A stream without end has one."""
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * 65536
        finally:
            closed.set()

    wire = dial(serve(app))
    wire.send(GET)
    wire.socket.recv(65536)
    wire.socket.close()
    assert closed.wait(10)


def test_fault_resets_the_connection(serve, dial):
    """The client sees what it sees when a machine crashes."""

    def app(environ, start_response):
        environ["fakebox.connection"].reset()
        return []

    wire = dial(serve(app))
    wire.send(GET)
    with pytest.raises(ConnectionResetError):
        wire.rest()


def test_fault_resets_the_connection_halfway_through_the_answer(serve, dial):
    """Nothing follows, whatever the application still says."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "100")])
        yield b"half"
        environ["fakebox.connection"].reset()
        yield b"more"

    wire = dial(serve(app))
    wire.send(GET)
    with pytest.raises(ConnectionResetError):
        wire.rest()


def test_fault_cuts_the_answer_after_what_was_sent(serve, dial):
    """All of that arrives, and nothing else."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "1000000")])
        yield b"x" * 300_000
        environ["fakebox.connection"].cut()
        yield b"y"

    wire = dial(serve(app))
    wire.send(GET)
    _, _, body = wire.rest().partition(b"\r\n\r\n")
    assert body == b"x" * 300_000


def test_fault_cuts_the_connection_before_any_answer(serve, dial):
    """The request was read, and that was all."""

    def app(environ, start_response):
        environ["fakebox.connection"].cut()
        start_response("200 OK", [("Content-Length", "2")])
        return [b"no"]

    wire = dial(serve(app))
    wire.send(GET)
    assert wire.rest() == b""


def test_answers_do_not_wait_to_be_filled_up(serve):
    """TCP_NODELAY is set on what the application answers through."""
    options = []

    def app(environ, start_response):
        sock = environ["fakebox.connection"].socket
        options.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        start_response("200 OK", [("Content-Length", "0")])
        return []

    urllib3.request("GET", serve(app).url)
    assert all(options)
