"""Time two functions alternately, so that changes of the machine's speed affect both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable

from bench.rows import Row, time_text


def compare(
    what: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    peer: str,
    bar: float,
    rounds: int = 7,
    calls: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    fastest: bool = False,
) -> Row:
    """Time two functions alternately and compare them.

    Args:
        what: name of the measurement.
        ours: function to measure.
        theirs: function to compare it with.
        peer: name of the second function.
        bar: highest accepted median of the rounds' ratios.
        rounds: number of measured rounds, after one warm-up round.
        calls: calls in each round.
        clock: returns the time in seconds; with `time.thread_time`, waiting takes no time.
        fastest: compare the fastest round of each function instead of the medians, for functions
            that other programs of the machine slow down differently.
    """
    figures = [
        (_timed(ours, calls, clock), _timed(theirs, calls, clock)) for _ in range(rounds + 1)
    ][1:]
    typical: Callable[[Iterable[float]], float] = min if fastest else statistics.median
    mine_s, other_s = (typical(column) for column in zip(*figures, strict=True))
    ratio = mine_s / other_s if fastest else statistics.median(a / b for a, b in figures)
    beside = f"{peer} {time_text(other_s)}"
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
    """Time one function; its median may be at most `bar_s`. `before` is not measured."""
    figures = []
    for _ in range(rounds + 1):
        before()
        figures.append(_timed(work, calls))
    median_s = statistics.median(figures[1:])
    bar = f"<= {time_text(bar_s)}"
    return Row(what, time_text(median_s), "", None, bar, median_s <= bar_s, figures[1:])


def pace_s() -> float:
    """Return the time of a million additions, in seconds; it shows how fast the machine is."""

    def add() -> int:
        total = 0
        for number in range(1_000_000):
            total += number
        return total

    return min(_timed(add, 1) for _ in range(3))


def _timed(
    work: Callable[[], object], calls: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    begin = clock()
    for _ in range(calls):
        work()
    return (clock() - begin) / calls
