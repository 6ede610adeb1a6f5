"""A WSGI application on a socket: in the background of a test, or as a process of its own.

cheroot says what headers mean and reads chunks. What it leaves to a poll interval, a pool of
threads or a second small write is done here, because a fixture pays for it on every test.
What is served is not this package's business: any WSGI application will do.
"""

from fakebox.server.server import Server

__all__ = ["Server"]
