"""Fixtures: an emulator and a client of its control plane."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from fakebox import Fakebox


@pytest.fixture
def box() -> Iterator[Fakebox]:
    """A new emulator on a socket."""
    with Fakebox() as box:
        yield box


@pytest.fixture
def control(box: Fakebox) -> Callable[..., urllib3.BaseHTTPResponse]:
    """A function that sends a request to the control plane."""

    def send(method: str, path: str, body: Any = None, **headers: str) -> urllib3.BaseHTTPResponse:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        header_names = {name.replace("_", "-"): value for name, value in headers.items()}
        return urllib3.request(
            method, f"{box.url}/_fakebox{path}", body=data, headers=header_names, retries=False
        )

    return send
