"""The wire reference's table of what version 2 hasn't, held to the routes."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

from fakebox.v2.app import create_v2

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "version-2.md"


def test_no_route_is_among_those_that_are_missing():
    """By its name, or by a pattern that has it."""
    table = PAGE.read_text().partition("## What is missing")[2]
    rows = "".join(re.findall(r"^\| .* \|$", table, re.MULTILINE))
    missing = re.findall("`([^`]+)`", rows)
    routes = [rule.rule.lstrip("/") for rule in create_v2().url_map.iter_rules()]
    assert missing
    assert [name for name in routes if any(fnmatchcase(name, one) for one in missing)] == []
