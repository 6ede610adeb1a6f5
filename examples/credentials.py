"""A client with the credentials of the environment; `eval "$(fakebox env)"` sets the emulator's."""

from __future__ import annotations

import os

from dropbox.client import DropboxClient
from dropbox.session import DropboxSession


def client_from_environment(token_prefix: str = "DROPBOX_ACCESS_TOKEN") -> DropboxClient:
    """Return a linked client; `token_prefix` is the name of the variable of the token."""
    session = DropboxSession(
        os.environ["DROPBOX_APP_KEY"],
        os.environ["DROPBOX_APP_SECRET"],
        os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox"),
    )
    session.set_token(os.environ[token_prefix], os.environ[f"{token_prefix}_SECRET"])
    return DropboxClient(session)
