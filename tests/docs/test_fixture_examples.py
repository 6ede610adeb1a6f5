"""Docstrings of the public pytest fixtures have examples, which run as tests."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

import pytest

# `testing` is imported here, because pytester unloads the modules that an inner run has imported.
from fakebox import pytest_plugin, testing  # noqa: F401

pytest_plugins = ["pytester"]

_IMPORTS = "from fakebox import Fakebox\n\n"


def _fixtures() -> Iterator[object]:
    """Return the name and the docstring of each fixture, as parameters of a test."""
    for node in ast.parse(inspect.getsource(pytest_plugin)).body:
        if isinstance(node, ast.FunctionDef) and _is_public_fixture(node):
            yield pytest.param(ast.get_docstring(node) or "", id=node.name)


def _is_public_fixture(function: ast.FunctionDef) -> bool:
    decorators = (ast.unparse(each) for each in function.decorator_list)
    return not function.name.startswith("_") and any(
        "pytest.fixture" in each for each in decorators
    )


@pytest.mark.parametrize("docstring", list(_fixtures()))
def test_fixture_has_an_example_that_runs(docstring: str, pytester: pytest.Pytester) -> None:
    """The section `Example:` of the docstring is a test, and it passes with the plugin."""
    _, heading, section = docstring.partition("\nExample:\n")
    assert heading, "the docstring has no section 'Example:'"
    pytester.makepyfile(_IMPORTS + textwrap.dedent(section))
    alone = ("-p", "no:randomly", "-p", "no:socket")
    pytester.runpytest(*alone).assert_outcomes(passed=1)
