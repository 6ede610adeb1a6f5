"""A request in WSGI's words."""

from __future__ import annotations

import io
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from fakebox.server.exchange import Exchange

logger: logging.Logger = logging.getLogger("fakebox.server")

_PLAIN = frozenset({"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"})


class _ErrorLog(io.TextIOBase):
    """`wsgi.errors`: what an application would print goes to the log."""

    def write(self, text: str) -> int:
        if line := text.rstrip():
            logger.error("%s", line)
        return len(text)


_errors = _ErrorLog()


def make_environ(request: Exchange) -> dict[str, Any]:
    """The environ of a request, whose path is decoded once and as a whole.

    It has, beyond WSGI's own, `RAW_URI`, the request target as it was sent, and
    `fakebox.connection`, the Connection.
    """
    site, connection = request.server, request.conn
    path, _, query = request.uri.partition(b"?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method.decode("latin-1"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "RAW_URI": request.uri.decode("latin-1"),
        "REMOTE_ADDR": connection.remote_addr,
        "REMOTE_PORT": str(connection.remote_port),
        "SERVER_NAME": site.server_name,
        "SERVER_PORT": str(site.bind_addr[1]),
        "SERVER_PROTOCOL": request.request_protocol.decode("latin-1"),
        "SERVER_SOFTWARE": site.software,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if site.ssl_adapter else "http",
        "wsgi.input": request.rfile,
        "wsgi.input_terminated": request.chunked_read,
        "wsgi.errors": _errors,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "fakebox.connection": connection,
    }
    for name, value in request.inheaders.items():
        environ[_key_of(name)] = value.decode("latin-1")
    return environ


@lru_cache(maxsize=512)
def _key_of(name: bytes) -> str:
    key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
    return key.removeprefix("HTTP_") if key in _PLAIN else key
