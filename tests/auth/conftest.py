"""Fixtures: emulators on a socket, and requests with bearer tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from fakebox import Fakebox


@pytest.fixture
def box() -> Iterator[Fakebox]:
    """A new emulator on a socket, which rejects unknown credentials."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def lenient() -> Iterator[Fakebox]:
    """A new emulator on a socket, which accepts any credentials."""
    with Fakebox(credentials="any") as started:
        yield started


@pytest.fixture
def account() -> Callable[..., tuple[int, Any]]:
    """A function that requests the account of a bearer token with version 1 or 2."""

    def send(box: Fakebox, token: str, version: int = 2) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        if version == 1:
            response = urllib3.request("GET", f"{box.url}/1/account/info", headers=headers)
        else:
            url = f"{box.url}/2/users/get_current_account"
            response = urllib3.request("POST", url, headers=headers)
        return response.status, response.json() if response.status == 200 else None

    return send


@pytest.fixture
def exchange() -> Callable[..., tuple[int, Any]]:
    """A function that sends a form to the token endpoint."""

    def send(box: Fakebox, **form: str) -> tuple[int, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = urllib3.request(
            "POST", f"{box.url}/oauth2/token", body=urlencode(form), headers=headers
        )
        return response.status, response.json()

    return send
