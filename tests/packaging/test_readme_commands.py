"""The README's first commands, word for word, where nothing is prepared for them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def fresh_copy(sdist: Path, tmp_path: Path) -> Path:
    """What somebody has who has just fetched the source."""
    subprocess.run(["tar", "xzf", sdist, "-C", tmp_path], check=True)
    (root,) = tmp_path.iterdir()
    return root


def _shell_blocks(page: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(300)
def test_readme_installs_and_takes_the_tour_when_pasted(fresh_copy: Path) -> None:
    """The first block makes an environment, installs into it, and the tour in it succeeds."""
    answer = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _shell_blocks(fresh_copy / "README.md")[0]],
        cwd=fresh_copy,
        env={name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_ci_runs_the_second_block_word_for_word(fresh_copy: Path) -> None:
    """The second block is the one with the tests, and .ci/run takes it from the README."""
    assert ".venv/bin/tox\n" in _shell_blocks(fresh_copy / "README.md")[1]
    assert "README.md" in (fresh_copy / ".ci" / "run").read_text()
