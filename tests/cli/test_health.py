"""Tests of `fakebox health` and `fakebox wait`."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.cli.conftest import TIMEOUT_S, environment
from tests.command_line import run_here
from tests.other_server import other_server


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


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, b"<h1>Not Found</h1>", "{url} responded with the status 404"),
        (200, b"<h1>Welcome</h1>", "the server at {url} is not fakebox"),
        (200, b"[]", "the server at {url} is not fakebox"),
    ],
)
def test_health_fails_for_a_server_of_another_kind(status, body, reason):
    """A response other than that of the health route is an error."""
    with other_server(status, body) as url:
        done = run_here("health", url)
    assert (done.returncode, done.stderr) == (1, f"fakebox: {reason.format(url=url)}\n")


def test_health_names_the_scheme_of_the_server(serve, tmp_path):
    """The wrong scheme is an error at once, with the reason."""
    url = serve("--tls").url.replace("https:", "http:")
    done = run_here("health", url)
    expected = f"{url} responded with the status 400; the server uses TLS, so use https://"
    assert (done.returncode, done.stderr) == (1, f"fakebox: {expected}\n")
    url = serve().url.replace("http:", "https:")
    done = run_here("health", url, "--ca-file", tmp_path / "fakebox-ca.pem")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"fakebox: {url} cannot be reached: ")


@pytest.mark.parametrize("port", ["abc", "70000"])
def test_health_rejects_a_variable_that_is_not_a_port(monkeypatch, port):
    """The line has the name of the variable and what it accepts."""
    monkeypatch.setenv("FAKEBOX_PORT", port)
    done = run_here("health")
    expected = f"the variable FAKEBOX_PORT: the port must be between 0 and 65535, not {port!r}"
    assert (done.returncode, done.stderr) == (2, f"fakebox: {expected}\n")


def test_health_does_not_print_the_credentials_of_a_url():
    """A URL with credentials is rejected, because the request has none."""
    done = run_here("health", "http://user:hush@127.0.0.1:1")
    assert (done.returncode, done.stderr) == (
        2,
        "fakebox: the URL must not contain credentials\n",
    )


def test_health_reports_a_ca_file_that_does_not_exist(serve):
    """The reason is that of the file, and not that of the server, which http does not need."""
    url = serve("--tls").url
    done = run_here("health", url, "--ca-file", "gone.pem")
    expected = "no CA certificate can be read from gone.pem: No such file or directory"
    assert (done.returncode, done.stderr) == (1, f"fakebox: {expected}\n")
    assert run_here("health", serve().url, "--ca-file", "gone.pem").returncode == 0


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
