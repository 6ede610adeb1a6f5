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

    from dropbox.rest import RESTClientObject

SDK = "fakebox-sdk"
OFFICIAL = "dropbox"
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
    try:
        # The official package, or a mixture of both packages, does not have all of these names.
        from dropbox.client import DropboxClient  # noqa: F401
        from dropbox.rest import SDK_VERSION, USER_AGENT  # noqa: F401
        from dropbox.session import DropboxSession  # noqa: F401
    except ImportError as error:
        if (error.name or "dropbox").partition(".")[0] != "dropbox":
            raise
        raise ImportError(_reason(), name="dropbox") from error
    own = _version("fakebox")
    # A checkout that is not installed has no version.
    if own and own != SDK_VERSION:
        raise ImportError(
            f"fakebox {own} needs {SDK} {own}, but {SDK} {SDK_VERSION} is installed: "
            f"pip install {SDK}=={own}",
            name="dropbox",
        )


def rest_client(pool_manager: Any) -> RESTClientObject:
    """Return an object through which the SDK sends requests.

    Args:
        pool_manager: an object with the method `urlopen` of urllib3's `PoolManager`.

    Raises:
        ImportError: the SDK is not installed, or not of the emulator's version.
    """
    check_sdk()
    from dropbox.rest import RESTClientObject

    return RESTClientObject(pool_manager)


def check_official_sdk() -> None:
    """Check that the official SDK, the distribution `dropbox`, is installed.

    Raises:
        ImportError: the check failed; the text is one line with the distribution to install.
    """
    try:
        # The SDK of fakebox does not have this name.
        from dropbox import Dropbox  # type: ignore[attr-defined] # noqa: F401
    except ImportError as error:
        if (error.name or "dropbox").partition(".")[0] != "dropbox":
            raise
        raise ImportError(_official_reason(), name="dropbox") from error


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


def _official_reason() -> str:
    has_sdk, has_official = _version(SDK), _version(OFFICIAL)
    if has_sdk and has_official:
        return BOTH_INSTALLED
    if has_official:
        return f"the package 'dropbox' is incomplete: pip install --force-reinstall {OFFICIAL}"
    if has_sdk:
        return (
            "the package 'dropbox' is the SDK of fakebox, not the official SDK; "
            f"in another environment: pip install {OFFICIAL}"
        )
    return f"the official SDK is not installed: pip install {OFFICIAL}"


def _reason() -> str:
    has_sdk, has_official = _version(SDK), _version(OFFICIAL)
    if has_sdk and has_official:
        return BOTH_INSTALLED
    if has_official:
        return (
            "the package 'dropbox' is the official SDK, not the SDK of fakebox; "
            f"in another environment: pip install {SDK}"
        )
    if has_sdk:
        return f"the package 'dropbox' is incomplete: pip install --force-reinstall {SDK}"
    return f"the SDK of fakebox is not installed: pip install {SDK}"


@cache
def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
