"""Tests with the official SDK, which owns the same package as the SDK of fakebox."""

from __future__ import annotations

from importlib.util import find_spec

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests where the official SDK is not installed."""
    # Its main module; the SDK of fakebox has none of this name.
    if find_spec("dropbox.dropbox_client"):
        return
    reason = "the official SDK is not installed: the package 'dropbox' has no class Dropbox"
    for item in items:
        if item.path.parent.name == "official":
            item.add_marker(pytest.mark.skip(reason=reason))
