"""A run on the live service: its credentials, its folder, and the checks before it starts."""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

import urllib3

from conformance.connections import ACCOUNT_LIMITS, Connections, PatientConnections
from conformance.exchanges import Recorder
from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError
from dropbox.retry import NEVER
from dropbox.session import DropboxSession

KEY, SECRET = "DROPBOX_APP_KEY", "DROPBOX_APP_SECRET"
TOKEN, TOKEN_SECRET = "DROPBOX_ACCESS_TOKEN", "DROPBOX_ACCESS_TOKEN_SECRET"
REFRESH_TOKEN = "DROPBOX_REFRESH_TOKEN"
URL = "CONFORMANCE_LIVE_URL"
FOLDER = "CONFORMANCE_FOLDER"
TARGETS = "CONFORMANCE_TARGETS"
ENDPOINT = "DROPBOX_ENDPOINT_URL"
PACE = "CONFORMANCE_PACE_S"
REHEARSAL = "CONFORMANCE_REHEARSAL"
HOSTS = ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST")
# The cases upload less than this, and delete it at the end.
NEEDED_BYTES = 16 * 1024 * 1024
_PREFIX = "/fakebox-conformance-"
_LEFT = re.compile(f"{_PREFIX}[0-9a-f]{{12}}")
_TOKEN_URL = "https://api.dropboxapi.com/oauth2/token"
_PACE_S = "0.3"
_TIMEOUT_S = 60
_SCOPES = (
    "account_info.read, files.metadata.read, files.content.read, files.content.write,"
    " sharing.read and sharing.write"
)
_RETIRED = (
    "Dropbox shut down version 1 of its API on 28 September 2017 (v1_retired); to run on version"
    f" 2, unset {TOKEN_SECRET}, and set {REFRESH_TOKEN} and {KEY}, or set {TOKEN} to an OAuth 2"
    " token"
)


class NotLive(Exception):
    """The run on the live service cannot start. The message is one line."""


@dataclass(frozen=True)
class Credentials:
    """The credentials of the environment.

    Attributes:
        api: version of the API that they are for.
        app: key and secret of the app; empty texts if they are not known.
        token, token_secret, refresh_token: tokens; an empty text for one that there is not.
    """

    api: Literal["v1", "v2"]
    app: tuple[str, str] = field(repr=False)
    token: str = field(repr=False)
    token_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    @classmethod
    def of_environment(cls) -> Credentials:
        """Read the variables.

        Raises:
            NotLive: a variable is missing.
        """
        names = (KEY, SECRET, TOKEN, TOKEN_SECRET, REFRESH_TOKEN)
        key, secret, token, token_secret, refresh_token = (
            os.environ.get(name, "") for name in names
        )
        if token_secret:
            _require(f"{TOKEN_SECRET} is for version 1", KEY, SECRET, TOKEN)
            return cls("v1", (key, secret), token, token_secret)
        if refresh_token:
            _require(f"{REFRESH_TOKEN} is set", KEY)
        elif not token:
            raise NotLive(f"set {REFRESH_TOKEN} and {KEY}, or {TOKEN}")
        return cls("v2", (key, secret), token, refresh_token=refresh_token)

    def renew(self) -> str:
        """Return a new access token for the refresh token.

        Raises:
            NotLive: the service rejected the refresh token.
        """
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        form["client_id"] = self.app[0]
        if self.app[1]:
            form["client_secret"] = self.app[1]
        base = os.environ.get(URL)
        url = f"{base.rstrip('/')}/oauth2/token" if base else _TOKEN_URL
        response = PatientConnections().urlopen(
            "POST",
            url,
            body=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            retries=False,
            preload_content=False,
        )
        data = response.read()
        if response.status != 200:
            reason = " ".join(data.decode("utf-8", "replace").split())[:200]
            raise NotLive(f"the service rejected {REFRESH_TOKEN}: [{response.status}] {reason}")
        return str(json.loads(data)["access_token"])


def is_wanted() -> bool:
    """Return whether live cases are requested: by a token, a URL or the list of targets."""
    if "live" in os.environ.get(TARGETS, "").split(","):
        return True
    has_any = any(map(os.environ.get, (TOKEN, TOKEN_SECRET, REFRESH_TOKEN, URL)))
    return has_any and not os.environ.get(ENDPOINT)


def is_v2() -> bool:
    """Return whether the credentials are for version 2 of the API."""
    return not os.environ.get(TOKEN_SECRET)


def is_rehearsal() -> bool:
    """Return whether an emulator plays the live service."""
    return bool(os.environ.get(REHEARSAL) or os.environ.get(URL))


def pace_s() -> float:
    """Return the delay before each step of a live case, in seconds."""
    return float(os.environ.get(PACE, _PACE_S))


def open_client(
    folder: str, sleep: Callable[[float], object] = time.sleep
) -> tuple[DropboxClient, Recorder]:
    """Return a client with the environment's credentials, and the recorder of its requests.

    `CONFORMANCE_LIVE_URL` replaces the URLs of all hosts.

    Raises:
        NotLive: a credential is missing, or the service rejected the refresh token.
    """
    credentials = Credentials.of_environment()
    connections: Connections
    if credentials.api == "v2":
        token = credentials.renew() if credentials.refresh_token else credentials.token
        session: DropboxSession = _checked_session(token)

        def renew() -> str:
            token = credentials.renew()
            session.set_token(token, "")
            return token

        connections = PatientConnections(renew if credentials.refresh_token else None, sleep)
    else:
        access_type = os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox")
        session = DropboxSession(*credentials.app, access_type)
        session.set_token(credentials.token, credentials.token_secret)
        connections = PatientConnections(sleep=sleep)
    set_hosts(session, os.environ.get(URL))
    recorder = Recorder(folder, connections)
    rest_client = RESTClientObject(recorder, read_timeout_s=_TIMEOUT_S)
    return DropboxClient(session, rest_client, retries=NEVER), recorder


def set_hosts(session: DropboxSession, url: str | None) -> None:
    """Direct all requests of a session to one base URL; `None` changes nothing."""
    for name in HOSTS if url else ():
        setattr(session, name, url)


class LiveRun:
    """The folder of a run, which is deleted at the end.

    Attributes:
        folder: path of the folder.
    """

    def __init__(self) -> None:
        self.folder = os.environ.get(FOLDER) or f"{_PREFIX}{uuid.uuid4().hex[:12]}"
        self._client: DropboxClient | None = None

    def start(self) -> list[str]:
        """Check the environment and the account, and create the folder.

        Returns:
            A line for each folder that an interrupted run has left behind.

        Raises:
            NotLive: the run cannot start. Nothing of the account was changed.
        """
        if os.environ.get(ENDPOINT):
            raise NotLive(f"{ENDPOINT} leads to an emulator; unset it, or use {URL}")
        try:
            client, _ = open_client(self.folder)
            _check_account(client)
            left = _left_behind(client)
            _create(client, self.folder)
        except ErrorResponse as error:
            raise NotLive(_reason(error)) from error
        except (RESTSocketError, urllib3.exceptions.HTTPError, OSError) as error:
            raise NotLive(f"no connection: {_line(error)}") from error
        self._client = client
        return [f"live: {path} is left from an interrupted run; please delete it" for path in left]

    def stop(self) -> str:
        """Delete the folder; return a line if it is left, and an empty text otherwise."""
        if self._client is None:
            return ""
        client, self._client = self._client, None
        try:
            client.file_delete(self.folder)
        except (ErrorResponse, OSError, NotLive, urllib3.exceptions.HTTPError) as error:
            return f"live: {self.folder} could not be deleted, please delete it: {_line(error)}"
        return ""


def _left_behind(client: DropboxClient) -> list[str]:
    contents = client.metadata("/")["contents"]
    return [entry["path"] for entry in contents if _LEFT.fullmatch(entry["path"])]


def _check_account(client: DropboxClient) -> None:
    quota = client.account_info()["quota_info"]
    free_bytes = quota["quota"] - quota["normal"] - quota["shared"]
    if free_bytes < NEEDED_BYTES:
        raise NotLive(
            f"the account has {max(0, free_bytes)} bytes free, and a run needs {NEEDED_BYTES}"
        )
    # Requests for a path that does not exist. A token without the scope is rejected before that.
    nowhere = f"{_PREFIX}{uuid.uuid4().hex}"
    for call in (client.metadata, client.get_file, client.media, client.share, client.file_delete):
        try:
            call(nowhere)
        except ErrorResponse as error:
            if error.status in (401, 403) and not _is_limit(error):
                raise


def _is_limit(error: ErrorResponse) -> bool:
    """Whether the type or the state of the account is the reason. Some cases need not run."""
    return any(tag in "/".join(error.tags) for tag in ACCOUNT_LIMITS)


def _create(client: DropboxClient, folder: str) -> None:
    try:
        client.file_create_folder(folder)
    except ErrorResponse as error:
        if error.status != 403:
            raise
        raise NotLive(
            f"{folder} exists already; delete it, or unset {FOLDER} for a folder with a new name"
        ) from error


def _reason(error: ErrorResponse) -> str:
    text = str(error)
    if error.error_msg == "v1_retired":
        return _RETIRED
    if "expired_access_token" in text:
        return (
            f"the access token has expired; set {TOKEN} to a new one, or {REFRESH_TOKEN} and {KEY}"
        )
    if "missing_scope" in text:
        return f"the access token lacks a scope: {_line(error)}; a run needs {_SCOPES}"
    if error.status in (401, 403):
        return f"the service rejected the credentials: {_line(error)}"
    return f"the service rejected a request: {_line(error)}"


def _checked_session(token: str) -> DropboxSession:
    try:
        return DropboxOAuth2Session(token, api="v2")
    except ValueError as error:
        raise NotLive(f"{TOKEN}: {error}") from error


def _require(why: str, *names: str) -> None:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise NotLive(f"{why}, and requires {', '.join(missing)}")


def _line(error: object) -> str:
    return " ".join(str(error).split())
