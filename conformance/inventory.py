"""The inventory of documented statements, and the cases that check them."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
# The modules with cases of the SDK that run over version 2 too. The others send requests that exist
# in version 1 only, which the live service has retired.
BY_V2 = ("test_arguments", "test_files", "test_operations", "test_recording")
_NOT_LIVE = {"emulator", "not_live", "version_1"}


@cache
def statements() -> dict[str, dict[str, Any]]:
    """Return every statement by its id, in the order of the files in folders named `statements`.

    A statement has its `source` and a summary, `says`. It may have `covers`, the parts of the
    source that it summarizes, and `reason`, why no case can check it. A statement about version 2
    may have `routes`, those that it is about.
    """
    return read_statements(HERE)


def read_statements(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the statements in the folders named `statements` at any depth of a folder."""
    paths = sorted(folder.rglob("statements/*.toml"))
    return tomllib.loads("\n".join(path.read_text(encoding="utf-8") for path in paths))


@dataclass(frozen=True)
class Case:
    """A case.

    Attributes:
        name: file and test, as `file::test`.
        is_live: whether it can run on the live service of today.
        unmet: why the emulator does not meet its statements yet; an empty text if it does.
    """

    name: str
    is_live: bool
    unmet: str


@cache
def cases() -> dict[str, list[Case]]:
    """Return the cases of each statement."""
    found = defaultdict(list)
    for path in sorted(HERE.rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            markers = _markers(node)
            name = f"{path.relative_to(HERE).as_posix()}::{node.name}"
            by_v1_only = "target" in _arguments(node) and path.stem not in BY_V2
            is_live = not (by_v1_only or _NOT_LIVE & set(markers))
            case = Case(name, is_live, *(markers.get("unmet") or [""])[:1])
            for statement in markers.get("checks", []):
                found[statement].append(case)
    return dict(found)


def outcome_of(name: str) -> str:
    """Return whether the emulator meets a statement, and why not: for the documentation."""
    reason = statements()[name].get("reason")
    if reason:
        return f"no case: {reason}"
    unmet = [case.unmet for case in cases()[name] if case.unmet]
    return f"not yet: {unmet[0]}" if unmet else "yes"


def _arguments(node: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in node.args.args}


def _markers(node: ast.FunctionDef) -> dict[str, list[Any]]:
    """Return the markers of a test by name, with their positional arguments."""
    found: dict[str, list[Any]] = {}
    for decorator in node.decorator_list:
        for part in ast.walk(decorator):
            # The markers of `pytest.param` count as well.
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                literals = [item.value for item in part.args if isinstance(item, ast.Constant)]
                found.setdefault(part.func.attr, []).extend(literals)
            elif isinstance(part, ast.Attribute):
                found.setdefault(part.attr, [])
    return found
