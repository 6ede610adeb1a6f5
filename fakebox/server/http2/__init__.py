"""HTTP/2 (RFC 9113) on the library `h2`, which parses and writes the frames.

`connection` reads and writes the frames of a connection. `stream` serves one request in a thread of
its own, with `head`, `body` and `response`; `limits` has the limits for clients.
"""

from fakebox.server.http2.connection import Connection

__all__ = ["Connection"]
