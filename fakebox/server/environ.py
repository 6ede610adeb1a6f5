"""The WSGI environ of a request, and the configuration of the server that it contains."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from fakebox.server.body import Body
    from fakebox.server.request_head import RequestHead

logger: logging.Logger = logging.getLogger("fakebox.server")


@dataclass(frozen=True)
class ServerConfig:
    """The configuration that all connections of a server share.

    Attributes:
        app: the WSGI application.
        host: the address that the server was configured to bind.
        port: the port that it is bound to.
        tls: the TLS context for https; `None` for http.
        software: the value of `SERVER_SOFTWARE`.
    """

    app: WSGIApplication
    host: str
    port: int
    tls: ssl.SSLContext | None
    software: str = "fakebox"

    @property
    def scheme(self) -> str:
        """The scheme of the server's URLs: `http` or `https`."""
        return "https" if self.tls else "http"


class _ErrorLog(io.TextIOBase):
    """`wsgi.errors`, written to the log."""

    def write(self, text: str) -> int:
        if line := text.rstrip():
            logger.error("%s", line)
        return len(text)


_errors = _ErrorLog()


class ClientConnection(Protocol):
    """The connection or stream of a client, with the methods that planned faults call."""

    remote_addr: str
    remote_port: int

    def reset(self) -> None:
        """Reset the connection."""
        ...

    def cut(self) -> None:
        """Close the connection after the written bytes."""
        ...


def make_environ(
    config: ServerConfig, connection: ClientConnection, head: RequestHead, body: Body
) -> WSGIEnvironment:
    """Make the environ of a request. The path is decoded once and as a whole.

    The additional key `RAW_URI` is the request target as it was sent, and `fakebox.connection` is
    the connection.
    """
    path, _, query = head.target.partition(b"?")
    return {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "RAW_URI": head.target.decode("latin-1"),
        "REMOTE_ADDR": connection.remote_addr,
        "REMOTE_PORT": str(connection.remote_port),
        "SERVER_NAME": config.host,
        "SERVER_PORT": str(config.port),
        "SERVER_PROTOCOL": head.version,
        "SERVER_SOFTWARE": config.software,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": config.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": head.is_chunked,
        "wsgi.errors": _errors,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "fakebox.connection": connection,
        **head.fields,
    }
