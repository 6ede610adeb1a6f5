"""Tests of servers with TLS and real handshakes."""

from __future__ import annotations

import socket
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from fakebox.dropbox_hosts import DROPBOX_HOSTS
from fakebox.server import Server
from fakebox.tls import Authority


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Returns one certificate authority for all tests of this module."""
    return Authority("fakebox.test")


@pytest.fixture
def tls_server(serve, authority, echo) -> Server:
    """Returns an echo server with TLS."""
    return serve(echo, tls=authority.server_context())


@pytest.fixture
def ssl_context(authority) -> ssl.SSLContext:
    """Returns a client context that trusts only the authority."""
    return ssl.create_default_context(cadata=authority.ca_pem)


def test_client_that_trusts_the_authority_connects(tls_server, ssl_context):
    """The URL starts with https, and a connection pool reuses its TLS connection."""
    assert tls_server.url.startswith("https://127.0.0.1:")
    with urllib3.PoolManager(ssl_context=ssl_context) as pool:
        bodies = [
            pool.request("PUT", tls_server.url, body=b"%d" % number).data for number in range(3)
        ]
        assert pool.connection_from_url(tls_server.url).num_connections == 1
    assert bodies == [b"0", b"1", b"2"]


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "127.0.0.1",
        "::1",
        "fakebox.test",
        "dropbox.com",
        "api7.dropbox.com",
        "dropboxapi.com",
        "uc0123.dl.dropboxusercontent.com",
        *DROPBOX_HOSTS,
    ],
)
def test_certificate_is_valid_for_local_and_dropbox_hosts(tls_server, ssl_context, name):
    """The certificate is valid for the local names, the given name and the Dropbox hosts."""
    raw = socket.create_connection(("127.0.0.1", tls_server.port))
    with ssl_context.wrap_socket(raw, server_hostname=name) as client:
        client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        assert client.recv(65536).endswith(b"hi")


@pytest.mark.parametrize("cipher", ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"])
@pytest.mark.parametrize("name", ["127.0.0.1", DROPBOX_HOSTS[0]])
def test_client_with_one_key_type_connects(tls_server, ssl_context, cipher, name):
    """The server supports RSA-only clients, such as old Java clients, and ECDSA-only clients."""
    ssl_context.maximum_version = ssl.TLSVersion.TLSv1_2
    ssl_context.set_ciphers(cipher)
    raw = socket.create_connection(("127.0.0.1", tls_server.port))
    with ssl_context.wrap_socket(raw, server_hostname=name) as client:
        cipher_in_use = client.cipher()
    assert cipher_in_use is not None
    assert cipher_in_use[0] == cipher


def test_first_handshakes_of_a_server_can_be_parallel(serve, echo):
    """Parallel first handshakes succeed, though the first one creates the RSA certificate."""
    authority = Authority()
    server = serve(echo, tls=authority.server_context())

    def handshake(cipher: str) -> str:
        ssl_context = ssl.create_default_context(cadata=authority.ca_pem)
        ssl_context.maximum_version = ssl.TLSVersion.TLSv1_2
        ssl_context.set_ciphers(cipher)
        raw = socket.create_connection(("127.0.0.1", server.port))
        with ssl_context.wrap_socket(raw, server_hostname="localhost") as client:
            cipher_in_use = client.cipher()
        assert cipher_in_use is not None
        return cipher_in_use[0]

    ciphers = ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"] * 4
    with ThreadPoolExecutor(len(ciphers)) as threads:
        assert list(threads.map(handshake, ciphers)) == ciphers


def test_certificate_is_invalid_for_other_hosts(tls_server, ssl_context):
    """A client rejects the certificate for a host outside the list."""
    raw = socket.create_connection(("127.0.0.1", tls_server.port))
    with raw, pytest.raises(ssl.SSLCertVerificationError):
        ssl_context.wrap_socket(raw, server_hostname="example.com")


def test_client_that_trusts_another_authority_rejects_the_certificate(tls_server):
    """A client that trusts another emulator authority rejects the certificate."""
    other_context = ssl.create_default_context(cadata=Authority().ca_pem)
    with (
        urllib3.PoolManager(ssl_context=other_context, retries=False) as pool,
        pytest.raises(urllib3.exceptions.SSLError),
    ):
        pool.request("GET", tls_server.url)


def test_tls_server_passes_large_bodies_in_both_directions(tls_server, ssl_context):
    """A large body arrives unchanged in the request and in the response."""
    body = bytes(range(256)) * 12_345
    with urllib3.PoolManager(ssl_context=ssl_context) as pool:
        assert pool.request("PUT", tls_server.url, body=body).data == body


def test_environ_has_the_https_scheme(serve, authority, ssl_context, recorder):
    """The environ of a TLS request has the scheme https, which response URLs are made from."""
    server = serve(recorder, tls=authority.server_context())
    with urllib3.PoolManager(ssl_context=ssl_context) as pool:
        pool.request("GET", server.url)
    assert recorder.environs[0]["wsgi.url_scheme"] == "https"


def test_plain_http_request_to_a_tls_server_is_answered_with_400(tls_server, connect):
    """The response to a plain HTTP request explains that the port expects https."""
    status, _, text = connect(tls_server).request(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status, text) == (400, b"This port speaks https, not http.\n")


def test_pending_handshake_does_not_delay_other_clients(tls_server, connect, ssl_context):
    """A client that sends no handshake does not delay another client."""
    connect(tls_server)
    with urllib3.PoolManager(ssl_context=ssl_context) as pool:
        assert pool.request("PUT", tls_server.url, body=b"hello").data == b"hello"


def test_write_ca_replaces_the_file_with_a_world_readable_one(authority, tmp_path):
    """`write_ca` replaces an existing file, and users other than the owner can read the new one."""
    path = tmp_path / "ca.pem"
    path.write_text("an old file that is longer than any certificate" * 100)
    authority.write_ca(path)
    assert path.read_text() == authority.ca_pem
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_write_ca_raises_when_the_path_is_not_writable(authority, tmp_path):
    """`write_ca` raises `OSError` for a missing directory, and leaves no temporary file."""
    with pytest.raises(FileNotFoundError):
        authority.write_ca(tmp_path / "missing" / "ca.pem")
    (tmp_path / "ca.pem").mkdir()
    with pytest.raises(OSError, match=r"ca\.pem"):
        authority.write_ca(tmp_path / "ca.pem")
    assert [path.name for path in tmp_path.iterdir()] == ["ca.pem"]
