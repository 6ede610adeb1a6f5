"""What the cases run against, the emulator or the live service; no other module knows them."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass

import pytest

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse
from dropbox.session import DropboxSession

CREDENTIALS = (
    "DROPBOX_APP_KEY",
    "DROPBOX_APP_SECRET",
    "DROPBOX_ACCESS_TOKEN",
    "DROPBOX_ACCESS_TOKEN_SECRET",
)
RETIRED = (
    "the service answers v1_retired: Dropbox shut version 1 of its API down on 28 September 2017;"
    " a live run needs version 2, which this suite doesn't speak yet"
)


@dataclass
class Target:
    """A Dropbox with a folder of this run's own.

    Attributes:
        name: `fake` or `live`.
        client: a linked client.
        folder: where everything happens.
        box: the emulator behind it, for cases that set its clock or quota; none when live.
    """

    name: str
    client: DropboxClient
    folder: str
    box: object | None = None
    pace_s: float = 0.0

    def path(self, name: str) -> str:
        """A path in the run's folder."""
        time.sleep(self.pace_s)
        return f"{self.folder}/{name}"

    def put(self, name: str, content: bytes | str = "content", **options: object) -> dict:
        """Upload a file to the run's folder."""
        return self.client.put_file(self.path(name), content, **options)


def fake():
    """A fresh emulator for every case."""
    from fakebox import Fakebox

    with Fakebox() as box:
        yield Target("fake", box.client(), "/conformance", box)


def live_is_wanted() -> bool:
    """Whether the environment has credentials, and doesn't point to an emulator."""
    return all(map(os.environ.get, CREDENTIALS)) and not os.environ.get("DROPBOX_ENDPOINT_URL")


def live():
    """The live service, within one folder that is removed whatever happens."""
    key, secret, token, token_secret = (os.environ[name] for name in CREDENTIALS)
    session = DropboxSession(key, secret, os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox"))
    session.set_token(token, token_secret)
    client = DropboxClient(session)
    refuse_retired(client)
    folder = f"/fakebox-conformance-{uuid.uuid4().hex[:12]}"
    client.file_create_folder(folder)
    try:
        yield Target("live", client, folder, pace_s=0.3)
    finally:
        client.file_delete(folder)


def refuse_retired(client: DropboxClient) -> None:
    """End the run, in one line, if the service is no more."""
    try:
        client.account_info()
    except ErrorResponse as error:
        if error.error_msg == "v1_retired":
            pytest.exit(RETIRED, returncode=1)
        raise
