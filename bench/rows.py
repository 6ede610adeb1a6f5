"""The rows of a table of measurements: a figure, what it is held against, and the verdict."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_WORDS = {True: "holds", False: "MISSED", None: "not measured"}
_HEAD = ("", "ours", "beside", "ratio", "bar", "verdict")


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        what: what was measured.
        ours: our figure, with its unit.
        beside: whose figure it is held against, and that figure; empty where the bar is absolute.
        ratio: ours to theirs; `None` where the bar is absolute.
        bar: what is asked for; empty for what is only told.
        holds: whether it is so; `None` if it could not be measured here.
        raw: every round's figures.
    """

    what: str
    ours: str
    beside: str
    ratio: float | None
    bar: str
    holds: bool | None
    raw: Any = None

    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = _WORDS[self.holds] if self.bar else ""
        return (self.what, self.ours, self.beside, ratio, self.bar, verdict)


def missing(what: str, bar: str, peer: str) -> Row:
    """A row for a peer that isn't on this machine."""
    return Row(what, "", f"{peer} isn't installed", None, bar, None)


def report(rows: list[Row], path: Path | None) -> int:
    """Print the table, keep the raw data, and tell by the exit status if no bar is missed."""
    cells = [_HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        texts = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(texts).rstrip() + "\n")
    if path:
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 1 if any(row.holds is False for row in rows) else 0


def time_text(seconds: float) -> str:
    """A duration as people read it."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
