"""The page of statements has all of them, and each source of the wire is a page."""

from __future__ import annotations

import sys

import pytest

from tests.docs.tables import ROOT, table

PAGE = ROOT / "docs" / "reference" / "conformance.md"
WIRE = "the wire: "
STATEMENTS = [
    (name, statement)
    for path in sorted((ROOT / "conformance").rglob("statements/*.toml"))
    for name, statement in table(str(path.relative_to(ROOT))).items()
]


def test_page_lists_the_statements() -> None:
    """The page has the directive that lists the statements."""
    assert "```{conformance-statements}\n```" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "statement"), STATEMENTS, ids=[name for name, _ in STATEMENTS])
def test_statement_has_what_the_page_shows(name: str, statement: dict[str, object]) -> None:
    """A statement has a source and a summary, and a page of the wire reference exists."""
    says, source = str(statement["says"]), str(statement["source"])
    assert says.endswith(".")
    if source.startswith(WIRE):
        page = source.removeprefix(WIRE).replace(" ", "-")
        names = [part for path in (ROOT / "docs" / "wire").glob("*.md") for part in (path.stem,)]
        assert any(page == found or page in found.split("-") for found in names)


def test_directive_shows_every_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directive makes one row for each statement, with its cases or the reason for none."""
    pytest.importorskip("sphinx")
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT), str(ROOT / "docs" / "_ext")])
    from conformance_table import ConformanceStatements
    from docutils import nodes

    directive = ConformanceStatements.__new__(ConformanceStatements)
    tables = [node for node in directive.run() if isinstance(node, nodes.table)]
    rows = [
        row
        for each in tables[1:]
        for row in each.findall(nodes.row)
        if row.parent.tagname == "tbody"
    ]
    assert len(rows) == len(STATEMENTS)
    for row in rows:
        _, outcome, cases = (entry.astext() for entry in row)
        assert cases or outcome.startswith("no case: ")
