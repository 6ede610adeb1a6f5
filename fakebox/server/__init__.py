"""An HTTP server for a WSGI application, in background threads.

`transport` has sockets and TLS, `http1` the protocol, `acceptor` waits for sockets and runs the
connections, and `thread_pool` provides the threads. The server works with any WSGI application.
"""

from fakebox.server.server import Server

__all__ = ["Server"]
