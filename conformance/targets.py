"""The targets of the cases: the emulator and the live service."""

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
REFRESH_TOKEN = "DROPBOX_REFRESH_TOKEN"
VERSION_1 = ("DROPBOX_APP_KEY", "DROPBOX_APP_SECRET", "DROPBOX_ACCESS_TOKEN_SECRET")
RETIRED = (
    "live: not run, because Dropbox shut down version 1 of its API on 28 September 2017"
    " (v1_retired); to run on version 2, set DROPBOX_REFRESH_TOKEN, or set DROPBOX_ACCESS_TOKEN to"
    " an OAuth 2 token and unset DROPBOX_APP_KEY, DROPBOX_APP_SECRET and"
    " DROPBOX_ACCESS_TOKEN_SECRET"
)
HOSTS = ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST")


@dataclass
class Target:
    """A Dropbox with a folder for this run.

    Attributes:
        name: `fake`, `fake v2` or `live`.
        client: a linked client.
        folder: path of the folder that the cases use.
        recorder: records the client's requests and responses.
        box: the emulator, for cases that set its clock or quota; `None` for the live service.
        pace_s: delay before each step, in seconds.
        api: version of the API that the client uses, `v1` or `v2`.
    """

    name: str
    client: DropboxClient
    folder: str
    recorder: Recorder
    box: object | None = None
    pace_s: float = 0.0
    api: str = "v1"

    def path(self, name: str) -> str:
        """Return a path in the run's folder."""
        time.sleep(self.pace_s)
        return f"{self.folder}/{name}"

    def put(self, name: str, content: bytes | str = "content", **options: object) -> dict:
        """Upload a file to the run's folder."""
        return self.client.put_file(self.path(name), content, **options)


def fake():
    """Start an emulator for one case; the client uses version 1 of the API."""
    from fakebox import Fakebox

    recorder = Recorder("/conformance")
    with Fakebox() as box:
        client = DropboxClient(box.session(), RESTClientObject(recorder))
        yield Target("fake", client, "/conformance", recorder, box)
        recorder.close()


def fake_by_v2():
    """Start an emulator for one case; the client uses version 2 of the API."""
    from fakebox import Fakebox
    from fakebox.core.defaults import BEARER_TOKEN

    recorder = Recorder("/conformance")
    with Fakebox() as box:
        session = DropboxOAuth2Session(BEARER_TOKEN, api="v2")
        _set_hosts(session, box.url)
        client = DropboxClient(session, RESTClientObject(recorder))
        yield Target("fake v2", client, "/conformance", recorder, box, api="v2")
        recorder.close()


def live_is_wanted() -> bool:
    """Return whether the environment has credentials and no emulator is configured."""
    has_credentials = all(map(os.environ.get, (TOKEN, *VERSION_1))) or live_is_v2()
    return has_credentials and not os.environ.get("DROPBOX_ENDPOINT_URL")


def live_is_v2() -> bool:
    """Return whether the credential is an OAuth 2 token, which is for version 2 of the API."""
    if os.environ.get(REFRESH_TOKEN):
        return True
    return bool(os.environ.get(TOKEN)) and not any(map(os.environ.get, VERSION_1))


def why_not_live() -> str | None:
    """Return the reason why the live service cannot be used; `None` if it can be used."""
    try:
        live_client(Recorder("/none")).account_info()
    except ErrorResponse as error:
        return (
            RETIRED
            if error.error_msg == "v1_retired"
            else f"live: not run, the service rejected the credentials: {error}"
        )
    except RESTSocketError as error:
        return f"live: not run, no connection: {error}"
    return None


def live_client(recorder: Recorder) -> DropboxClient:
    """Return a client with the environment's credentials.

    `CONFORMANCE_LIVE_URL` replaces the URLs of all hosts.
    """
    session: DropboxSession
    if os.environ.get(REFRESH_TOKEN):
        session = DropboxOAuth2Session(
            oauth2_refresh_token=os.environ[REFRESH_TOKEN],
            app_key=os.environ.get("DROPBOX_APP_KEY"),
            app_secret=os.environ.get("DROPBOX_APP_SECRET"),
            api="v2",
        )
    elif live_is_v2():
        session = DropboxOAuth2Session(os.environ[TOKEN], api="v2")
    else:
        key, secret, token_secret = (os.environ[name] for name in VERSION_1)
        session = DropboxSession(key, secret, os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox"))
        session.set_token(os.environ[TOKEN], token_secret)
    if url := os.environ.get("CONFORMANCE_LIVE_URL"):
        _set_hosts(session, url)
    return DropboxClient(session, RESTClientObject(recorder, read_timeout_s=60))


def live():
    """Open the live service with one folder, which is deleted afterwards."""
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


def _set_hosts(session: DropboxSession, url: str) -> None:
    for name in HOSTS:
        setattr(session, name, url)
