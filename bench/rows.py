"""Rows of a result table: a measured value, the value it is compared with, and the limit."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_VERDICTS = {True: "passed", False: "FAILED", None: "not measured"}
_HEAD = ("", "measured", "compared with", "ratio", "limit", "result")


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        what: name of the measurement.
        ours: measured value with its unit.
        beside: name and value of the product in the comparison; empty if the limit is absolute.
        ratio: measured value divided by the value in `beside`; `None` if the limit is absolute.
        bar: limit; empty for a row without a limit.
        holds: whether the limit is met; `None` if it could not be measured here.
        raw: values of every round.
    """

    what: str
    ours: str
    beside: str
    ratio: float | None
    bar: str
    holds: bool | None
    raw: Any = None

    def cells(self) -> tuple[str, ...]:
        """Return the texts of the row's cells."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = _VERDICTS[self.holds] if self.bar else ""
        return (self.what, self.ours, self.beside, ratio, self.bar, verdict)


def missing(what: str, bar: str, peer: str) -> Row:
    """Return a row for a product that is not installed."""
    return Row(what, "", f"{peer} is not installed", None, bar, None)


def report(rows: list[Row], path: Path | None) -> int:
    """Print the table, write the raw data, and return 1 if a limit is exceeded."""
    cells = [_HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        texts = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(texts).rstrip() + "\n")
    if path:
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 1 if any(row.holds is False for row in rows) else 0


def time_text(seconds: float) -> str:
    """Format a duration with a suitable unit."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
