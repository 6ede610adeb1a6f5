"""A directive that shows the documented statements, with the evidence for each.

```{conformance-statements}
```
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from conformance.inventory import HERE, Case, cases, outcome_of, statements

WIRE = HERE.parent / "docs" / "wire"


class ConformanceStatements(Directive):
    """`conformance-statements`: all statements by source, with the cases that check them."""

    def run(self) -> list[nodes.Node]:
        """Make the totals and a section of statements for each source."""
        shown: list[nodes.Node] = [_totals()]
        for source, listed in groupby(statements(), key=lambda name: statements()[name]["source"]):
            # The titles are not in the table of contents, which would be too long.
            shown.append(nodes.rubric("", "", _evidence(source)))
            shown.append(_table(("statement", "emulated", "cases"), map(_row, listed)))
        return shown


def _totals() -> nodes.table:
    outcomes = [outcome_of(name).partition(":")[0] for name in statements()]
    rows = [
        [nodes.paragraph("", title), nodes.paragraph("", str(outcomes.count(outcome)))]
        for outcome, title in (
            ("yes", "statements that the emulator meets"),
            ("not yet", "statements that it does not meet yet"),
            ("no case", "statements that no program can check"),
        )
    ]
    return _table(("", "count"), rows)


def _evidence(source: str) -> nodes.Node:
    """Make the name of a source: a link, if it is a page of the wire reference."""
    _, is_wire, word = source.partition("the wire: ")
    pages = [path.stem for path in WIRE.glob("*.md")] if is_wire else []
    named = [page for page in pages if word.replace(" ", "-") in (page, *page.split("-"))]
    if not named:
        return nodes.Text(source)
    # The page with the shortest name has no other topic.
    page = min(named, key=len)
    return nodes.reference("", source, refuri=f"../wire/{page}.html")


def _row(name: str) -> list[nodes.Node]:
    statement = nodes.paragraph("", "", nodes.literal("", name))
    statement += nodes.Text(f" {statements()[name]['says']}")
    found = nodes.bullet_list()
    for case in cases().get(name, []):
        found += nodes.list_item("", _case(case))
    return [statement, nodes.paragraph("", outcome_of(name)), found]


def _case(case: Case) -> nodes.paragraph:
    where = "" if case.is_live else " (on the emulator only)"
    return nodes.paragraph("", "", nodes.literal("", case.name), nodes.Text(where))


def _table(titles: tuple[str, ...], rows: Iterable[list[nodes.Node]]) -> nodes.table:
    group = nodes.tgroup(cols=len(titles))
    group += [nodes.colspec(colwidth=1) for _ in titles]
    group += nodes.thead("", _entries([nodes.paragraph("", title) for title in titles]))
    group += nodes.tbody("", *(_entries(row) for row in rows))
    return nodes.table("", group)


def _entries(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("conformance-statements", ConformanceStatements)
    return {"parallel_read_safe": True}
