"""A server for each test, and a client that sees every byte."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from fakebox.server import Server


class Wire:
    """A client's socket: sends bytes as they are, and reads answers one by one."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def answer(self, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers by lower-case name, body."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        with response:
            return response.status, headers, response.read()

    def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send a request and read its answer."""
        self.send(request)
        return self.answer(request.partition(b" ")[0].decode())

    def rest(self) -> bytes:
        """All that the server still sends before it ends the connection."""
        received = bytearray()
        while block := self.socket.recv(65536):
            received += block
        return bytes(received)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts a server for an application; it is stopped after the test."""
    with ExitStack() as servers:
        yield lambda app, **options: servers.enter_context(Server(app, **options))


@pytest.fixture
def dial() -> Iterator[Callable[[Server], Wire]]:
    """Opens a connection to a server; it is closed after the test."""
    with ExitStack() as wires:

        def connect(server: Server) -> Wire:
            wire = Wire(server)
            wires.callback(wire.socket.close)
            return wire

        yield connect


@pytest.fixture
def echo() -> Callable[..., Any]:
    """An application that answers the body it is sent."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return application


@pytest.fixture
def recorder() -> Any:
    """An application that keeps the environs it was called with, as `environs`."""

    class Recorder:
        def __init__(self) -> None:
            self.environs: list[dict[str, Any]] = []

        def __call__(
            self, environ: dict[str, Any], start_response: Callable[..., Any]
        ) -> list[bytes]:
            self.environs.append(environ)
            start_response("200 OK", [("Content-Length", "0")])
            return []

    return Recorder()


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
