"""Reads the TOML files of the project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


def table(name: str) -> dict[str, Any]:
    """Returns the content of a TOML file, given its path in the project."""
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))
