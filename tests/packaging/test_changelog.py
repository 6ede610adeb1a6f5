"""Release notes can be written from the fragments at any time."""

from __future__ import annotations

import subprocess

import pytest


@pytest.mark.usefixtures("dist")
def test_changelog_drafts_from_its_fragments() -> None:
    """Every file in changelog.d has a known type, and towncrier can gather them."""
    subprocess.run(["towncrier", "build", "--draft", "--version", "0.0.0"], check=True)
