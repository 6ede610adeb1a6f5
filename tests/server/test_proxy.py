"""Tests of the HTTP proxy with unmodified clients."""

from __future__ import annotations

import socket
import ssl

import pytest
import urllib3

from fakebox.proxy import Proxy
from fakebox.server import reachable
from fakebox.tls import Authority

URL = "https://api.dropbox.com/1/account/info"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Returns one certificate authority for all tests of this module."""
    return Authority()


@pytest.fixture
def proxied(serve, authority):
    """Returns a function that serves an application over TLS and returns a client of its proxy."""
    cleanups = []

    def start(app):
        server = serve(app, tls=authority.server_context())
        proxy = Proxy(("127.0.0.1", server.port)).start()
        ssl_context = ssl.create_default_context(cadata=authority.ca_pem)
        client = urllib3.ProxyManager(proxy.url, ssl_context=ssl_context, retries=False)
        cleanups.extend([client.clear, proxy.stop])
        return client

    yield start
    for close in cleanups:
        close()


@pytest.mark.parametrize(
    "host",
    [
        "api.dropbox.com",
        "api-content.dropbox.com",
        "content.dropboxapi.com",
        "db.tt",
        "dropbox.com",
        "api7.dropbox.com",
        "uc0123.dl.dropboxusercontent.com",
    ],
)
def test_client_reaches_the_emulator_by_real_host_names(proxied, recorder, host):
    """A request to a Dropbox host reaches the application with that host in its environ."""
    client = proxied(recorder)
    assert client.request("GET", f"https://{host}/1/account/info").status == 200
    assert recorder.environs[0]["HTTP_HOST"] == host


def test_client_reuses_its_tunnel(proxied, recorder):
    """Three requests of one client use the same tunnel."""
    client = proxied(recorder)
    for _ in range(3):
        client.request("GET", URL)
    assert len({environ["REMOTE_PORT"] for environ in recorder.environs}) == 1


def test_proxy_passes_large_bodies_in_both_directions(proxied, echo):
    """A large body arrives unchanged in the request and in the response."""
    body = bytes(range(256)) * 12_345
    assert proxied(echo).request("PUT", URL, body=body).data == body


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
def test_proxy_rejects_other_hosts_with_403(proxied, recorder, url):
    """A client cannot reach a host or port other than those of Dropbox."""
    with pytest.raises(urllib3.exceptions.ProxyError, match="403"):
        proxied(recorder).request("GET", url)
    assert recorder.environs == []


def test_proxy_explains_a_rejected_request(proxied, recorder, connect):
    """The 403 response states whether the host or plain HTTP was the cause."""
    proxied(recorder)
    with Proxy(("127.0.0.1", 1)) as proxy:
        status, _, text = connect(proxy).request(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
        assert (status, text) == (
            403,
            b"This proxy connects to Dropbox's hosts only, not to example.com:443.\n",
        )
        status, _, text = connect(proxy).request(b"GET http://api.dropbox.com/ HTTP/1.1\r\n\r\n")
        assert (status, text) == (
            403,
            b"This proxy accepts CONNECT requests for https only, not plain http.\n",
        )


def test_proxy_answers_502_when_the_emulator_is_not_running(connect, unused_port):
    """The 502 response states that the proxy cannot connect to the emulator."""
    with Proxy(("127.0.0.1", unused_port)) as proxy:
        status, _, text = connect(proxy).request(b"CONNECT api.dropbox.com:443 HTTP/1.1\r\n\r\n")
    assert status == 502
    assert text.startswith(b"fakebox cannot be reached")


def test_proxy_passes_on_a_connection_reset(serve, connect):
    """A reset by the emulator is a connection reset for the client of the proxy."""

    def app(environ, start_response):
        environ["fakebox.connection"].reset()
        return []

    with Proxy(("127.0.0.1", serve(app).port)) as proxy:
        client = connect(proxy)
        client.send(b"CONNECT api.dropbox.com:443 HTTP/1.1\r\n\r\n")
        assert client.socket.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.read_to_end()


def test_proxy_passes_on_a_truncated_response(proxied):
    """A response that the emulator cuts is also too short for the client of the proxy."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "100")])
        yield b"half"
        environ["fakebox.connection"].cut()

    with pytest.raises(urllib3.exceptions.ProtocolError, match="4 bytes read, 96 more expected"):
        proxied(app).request("GET", URL)


def test_proxy_passes_on_a_response_during_an_upload(proxied):
    """A client receives a 401 response before it has sent all of its body."""

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Length", "2")])
        return [b"no"]

    response = proxied(app).request("PUT", URL, body=bytes(20_000_000))
    assert (response.status, response.data) == (401, b"no")


def test_stop_closes_open_tunnels(serve, authority, echo):
    """`stop` closes the tunnel of a connected client, and does not wait for it."""
    server = serve(echo, tls=authority.server_context())
    with Proxy(("127.0.0.1", server.port)) as proxy:
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        client.sendall(b"CONNECT api.dropbox.com:443 HTTP/1.1\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    with client:
        assert client.recv(65536) == b""


def test_proxy_start_raises_when_the_port_is_in_use(serve, echo):
    """The start of a proxy on a port in use raises `OSError`."""
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
def test_reachable_replaces_the_unspecified_address_with_loopback(host, expected):
    """`reachable` returns the loopback address for 0.0.0.0 and ::, and other hosts unchanged."""
    assert reachable(host) == expected
