"""Tests of the lists of mutants."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray")

from conformance.mutants.__main__ import EACH_PACKAGE
from conformance.mutants.lists import drawn, listed, survivors

ROOT = Path(__file__).parents[2]


def test_listed_mutants_match_the_code():
    """Each listed mutant replaces a text that occurs once, by code that can be compiled."""
    mutants = listed()
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        assert mutant.code != (ROOT / mutant.path).read_text(encoding="utf-8")
        compile(mutant.code, mutant.path, "exec")
        assert all((ROOT / file).is_file() for file in mutant.tests)


def test_survivors_have_reasons():
    """Each survivor has a sentence as its reason."""
    assert all(reason.endswith(".") for reason in survivors().values())


def test_survivors_are_drawn():
    """The list of survivors has no mutant of code that has changed."""
    assert survivors().keys() <= {mutant.name for mutant in drawn(EACH_PACKAGE)}
