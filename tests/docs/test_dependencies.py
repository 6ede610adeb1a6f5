"""Tests of the documentation of dependencies."""

from __future__ import annotations

import re

from tests.docs.tables import ROOT, table


def _declared() -> set[str]:
    emulator = table("pyproject.toml")
    requirements = [*emulator["project"]["dependencies"]]
    requirements += table("sdk/pyproject.toml")["project"]["dependencies"]
    for group in emulator["dependency-groups"].values():
        requirements += [line for line in group if isinstance(line, str)]
    return {re.split(r"[\[><=; ]", line)[0] for line in requirements}


def test_dependencies_page_explains_every_declared_dependency() -> None:
    """The dependencies page mentions every dependency and extra of `pyproject.toml`."""
    page = (ROOT / "docs" / "dependencies.md").read_text()
    explained = set(re.findall(r"`([a-z0-9-]+)`", page))
    assert _declared() - explained == set()
