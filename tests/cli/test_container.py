"""What the image does, as far as it can be seen without one."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import run_here

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"


@pytest.fixture(scope="module")
def dockerfile():
    """The instructions of the last stage."""
    text = DOCKERFILE.read_text(encoding="utf-8")
    return text.rpartition("\nFROM ")[2]


def check_health(dockerfile, port):
    """The exit status of the image's health check, for a server on another port."""
    command = json.loads(re.search(r"HEALTHCHECK .*?CMD (\[.*\])", dockerfile)[1])
    command = [part.replace(":8710", f":{port}") for part in command]
    done = subprocess.run([sys.executable, *command[1:]], capture_output=True, check=False)
    return done.returncode


def test_container_is_healthy_while_it_serves(dockerfile, serve):
    """And not while nobody listens."""
    assert check_health(dockerfile, serve().url.rpartition(":")[2]) == 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert check_health(dockerfile, port) == 1


def test_containers_command_needs_a_token(dockerfile, serve, monkeypatch):
    """It comes by the environment, where no list of processes shows it."""
    command = json.loads(re.search(r"\nCMD (\[.*\])", dockerfile)[1])
    monkeypatch.delenv("FAKEBOX_ADMIN_TOKEN", raising=False)
    refused = run_here(*command)
    assert refused.returncode == 2
    assert "set FAKEBOX_ADMIN_TOKEN" in refused.stderr
    monkeypatch.setenv("FAKEBOX_ADMIN_TOKEN", "sesame")
    assert serve(*command[1:]).url


def test_container_has_no_rights(dockerfile):
    """It runs as a user, not as root."""
    assert re.search(r"^USER (?!root)\w+$", dockerfile, re.MULTILINE)
