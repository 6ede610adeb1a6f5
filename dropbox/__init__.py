"""The Dropbox Core API SDK for Python 3.

The main modules are `dropbox.client`, `dropbox.session` and `dropbox.rest`.
"""

from typing import TYPE_CHECKING

from dropbox import client, rest, session

__all__ = ["client", "rest", "session"]

# Names in the package of the same name of the distribution `dropbox`. The two distributions cannot
# be installed together, and pip does not report it.
_OFFICIAL_NAMES = {"Dropbox", "DropboxTeam", "DropboxOAuth2Flow", "DropboxOAuth2FlowNoRedirect"}

# Not for type checkers, which would accept every name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        message = f"module 'dropbox' has no attribute {name!r}"
        if name in _OFFICIAL_NAMES:
            message += (
                ": this is the SDK of fakebox; install the distribution 'dropbox' in another "
                "environment"
            )
        raise AttributeError(message)
