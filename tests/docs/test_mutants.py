"""Tests that the list of mutants matches the code."""

import pytest

from tests.docs.tables import ROOT, table

MUTANTS = table("conformance/mutants/listed.toml")


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_text_of_a_mutant_occurs_once_in_its_file(mutant: dict[str, str]) -> None:
    """The text that a mutant replaces occurs exactly once in its file."""
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    assert text.count(mutant["replace"]) == 1
