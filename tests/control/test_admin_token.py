"""The control plane of an emulator that requires the admin token."""

from __future__ import annotations

from base64 import b64encode

import pytest
import urllib3

from fakebox.app import create_app
from fakebox.namespaces import Namespaces
from fakebox.server import Server


@pytest.fixture
def server():
    """A server that requires the admin token."""
    namespaces = Namespaces()
    with Server(create_app(namespaces, "open sesame")) as server:
        yield server
    namespaces.close()


def status_of(server, path="/usage", **headers):
    """Return the status of a request to the control plane."""
    return urllib3.request("GET", f"{server.url}/_fakebox{path}", headers=headers).status


def test_request_without_the_admin_token_is_401(server):
    """A missing or wrong token is answered with 401, with a challenge for browsers."""
    assert status_of(server) == 401
    assert status_of(server, Authorization="Bearer open") == 401
    assert status_of(server, Authorization="Nonsense") == 401
    assert status_of(server, Authorization="Basic ???") == 401
    assert status_of(server, Authorization="Basic \xfc") == 401
    response = urllib3.request("GET", f"{server.url}/_fakebox/usage")
    assert response.headers["WWW-Authenticate"].startswith("Basic")
    assert response.json() == {"error": "the Authorization header must contain the admin token"}


def test_admin_token_is_accepted_as_bearer_token_and_as_password(server):
    """Browsers send the token as the password of HTTP Basic authentication."""
    assert status_of(server, Authorization="Bearer open sesame") == 200
    credentials = b64encode(b"anybody:open sesame").decode()
    assert status_of(server, Authorization=f"Basic {credentials}") == 200


def test_request_with_the_admin_token_can_have_any_host(server):
    """The Host header is not checked if the token is correct."""
    assert status_of(server, Authorization="Bearer open sesame", Host="fakebox.internal") == 200


def test_health_requires_no_admin_token(server):
    """Health checks of containers have no token."""
    assert status_of(server, "/health") == 200
