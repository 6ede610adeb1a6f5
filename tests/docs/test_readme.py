"""The README begins with an example, and is short."""

from __future__ import annotations

from tests.docs.pages import blocks_of
from tests.docs.run_pages import ROOT

README = ROOT / "README.md"


def test_readme_begins_with_a_test_with_the_official_sdk() -> None:
    """The first block is a test of six lines for pytest, with the official SDK."""
    first = blocks_of(README)[0]
    assert first.is_test
    assert first.sdks == {"official"}
    assert first.text.count("\n") == 6


def test_readme_has_at_most_140_lines() -> None:
    """What does not fit belongs to the how-to pages."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 140
