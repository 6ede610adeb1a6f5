"""The proxy, as unmodified clients use it."""

from __future__ import annotations

import socket
import ssl

import pytest
import urllib3

from fakebox.proxy import Proxy, reachable
from fakebox.tls import Authority

URL = "https://api.dropbox.com/1/account/info"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """One authority for these tests."""
    return Authority()


@pytest.fixture
def through(serve, authority):
    """Starts an application behind TLS and a proxy; a client that knows only the proxy."""
    opened = []

    def start(app):
        server = serve(app, tls=authority.server_context())
        proxy = Proxy(("127.0.0.1", server.port)).start()
        trusting = ssl.create_default_context(cadata=authority.ca_pem)
        client = urllib3.ProxyManager(proxy.url, ssl_context=trusting, retries=False)
        opened.extend([client.clear, proxy.stop])
        return client

    yield start
    for close in opened:
        close()


@pytest.mark.parametrize(
    "host",
    [
        "api.dropbox.com",
        "api-content.dropbox.com",
        "content.dropboxapi.com",
        "uc123.dl.dropboxusercontent.com",
        "db.tt",
    ],
)
def test_client_reaches_the_emulator_by_the_real_names(through, recorder, host):
    """The application sees the request as the real service would."""
    client = through(recorder)
    assert client.request("GET", f"https://{host}/1/account/info").status == 200
    assert recorder.environs[0]["HTTP_HOST"] == host


def test_client_keeps_its_tunnel(through, recorder):
    """A handshake for every call would be slow."""
    client = through(recorder)
    for _ in range(3):
        client.request("GET", URL)
    assert len({environ["REMOTE_PORT"] for environ in recorder.environs}) == 1


def test_large_bodies_pass_both_ways(through, echo):
    """Nothing is lost, and nothing waits for the other direction."""
    body = bytes(range(256)) * 12_345
    assert through(echo).request("PUT", URL, body=body).data == body


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://api.dropbox.com:8443/",
        "https://api.dropbox.com.example.com/",
        "https://notdropbox.com/",
        "https://127.0.0.1/",
    ],
)
def test_client_is_refused_any_other_host(through, recorder, url):
    """A program under test reaches nothing else by mistake."""
    with pytest.raises(urllib3.exceptions.ProxyError, match="403"):
        through(recorder).request("GET", url)
    assert recorder.environs == []


def test_refusal_says_why(through, recorder, dial):
    """For whoever reads the client's log."""
    through(recorder)
    with Proxy(("127.0.0.1", 1)) as proxy:
        status, _, text = dial(proxy).ask(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
        assert (status, text) == (
            403,
            b"This proxy carries Dropbox's hosts only, to fakebox; not example.com:443.\n",
        )
        status, _, text = dial(proxy).ask(b"GET http://api.dropbox.com/ HTTP/1.1\r\n\r\n")
        assert (status, text) == (
            403,
            b"This proxy carries https only; the request was for plain http.\n",
        )


def test_client_is_told_when_the_emulator_is_gone(dial, unused_port):
    """It is not the proxy that failed."""
    with Proxy(("127.0.0.1", unused_port)) as proxy:
        status, _, text = dial(proxy).ask(b"CONNECT api.dropbox.com:443 HTTP/1.1\r\n\r\n")
    assert status == 502
    assert text.startswith(b"fakebox is not there")


def test_client_sees_a_reset_as_a_reset(serve, dial):
    """A fault must reach the client as it was made."""

    def app(environ, start_response):
        environ["fakebox.connection"].reset()
        return []

    with Proxy(("127.0.0.1", serve(app).port)) as proxy:
        wire = dial(proxy)
        wire.send(b"CONNECT api.dropbox.com:443 HTTP/1.1\r\n\r\n")
        assert wire.socket.recv(65536).startswith(b"HTTP/1.1 200 ")
        wire.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            wire.rest()


def test_client_sees_a_cut_as_a_short_answer(through):
    """Likewise."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "100")])
        yield b"half"
        environ["fakebox.connection"].cut()

    with pytest.raises(urllib3.exceptions.ProtocolError, match="4 bytes read, 96 more expected"):
        through(app).request("GET", URL)


def test_refused_upload_is_answered_before_it_is_sent(through):
    """Nobody has to upload all of it to learn that it was in vain."""

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Length", "2")])
        return [b"no"]

    answer = through(app).request("PUT", URL, body=bytes(20_000_000))
    assert (answer.status, answer.data) == (401, b"no")


def test_stop_ends_open_tunnels(serve, authority, echo):
    """A client that keeps its connection doesn't hold the proxy back."""
    server = serve(echo, tls=authority.server_context())
    with Proxy(("127.0.0.1", server.port)) as proxy:
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        client.sendall(b"CONNECT api.dropbox.com:443 HTTP/1.1\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    with client:
        assert client.recv(65536) == b""


def test_start_says_that_the_port_is_in_use(serve, echo):
    """A command names it in its message."""
    with pytest.raises(OSError, match="in use"):
        Proxy(("127.0.0.1", 1), port=serve(echo).port).start()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("::", "::1"),
        ("::0", "::1"),
        ("127.0.0.2", "127.0.0.2"),
        ("::1", "::1"),
        ("box.example", "box.example"),
    ],
)
def test_unspecified_address_is_reached_by_loopback(host, expected):
    """Any other address or name is used as it is."""
    assert reachable(host) == expected
