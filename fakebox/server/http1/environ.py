"""A request as a WSGI environ."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from fakebox.server.config import ServerConfig
    from fakebox.server.http1.body import Body
    from fakebox.server.http1.head import RequestHead
    from fakebox.server.transport import Transport

logger: logging.Logger = logging.getLogger("fakebox.server")


class _ErrorLog(io.TextIOBase):
    """`wsgi.errors`: what an application would print goes to the log."""

    def write(self, text: str) -> int:
        if line := text.rstrip():
            logger.error("%s", line)
        return len(text)


_errors = _ErrorLog()


def make_environ(
    config: ServerConfig, transport: Transport, head: RequestHead, body: Body
) -> dict[str, Any]:
    """The environ of a request, whose path is decoded once and as a whole.

    It has, beyond WSGI's own, `RAW_URI`, the request target as it was sent, and
    `fakebox.connection`, the Transport.
    """
    path, _, query = head.target.partition(b"?")
    return {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "RAW_URI": head.target.decode("latin-1"),
        "REMOTE_ADDR": transport.remote_addr,
        "REMOTE_PORT": str(transport.remote_port),
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
        "fakebox.connection": transport,
        **head.fields,
    }
