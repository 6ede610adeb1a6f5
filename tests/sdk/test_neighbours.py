"""Errors for programs that find the package of the official distribution `dropbox`, or ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dropbox

ROOT = Path(__file__).parents[2]


def test_name_of_the_official_sdk_is_an_error_that_names_the_distribution() -> None:
    """The error says which distribution to install."""
    with pytest.raises(AttributeError, match="distribution 'dropbox' in another environment"):
        dropbox.Dropbox  # type: ignore[attr-defined]  # noqa: B018


def test_unknown_name_is_an_attribute_error() -> None:
    """`hasattr` works as usual."""
    assert not hasattr(dropbox, "nothing")
    with pytest.raises(AttributeError, match=r"^module 'dropbox' has no attribute 'nothing'$"):
        dropbox.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_emulator_reports_that_its_sdk_was_overwritten(tmp_path: Path) -> None:
    """This happens without a message if the other distribution is installed later."""
    package = tmp_path / "dropbox"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "session.py").write_text("class Theirs: ...\n")
    (package / "client.py").write_text("from dropbox.session import DropboxSession\n")
    places = [str(tmp_path), str(ROOT)]
    script = f"import sys; sys.path[:0] = {places!r}; from fakebox import Fakebox"
    # What is written here is not to be counted among what tests have reached.
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
    last = process.stderr.splitlines()[-1]
    assert last.startswith("ImportError: the package 'dropbox' is not the SDK that comes with")
