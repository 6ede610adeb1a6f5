"""Run every benchmark, each section in a separate process."""

from __future__ import annotations

import sys
from multiprocessing import get_context

from bench.emulator import emulator
from bench.intercept import intercepts
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

SECTIONS = (emulator, intercepts, small_calls, large_files, starts, scale, sdk, threads, soak)


def everything(options: Options) -> list[Row]:
    """Return the rows of all sections."""
    rows: list[Row] = []
    paces: list[float] = []
    for section in SECTIONS:
        sys.stderr.write(f"{section.__name__} ...\n")
        paces.append(pace_s())
        rows += _run_in_process(section.__name__, options)
    return [_machine_row(paces), *rows]


def _machine_row(paces: list[float]) -> Row:
    # On a shared machine the speed may change by a factor of two within minutes.
    least, most = time_text(min(paces)), time_text(max(paces))
    what = f"a million additions, before each of {len(paces)} sections"
    return Row(what, f"{least} to {most}", "", None, "", None, paces)


def _run_in_process(name: str, options: Options) -> list[Row]:
    # Not in a pool, because workers of a pool cannot start child processes.
    with get_context("spawn").Manager() as manager:
        rows = manager.list()
        process = get_context("spawn").Process(target=_run, args=(name, options, rows))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"{name} failed")
        return list(rows)


def _run(name: str, options: Options, rows: list[Row]) -> None:
    section = next(section for section in SECTIONS if section.__name__ == name)
    rows.extend(section(options))
