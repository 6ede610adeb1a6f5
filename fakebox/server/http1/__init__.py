"""HTTP/1.1 (RFC 9112): `head` and `body` parse, `request` and `response` serve one request.

`connection` serves the requests of one connection, one after another.
"""

from fakebox.server.http1.connection import Connection

__all__ = ["Connection"]
