"""The inventory of documented statements."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def statements() -> dict[str, dict[str, Any]]:
    """Return every statement by its id, in the order of the files in folders named `statements`.

    A statement has its `source` and a summary, `says`. A statement about version 2 may have
    `routes`, those that it is about.
    """
    paths = sorted(Path(__file__).parent.rglob("statements/*.toml"))
    return tomllib.loads("\n".join(path.read_text(encoding="utf-8") for path in paths))
