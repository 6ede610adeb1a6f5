"""The Dropbox Core API SDK for Python 3.

The documented modules are `dropbox.client`, `dropbox.session` and `dropbox.rest`.
"""

from typing import TYPE_CHECKING

from dropbox import client, rest, session

__all__ = ["client", "rest", "session"]

# What programs look for that were written for the distribution `dropbox`, whose package has
# the same name: the two can't be installed side by side, and pip doesn't tell.
_ELSEWHERE = {"Dropbox", "DropboxTeam", "DropboxOAuth2Flow", "DropboxOAuth2FlowNoRedirect"}

# Hidden from type checkers, to whom it would say that every name is here.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        told = f"module 'dropbox' has no attribute {name!r}"
        if name in _ELSEWHERE:
            told += (
                ": this is the SDK that comes with fakebox; the one of the distribution 'dropbox' "
                "needs an environment of its own"
            )
        raise AttributeError(told)
