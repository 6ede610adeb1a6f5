"""Tests of the documented table of missing routes of API v2."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

from fakebox.v2.app import create_v2

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "version-2.md"


def test_documented_missing_routes_do_not_exist():
    """No existing route is in the table of missing routes, neither by name nor by pattern."""
    table = PAGE.read_text().partition("## What is missing")[2]
    rows = "".join(re.findall(r"^\| .* \|$", table, re.MULTILINE))
    missing = re.findall("`([^`]+)`", rows)
    routes = [rule.rule.lstrip("/") for rule in create_v2().url_map.iter_rules()]
    assert missing
    assert [name for name in routes if any(fnmatchcase(name, one) for one in missing)] == []
