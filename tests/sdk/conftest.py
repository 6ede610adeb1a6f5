"""What the SDK's tests share: a server that answers as it is told, and sessions on it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dropbox import client, session


@dataclass
class Request:
    """What the scripted server was asked."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """A server's answers, in their order, and what it was asked.

    An answer is (status, headers, body); with `cut`, the connection breaks within the body.
    """

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    cut: bool = False
    connections: set[int] = field(default_factory=set)

    def say(self, body: bytes | str, status: int = 200, **headers: str) -> None:
        """Add an answer."""
        data = body.encode() if isinstance(body, str) else body
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, fields, data))


@pytest.fixture
def script():
    """A real server on a free port that gives scripted answers."""
    told = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            told.requests.append(Request(self.command, self.path, dict(self.headers), body))
            told.connections.add(self.client_address[1])
            status, headers, data = told.answers.pop(0) if told.answers else (200, {}, b"{}")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(data) + (100 if told.cut else 0)))
            self.end_headers()
            self.wfile.write(data if status != 304 else b"")
            if told.cut:
                self.close_connection = True

        do_GET = do_POST = do_PUT = handle_one  # noqa: N815 -- the names that http.server calls

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def linked(script, monkeypatch):
    """A linked session whose hosts are all the scripted server."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", script.url)
    made = session.DropboxSession("key", "secret", "dropbox")
    made.set_token("token", "token-secret")
    return made


@pytest.fixture
def scripted_client(linked):
    """A client on the scripted server."""
    return client.DropboxClient(linked)
