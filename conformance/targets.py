"""What the cases run against, the emulator or the live service; no other module knows them."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass

from conformance.exchanges import Recorder
from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError
from dropbox.session import DropboxSession

TOKEN = "DROPBOX_ACCESS_TOKEN"
VERSION_1 = ("DROPBOX_APP_KEY", "DROPBOX_APP_SECRET", "DROPBOX_ACCESS_TOKEN_SECRET")
RETIRED = (
    "live: not run, the service answers v1_retired: Dropbox shut version 1 of its API down on"
    " 28 September 2017; give an OAuth 2 token in DROPBOX_ACCESS_TOKEN, and none of"
    " DROPBOX_APP_KEY, DROPBOX_APP_SECRET and DROPBOX_ACCESS_TOKEN_SECRET, to go by version 2"
)
HOSTS = ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST")


@dataclass
class Target:
    """A Dropbox with a folder of this run's own.

    Attributes:
        name: `fake`, `fake v2` or `live`.
        client: a linked client.
        folder: where everything happens.
        recorder: what the client sent and was answered.
        box: the emulator behind it, for cases that set its clock or quota; none when live.
        pace_s: how long to wait before each step, in seconds.
        api: the version of the API that the client's calls go by.
    """

    name: str
    client: DropboxClient
    folder: str
    recorder: Recorder
    box: object | None = None
    pace_s: float = 0.0
    api: str = "v1"

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

    recorder = Recorder("/conformance")
    with Fakebox() as box:
        client = DropboxClient(box.session(), RESTClientObject(recorder))
        yield Target("fake", client, "/conformance", recorder, box)
        recorder.close()


def fake_by_v2():
    """A fresh emulator for every case, which the client calls by version 2 of the API."""
    from fakebox import Fakebox
    from fakebox.core.defaults import BEARER_TOKEN

    recorder = Recorder("/conformance")
    with Fakebox() as box:
        session = DropboxOAuth2Session(BEARER_TOKEN, api="v2")
        _lead(session, box.url)
        client = DropboxClient(session, RESTClientObject(recorder))
        yield Target("fake v2", client, "/conformance", recorder, box, api="v2")
        recorder.close()


def live_is_wanted() -> bool:
    """Whether the environment has credentials, and doesn't point to an emulator."""
    has_credentials = all(map(os.environ.get, (TOKEN, *VERSION_1))) or live_is_v2()
    return has_credentials and not os.environ.get("DROPBOX_ENDPOINT_URL")


def live_is_v2() -> bool:
    """Whether the credentials are an OAuth 2 token alone, which is for version 2 of the API."""
    return bool(os.environ.get(TOKEN)) and not any(map(os.environ.get, VERSION_1))


def why_not_live() -> str | None:
    """One line on why the live service can't be asked; `None` if it can."""
    try:
        live_client(Recorder("/none")).account_info()
    except ErrorResponse as error:
        return RETIRED if error.error_msg == "v1_retired" else f"live: not run, refused: {error}"
    except RESTSocketError as error:
        return f"live: not run, there is no connection: {error}"
    return None


def live_client(recorder: Recorder) -> DropboxClient:
    """A client with the environment's credentials; `CONFORMANCE_LIVE_URL` stands for all hosts."""
    if live_is_v2():
        session: DropboxSession = DropboxOAuth2Session(os.environ[TOKEN], api="v2")
    else:
        key, secret, token_secret = (os.environ[name] for name in VERSION_1)
        session = DropboxSession(key, secret, os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox"))
        session.set_token(os.environ[TOKEN], token_secret)
    if url := os.environ.get("CONFORMANCE_LIVE_URL"):
        _lead(session, url)
    return DropboxClient(session, RESTClientObject(recorder, read_timeout_s=60))


def live():
    """The live service, within one folder that is removed whatever happens."""
    folder = f"/fakebox-conformance-{uuid.uuid4().hex[:12]}"
    recorder = Recorder(folder)
    client = live_client(recorder)
    client.file_create_folder(folder)
    try:
        api = "v2" if live_is_v2() else "v1"
        yield Target("live", client, folder, recorder, pace_s=0.3, api=api)
    finally:
        client.file_delete(folder)
        recorder.close()


def _lead(session: DropboxSession, url: str) -> None:
    for name in HOSTS:
        setattr(session, name, url)
