"""Change one behaviour of the emulator or the SDK at a time, and check that it is detected.

Two kinds of mutants are tried: those listed in `listed.toml`, and those that `draw.py` draws with
Cosmic Ray. The suite, or the tests that the list names, have to detect each one that is listed. The
suite has to detect 85 % of those that are drawn, and together with the tests 95 % of them.
`survivors.toml` lists the drawn mutants that have no effect on any response, each with the reason.
They count as not detected.

The results are stored in `build/mutants`, so that a run that was interrupted continues. They are
used again until the code, the cases or the tests change.

The exit status is 0; 1 if too few mutants were detected, or a survivor has no reason; 2 if a list
does not match the code, or the suite fails without a mutant.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.mutants.draw import PACKAGES
from conformance.mutants.lists import ROOT, drawn, listed, survivors
from conformance.mutants.scores import Results, line_of, report
from conformance.mutants.trials import Mutant, MutantError, Project, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

EACH_PACKAGE = 24


def main(arguments: list[str] | None = None) -> int:
    """Try the mutants and print the results."""
    options = _options(arguments)
    try:
        mutants = [] if options.package else listed()
        mutants += drawn(options.each, options.package)
        mutants = [mutant for mutant in mutants if options.only in mutant.name]
        options.folder.mkdir(parents=True, exist_ok=True)
        project = Project(ROOT, options.folder, options.jobs, options.fast)
        stored = Results(
            options.folder / "results.jsonl", project.digest, options.keep_detected, options.fast
        )
        results = []
        for result in _results(project, stored, mutants, options.jobs):
            print(line_of(result), flush=True)
            results.append(result)
        return report(results, survivors())
    except MutantError as error:
        print(error, file=sys.stderr)
        return 2


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conformance.mutants", description=__doc__)
    parser.add_argument(
        "--each", type=int, default=EACH_PACKAGE, help="mutants to draw in each package"
    )
    parser.add_argument(
        "--package",
        choices=PACKAGES,
        action="append",
        help="try only mutants that are drawn in this package",
    )
    parser.add_argument("--only", default="", help="try the mutants whose names contain this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at a time")
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / "build" / "mutants",
        help="where results and measurements are stored",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="run only the cases that execute the changed line, and no tests",
    )
    parser.add_argument(
        "--keep-detected",
        action="store_true",
        help="do not try again mutants that were detected before a change of the code or the cases",
    )
    return parser.parse_args(arguments)


def _results(
    project: Project, stored: Results, mutants: list[Mutant], jobs: int
) -> Iterator[Result]:
    """Yield the stored results, and those of the other mutants."""
    found = [(mutant, stored.get(mutant)) for mutant in mutants]
    yield from (result for _, result in found if result)
    missing = [mutant for mutant, result in found if not result]
    late = []

    def attempt(mutant: Mutant) -> Result:
        return stored.add(project.attempt(mutant, stored.guess(mutant)))

    with ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(attempt, missing):
            if result.timed_out:
                late.append(result.mutant)
            else:
                yield result
    # A mutant that runs alone has more time.
    yield from map(attempt, late)


if __name__ == "__main__":
    sys.exit(main())
