"""curl, as it is installed: a client that nobody here wrote."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from fakebox.proxy import Proxy
from fakebox.tls import Authority

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


def curl(*arguments):
    """What curl writes, when it succeeds; its own settings and the proxy's are left out."""
    command = ["curl", "-q", "-sS", "--fail-with-body", "--max-time", "20", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, env={}).stdout


def verbosely(*arguments):
    """What curl says of the connection, whether it succeeds or not."""
    command = ["curl", "-q", "-sv", "--max-time", "20", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env={}).stderr.decode()


def test_curl_uploads_after_asking_first(serve, echo, tmp_path):
    """A large file is announced with Expect, and invited."""
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 8192)
    server = serve(echo)
    assert curl("-T", large, server.url) == large.read_bytes()
    assert "100 Continue" in verbosely("-H", "Expect: 100-continue", "-T", large, server.url)


def test_curl_reads_a_refusal_of_a_large_upload(serve, tmp_path):
    """It isn't told of a broken connection instead."""

    def refuse(environ, start_response):
        start_response("401 Unauthorized", [("Content-Length", "12")])
        return [b"unauthorized"]

    large = tmp_path / "large"
    large.write_bytes(bytes(20_000_000))
    url = serve(refuse).url
    for expect in ("Expect:", "Expect: 100-continue"):
        with pytest.raises(subprocess.CalledProcessError) as failure:
            curl("-H", expect, "-T", large, url)
        assert failure.value.returncode == 22
        assert failure.value.stdout == b"unauthorized"


def test_curl_keeps_its_connection(serve, recorder):
    """Several URLs in one run share it."""
    server = serve(recorder)
    curl(server.url, server.url, "-I", server.url)
    assert len({environ["REMOTE_PORT"] for environ in recorder.environs}) == 1
    assert len(recorder.environs) == 3


def test_curl_reaches_the_emulator_by_a_real_name(serve, recorder, tmp_path):
    """With nothing but a proxy and a CA file."""
    authority = Authority()
    authority.write_ca(tmp_path / "ca.pem")
    server = serve(recorder, tls=authority.server_context())
    with Proxy(("127.0.0.1", server.port)) as proxy:
        led = ("--proxy", proxy.url, "--cacert", tmp_path / "ca.pem")
        curl(*led, "https://api.dropbox.com/1/account/info")
        error = verbosely(*led, "https://example.com/")
    assert recorder.environs[0]["HTTP_HOST"] == "api.dropbox.com"
    assert "403 Forbidden" in error


def test_curl_is_served_by_http_1_0(serve, echo):
    """The oldest of clients are."""
    assert curl("-0", "-X", "PUT", "-d", "hello", serve(echo).url) == b"hello"
