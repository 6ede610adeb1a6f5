"""Docstrings of the public pytest fixtures have examples, which run as tests."""

from __future__ import annotations

import pytest

# `testing` is imported here, because pytester unloads the modules that an inner run has imported.
from fakebox import testing  # noqa: F401
from tests.docs.fixtures import OFFICIAL, fixture_examples

pytest_plugins = ["pytester"]

EXAMPLES = fixture_examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_fixture_has_an_example(name: str) -> None:
    """The docstring has a section `Example:`."""
    assert EXAMPLES[name]


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - OFFICIAL))
def test_example_of_a_fixture_runs(name: str, pytester: pytest.Pytester) -> None:
    """The example is a test, and it passes with the plugin."""
    pytester.makepyfile(EXAMPLES[name])
    alone = ("-p", "no:randomly", "-p", "no:socket")
    pytester.runpytest(*alone).assert_outcomes(passed=1)
