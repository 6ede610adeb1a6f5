"""Tests of the documentation of dependencies."""

from __future__ import annotations

import re

from tests.docs.tables import ROOT, table


def _declared() -> set[str]:
    project = table("pyproject.toml")["project"]
    extras = project["optional-dependencies"].values()
    requirements = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return {re.split(r"[\[><=; ]", line)[0] for line in requirements} - {"fakebox"}


def test_dependencies_page_explains_every_declared_dependency() -> None:
    """The dependencies page mentions every dependency and extra of `pyproject.toml`."""
    page = (ROOT / "docs" / "dependencies.md").read_text()
    explained = set(re.findall(r"`([a-z0-9-]+)`", page))
    assert _declared() - explained == set()
