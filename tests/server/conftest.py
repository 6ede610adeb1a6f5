"""Fixtures that start a server, and a client that sends raw bytes."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from fakebox.server import Server
from fakebox.tls import Authority
from tests.server.h2_client import H2Client


class RawClient:
    """A client socket that sends raw bytes and reads the responses one by one."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)

    def send(self, data: bytes) -> None:
        """Send bytes unchanged."""
        self.socket.sendall(data)

    def read_response(self, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Read the next response: status, headers by lower-case name, and body."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        with response:
            return response.status, headers, response.read()

    def request(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send a request and read its response."""
        self.send(request)
        return self.read_response(request.partition(b" ")[0].decode())

    def read_to_end(self) -> bytes:
        """Read all remaining bytes until the server closes the connection."""
        received = bytearray()
        while block := self.socket.recv(65536):
            received += block
        return bytes(received)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Returns a function that starts a server for a WSGI application; stops it after the test."""
    with ExitStack() as servers:
        yield lambda app, **options: servers.enter_context(Server(app, **options))


@pytest.fixture
def connect() -> Iterator[Callable[[Server], RawClient]]:
    """Returns a function that connects a raw client to a server; closes it after the test."""
    with ExitStack() as clients:

        def open_connection(server: Server) -> RawClient:
            client = RawClient(server)
            clients.callback(client.socket.close)
            return client

        yield open_connection


@pytest.fixture(scope="session")
def h2_authority() -> Authority:
    """Returns a certificate authority for servers of HTTP/2."""
    return Authority()


@pytest.fixture(scope="session")
def h2_context(h2_authority: Authority) -> ssl.SSLContext:
    """Returns a context of a client that offers HTTP/2 only."""
    context = ssl.create_default_context(cadata=h2_authority.ca_pem)
    context.set_alpn_protocols(["h2"])
    return context


@pytest.fixture
def serve_h2(serve: Callable[..., Server], h2_authority: Authority) -> Callable[..., Server]:
    """Returns a function that starts a server with TLS for a WSGI application."""
    return lambda app: serve(app, tls=h2_authority.server_context())


@pytest.fixture
def connect_h2(h2_context: ssl.SSLContext) -> Iterator[Callable[..., H2Client]]:
    """Returns a function that connects a client of HTTP/2; closes it after the test."""
    with ExitStack() as clients:

        def open_connection(server: Server, **options: Any) -> H2Client:
            raw = socket.create_connection(("127.0.0.1", server.port))
            client = H2Client(raw, h2_context, **options)
            clients.callback(client.socket.close)
            return client

        yield open_connection


@pytest.fixture
def echo() -> Callable[..., Any]:
    """Returns a WSGI application that responds with the body of the request."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return application


@pytest.fixture
def recorder() -> Any:
    """Returns a WSGI application that stores the environ of each request in `environs`."""

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
    """Returns a port without a listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
