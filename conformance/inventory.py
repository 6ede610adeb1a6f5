"""The inventory of documented statements."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def statements(folder: str = "statements") -> dict[str, dict[str, str]]:
    """Return every statement of a folder by its id, with its source and summary."""
    paths = sorted(Path(__file__).parent.joinpath(folder).glob("*.toml"))
    return tomllib.loads("\n".join(path.read_text(encoding="utf-8") for path in paths))


def all_statements() -> dict[str, dict[str, str]]:
    """Return the statements about both versions of the API."""
    return {**statements(), **statements("v2/statements")}
