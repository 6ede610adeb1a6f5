"""The documentation lists all statements, with the evidence for each."""

from __future__ import annotations

import sys

import pytest

from conformance.inventory import HERE, cases, outcome_of, statements
from tests.conformance.conftest import ROOT

WIRE = "the wire: "
OUTCOMES = ("yes", "not yet", "no case")


def test_page_lists_the_statements():
    """The page has the directive that lists the statements."""
    page = ROOT / "docs" / "reference" / "conformance.md"
    assert "```{conformance-statements}\n```" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", statements())
def test_statement_has_what_the_page_shows(name):
    """A statement has a summary, an outcome, and cases that exist or the reason for none."""
    outcome, _, why = outcome_of(name).partition(": ")
    assert statements()[name]["says"].endswith(".")
    assert outcome in OUTCOMES
    assert bool(why) == (outcome != "yes")
    assert all((HERE / case.name.partition("::")[0]).is_file() for case in cases().get(name, []))


@pytest.mark.parametrize(
    "source", sorted({each["source"] for each in statements().values() if WIRE in each["source"]})
)
def test_source_of_the_wire_is_a_page(source):
    """A statement of the wire reference names a page of it."""
    word = source.removeprefix(WIRE).replace(" ", "-")
    pages = [path.stem for path in (ROOT / "docs" / "wire").glob("*.md")]
    assert word in [*pages, *(part for page in pages for part in page.split("-"))]


@pytest.mark.parametrize(
    ("statement", "is_live"),
    [
        ("wire-content-type", False),
        ("session-obtain_request_token", False),
        ("metadata-file_limit-default", False),
        ("put_file-503", False),
        ("put_file-string", True),
        ("v2-rpc-style", True),
        ("v2-json-compact", False),
    ],
)
def test_cases_of_the_live_service_are_marked(statement, is_live):
    """A case that needs the emulator, or version 1 of the API, is not one of the live service."""
    assert {case.is_live for case in cases()[statement]} == {is_live}


def test_statement_that_is_not_met_is_shown_with_the_reason():
    """The outcome of a statement whose case is marked as unmet has the reason."""
    unmet = {name: case.unmet for name in cases() for case in cases()[name] if case.unmet}
    assert all(outcome_of(name).startswith("not yet: ") for name in unmet)


def test_directive_shows_every_statement(monkeypatch):
    """The directive makes one row for each statement."""
    pytest.importorskip("sphinx")
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT / "docs" / "_ext")])
    from conformance_table import ConformanceStatements
    from docutils import nodes

    directive = ConformanceStatements.__new__(ConformanceStatements)
    _, *tables = [node for node in directive.run() if isinstance(node, nodes.table)]
    bodies = [body for each in tables for body in each.findall(nodes.tbody)]
    assert sum(len(body) for body in bodies) == len(statements())
