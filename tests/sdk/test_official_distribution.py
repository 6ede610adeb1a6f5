"""Errors if a program finds the package `dropbox` of the other distribution."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dropbox

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


def test_emulator_reports_that_its_sdk_was_overwritten(tmp_path: Path) -> None:
    """`import fakebox` raises an error if the other distribution replaced the SDK."""
    package = tmp_path / "dropbox"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "session.py").write_text("class Theirs: ...\n")
    (package / "client.py").write_text("from dropbox.session import DropboxSession\n")
    paths = [str(tmp_path), str(ROOT)]
    script = f"import sys; sys.path[:0] = {paths!r}; from fakebox import Fakebox"
    # Coverage is not measured here, because the package is not the one under test.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")
    }
    process = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    message = process.stderr.splitlines()[-1]
    assert message.startswith("ImportError: the package 'dropbox' is not the SDK that comes with")
