"""The control plane where others may reach it."""

from __future__ import annotations

from base64 import b64encode

import pytest
import urllib3

from fakebox.app import create_app
from fakebox.namespaces import Namespaces
from fakebox.server import Server


@pytest.fixture
def server():
    """An emulator that asks for the admin token."""
    namespaces = Namespaces()
    with Server(create_app(namespaces, "open sesame")) as server:
        yield server
    namespaces.close()


def ask(server, path="/usage", **headers):
    """The status of a request to the control plane."""
    return urllib3.request("GET", f"{server.url}/_fakebox{path}", headers=headers).status


def test_stranger_is_kept_out(server):
    """Without a token, or with another one; a browser is asked for it."""
    assert ask(server) == 401
    assert ask(server, Authorization="Bearer open") == 401
    assert ask(server, Authorization="Nonsense") == 401
    assert ask(server, Authorization="Basic ???") == 401
    assert ask(server, Authorization="Basic \xfc") == 401
    answer = urllib3.request("GET", f"{server.url}/_fakebox/usage")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert answer.json() == {"error": "the control plane needs the admin token"}


def test_owner_is_let_in(server):
    """As a program, or with a browser's own dialogue."""
    assert ask(server, Authorization="Bearer open sesame") == 200
    dialogue = b64encode(b"anybody:open sesame").decode()
    assert ask(server, Authorization=f"Basic {dialogue}") == 200


def test_owner_may_use_any_name(server):
    """Behind one, the machine is no longer known as itself."""
    assert ask(server, Authorization="Bearer open sesame", Host="fakebox.internal") == 200


def test_health_is_told_to_everybody(server):
    """A container's health check has no token."""
    assert ask(server, "/health") == 200
