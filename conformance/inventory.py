"""The inventory of documented statements, and the cases that check them."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent


@cache
def statements() -> dict[str, dict[str, Any]]:
    """Return every statement by its id, in the order of the files in folders named `statements`.

    A statement has its `source` and a summary, `says`. It may have `covers`, the parts of the
    source that it summarizes, and `reason`, why no case can check it.
    """
    paths = sorted(HERE.rglob("statements/*.toml"))
    return tomllib.loads("\n".join(path.read_text(encoding="utf-8") for path in paths))


@cache
def cases() -> dict[str, list[str]]:
    """Return the cases of each statement, as `file::test`."""
    found = defaultdict(list)
    for path in sorted(HERE.rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for statement in _checked_by(node):
                found[statement].append(f"{path.relative_to(HERE)}::{getattr(node, 'name', '')}")
    return dict(found)


def _checked_by(node: ast.AST) -> list[Any]:
    return [
        ast.literal_eval(argument)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "checks"
        for argument in call.args
    ]
