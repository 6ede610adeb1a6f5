"""The Dropbox Core API SDK for Python 3.

The documented modules are `dropbox.client`, `dropbox.session` and `dropbox.rest`.
"""

from dropbox import client, rest, session

__all__ = ["client", "rest", "session"]
