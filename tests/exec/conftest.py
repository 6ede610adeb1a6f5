"""Fixtures that run `fakebox exec` in a separate process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TIMEOUT_S = 60
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def exec_words(*words: object) -> list[str]:
    """Return the command line of `fakebox exec` with options and a command."""
    return [sys.executable, "-m", "fakebox", "exec", *map(str, words)]


def exec_environment() -> dict[str, str]:
    """Return the environment of the process, without settings of this machine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FAKEBOX_", "DROPBOX_")) and not name.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.fixture
def run_exec(tmp_path: Path) -> Run:
    """Return a function that runs `fakebox exec` in an empty directory."""

    def run(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            exec_words(*words),
            cwd=tmp_path,
            env={**exec_environment(), **variables},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    return run


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Return a function that finds a program, or skips the test with its name."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    return find
