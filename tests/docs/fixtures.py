"""Reads the examples in the docstrings of the public pytest fixtures."""

from __future__ import annotations

import ast
import inspect
import textwrap

from fakebox import pytest_plugin

# The fixtures whose examples need the official SDK.
OFFICIAL = frozenset({"dbx"})
_IMPORTS = "from fakebox import Fakebox\n\n"


def fixture_examples() -> dict[str, str]:
    """Return a test module for each public fixture, by the name of the fixture.

    It is the section `Example:` of the docstring; an empty text if there is none.
    """
    functions = [
        node
        for node in ast.parse(inspect.getsource(pytest_plugin)).body
        if isinstance(node, ast.FunctionDef) and _is_public_fixture(node)
    ]
    return {node.name: _example(ast.get_docstring(node) or "") for node in functions}


def _is_public_fixture(function: ast.FunctionDef) -> bool:
    decorators = (ast.unparse(each) for each in function.decorator_list)
    return not function.name.startswith("_") and any(
        "pytest.fixture" in each for each in decorators
    )


def _example(docstring: str) -> str:
    _, heading, section = docstring.partition("\nExample:\n")
    return _IMPORTS + textwrap.dedent(section) if heading else ""
