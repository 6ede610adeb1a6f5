"""A directive that draws a package's rooms and who imports whom, from the real imports.

    ```{import-picture} fakebox.core
    ```

A room stands above all that it imports. An arrow that other arrows already imply is left out.
It draws siblings only: what lies deeper has a picture of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import grimp
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

ROW_HEIGHT, BOX_HEIGHT, GAP, CHARACTER_WIDTH = 84, 34, 22, 8.4

Imports = dict[str, frozenset[str]]


@dataclass(frozen=True)
class Box:
    """Where a room is drawn: the middle of its top edge, and its width."""

    name: str
    x: float
    y: float
    width: float

    def svg(self) -> str:
        """Draw a rounded rectangle around the name."""
        left, baseline = self.x - self.width / 2, self.y + BOX_HEIGHT / 2 + 5
        return (
            f'<rect x="{left:.1f}" y="{self.y:.1f}" width="{self.width:.1f}"'
            f' height="{BOX_HEIGHT}" rx="7"/>'
            f'<text x="{self.x:.1f}" y="{baseline:.1f}">{escape(self.name)}</text>'
        )


def sibling_imports(package: str) -> Imports:
    """Which of the package's children each child imports, itself or anywhere below it."""
    graph = grimp.build_graph(
        package.partition(".")[0], exclude_type_checking_imports=True, cache_dir=None
    )
    children = sorted(graph.find_children(package))
    return {
        child.rpartition(".")[2]: frozenset(
            other.rpartition(".")[2]
            for other in children
            if other != child
            and graph.direct_import_exists(importer=child, imported=other, as_packages=True)
        )
        for child in children
    }


def heights(imports: Imports) -> dict[str, int]:
    """Give each room its floor: 0 for a room that imports no sibling."""
    known: dict[str, int] = {}

    def height(room: str) -> int:
        if room not in known:
            known[room] = 1 + max((height(below) for below in imports[room]), default=-1)
        return known[room]

    for room in imports:
        height(room)
    return known


def without_implied(imports: Imports) -> Imports:
    """Drop each import that a chain of others already implies."""

    def reach(room: str) -> frozenset[str]:
        return imports[room].union(*(reach(below) for below in imports[room]))

    return {
        room: frozenset(
            below
            for below in targets
            if not any(below in reach(other) for other in targets if other != below)
        )
        for room, targets in imports.items()
    }


def _placed(floors: dict[str, int]) -> tuple[dict[str, Box], float, float]:
    rows = [
        [room for room, floor in floors.items() if floor == number]
        for number in range(max(floors.values(), default=-1), -1, -1)
    ]
    widths = {room: len(room) * CHARACTER_WIDTH + 26 for room in floors}
    totals = [sum(widths[room] + GAP for room in row) for row in rows]
    boxes = {}
    for number, (row, total) in enumerate(zip(rows, totals, strict=True)):
        x = (max(totals) - total + GAP) / 2
        for room in row:
            boxes[room] = Box(room, x + widths[room] / 2, number * ROW_HEIGHT + 2, widths[room])
            x += widths[room] + GAP
    return boxes, max(totals, default=0), (len(rows) - 1) * ROW_HEIGHT + BOX_HEIGHT + 4


def _arrow(start: Box, end: Box) -> str:
    top, bottom = start.y + BOX_HEIGHT, end.y - 5
    middle = (top + bottom) / 2
    return (
        f'<path d="M{start.x:.1f},{top:.1f} C{start.x:.1f},{middle:.1f}'
        f' {end.x:.1f},{middle:.1f} {end.x:.1f},{bottom:.1f}"/>'
    )


def picture(package: str) -> str:
    """Draw a package as SVG that takes its colours from the page around it."""
    imports = sibling_imports(package)
    boxes, width, height = _placed(heights(imports))
    arrows = [
        _arrow(boxes[room], boxes[below])
        for room, targets in without_implied(imports).items()
        for below in sorted(targets)
    ]
    title = escape(f"Imports inside {package}")
    return (
        f'<svg class="import-picture" role="img" aria-label="{title}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" style="max-width: {width:.0f}px">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
        f"<g class='arrows'>{''.join(arrows)}</g>"
        f"<g class='rooms'>{''.join(box.svg() for box in boxes.values())}</g></svg>"
    )


class ImportPicture(Directive):
    """`import-picture`: the argument is the dotted name of a package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Put the drawing into the page."""
        return [nodes.raw("", picture(self.arguments[0]), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("import-picture", ImportPicture)
    return {"parallel_read_safe": True}
