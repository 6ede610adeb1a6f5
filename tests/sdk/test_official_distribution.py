"""Errors if a program finds the package `dropbox` of the other distribution."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dropbox
from fakebox.testing.sdk import BOTH_INSTALLED

ROOT = Path(__file__).parents[2]


def test_name_of_the_official_sdk_is_an_error_that_names_the_distribution() -> None:
    """A name of the official SDK raises an error that names the distribution to install."""
    with pytest.raises(AttributeError, match="distribution 'dropbox' in another environment"):
        dropbox.Dropbox  # type: ignore[attr-defined]  # noqa: B018


def test_unknown_name_is_an_attribute_error() -> None:
    """An unknown name raises the usual `AttributeError`."""
    assert not hasattr(dropbox, "nothing")
    with pytest.raises(AttributeError, match=r"^module 'dropbox' has no attribute 'nothing'$"):
        dropbox.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_client_is_rejected_when_the_sdk_was_overwritten(tmp_path: Path) -> None:
    """`box.client()` raises an error if the official distribution replaced files of the SDK."""
    package = tmp_path / "dropbox"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "session.py").write_text("class Theirs: ...\n")
    (package / "client.py").write_text("from dropbox.session import DropboxSession\n")
    for name in ("dropbox", "fakebox-sdk"):
        metadata = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n")
    paths = [str(tmp_path), str(ROOT)]
    program = "from fakebox import Fakebox; Fakebox('inprocess').client()"
    # Coverage is not measured here, because the package is not the one under test.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")
    }
    process = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {program}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stderr.splitlines()[-1] == f"ImportError: {BOTH_INSTALLED}"
