"""Servers behind TLS, with handshakes on real sockets."""

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
    """One authority for these tests; to make one takes a few milliseconds."""
    return Authority("fakebox.test")


@pytest.fixture
def secure(serve, authority, echo) -> Server:
    """A server that echoes over TLS."""
    return serve(echo, tls=authority.server_context())


@pytest.fixture
def trusting(authority) -> ssl.SSLContext:
    """A client's context that trusts the authority and nobody else."""
    return ssl.create_default_context(cadata=authority.ca_pem)


def test_client_that_trusts_the_authority_is_served(secure, trusting):
    """The URL says https, and a pooled client keeps its connection."""
    assert secure.url.startswith("https://127.0.0.1:")
    with urllib3.PoolManager(ssl_context=trusting) as pool:
        answers = [pool.request("PUT", secure.url, body=b"%d" % turn).data for turn in range(3)]
        assert pool.connection_from_url(secure.url).num_connections == 1
    assert answers == [b"0", b"1", b"2"]


BELOW = ("dropbox.com", "new.dropboxapi.com", "uc123.dl.dropboxusercontent.com", "www.db.tt")


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "::1", "fakebox.test", *DROPBOX_HOSTS, *BELOW]
)
def test_certificate_names_every_host_that_clients_know(secure, trusting, name):
    """This machine's, the real service's, and what was asked for."""
    raw = socket.create_connection(("127.0.0.1", secure.port))
    with trusting.wrap_socket(raw, server_hostname=name) as client:
        client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        assert client.recv(65536).endswith(b"hi")


@pytest.mark.parametrize("cipher", ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"])
@pytest.mark.parametrize("name", ["127.0.0.1", DROPBOX_HOSTS[0]])
def test_client_with_one_kind_of_key_only_is_served(secure, trusting, cipher, name):
    """Old Java clients offer RSA suites only; both certificates are of the same authority."""
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    trusting.set_ciphers(cipher)
    raw = socket.create_connection(("127.0.0.1", secure.port))
    with trusting.wrap_socket(raw, server_hostname=name) as client:
        used = client.cipher()
    assert used is not None
    assert used[0] == cipher


def test_first_clients_of_a_server_may_shake_hands_at_once(serve, echo):
    """The RSA certificate is made by the first handshake; the others wait for it."""
    authority = Authority()
    server = serve(echo, tls=authority.server_context())

    def connect(cipher: str) -> str:
        trusting = ssl.create_default_context(cadata=authority.ca_pem)
        trusting.maximum_version = ssl.TLSVersion.TLSv1_2
        trusting.set_ciphers(cipher)
        raw = socket.create_connection(("127.0.0.1", server.port))
        with trusting.wrap_socket(raw, server_hostname="localhost") as client:
            used = client.cipher()
        assert used is not None
        return used[0]

    ciphers = ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"] * 4
    with ThreadPoolExecutor(len(ciphers)) as threads:
        assert list(threads.map(connect, ciphers)) == ciphers


def test_certificate_names_no_other_host(secure, trusting):
    """It is no master key."""
    raw = socket.create_connection(("127.0.0.1", secure.port))
    with raw, pytest.raises(ssl.SSLCertVerificationError):
        trusting.wrap_socket(raw, server_hostname="example.com")


def test_client_that_trusts_another_authority_refuses(secure):
    """Every authority is one of a kind."""
    stranger = ssl.create_default_context(cadata=Authority().ca_pem)
    with (
        urllib3.PoolManager(ssl_context=stranger, retries=False) as pool,
        pytest.raises(urllib3.exceptions.SSLError),
    ):
        pool.request("GET", secure.url)


def test_large_bodies_pass_both_ways(secure, trusting):
    """Records and blocks need not have the same size."""
    body = bytes(range(256)) * 12_345
    with urllib3.PoolManager(ssl_context=trusting) as pool:
        assert pool.request("PUT", secure.url, body=body).data == body


def test_application_sees_https(serve, authority, trusting, recorder):
    """URLs in its answers are made from this."""
    server = serve(recorder, tls=authority.server_context())
    with urllib3.PoolManager(ssl_context=trusting) as pool:
        pool.request("GET", server.url)
    assert recorder.environs[0]["wsgi.url_scheme"] == "https"


def test_client_that_speaks_plain_http_is_told_so(secure, dial):
    """A wrong scheme in a URL is a common mistake."""
    status, _, text = dial(secure).ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status, text) == (400, b"This port speaks https, not http.\n")


def test_client_that_never_shakes_hands_keeps_nobody_waiting(secure, dial, trusting):
    """The handshake is not the listener's."""
    dial(secure)
    with urllib3.PoolManager(ssl_context=trusting) as pool:
        assert pool.request("PUT", secure.url, body=b"hello").data == b"hello"


def test_authority_is_written_for_everyone_to_read(authority, tmp_path):
    """A client may be another user; and what was there before is replaced as a whole."""
    path = tmp_path / "ca.pem"
    path.write_text("what was there before, and longer than any certificate" * 100)
    authority.write_ca(path)
    assert path.read_text() == authority.ca_pem
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_authority_says_that_it_cannot_be_written(authority, tmp_path):
    """A directory that isn't there is the caller's to mend, and nothing is left behind."""
    with pytest.raises(FileNotFoundError):
        authority.write_ca(tmp_path / "missing" / "ca.pem")
    (tmp_path / "ca.pem").mkdir()
    with pytest.raises(OSError, match=r"ca\.pem"):
        authority.write_ca(tmp_path / "ca.pem")
    assert [path.name for path in tmp_path.iterdir()] == ["ca.pem"]
