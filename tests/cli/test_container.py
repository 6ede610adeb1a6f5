"""Tests of the commands in the Dockerfile, run without building the image."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import environment
from tests.command_line import run_here

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"


@pytest.fixture(scope="module")
def dockerfile():
    """Returns the instructions of the last build stage."""
    text = DOCKERFILE.read_text(encoding="utf-8")
    return text.rpartition("\nFROM ")[2]


def check_health(dockerfile, port):
    """Runs the health check of the image against a port and returns its exit status."""
    name, *arguments = json.loads(re.search(r"HEALTHCHECK .*?CMD (\[.*\])", dockerfile)[1])
    assert name == "fakebox"
    command = [sys.executable, "-m", name, *arguments]
    variables = {**environment(), "FAKEBOX_PORT": str(port)}
    return subprocess.run(command, env=variables, capture_output=True, check=False).returncode


@pytest.mark.parametrize("options", [[], ["--tls"]])
def test_health_check_succeeds_only_while_the_server_runs(dockerfile, serve, options):
    """The health check exits with 0 while the server runs, and with 1 on a closed port."""
    assert check_health(dockerfile, serve(*options).url.rpartition(":")[2]) == 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert check_health(dockerfile, port) == 1


def test_container_command_requires_an_admin_token(dockerfile, serve, monkeypatch):
    """The command reads the token from the environment, as a process list shows arguments."""
    command = json.loads(re.search(r"\nCMD (\[.*\])", dockerfile)[1])
    monkeypatch.delenv("FAKEBOX_ADMIN_TOKEN", raising=False)
    monkeypatch.setenv(*re.search(r"\nENV (FAKEBOX_HOST)=(\S+)", dockerfile).groups())
    without_token = run_here(*command)
    assert without_token.returncode == 2
    assert "set FAKEBOX_ADMIN_TOKEN" in without_token.stderr
    monkeypatch.setenv("FAKEBOX_ADMIN_TOKEN", "sesame")
    assert serve(*command[1:]).url


def test_container_does_not_run_as_root(dockerfile):
    """The Dockerfile switches to a user other than root."""
    assert re.search(r"^USER (?!root)\w+$", dockerfile, re.MULTILINE)
