"""A server that accepts any upload and sends zeros, to measure a client.

python -m bench.zeros BYTES
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from fakebox.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BLOCK_BYTES = 512 * 1024


def sink_and_source(size_bytes: int) -> WSGIApplication:
    """Return the application; its responses have `size_bytes`."""
    block = bytes(BLOCK_BYTES)

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "PUT":
            while environ["wsgi.input"].read(BLOCK_BYTES):
                pass
            start_response("200 OK", [("Content-Length", "2")])
            return [b"{}"]
        start_response("200 OK", [("Content-Length", str(size_bytes))])
        return (block for _ in range(size_bytes // BLOCK_BYTES))

    return app


def main() -> None:
    """Serve until the process is killed."""
    server = Server(sink_and_source(int(sys.argv[1])))
    server.start()
    print(server.url, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
