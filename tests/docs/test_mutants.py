"""The list of mutants speaks of the code as it is."""

import pytest

from tests.docs.tables import ROOT, table

MUTANTS = table("conformance/mutants.toml")


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_what_a_mutant_replaces_stands_once_in_its_file(mutant: dict[str, str]) -> None:
    """Else it would go unnoticed, until somebody runs them, that one is none any more."""
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    assert text.count(mutant["replace"]) == 1
