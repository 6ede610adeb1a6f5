"""A client with credentials from environment variables, which `fakebox env` prints."""

from __future__ import annotations

import os

from dropbox.client import DropboxClient
from dropbox.session import DropboxSession


def client_from_environment(token_prefix: str = "DROPBOX_ACCESS_TOKEN") -> DropboxClient:
    """Return a linked client; the variables of the token begin with `token_prefix`."""
    session = DropboxSession(
        os.environ["DROPBOX_APP_KEY"],
        os.environ["DROPBOX_APP_SECRET"],
        os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox"),
    )
    session.set_token(os.environ[token_prefix], os.environ[f"{token_prefix}_SECRET"])
    return DropboxClient(session)
