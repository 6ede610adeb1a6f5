"""Tests of the documented table of HTTP methods of API v1."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

from fakebox.v1.app import create_v1

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "servers.md"


def documented():
    """Returns the documented methods of each call or pattern of calls."""
    table = PAGE.read_text().partition("## Methods")[2].partition("##")[0]
    methods = {}
    for line in re.findall(r"^\| (`.*) \| (.*) \|$", table, re.MULTILINE):
        for call in re.findall("`([^`]+)`", line[0]):
            methods[call] = set(re.findall("GET|POST|PUT", line[1]))
    return methods


def test_documented_methods_match_the_routes():
    """The table has the methods of every route, and no call without a route."""
    routed = {}
    for rule in create_v1().url_map.iter_rules():
        call = rule.rule.partition("/<")[0].partition("<")[0].lstrip("/")
        routed.setdefault(call, set()).update(rule.methods - {"HEAD", "OPTIONS"})
    patterns = documented()
    documented_for_routes = {
        call: next((patterns[name] for name in patterns if fnmatch(call, name)), None)
        for call in routed
    }
    assert documented_for_routes == routed
    assert all(any(fnmatch(call, name) for call in routed) for name in patterns)
