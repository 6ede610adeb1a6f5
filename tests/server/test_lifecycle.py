"""Tests of the start and stop of a server."""

from __future__ import annotations

import threading

import pytest
import urllib3

from fakebox.server import Server

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_server_uses_a_free_port_when_given_none(echo):
    """Two servers without a port argument use different ports."""
    with Server(echo) as first, Server(echo) as second:
        assert first.port != second.port
        assert first.url == f"http://127.0.0.1:{first.port}"


def test_server_accepts_requests_as_soon_as_it_has_started(echo):
    """A request sent directly after the start is answered without a wait."""
    with Server(echo) as server:
        assert urllib3.request("PUT", server.url, body=b"hello").data == b"hello"


def test_start_raises_when_the_port_is_in_use(echo):
    """The start of a second server on the same port raises `OSError`."""
    with Server(echo) as first, pytest.raises(OSError, match="in use"):
        Server(echo, port=first.port).start()


def test_server_serves_ipv6_when_bound_to_it(echo):
    """A server on an IPv6 address has a URL with brackets and accepts requests there."""
    with Server(echo, "::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert urllib3.request("PUT", server.url, body=b"six").data == b"six"


def test_server_url_is_the_loopback_address_when_bound_to_all_addresses(echo):
    """A server bound to 0.0.0.0 has a URL with 127.0.0.1, as clients cannot use 0.0.0.0."""
    with Server(echo, "0.0.0.0") as server:
        assert server.url == f"http://127.0.0.1:{server.port}"


def test_stop_frees_the_port_at_once(echo):
    """A new server can use the port of a server that has just stopped."""
    with Server(echo) as first:
        urllib3.request("GET", first.url)
    with Server(echo, port=first.port) as second:
        assert urllib3.request("PUT", second.url, body=b"again").data == b"again"


def test_stop_closes_idle_connections(serve, connect, echo):
    """`stop` closes a keep-alive connection, and does not wait for its client."""
    server = serve(echo)
    client = connect(server)
    client.request(GET)
    server.stop()
    assert client.read_to_end() == b""


def test_stop_does_not_wait_for_a_long_poll(serve, connect):
    """`stop` closes the connection of a request that still waits."""
    called, released = threading.Event(), threading.Event()

    def long_poll(environ, start_response):
        called.set()
        released.wait()
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(long_poll)
    client = connect(server)
    client.send(GET)
    assert called.wait(10)
    server.stop()
    assert client.read_to_end() == b""
    released.set()


def test_stop_waits_for_a_running_request_within_the_grace_period(serve, connect):
    """A request that ends within the grace period of `stop` receives its response."""
    called, released = threading.Event(), threading.Event()

    def slow(environ, start_response):
        called.set()
        released.wait()
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]

    server = serve(slow)
    client = connect(server)
    client.send(GET)
    assert called.wait(10)
    stopping = threading.Thread(target=server.stop, args=(10.0,))
    stopping.start()
    released.set()
    assert client.read_response()[2] == b"done"
    stopping.join()


def test_stop_ends_every_thread(echo):
    """All threads that a server started end after its stop."""
    before = set(threading.enumerate())
    with Server(echo) as server:
        urllib3.request("GET", server.url)
        threads = set(threading.enumerate()) - before
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("waits", [False, True], ids=["leader thread", "other thread"])
def test_stop_ends_a_thread_that_discards_an_unread_body(serve, connect, monkeypatch, waits):
    """`stop` does not wait until a client has sent the rest of a body that is not read."""
    monkeypatch.setattr("fakebox.server.transport._LINGER_S", 60)

    def unauthorized(environ, start_response):
        environ["wsgi.input"].read(5 if waits else 0)
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return []

    before = set(threading.enumerate())
    server = serve(unauthorized)
    client = connect(server)
    client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
    if waits:
        client.send(b"hello")
    assert client.read_response()[0] == 401
    # The server has closed its sending side and only discards received bytes from here on.
    assert client.socket.recv(1) == b""
    threads = set(threading.enumerate()) - before
    server.stop()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


def test_stop_does_nothing_when_already_stopped(echo):
    """A second `stop` of the same server has no effect."""
    with Server(echo) as server:
        server.stop()


def test_server_starts_again_on_its_port_after_a_stop(echo):
    """A server started again after a stop uses the same URL, as after an outage."""
    server = Server(echo).start()
    url = server.url
    server.stop()
    with server:
        assert urllib3.request("PUT", url, body=b"back").data == b"back"
