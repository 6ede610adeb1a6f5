"""Fixtures: a server with scripted responses, and a proxy that closes connections."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from dropbox import client, session


@dataclass
class Request:
    """A request that the scripted server received."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """The responses of the scripted server, in their order, and the requests it received.

    A response is (status, headers, body); with `cut`, the body is incomplete.
    """

    url: str = ""
    responses: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    cut: bool = False
    connections: set[int] = field(default_factory=set)

    def respond(self, body: bytes | str, status: int = 200, **headers: str) -> None:
        """Add a response."""
        data = body.encode() if isinstance(body, str) else body
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.responses.append((status, fields, data))


@pytest.fixture
def script():
    """A server on a free port that sends scripted responses."""
    plan = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            plan.requests.append(Request(self.command, self.path, dict(self.headers), body))
            plan.connections.add(self.client_address[1])
            status, headers, data = plan.responses.pop(0) if plan.responses else (200, {}, b"{}")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(data) + (100 if plan.cut else 0)))
            self.end_headers()
            with suppress(OSError):  # the client may close the connection after the headers
                self.wfile.write(data if status != 304 else b"")
            if plan.cut:
                self.close_connection = True

        do_GET = do_POST = do_PUT = handle_one  # noqa: N815 -- the names that http.server calls

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    plan.url = f"http://127.0.0.1:{server.server_port}"
    yield plan
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def linked(script, monkeypatch):
    """A linked session that uses the scripted server for all hosts."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", script.url)
    made = session.DropboxSession("key", "secret", "dropbox")
    made.set_token("token", "token-secret")
    return made


@pytest.fixture
def scripted_client(linked):
    """A client on the scripted server."""
    return client.DropboxClient(linked)


@pytest.fixture
def pipe_of():
    """Makes files without `seek` and `tell`."""
    pipes = []

    def make(data):
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as other_end:
            other_end.write(data)
        pipes.append(os.fdopen(reading, "rb"))
        return pipes[-1]

    yield make
    for pipe in pipes:
        pipe.close()


_BLOCK_BYTES = 64 * 1024


class CuttingProxy:
    """Forwards bytes in both directions, and closes each connection after a number of bytes.

    Args:
        url: the server.
        shares: the number of bytes that each connection forwards, in both directions together.
            Further connections are not closed.
    """

    def __init__(self, url: str, shares: Iterator[int]) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._shares = shares
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> CuttingProxy:  # noqa: PYI034 -- final
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        # `close` alone does not interrupt `accept` in another thread.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._address)
            budget = _Budget(next(self._shares, None))
            for source, target in ((client, server), (server, client)):
                threading.Thread(
                    target=self._carry, args=(source, target, budget), daemon=True
                ).start()

    def _carry(self, source: socket.socket, target: socket.socket, budget: _Budget) -> None:
        with suppress(OSError):
            while data := source.recv(_BLOCK_BYTES):
                allowed = budget.take(len(data))
                target.sendall(data[:allowed])
                if allowed < len(data):
                    self.cuts += 1
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class _Budget:
    def __init__(self, share: int | None) -> None:
        self._left = share
        self._lock = threading.Lock()

    def take(self, wanted: int) -> int:
        if self._left is None:
            return wanted
        with self._lock:
            taken = min(wanted, self._left)
            self._left -= taken
            return taken


@pytest.fixture(scope="session")
def cutting_proxy():
    """The class `CuttingProxy`."""
    return CuttingProxy
