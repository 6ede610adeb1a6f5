"""The list of mutants speaks of the code as it is."""

from pathlib import Path

import pytest

from conformance.inventory import tomllib

ROOT = Path(__file__).parents[2]
MUTANTS = tomllib.loads((ROOT / "conformance" / "mutants.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_what_a_mutant_replaces_stands_once_in_its_file(mutant: dict[str, str]) -> None:
    """Else it would go unnoticed, until somebody runs them, that one is none any more."""
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    assert text.count(mutant["replace"]) == 1
