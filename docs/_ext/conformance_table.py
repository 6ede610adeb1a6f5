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
# Names of sources on the page, by their prefix in the statements.
SOURCES = {"seed: ": "the SDK's page of 2012: ", "the wire: ": "wire reference: "}
# Relative widths of the columns.
STATEMENT_WIDTHS = (44, 20, 36)


class ConformanceStatements(Directive):
    """`conformance-statements`: all statements by source, with the cases that check them."""

    def run(self) -> list[nodes.Node]:
        """Make the totals and a section of statements for each source."""
        shown: list[nodes.Node] = [_totals()]
        for source, listed in groupby(statements(), key=lambda name: statements()[name]["source"]):
            # The titles are not in the table of contents, which would be too long.
            shown.append(nodes.rubric("", "", _evidence(source)))
            titles = ("statement", "emulated", "cases")
            shown.append(_table(titles, map(_row, listed), STATEMENT_WIDTHS))
        return shown


def _totals() -> nodes.table:
    outcomes = [outcome_of(name).partition(":")[0] for name in statements()]
    rows: list[list[nodes.Node]] = [
        [nodes.paragraph("", title), nodes.paragraph("", str(outcomes.count(outcome)))]
        for outcome, title in (
            ("yes", "met by the emulator"),
            ("not yet", "not met by the emulator yet"),
            ("no case", "that no program can check"),
        )
    ]
    return _table(("statements", "count"), rows, (80, 20))


def _evidence(source: str) -> nodes.Node:
    """Make the name of a source: a link, if it is a page of the wire reference."""
    _, is_wire, word = source.partition("the wire: ")
    pages = [path.stem for path in WIRE.glob("*.md")] if is_wire else []
    named = [page for page in pages if word.replace(" ", "-") in (page, *page.split("-"))]
    title = source
    for prefix, shown in SOURCES.items():
        title = title.replace(prefix, shown)
    if not named:
        return nodes.Text(title)
    # The page with the shortest name has no other topic.
    page = min(named, key=len)
    return nodes.reference("", title, refuri=f"../wire/{page}.html")


def _row(name: str) -> list[nodes.Node]:
    statement = nodes.paragraph("", "", nodes.literal("", name))
    statement += nodes.Text(f" {statements()[name]['says']}")
    found = [_case(case) for case in cases().get(name, [])]
    listed = nodes.bullet_list("", *(nodes.list_item("", case) for case in found))
    shown = listed if len(found) > 1 else nodes.container("", *found)
    return [statement, nodes.paragraph("", outcome_of(name)), shown]


def _case(case: Case) -> nodes.paragraph:
    where = "" if case.is_live else " (on the emulator only)"
    return nodes.paragraph("", "", nodes.literal("", case.name), nodes.Text(where))


def _table(
    titles: tuple[str, ...], rows: Iterable[list[nodes.Node]], widths: tuple[int, ...]
) -> nodes.table:
    group = nodes.tgroup(cols=len(titles))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", _entries([nodes.paragraph("", title) for title in titles]))
    group += nodes.tbody("", *(_entries(row) for row in rows))
    return nodes.table("", group, classes=["conformance", "colwidths-given"])


def _entries(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("conformance-statements", ConformanceStatements)
    return {"parallel_read_safe": True}
