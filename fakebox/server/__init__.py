"""An HTTP server for a WSGI application, in the background or as a process of its own.

`transport` moves bytes over sockets and TLS, `http1` is the protocol, `acceptor` waits for
sockets and runs the connections, and `thread_pool` provides the threads. The package knows
nothing of the application it serves.
"""

from fakebox.server.server import Server

__all__ = ["Server"]
