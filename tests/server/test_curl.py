"""Tests with the curl program as an independent HTTP client."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from fakebox.proxy import Proxy
from fakebox.tls import Authority

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


def curl_features():
    """Returns what `curl --version` prints."""
    if not shutil.which("curl"):
        return ""
    return subprocess.run(["curl", "--version"], capture_output=True, check=True, text=True).stdout


needs_http2 = pytest.mark.skipif("HTTP2" not in curl_features(), reason="curl has no HTTP/2")


@pytest.fixture
def authority(tmp_path) -> Authority:
    """Returns an authority that `ca.pem` in the temporary directory is the certificate of."""
    authority = Authority()
    authority.write_ca(tmp_path / "ca.pem")
    return authority


def curl(*arguments):
    """Runs curl without its configuration file and proxy settings, and returns its output."""
    command = ["curl", "-q", "-sS", "--fail-with-body", "--max-time", "20", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, env={}).stdout


def curl_messages(*arguments):
    """Runs curl with `-v` and returns its messages, whether it succeeds or not."""
    command = ["curl", "-q", "-sv", "--max-time", "20", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env={}).stderr.decode()


def test_curl_uploads_after_100_continue(serve, echo, tmp_path):
    """Curl uploads a large file, with and without `Expect: 100-continue`."""
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 8192)
    server = serve(echo)
    assert curl("-T", large, server.url) == large.read_bytes()
    assert "100 Continue" in curl_messages("-H", "Expect: 100-continue", "-T", large, server.url)


def test_curl_receives_401_for_an_unread_large_upload(serve, tmp_path):
    """Curl reports the 401 response of a large upload, not a broken connection."""

    def unauthorized(environ, start_response):
        start_response("401 Unauthorized", [("Content-Length", "12")])
        return [b"unauthorized"]

    large = tmp_path / "large"
    large.write_bytes(bytes(20_000_000))
    url = serve(unauthorized).url
    for expect in ("Expect:", "Expect: 100-continue"):
        with pytest.raises(subprocess.CalledProcessError) as raised:
            curl("-H", expect, "-T", large, url)
        assert raised.value.returncode == 22
        assert raised.value.stdout == b"unauthorized"


def test_curl_reuses_its_connection(serve, recorder):
    """Curl requests three URLs over one connection."""
    server = serve(recorder)
    curl(server.url, server.url, "-I", server.url)
    assert len({environ["REMOTE_PORT"] for environ in recorder.environs}) == 1
    assert len(recorder.environs) == 3


def test_curl_reaches_the_emulator_through_the_proxy(serve, recorder, tmp_path):
    """With a proxy and a CA file, curl reaches the emulator by a real host name."""
    authority = Authority()
    authority.write_ca(tmp_path / "ca.pem")
    server = serve(recorder, tls=authority.server_context())
    with Proxy(("127.0.0.1", server.port)) as proxy:
        proxy_options = ("--proxy", proxy.url, "--cacert", tmp_path / "ca.pem")
        curl(*proxy_options, "https://api.dropbox.com/1/account/info")
        error = curl_messages(*proxy_options, "https://example.com/")
    assert recorder.environs[0]["HTTP_HOST"] == "api.dropbox.com"
    assert "403 Forbidden" in error


@needs_http2
def test_curl_uses_http_2_with_tls(serve, echo, authority, tmp_path):
    """Curl negotiates h2, and uploads and downloads a large file with it."""
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 20_000)
    url = serve(echo, tls=authority.server_context()).url
    trust = ("--cacert", tmp_path / "ca.pem")
    assert curl("--http2", *trust, "-T", large, url) == large.read_bytes()
    version = curl(*trust, "-o", tmp_path / "out", "-w", "%{http_version}", url)
    assert version == b"2"
    assert curl("--http1.1", *trust, "-o", "/dev/null", "-w", "%{http_version}", url) == b"1.1"


@needs_http2
def test_curl_receives_401_for_an_unread_upload_over_http_2(serve, authority, tmp_path):
    """Curl reports the 401 response of a large upload, and continues to use the connection."""

    def unauthorized(environ, start_response):
        start_response("401 Unauthorized", [("Content-Length", "12")])
        return [b"unauthorized"]

    large = tmp_path / "large"
    large.write_bytes(bytes(20_000_000))
    server = serve(unauthorized, tls=authority.server_context())
    for expect in ("Expect:", "Expect: 100-continue"):
        with pytest.raises(subprocess.CalledProcessError) as raised:
            curl("--http2", "--cacert", tmp_path / "ca.pem", "-H", expect, "-T", large, server.url)
        assert raised.value.returncode == 22
        assert raised.value.stdout == b"unauthorized"


@needs_http2
def test_curl_sends_parallel_requests_over_one_connection(serve, recorder, authority, tmp_path):
    """Curl sends 50 requests at the same time over one connection of HTTP/2."""
    server = serve(recorder, tls=authority.server_context())
    trust = ("--cacert", tmp_path / "ca.pem")
    curl("--http2", *trust, "-Z", "--parallel-max", 50, f"{server.url}/[1-50]", "-o", "/dev/null")
    assert len(recorder.environs) == 50
    assert {environ["SERVER_PROTOCOL"] for environ in recorder.environs} == {"HTTP/2"}


@needs_http2
# A client that is sending a frame reports 55, and one that is receiving 56.
@pytest.mark.parametrize(
    ("fault", "exit_status"), [("reset", {16, 55, 56, 92}), ("cut", {18, 55, 56, 92})]
)
def test_curl_reports_a_broken_connection_over_http_2(
    serve, authority, tmp_path, fault, exit_status
):
    """Curl fails when a fault ends the connection, and does not repeat the request."""
    requests = []

    def app(environ, start_response):
        requests.append(environ)
        start_response("200 OK", [("Content-Length", "100000")])
        yield bytes(50_000)
        getattr(environ["fakebox.connection"], fault)()

    server = serve(app, tls=authority.server_context())
    with pytest.raises(subprocess.CalledProcessError) as raised:
        curl("--http2", "--cacert", tmp_path / "ca.pem", server.url)
    assert raised.value.returncode in exit_status
    assert len(requests) == 1


def test_curl_uploads_with_http_1_0(serve, echo):
    """Curl sends an HTTP/1.0 request and receives its response."""
    assert curl("-0", "-X", "PUT", "-d", "hello", serve(echo).url) == b"hello"
