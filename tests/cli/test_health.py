"""Tests of `fakebox health` and `fakebox wait`."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.cli.conftest import TIMEOUT_S, environment
from tests.command_line import run_here


@pytest.fixture(autouse=True)
def settings(monkeypatch, tmp_path):
    """No variable and no file of this machine is used."""
    for name in ("FAKEBOX_CA_FILE", "DROPBOX_CA_BUNDLE", "FAKEBOX_PORT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


@pytest.fixture
def closed_port():
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("command", ["health", "wait"])
def test_command_succeeds_for_a_server_with_http(serve, command):
    """The exit status is 0, and nothing is printed."""
    done = run_here(command, serve().url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("command", ["health", "wait"])
def test_command_trusts_the_ca_file_of_a_server_with_https(serve, command, tmp_path, monkeypatch):
    """The CA is that of the option, the variable or the current directory."""
    url = serve("--tls").url
    ca_file = tmp_path / "fakebox-ca.pem"
    assert run_here(command, url, "--ca-file", ca_file).returncode == 0
    untrusted = run_here("health", url)
    assert (untrusted.returncode, untrusted.stderr.count("\n")) == (1, 1)
    assert f"the certificate of {url} is not trusted; use --ca-file" in untrusted.stderr
    with monkeypatch.context() as patch:
        patch.setenv("DROPBOX_CA_BUNDLE", str(ca_file))
        assert run_here(command, url).returncode == 0
    monkeypatch.chdir(tmp_path)
    assert run_here(command, url).returncode == 0


@pytest.mark.parametrize("options", [[], ["--tls"]])
def test_health_without_a_url_uses_the_port_of_the_variable(serve, monkeypatch, options):
    """The check of a container does not have to know whether the server uses TLS."""
    monkeypatch.setenv("FAKEBOX_PORT", serve(*options).url.rpartition(":")[2])
    assert run_here("health").returncode == 0


def test_health_fails_for_a_server_of_another_kind(serve):
    """A response other than that of the health route is an error."""
    url = f"{serve().url}/other"
    done = run_here("health", url)
    assert (done.returncode, done.stderr) == (1, f"fakebox: {url} responded with the status 404\n")


def test_wait_ends_with_status_1_after_its_timeout(closed_port):
    """The line has the reason of the last attempt."""
    done = run_here("wait", f"http://127.0.0.1:{closed_port}", "--timeout", "0.2")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "was not ready within 0.2 s" in done.stderr


def test_wait_ends_when_the_server_starts(serve, closed_port, tmp_path):
    """A command that started before the server, and before its CA file exists, succeeds."""
    ca_file = tmp_path / "fakebox-ca.pem"
    url = f"https://127.0.0.1:{closed_port}"
    command = [sys.executable, "-m", "fakebox", "wait", url, "--ca-file", str(ca_file)]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE) as process:
        try:
            serve("--tls", "--port", closed_port)
            assert process.communicate(timeout=TIMEOUT_S) == (None, b"")
        finally:
            process.kill()
    assert process.returncode == 0
