"""Every benchmark in its turn, each section in a process of its own."""

from __future__ import annotations

import sys
from multiprocessing import get_context

from bench.double import double
from bench.options import Options
from bench.rows import Row, time_text
from bench.scale import scale
from bench.sdk import sdk
from bench.soak import soak
from bench.sockets import small_calls
from bench.startup import starts
from bench.streams import large_files
from bench.threads import threads
from bench.timing import pace_s

SECTIONS = (double, small_calls, large_files, starts, scale, sdk, threads, soak)


def everything(options: Options) -> list[Row]:
    """Every section's rows."""
    rows: list[Row] = []
    paces: list[float] = []
    for section in SECTIONS:
        sys.stderr.write(f"{section.__name__} ...\n")
        paces.append(pace_s())
        rows += _alone(section.__name__, options)
    return [_told(paces), *rows]


def _told(paces: list[float]) -> Row:
    # On a machine that others share it may double within minutes.
    least, most = time_text(min(paces)), time_text(max(paces))
    what = f"a million additions, before each of {len(paces)} sections"
    return Row(what, f"{least} to {most}", "", None, "", None, paces)


def _alone(name: str, options: Options) -> list[Row]:
    # Not in a pool: its workers may not have processes of their own.
    with get_context("spawn").Manager() as manager:
        rows = manager.list()
        process = get_context("spawn").Process(target=_run, args=(name, options, rows))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"{name} has failed")
        return list(rows)


def _run(name: str, options: Options, rows: list[Row]) -> None:
    section = next(section for section in SECTIONS if section.__name__ == name)
    rows.extend(section(options))
