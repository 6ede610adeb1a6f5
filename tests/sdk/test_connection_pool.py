"""Connection pools: TLS verification, proxies, and forked processes."""

import ssl
import subprocess
import sys
from base64 import b64encode
from contextlib import closing
from types import SimpleNamespace

import pytest

from dropbox.rest import RESTClientObject, RESTSocketError
from fakebox.server import Server
from fakebox.tls import Authority

FORK = """
import os, sys
from dropbox.rest import RESTClientObject

client, url = RESTClientObject(), sys.argv[1]
client.GET(url)
child = os.fork()
if not child:
    client.GET(url)
    os._exit(0)
os.waitpid(child, 0)
client.GET(url)
"""

FORK_WHILE_LOCKED = """
import os, sys, threading
from dropbox import connection_pool
from dropbox.rest import RESTClientObject

client, url = RESTClientObject(), sys.argv[1]
inside, release = threading.Event(), threading.Event()
make = connection_pool._new_pool

def make_slowly(*args):
    inside.set()
    release.wait()
    return make(*args)

connection_pool._new_pool = make_slowly
thread = threading.Thread(target=client.GET, args=(url,))
thread.start()
inside.wait()
child = os.fork()
if not child:
    connection_pool._new_pool = make
    client.GET(url)
    sys.exit(0)
_, status = os.waitpid(child, 0)
release.set()
thread.join()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.fixture
def authority():
    """A certificate authority that the client does not trust by default."""
    return Authority()


@pytest.fixture
def https_url(authority):
    """A server with a certificate of that authority."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "2")])
        return [b"{}"]

    with Server(app, tls=authority.server_context()) as server:
        yield server.url


@pytest.fixture
def rest_client():
    """A client with a separate connection pool."""
    with closing(RESTClientObject()) as client:
        yield client


def test_client_trusts_the_bundle_of_the_environment(
    authority, https_url, rest_client, monkeypatch, tmp_path
):
    """`DROPBOX_CA_BUNDLE` takes effect with the next request."""
    with pytest.raises(RESTSocketError, match="certificate verify failed"):
        rest_client.GET(https_url)
    bundle = tmp_path / "ca.pem"
    bundle.write_text(authority.ca_pem)
    monkeypatch.setenv("DROPBOX_CA_BUNDLE", str(bundle))
    assert rest_client.GET(https_url) == {}


def test_client_verifies_the_name_in_a_certificate(authority, rest_client, monkeypatch, tmp_path):
    """A certificate for another host is rejected."""

    def app(environ, start_response):
        raise AssertionError("the client sent a request to a host that it must not trust")

    bundle = tmp_path / "ca.pem"
    bundle.write_text(authority.ca_pem)
    monkeypatch.setenv("DROPBOX_CA_BUNDLE", str(bundle))
    elsewhere = Server(app, host="127.0.0.2", tls=authority.server_context())
    with elsewhere as server, pytest.raises(RESTSocketError, match=r"IP address mismatch|verify"):
        rest_client.GET(server.url)


def test_missing_ca_bundle_is_named_in_the_error(rest_client, monkeypatch):
    """The error names the variable and the path of the missing file."""
    monkeypatch.setenv("DROPBOX_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(RESTSocketError, match=r"DROPBOX_CA_BUNDLE.*/nowhere/ca\.pem"):
        rest_client.GET("https://127.0.0.1:1/")


@pytest.fixture
def system_without_roots(monkeypatch):
    """A system without root certificates."""
    monkeypatch.delenv("DROPBOX_CA_BUNDLE", raising=False)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: None)
    monkeypatch.setattr(
        ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None, capath=None)
    )


@pytest.mark.usefixtures("system_without_roots")
def test_client_uses_certifi_roots_if_the_system_has_none(
    authority, https_url, rest_client, monkeypatch, tmp_path
):
    """The roots of certifi are used if that package is installed."""
    bundle = tmp_path / "cacert.pem"
    bundle.write_text(authority.ca_pem)
    monkeypatch.setitem(sys.modules, "certifi", SimpleNamespace(where=lambda: str(bundle)))
    assert rest_client.GET(https_url) == {}


@pytest.mark.usefixtures("system_without_roots")
def test_client_without_roots_rejects_every_certificate(https_url, rest_client, monkeypatch):
    """Certificates are verified even if there are no root certificates."""
    monkeypatch.setitem(sys.modules, "certifi", None)
    with pytest.raises(RESTSocketError, match="certificate verify failed"):
        rest_client.GET(https_url)


def test_requests_go_through_the_proxy_of_the_environment(script, rest_client, monkeypatch):
    """`http_proxy` is used, unless `no_proxy` contains the host."""
    monkeypatch.setenv("http_proxy", script.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    rest_client.GET(f"{script.url}/direct")
    monkeypatch.setenv("no_proxy", "")
    rest_client.GET("http://elsewhere.example/through")
    assert [request.target for request in script.requests] == [
        "/direct",
        "http://elsewhere.example/through",
    ]


@pytest.mark.parametrize("exempt", ["127.0.0.1:{port}", "a.example, 127.0.0.1:{port}", "*"])
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_no_proxy_may_contain_a_port(script, rest_client, monkeypatch, exempt, variable):
    """An entry of `no_proxy` may contain a port, as for `urllib.request`."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv(variable, exempt.format(port=script.url.rpartition(":")[2]))
    assert rest_client.GET(script.url) == {}


@pytest.mark.parametrize(
    ("exempt", "is_direct"),
    [
        ("localhost", True),
        ("localhost:{port}", True),
        (".localhost", True),
        ("host:{port}", False),
        ("localhost:1", False),
    ],
)
def test_no_proxy_matches_whole_labels_of_a_host(
    script, rest_client, monkeypatch, exempt, is_direct
):
    """An entry with another port, or with only the end of a label, does not match."""
    port = script.url.rpartition(":")[2]
    monkeypatch.setenv("http_proxy", script.url)
    monkeypatch.setenv("no_proxy", exempt.format(port=port))
    url = f"http://localhost:{port}/a"
    rest_client.GET(url)
    assert script.requests[0].target == ("/a" if is_direct else url)


def test_proxy_gets_the_credentials_of_its_url(script, rest_client, monkeypatch):
    """Credentials in the URL of a proxy are decoded, and sent as Basic authentication."""
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("all_proxy", script.url.replace("//", "//us%40er:pass@"))
    rest_client.GET("http://elsewhere.example/")
    credentials = b64encode(b"us@er:pass").decode()
    assert script.requests[0].headers["proxy-authorization"] == f"Basic {credentials}"


def test_proxy_of_an_unknown_kind_is_a_socket_error(rest_client, monkeypatch):
    """A proxy with an unknown scheme raises a `RESTSocketError`."""
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "gopher://127.0.0.1:1")
    with pytest.raises(RESTSocketError, match=r"elsewhere\.example.*gopher"):
        rest_client.GET("http://elsewhere.example/")


def test_close_closes_idle_connections(script, rest_client):
    """After `close`, the next request opens a new connection."""
    rest_client.GET(script.url)
    rest_client.close()
    rest_client.GET(script.url)
    assert len(script.connections) == 2


def test_forked_process_opens_new_connections():
    """A forked process opens its own connection, and its parent keeps using the old one."""
    ports = []

    def app(environ, start_response):
        ports.append(environ["REMOTE_PORT"])
        start_response("200 OK", [("Content-Length", "2")])
        return [b"{}"]

    with Server(app) as server:
        subprocess.run([sys.executable, "-c", FORK, server.url], check=True, timeout=60)
    parent_port, child_port, last_port = ports
    assert parent_port == last_port != child_port


def test_forked_process_does_not_wait_for_a_thread_of_its_parent(script):
    """A forked process sends requests although a thread of its parent held the lock."""
    command = [sys.executable, "-c", FORK_WHILE_LOCKED, script.url]
    subprocess.run(command, check=True, timeout=60)
    assert len(script.requests) == 2
