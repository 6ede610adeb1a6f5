"""A server's start and stop, seen from a fixture and from a command."""

from __future__ import annotations

import threading

import pytest
import urllib3

from fakebox.server import Server

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_server_takes_a_free_port_when_given_none(echo):
    """Two servers with no port given don't meet."""
    with Server(echo) as one, Server(echo) as other:
        assert one.port != other.port
        assert one.url == f"http://127.0.0.1:{one.port}"


def test_server_answers_at_its_url_once_started(echo):
    """There is no moment between the start and the first answer to wait for."""
    with Server(echo) as server:
        assert urllib3.request("PUT", server.url, body=b"hello").data == b"hello"


def test_start_says_that_the_port_is_in_use(echo):
    """A second server on the same port is refused where it starts."""
    with Server(echo) as first, pytest.raises(OSError, match="in use"):
        Server(echo, port=first.port).start()


def test_server_serves_ipv6_when_bound_to_it(echo):
    """An IPv6 address stands in brackets in the URL."""
    with Server(echo, "::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert urllib3.request("PUT", server.url, body=b"six").data == b"six"


def test_server_names_a_reachable_url_when_bound_to_every_address(echo):
    """0.0.0.0 is where to listen, not where to call."""
    with Server(echo, "0.0.0.0") as server:
        assert server.url == f"http://127.0.0.1:{server.port}"


def test_stop_frees_the_port_at_once(echo):
    """The next server can have the port of the last one."""
    with Server(echo) as first:
        urllib3.request("GET", first.url)
    with Server(echo, port=first.port) as second:
        assert urllib3.request("PUT", second.url, body=b"again").data == b"again"


def test_stop_closes_connections_that_clients_keep_alive(serve, dial, echo):
    """A pooled client doesn't hold the server back, and sees the end."""
    server = serve(echo)
    wire = dial(server)
    wire.ask(GET)
    server.stop()
    assert wire.rest() == b""


def test_stop_does_not_wait_for_a_long_poll(serve, dial):
    """A request that waits for an event loses its connection instead."""
    called, released = threading.Event(), threading.Event()

    def long_poll(environ, start_response):
        called.set()
        released.wait()
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(long_poll)
    wire = dial(server)
    wire.send(GET)
    assert called.wait(10)
    server.stop()
    assert wire.rest() == b""
    released.set()


def test_stop_lets_a_request_finish_within_the_grace(serve, dial):
    """What is being answered is answered, when there is time for it."""
    called, released = threading.Event(), threading.Event()

    def slow(environ, start_response):
        called.set()
        released.wait()
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]

    server = serve(slow)
    wire = dial(server)
    wire.send(GET)
    assert called.wait(10)
    stopping = threading.Thread(target=server.stop, args=(10.0,))
    stopping.start()
    released.set()
    assert wire.answer()[2] == b"done"
    stopping.join()


def test_stop_ends_every_thread(echo):
    """A session of a thousand tests doesn't end with a thousand threads."""
    before = set(threading.enumerate())
    with Server(echo) as server:
        urllib3.request("GET", server.url)
        threads = set(threading.enumerate()) - before
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("waits", [False, True], ids=["led", "apart"])
def test_stop_ends_the_thread_that_hears_a_refused_client_out(serve, dial, monkeypatch, waits):
    """However much that client has left to send."""
    monkeypatch.setattr("fakebox.server.transport._LINGER_S", 60)

    def refuse(environ, start_response):
        environ["wsgi.input"].read(5 if waits else 0)
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return []

    before = set(threading.enumerate())
    server = serve(refuse)
    wire = dial(server)
    wire.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
    if waits:
        wire.send(b"hello")
    assert wire.answer()[0] == 401
    # Its own end of the connection: the server has said its last word.
    assert wire.socket.recv(1) == b""
    threads = set(threading.enumerate()) - before
    server.stop()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


def test_stop_does_nothing_when_already_stopped(echo):
    """A test may stop the server that its fixture stops once more."""
    with Server(echo) as server:
        server.stop()


def test_server_starts_again_on_its_port_after_a_stop(echo):
    """An outage of the whole service is a stop and a start."""
    server = Server(echo).start()
    url = server.url
    server.stop()
    with server:
        assert urllib3.request("PUT", url, body=b"back").data == b"back"
