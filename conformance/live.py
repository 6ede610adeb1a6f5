"""A run on the live service: its credentials, its folder, and the checks before it starts."""

from __future__ import annotations

import json
import math
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

import pytest
import urllib3

from conformance.account import (
    EXPIRED,
    KEY,
    PREFIX,
    REFRESH_TOKEN,
    SECRET,
    TOKEN,
    TOKEN_SECRET,
    URL,
    NotLive,
    exists,
    left_behind,
    limits_in,
    line,
    new_folder,
    not_deleted,
    reason,
    require,
    require_folder,
    require_new,
    require_no_endpoint,
    require_space,
    require_token,
)
from conformance.connections import Connections, PatientConnections
from conformance.exchanges import Recorder
from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import ErrorResponse, RESTClientObject, RESTSocketError
from dropbox.retry import NEVER
from dropbox.session import DropboxSession

PACE = "CONFORMANCE_PACE_S"
REHEARSAL = "CONFORMANCE_REHEARSAL"
HOSTS = ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST")
_API_URL = "https://api.dropboxapi.com"
_PACE_S = "0.3"
_TIMEOUT_S = 60
# The index of the live service needs some time to find a new file.
_INDEX_ATTEMPTS = 60
_INDEX_WAIT_S = 3.0
_T = TypeVar("_T")
_RETIRED = (
    "Dropbox shut down version 1 of its API on 28 September 2017 (v1_retired); to run on version"
    f" 2, unset {TOKEN_SECRET}, and set {REFRESH_TOKEN} and {KEY}, or set {TOKEN} to an OAuth 2"
    " token"
)


@dataclass(frozen=True)
class Credentials:
    """The credentials of the environment.

    Attributes:
        api: version of the API that they are for.
        app: key and secret of the app; empty texts if they are not known.
        token, token_secret, refresh_token: tokens; an empty text if a variable is not set.
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
            require(f"{TOKEN_SECRET} is for version 1", KEY, SECRET, TOKEN)
            return cls("v1", (key, secret), token, token_secret)
        require_token()
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
        url = f"{(os.environ.get(URL) or _API_URL).rstrip('/')}/oauth2/token"
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
        try:
            return str(json.loads(data)["access_token"])
        except (ValueError, LookupError, TypeError):
            # A proxy may have answered. The text could contain a token.
            raise NotLive(f"the response to {REFRESH_TOKEN} has no access token") from None


def is_v2() -> bool:
    """Return whether the credentials are for version 2 of the API."""
    return not os.environ.get(TOKEN_SECRET)


def is_rehearsal() -> bool:
    """Return whether an emulator replaces the live service."""
    return bool(os.environ.get(REHEARSAL) or os.environ.get(URL))


def pace_s() -> float:
    """Return the delay before each step of a live case, in seconds."""
    return float(os.environ.get(PACE, _PACE_S))


def _require_pace() -> None:
    try:
        is_valid = 0 <= pace_s() < math.inf
    except ValueError:
        is_valid = False
    if not is_valid:
        raise NotLive(f"{PACE} must be a number of seconds, not {os.environ.get(PACE)!r}")


def eventually(request: Callable[[], _T], is_expected: Callable[[_T], Any]) -> _T:
    """Repeat a request until the search index of the live service has the recent changes.

    The number of requests is limited, so the caller checks the result.

    Args:
        request: sends the request.
        is_expected: returns whether the index has the changes.
    """
    for _ in range(_INDEX_ATTEMPTS):
        found = request()
        if is_expected(found):
            return found
        time.sleep(min(_INDEX_WAIT_S, 10 * pace_s()))
    return request()


def require_valid_token(connections: Connections) -> None:
    """Fail a case with one line if the access token has expired and cannot be renewed."""
    if connections.has_expired:
        pytest.fail(EXPIRED, pytrace=False)


def open_client(
    folder: str, sleep: Callable[[float], object] = time.sleep
) -> tuple[DropboxClient, Recorder]:
    """Return a client with the environment's credentials, and the recorder of its requests.

    `CONFORMANCE_LIVE_URL` replaces the URLs of all hosts.

    Raises:
        NotLive: a credential is missing, or the service rejected the refresh token.
    """
    credentials = Credentials.of_environment()
    session = _session_v2(credentials) if credentials.api == "v2" else _session_v1(credentials)

    def renew() -> str:
        token = credentials.renew()
        session.set_token(token, "")
        return token

    connections = PatientConnections(renew if credentials.refresh_token else None, sleep)
    set_hosts(session, os.environ.get(URL))
    recorder = Recorder(folder, connections)
    rest_client = RESTClientObject(recorder, read_timeout_s=_TIMEOUT_S)
    return DropboxClient(session, rest_client, retries=NEVER), recorder


def _session_v1(credentials: Credentials) -> DropboxSession:
    session = DropboxSession(*credentials.app, os.environ.get("DROPBOX_ACCESS_TYPE", "dropbox"))
    session.set_token(credentials.token, credentials.token_secret)
    return session


def _session_v2(credentials: Credentials) -> DropboxSession:
    token = credentials.renew() if credentials.refresh_token else credentials.token
    try:
        return DropboxOAuth2Session(token, api="v2")
    except ValueError as error:
        raise NotLive(f"{TOKEN}: {error}") from error


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
        self.folder = new_folder()
        self._client: DropboxClient | None = None

    def start(self) -> list[str]:
        """Check the environment and the account, and create the folder.

        Returns:
            A line for each folder that an interrupted run has left behind.

        Raises:
            NotLive: the run cannot start. Nothing of the account was changed.
        """
        require_no_endpoint()
        require_folder(self.folder)
        _require_pace()
        try:
            client, _ = open_client(self.folder)
            _check_account(client)
            found = [entry["path"] for entry in client.metadata("/")["contents"]]
            require_new(self.folder, found)
            # From here on `stop` deletes the folder: it may exist before the response arrives.
            self._client = client
            self._create(client)
        except ErrorResponse as error:
            raise NotLive(_reason(error)) from error
        except (RESTSocketError, urllib3.exceptions.HTTPError, OSError) as error:
            raise NotLive(f"no connection: {line(error)}") from error
        except ValueError as error:
            raise NotLive(f"invalid URL of the service or a proxy: {line(error)}") from error
        return left_behind(found)

    def _create(self, client: DropboxClient) -> None:
        try:
            client.file_create_folder(self.folder)
        except ErrorResponse as error:
            if error.status != 403:
                raise
            # Another program has created it.
            self._client = None
            raise exists(self.folder) from error

    def stop(self) -> str:
        """Delete the folder; return a line if it is left, and an empty text otherwise."""
        if self._client is None:
            return ""
        client, self._client = self._client, None
        try:
            client.file_delete(self.folder)
        except ErrorResponse as error:
            return "" if error.status == 404 else not_deleted(self.folder, error)
        except (OSError, NotLive, RESTSocketError, urllib3.exceptions.HTTPError) as error:
            return not_deleted(self.folder, error)
        except KeyboardInterrupt:
            return not_deleted(self.folder, "interrupted")
        return ""


def _check_account(client: DropboxClient) -> None:
    quota = client.account_info()["quota_info"]
    require_space(quota["quota"] - quota["normal"] - quota["shared"])
    # Requests for a path that does not exist. A token without the scope is rejected before that.
    nowhere = f"{PREFIX}{uuid.uuid4().hex}"
    for call in (client.metadata, client.get_file, client.media, client.share, client.file_delete):
        try:
            call(nowhere)
        except ErrorResponse as error:
            # Some cases are not applicable because of the type or the state of the account.
            if error.status in (401, 403) and not limits_in("/".join(error.tags)):
                raise
    if is_v2():
        _check_route(client, "sharing/list_shared_links", {"path": nowhere})
        _check_route(client, "files/tags/add", {"path": nowhere, "tag_text": "conformance"})


def _check_route(client: DropboxClient, route: str, argument: dict[str, str]) -> None:
    """Check the scope of a route of version 2 that no call of the client uses alone."""
    base = (os.environ.get(URL) or _API_URL).rstrip("/")
    session: Any = client.session
    headers = {
        "Authorization": f"Bearer {session.access_token}",
        "Content-Type": "application/json",
    }
    url, body = f"{base}/2/{route}", json.dumps(argument)
    try:
        client.rest_client.request("POST", url, body=body, headers=headers)
    except ErrorResponse as error:
        if error.status != 409:
            raise


def _reason(error: ErrorResponse) -> str:
    return _RETIRED if error.error_msg == "v1_retired" else reason(error.status, error)
