"""The package `dropbox`: the SDK of fakebox, or the official SDK, if one of them is installed.

The emulator needs neither. Nothing here imports it before a client of it is requested.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from fakebox.core import defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests.adapters import HTTPAdapter

    from dropbox.session import DropboxSession

SDK = "fakebox-sdk"
OFFICIAL = "dropbox"
_NAMES = {SDK: "the SDK of fakebox", OFFICIAL: "the official SDK"}
# The SDK raises the same error text if its `dropbox/__init__.py` was installed last.
BOTH_INSTALLED = (
    "the distributions 'dropbox' and 'fakebox-sdk' are both installed and have the same package "
    "'dropbox'; uninstall both, then install one of them"
)


def check_sdk() -> None:
    """Check that the SDK is installed completely, in the version of the emulator.

    Raises:
        ImportError: the check failed; the text is one line with the distribution to install.
    """
    with _check_import(SDK, OFFICIAL):
        # The official package, or a mixture of both packages, does not have all of these names.
        from dropbox.client import DropboxClient  # noqa: F401
        from dropbox.rest import SDK_VERSION, USER_AGENT  # noqa: F401
        from dropbox.session import DropboxSession  # noqa: F401
    own = _version("fakebox")
    # A checkout that is not installed has no version.
    if own and own != SDK_VERSION:
        raise ImportError(
            f"fakebox {own} needs {SDK} {own}, but {SDK} {SDK_VERSION} is installed: "
            f"pip install {SDK}=={own}",
            name="dropbox",
        )


def session(url: str, pool_manager: Any, key: str, secret: str, access_type: str) -> DropboxSession:
    """Return a session of the SDK, without an access token, whose requests go to an emulator.

    Args:
        url: the URL of the emulator, for all hosts of the session.
        pool_manager: an object with the method `urlopen` of urllib3's `PoolManager`.
        key, secret: the credentials of the app.
        access_type: `dropbox` or `app_folder`.

    Raises:
        ImportError: the SDK is not installed, or not of the emulator's version.
    """
    check_sdk()
    from dropbox.rest import RESTClientObject
    from dropbox.session import DropboxSession

    made = DropboxSession(key, secret, access_type, rest_client=RESTClientObject(pool_manager))
    for name in ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST"):
        setattr(made, name, url)
    return made


def check_official_sdk() -> None:
    """Check that the official SDK, the distribution `dropbox`, is installed.

    Raises:
        ImportError: the check failed; the text is one line with the distribution to install.
    """
    with _check_import(OFFICIAL, SDK):
        # The SDK of fakebox does not have this name.
        from dropbox import Dropbox  # type: ignore[attr-defined] # noqa: F401


@contextmanager
def official_client(adapter: HTTPAdapter) -> Iterator[Any]:
    """Return a context manager: a linked `dropbox.Dropbox` of the official SDK.

    Args:
        adapter: the adapter of requests that sends its requests.

    Raises:
        ImportError: the official SDK is not installed.
    """
    check_official_sdk()
    import requests

    from dropbox import Dropbox  # type: ignore[attr-defined]

    with requests.Session() as session:
        session.mount("https://", adapter)
        yield Dropbox(defaults.BEARER_TOKEN, session=session)


@contextmanager
def _check_import(own: str, other: str) -> Iterator[None]:
    """Name the distribution to install if an import from the package `dropbox` fails.

    Args:
        own: the distribution that the import needs.
        other: the other one with a package of the same name.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "dropbox").partition(".")[0] != "dropbox":
            raise
        raise ImportError(_reason(own, other), name="dropbox") from error


def _reason(own: str, other: str) -> str:
    has_own, has_other = _version(own), _version(other)
    if has_own and has_other:
        return BOTH_INSTALLED
    if has_other:
        return (
            f"the package 'dropbox' is {_NAMES[other]}, not {_NAMES[own]}; "
            f"in another environment: pip install {own}"
        )
    if has_own:
        return f"the package 'dropbox' is incomplete: pip install --force-reinstall {own}"
    return f"{_NAMES[own]} is not installed: pip install {own}"


@cache
def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
