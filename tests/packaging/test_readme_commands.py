"""The first commands of the README work as they are written, in a new checkout."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.packaging.conftest import Environment, clean_environment


def _shell_blocks(page: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(300)
def test_readme_installs_both_distributions_and_runs_the_demo_when_pasted(source: Path) -> None:
    """The first block installs both into a new environment, and the demo succeeds."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _shell_blocks(source / "README.md")[0]],
        cwd=source,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    done = Environment(source / ".venv").python("import dropbox.client, fakebox")
    assert done.returncode == 0, done.stderr


def test_ci_runs_the_second_block_word_for_word(source: Path) -> None:
    """The second block runs tox, and .ci/run takes it from the README."""
    assert ".venv/bin/tox" in _shell_blocks(source / "README.md")[1]
    assert "README.md" in (source / ".ci" / "run").read_text()


def test_block_is_one_line_to_paste(source: Path) -> None:
    """Each of the first two blocks is one line, so that nothing runs after a failed command."""
    for block in _shell_blocks(source / "README.md")[:2]:
        assert block.count("\n") == 1
