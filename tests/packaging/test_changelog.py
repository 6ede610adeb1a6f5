"""Release notes can be written from the fragments."""

from __future__ import annotations

import subprocess

from tests.packaging.conftest import COMMANDS, ROOT


def test_changelog_drafts_from_its_fragments() -> None:
    """Every file in changelog.d has a known type, and towncrier accepts all of them."""
    command = [COMMANDS / "towncrier", "build", "--draft", "--version", "0.0.0"]
    subprocess.run(command, cwd=ROOT, check=True)
