"""Times two ways of doing the same, in turns, so that a machine that drifts drifts under both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench.rows import Row, time_text


def compare(
    what: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    whose: str,
    bar: float,
    rounds: int = 7,
    calls: int = 1,
) -> Row:
    """Time both in turns.

    Args:
        what: what is compared.
        ours: what to call.
        theirs: what to hold it against.
        whose: whose that is.
        bar: what the median of the rounds' ratios may be at most.
        rounds: how often each is timed, after one round that isn't counted.
        calls: how many calls make a round.
    """
    figures = [(_timed(ours, calls), _timed(theirs, calls)) for _ in range(rounds + 1)][1:]
    ratio = statistics.median(mine / other for mine, other in figures)
    mine_s, other_s = (statistics.median(column) for column in zip(*figures, strict=True))
    beside = f"{whose} {time_text(other_s)}"
    return Row(what, time_text(mine_s), beside, ratio, f"<= {bar:.3g}", ratio <= bar, figures)


def limit(
    what: str,
    work: Callable[[], object],
    *,
    bar_s: float,
    rounds: int = 7,
    calls: int = 1,
    before: Callable[[], object] = int,
) -> Row:
    """Time one thing, whose median may take `bar_s` at most; `before` each round isn't counted."""
    figures = []
    for _ in range(rounds + 1):
        before()
        figures.append(_timed(work, calls))
    median_s = statistics.median(figures[1:])
    bar = f"<= {time_text(bar_s)}"
    return Row(what, time_text(median_s), "", None, bar, median_s <= bar_s, figures[1:])


def pace_s() -> float:
    """How long this machine takes for a million additions, which bars in seconds depend on."""

    def add() -> int:
        total = 0
        for number in range(1_000_000):
            total += number
        return total

    return min(_timed(add, 1) for _ in range(3))


def _timed(work: Callable[[], object], calls: int) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - begin) / calls
