"""Tests of the emulator import no SDK, so that they run beside the official one as well."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.conftest import OFFICIAL, TESTS, WITH_SDK

# Fixtures and methods that provide clients of the SDK.
CLIENT_FIXTURES = {"dropbox_client"}
CLIENT_METHODS = {"client", "session"}


def files() -> list[Path]:
    """The modules of the tests that need no SDK."""
    return [
        path
        for path in sorted(TESTS.rglob("*.py"))
        if not (WITH_SDK | {OFFICIAL}).intersection((path, *path.parents))
        and path != Path(__file__)
    ]


def uses_of_the_sdk(source: str) -> list[str]:
    """The places in which a module uses the SDK, also in programs in its strings."""
    found = []
    for node in ast.walk(ast.parse(dedent(source))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if is_sdk(alias.name)]
        elif isinstance(node, ast.ImportFrom) and is_sdk(node.module or ""):
            found.append(f"from {node.module}")
        elif isinstance(node, ast.arg) and node.arg in CLIENT_FIXTURES:
            found.append(node.arg)
        elif isinstance(node, ast.Call) and is_client_method(node.func):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += uses_in_text(node.value)
    return found


def is_sdk(module: str) -> bool:
    """Whether a module is the package `dropbox`, or in it."""
    return module.partition(".")[0] == "dropbox"


def is_client_method(function: ast.expr) -> bool:
    """Whether the name is that of a `Fakebox` method that returns a client of the SDK."""
    return isinstance(function, ast.Attribute) and function.attr in CLIENT_METHODS


def uses_in_text(text: str) -> list[str]:
    """The uses of the SDK in a string that is a program."""
    try:
        program = ast.parse(dedent(text))
    except (SyntaxError, ValueError):
        return []
    return [] if is_one_expression(program) else uses_of_the_sdk(text)


def is_one_expression(program: ast.Module) -> bool:
    """Whether a program is a single expression, such as a string of one word."""
    return len(program.body) == 1 and isinstance(program.body[0], ast.Expr)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(TESTS)))
def test_module_of_the_emulators_tests_uses_no_sdk(path: Path) -> None:
    """A test of the emulator sends requests by HTTP, or calls methods of the emulator."""
    assert uses_of_the_sdk(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import dropbox",
        "import dropbox.client as client",
        "def test():\n    from dropbox.rest import ErrorResponse",
        "def test(dropbox_client): pass",
        "def test(box):\n    box.client().delta()",
        "def test():\n    with Fakebox() as other:\n        other.session(linked=False)",
        "SOURCE = 'from dropbox import client'",
        "SOURCE = 'def test(dropbox_client): pass'",
    ],
)
def test_use_of_the_sdk_is_found(source: str) -> None:
    """An import, a fixture or a method is found in a module and in the programs in its strings."""
    assert uses_of_the_sdk(source)


def test_list_of_tests_with_the_sdk_is_up_to_date() -> None:
    """Each entry of `WITH_SDK` exists."""
    assert [path for path in WITH_SDK if not path.exists()] == []


def test_run_beside_the_official_sdk_fails_with_the_sdk_of_the_checkout(pytestconfig) -> None:
    """`tox -e coexist` fails with the SDK of the checkout."""
    if pytestconfig.getoption("official_sdk"):
        pytest.skip("the official SDK is installed")
    command = [sys.executable, "-m", "pytest", "--official-sdk", "--collect-only", TESTS / "layers"]
    done = subprocess.run(
        command, cwd=TESTS.parent, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the package 'dropbox' is not the official SDK" in done.stderr
