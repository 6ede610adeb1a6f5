"""Fixtures: run an example as a program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fakebox import Fakebox

EXAMPLES = Path(__file__).parents[2] / "examples"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_example(fakebox: Fakebox, tmp_path: Path) -> Run:
    """Runs an example with arguments, in an empty directory, against the emulator."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, EXAMPLES / name, *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                **fakebox.env(),
                "OTHER_ACCESS_TOKEN": "fakebox-other-token",
                "OTHER_ACCESS_TOKEN_SECRET": "fakebox-other-token-secret",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run
