"""The error texts of the control plane and the dashboard."""

from __future__ import annotations

import html
import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.app import create_app
from fakebox.namespaces import Namespaces
from fakebox.server import Server
from tests.error_texts.texts import (
    CONTROL,
    DASHBOARD,
    FRAMING,
    HEADERS,
    NO_ADMIN_TOKEN,
    TOO_MANY_NAMESPACES,
    TOO_MANY_SNAPSHOTS,
    matches,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Fakebox]:
    """An emulator for all requests."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def box(server: Fakebox) -> Fakebox:
    """The emulator with one file."""
    server.reset()
    server.write("/a.txt", "hello")
    return server


def send(box: Fakebox, request: str, body: Any = None, **headers: str) -> urllib3.BaseHTTPResponse:
    """Send a request to the control plane, without a retry."""
    method, path = request.split()
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    url = f"{box.url}/_fakebox{path}"
    return urllib3.request(method, url, body=data, headers=headers, retries=False)


@pytest.mark.parametrize(("request_line", "body", "status", "text"), CONTROL)
def test_control_plane_responds_with_the_text(
    box: Fakebox, request_line: str, body: Any, status: int, text: str
) -> None:
    """The response is JSON with the text in one line."""
    response = send(box, request_line, body)
    assert response.status == status
    # The error of the emulated service that is the cause, for programs.
    assert response.json().keys() - {"code", "details"} == {"error"}
    assert matches(text, response.json()["error"]), response.json()


@pytest.mark.parametrize(("request_line", "headers", "status", "text"), HEADERS)
def test_control_plane_responds_with_the_text_to_headers(
    box: Fakebox, request_line: str, headers: dict[str, str], status: int, text: str
) -> None:
    """The response is JSON with the text."""
    response = send(box, request_line, **headers)
    assert (response.status, response.json()) == (status, {"error": text})


@pytest.mark.parametrize(("header", "body", "text"), FRAMING)
def test_control_plane_responds_with_the_text_to_a_malformed_body(
    box: Fakebox, header: str, body: bytes, text: str
) -> None:
    """The response is 400 and JSON with the text."""
    host, port = box.url.removeprefix("http://").split(":")
    head = f"POST /_fakebox/clock HTTP/1.1\r\nHost: {host}:{port}\r\n{header}\r\n\r\n"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as file:
            response_head, _, content = file.read().partition(b"\r\n\r\n")
    assert response_head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(content) == {"error": text}


def test_control_plane_responds_with_the_text_without_the_admin_token() -> None:
    """The status is 401 if the server needs the admin token and the request has none."""
    namespaces = Namespaces()
    with Server(create_app(namespaces, "sesame")) as server:
        response = urllib3.request("GET", f"{server.url}/_fakebox/usage")
    namespaces.close()
    assert (response.status, response.json()) == (401, {"error": NO_ADMIN_TOKEN})


def test_control_plane_responds_with_the_text_to_too_many_snapshots() -> None:
    """The request after the last accepted one has the status 400."""
    with Fakebox() as box:
        responses = [send(box, "POST /snapshots") for _ in range(21)]
    assert [response.status for response in responses] == [201] * 20 + [400]
    assert responses[-1].json() == {"error": TOO_MANY_SNAPSHOTS}


def test_control_plane_responds_with_the_text_to_too_many_namespaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The request that would create one more namespace has the status 400."""
    monkeypatch.setattr("fakebox.namespaces._LIMIT", 2)
    with Fakebox() as box:
        names = ("a", "b", "c")
        responses = [send(box, "GET /usage", **{"X-Fakebox-Namespace": name}) for name in names]
    assert [response.status for response in responses] == [200, 200, 400]
    assert responses[-1].json() == {"error": TOO_MANY_NAMESPACES}


@pytest.mark.parametrize(("request_line", "form", "status", "text"), DASHBOARD)
def test_dashboard_responds_with_the_text(
    box: Fakebox, request_line: str, form: str, status: int, text: str
) -> None:
    """The response is a page with the text in its alert."""
    bearer = {"Authorization": "Bearer fakebox-bearer-token"}
    for call in (
        "PUT /1/files_put/auto/gone.txt",
        "POST /1/fileops/delete?root=auto&path=gone.txt",
    ):
        method, path = call.split()
        assert urllib3.request(method, box.url + path, headers=bearer).status == 200
    content_type = "application/x-www-form-urlencoded"
    response = send(box, request_line, form.encode(), **{"Content-Type": content_type})
    assert response.status == status
    (found,) = re.findall('<p role="alert">(.*)</p>', response.data.decode())
    assert matches(text, html.unescape(found)), found
