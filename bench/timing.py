"""Times two ways of doing the same, in turns, so that a machine that drifts drifts under both."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ratio:
    """How one way compares with another.

    Attributes:
        name: what was compared.
        ours_s: the median of the rounds, in seconds.
        theirs_s: likewise.
        ratio: the median of ours over theirs, round by round.
        bar: what the ratio may be at most.
        rounds: every round's figures.
    """

    name: str
    ours_s: float
    theirs_s: float
    ratio: float
    bar: float
    rounds: list[tuple[float, float]]

    @property
    def holds(self) -> bool:
        """Whether the bar is kept."""
        return self.ratio <= self.bar

    def line(self) -> str:
        """A row of the table."""
        verdict = "holds" if self.holds else "MISSED"
        return (
            f"{self.name:<52} {self.ours_s * 1e6:>12,.0f} {self.theirs_s * 1e6:>12,.0f}"
            f" {self.ratio:>7.2f} {self.bar:>6.2f}  {verdict}"
        )


HEADER = f"{'':<52} {'ours, us':>12} {'theirs, us':>12} {'ratio':>7} {'bar':>6}"


def compare(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    bar: float,
    rounds: int = 7,
    calls: int = 1,
) -> Ratio:
    """Time both in turns.

    Args:
        name: what is compared.
        ours: what to call.
        theirs: what to hold it against.
        bar: what the ratio may be at most.
        rounds: how often each is timed, after one round that isn't counted.
        calls: how many calls make a round.
    """
    figures = [(_timed(ours, calls), _timed(theirs, calls)) for _ in range(rounds + 1)][1:]
    return Ratio(
        name,
        statistics.median(mine for mine, _ in figures),
        statistics.median(other for _, other in figures),
        statistics.median(mine / other for mine, other in figures),
        bar,
        figures,
    )


def report(ratios: list[Ratio], path: Path | None) -> int:
    """Print the table, keep the raw data, and tell by the exit status if every bar is kept."""
    sys.stdout.write("\n".join([HEADER, *(ratio.line() for ratio in ratios)]) + "\n")
    if path:
        path.write_text(json.dumps([asdict(ratio) for ratio in ratios], indent=1))
    return 0 if all(ratio.holds for ratio in ratios) else 1


def _timed(work: Callable[[], object], calls: int) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - begin) / calls
