"""What the tests of live runs with both SDKs share."""

from __future__ import annotations

import os

import pytest

SCOPES = [
    "account_info.read",
    "files.metadata.read",
    "files.metadata.write",
    "files.content.read",
    "files.content.write",
    "sharing.read",
    "sharing.write",
]


def set_variables(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Set the variables of a live run, and remove all others of live runs and of the SDKs."""
    for name in list(os.environ):
        if name.startswith(("CONFORMANCE_", "DROPBOX_")):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
