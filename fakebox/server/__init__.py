"""An HTTP server for a WSGI application, in background threads.

`transport` contains sockets and TLS, `http1` and `http2` contain the protocols, `negotiation`
chooses one of them, `acceptor` accepts and runs the connections, and `thread_pool` contains the
threads. The server works with any WSGI application.
"""

from fakebox.server.server import Server, check_address, local_url, reachable

__all__ = ["Server", "check_address", "local_url", "reachable"]
