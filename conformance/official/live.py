"""A run of the official SDK on the live service: the checks before it, and its folder."""

from __future__ import annotations

import os
import re
import uuid
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

import dropbox
from conformance.account import (
    ENDPOINT,
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
    require_folder,
    require_new,
    require_space,
    require_token,
)
from dropbox.exceptions import AuthError, BadInputError, DropboxException, HttpError

CA_BUNDLE = "DROPBOX_CA_BUNDLE"
_TOKEN_URL = "https://api.dropboxapi.com/oauth2/"
# The SDK waits for the rate limit of routes, but not for that of tokens.
_RETRIES = Retry(
    total=30, status_forcelist=(429, 503), allowed_methods=None, backoff_factor=1, backoff_max=300
)
_TIMEOUT_S = 60


def open_client() -> Any:
    """Return a client of the official SDK with the environment's credentials."""
    refresh_token, ca_file = os.environ.get(REFRESH_TOKEN), os.environ.get(CA_BUNDLE)
    if ca_file:
        # Requests prefers this variable to the argument `ca_certs`.
        os.environ["REQUESTS_CA_BUNDLE"] = ca_file
    session = dropbox.create_session(ca_certs=ca_file)
    session.mount(_TOKEN_URL, HTTPAdapter(max_retries=_RETRIES))
    return dropbox.Dropbox(
        # An access token beside a refresh token may have expired.
        None if refresh_token else os.environ.get(TOKEN),
        oauth2_refresh_token=refresh_token,
        app_key=os.environ.get(KEY),
        app_secret=os.environ.get(SECRET),
        timeout=_TIMEOUT_S,
        session=session,
    )


class LiveRun:
    """The folder of a run, which is deleted at the end.

    Attributes:
        folder: path of the folder.
    """

    def __init__(self) -> None:
        self.folder = new_folder()
        self._client: Any = None

    def start(self) -> list[str]:
        """Check the environment and the account, and create the folder.

        Returns:
            A line for each folder that an interrupted run has left behind.

        Raises:
            NotLive: the run cannot start. Nothing of the account was changed.
        """
        for name in (ENDPOINT, URL, TOKEN_SECRET):
            if os.environ.get(name):
                raise NotLive(f"{name} has no effect on the official SDK; unset it")
        require_token()
        _require_header_value(TOKEN)
        require_folder(self.folder)
        try:
            client = open_client()
            _check_account(client)
            found = [entry.path_display for entry in client.files_list_folder("").entries]
            require_new(self.folder, found)
            # From here on `stop` deletes the folder: it may exist before the response arrives.
            self._client = client
            self._create(client)
        except DropboxException as error:
            raise NotLive(reason(_status(error), error)) from error
        except requests.RequestException as error:
            raise NotLive(f"no connection: {line(error)}") from error
        except ValueError as error:
            raise NotLive(f"invalid URL of a proxy: {line(error)}") from error
        return left_behind(found)

    def _create(self, client: Any) -> None:
        try:
            client.files_create_folder_v2(self.folder)
        except dropbox.exceptions.ApiError as error:
            if "conflict" not in repr(error):
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
            client.files_delete_v2(self.folder)
        except (DropboxException, requests.RequestException) as error:
            return "" if "not_found" in repr(error) else not_deleted(self.folder, error)
        except KeyboardInterrupt:
            return not_deleted(self.folder, "interrupted")
        finally:
            client.close()
        return ""


def _require_header_value(name: str) -> None:
    # The error of the library would contain the value.
    if re.search(r"[^!-~]", os.environ.get(name, "")):
        raise NotLive(f"{name} must be printable ASCII characters without spaces")


def _check_account(client: Any) -> None:
    client.users_get_current_account()
    usage = client.users_get_space_usage()
    allocation = usage.allocation
    space = allocation.get_individual() if allocation.is_individual() else allocation.get_team()
    require_space(space.allocated - usage.used)
    # Requests for a path that does not exist. A token without the scope is rejected before that.
    nowhere = f"{PREFIX}{uuid.uuid4().hex}"
    for call in (
        lambda path: client.files_tags_add(path, "conformance"),
        client.files_get_metadata,
        client.files_download,
        client.sharing_list_shared_links,
        client.sharing_create_shared_link_with_settings,
        client.files_delete_v2,
    ):
        try:
            call(nowhere)
        except DropboxException as error:
            # The paths are valid, so a bad request is that of an app without the scope. Some cases
            # are not applicable because of the type or the state of the account.
            if isinstance(error, (AuthError, BadInputError)) and not limits_in(repr(error)):
                raise


def _status(error: DropboxException) -> int:
    if isinstance(error, AuthError):
        return 401
    return int(error.status_code) if isinstance(error, HttpError) else 409
