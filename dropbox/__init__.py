"""The Dropbox Core API SDK for Python 3.

The main modules are `dropbox.client`, `dropbox.session` and `dropbox.rest`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

# The official distribution has files of the same names in the same folder, so some of these are
# missing or replaced. pip does not report it. Tests run this in a copy of the package.
if any(Path(__file__).parents[1].glob("dropbox-*-info")):
    raise ImportError(  # pragma: no cover
        "the distributions 'dropbox' and 'fakebox-sdk' are both installed and have the same "
        "package 'dropbox'; uninstall both, then install one of them",
        name="dropbox",
    )

from dropbox import client, rest, session

__all__ = ["client", "rest", "session"]

# Names that only the package `dropbox` of the official distribution has.
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
