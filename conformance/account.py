"""The account of a live run: its variables, its limits, and the lines of a run that cannot start.

This module imports no SDK, because the cases of both SDKs share it.
"""

from __future__ import annotations

import os
import re
import uuid

KEY, SECRET = "DROPBOX_APP_KEY", "DROPBOX_APP_SECRET"
TOKEN, TOKEN_SECRET = "DROPBOX_ACCESS_TOKEN", "DROPBOX_ACCESS_TOKEN_SECRET"
REFRESH_TOKEN = "DROPBOX_REFRESH_TOKEN"
URL = "CONFORMANCE_LIVE_URL"
FOLDER = "CONFORMANCE_FOLDER"
TARGETS = "CONFORMANCE_TARGETS"
ENDPOINT = "DROPBOX_ENDPOINT_URL"
# The cases upload less than this, and delete it at the end. The account of a rehearsal has no more.
NEEDED_BYTES = 64 * 1024 * 1024
PREFIX = "/fakebox-conformance-"
# Errors for which the account is the reason: the emulator or another account can run the case.
ACCOUNT_LIMITS = {
    "email_not_verified": "the e-mail address of the account is not verified",
    "email_unverified": "the e-mail address of the account is not verified",
    "insufficient_plan": "the type of the account does not have this feature",
    "settings_error/not_authorized": "the type of the account does not have this feature",
    "team_policy_disallows": "a policy of the account's team does not allow it",
    "disallowed_shared_link_policy": "a policy of the account's team does not allow it",
}
EXPIRED = f"the access token has expired; set {TOKEN} to a new one, or {REFRESH_TOKEN} and {KEY}"
NAMES_OF_TARGETS = ("fake", "fake v2", "fake official", "live")
_LEFT = re.compile(f"{PREFIX}[0-9a-f]{{12}}")
_SCOPES = (
    "account_info.read, files.metadata.read, files.metadata.write, files.content.read,"
    " files.content.write, sharing.read and sharing.write"
)


class NotLive(Exception):
    """The run on the live service cannot start. The message is one line."""


def is_wanted() -> bool:
    """Return whether live cases are requested: by a token, a URL or the list of targets."""
    if "live" in targets():
        return True
    has_any = any(map(os.environ.get, (TOKEN, TOKEN_SECRET, REFRESH_TOKEN, URL)))
    return has_any and not os.environ.get(ENDPOINT)


def targets() -> list[str]:
    """Return the targets that the environment allows; an empty list allows all."""
    return [name.strip() for name in os.environ.get(TARGETS, "").split(",") if name.strip()]


def unknown_targets() -> str:
    """Return a line about targets that do not exist; an empty text if there are none."""
    unknown = [name for name in targets() if name not in NAMES_OF_TARGETS]
    if not unknown:
        return ""
    names = ", ".join(NAMES_OF_TARGETS)
    return f"{TARGETS} must be some of {names}, separated by commas, not {', '.join(unknown)}"


def require_no_endpoint() -> None:
    """Check that DROPBOX_ENDPOINT_URL is not set.

    Raises:
        NotLive: it is set.
    """
    if os.environ.get(ENDPOINT):
        raise NotLive(f"{ENDPOINT} is set to the address of an emulator; unset it, or use {URL}")


def require(why: str, *names: str) -> None:
    """Check that variables are set.

    Args:
        why: the reason why they have to be set.
        names: the variables.

    Raises:
        NotLive: a variable is not set.
    """
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise NotLive(f"{why}, and requires {', '.join(missing)}")


def require_token() -> None:
    """Check that there are credentials for version 2 of the API.

    Raises:
        NotLive: a variable is missing.
    """
    if os.environ.get(REFRESH_TOKEN):
        require(f"{REFRESH_TOKEN} is set", KEY)
    elif not os.environ.get(TOKEN):
        raise NotLive(f"set {REFRESH_TOKEN} and {KEY}, or {TOKEN}")


def require_space(free_bytes: int) -> None:
    """Check the free space of the account.

    Raises:
        NotLive: the free space is too small.
    """
    if free_bytes < NEEDED_BYTES:
        raise NotLive(
            f"the account has {max(0, free_bytes)} bytes free, and a run needs {NEEDED_BYTES}"
        )


def new_folder() -> str:
    """Return the path of the folder of a run: that of the environment, or a new one."""
    return os.environ.get(FOLDER) or f"{PREFIX}{uuid.uuid4().hex[:12]}"


def require_folder(folder: str) -> None:
    """Check that the path of the run's folder names a folder in the root.

    The run would create the missing parents of another folder, and not delete them.

    Raises:
        NotLive: it does not.
    """
    if not re.fullmatch(r"/[^/\\\0-\x1f]+", folder) or folder in ("/.", "/.."):
        raise NotLive(f"{FOLDER} must be a path in the root, such as /scratch, not {folder!r}")


def require_new(folder: str, paths: list[str]) -> None:
    """Check that the folder of a run does not exist.

    Args:
        folder: path of the folder.
        paths: the paths in the root of the account.

    Raises:
        NotLive: it exists.
    """
    if folder.casefold() in map(str.casefold, paths):
        raise exists(folder)


def left_behind(paths: list[str]) -> list[str]:
    """Return a line for each path that is the folder of an interrupted run."""
    return [
        f"live: {path} is left from an interrupted run; please delete it"
        for path in paths
        if _LEFT.fullmatch(path)
    ]


def not_deleted(folder: str, error: object) -> str:
    """Return the line for a folder that is left because of an error."""
    return f"live: {folder} could not be deleted, please delete it: {line(error)}"


def exists(folder: str) -> NotLive:
    """Return the error for a folder that a run must not use."""
    return NotLive(
        f"{folder} exists already; delete it, or unset {FOLDER} for a folder with a new name"
    )


def reason(status: int, error: object) -> str:
    """Return why the service rejected a request of a run that is starting.

    Args:
        status: the HTTP status.
        error: the error, with the text of the response.
    """
    text = line(error)
    if "expired_access_token" in text:
        return EXPIRED
    if "missing_scope" in text or "does not have the required scope" in text:
        return f"the access token lacks a scope: {text}; a run needs {_SCOPES}"
    rejected = "the credentials" if status in (401, 403) else "a request"
    return f"the service rejected {rejected}: {text}"


def limits_in(text: str) -> list[str]:
    """Return the limits of the account that a text names."""
    return [why for tag, why in ACCOUNT_LIMITS.items() if tag in text]


def line(error: object) -> str:
    """Return the text of an error as one line."""
    return " ".join(str(error).split())
