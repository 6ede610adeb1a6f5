"""Store the results of mutants, and report the scores."""

from __future__ import annotations

import json
import sys
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any

from conformance.mutants.draw import PACKAGES
from conformance.mutants.trials import Mutant, Result

if TYPE_CHECKING:
    from pathlib import Path

BY_CONFORMANCE_PERCENT = 85
BY_BOTH_PERCENT = 95


class Results:
    """The results of mutants in a file, one JSON object in a line.

    Args:
        path: the file.
        digest: the digest of the code, the cases and the tests; other results are ignored.
        keep_detected: whether to use also results with another digest, if something detected the
            mutant.
        is_fast: whether the whole suite does not run, so that survivors are not final.
    """

    def __init__(self, path: Path, digest: str, keep_detected: bool, is_fast: bool) -> None:
        self._path = path
        self._digest = digest
        self._keep_detected = keep_detected
        self._is_fast = is_fast
        self._lock = Lock()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._stored: dict[str, dict[str, Any]] = {
            stored["mutant"]: stored for stored in map(json.loads, lines)
        }

    def get(self, mutant: Mutant) -> Result | None:
        """Return the stored result of a mutant, if it may be used."""
        stored = self._stored.get(mutant.name)
        if stored is None:
            return None
        result = Result(mutant, stored["case"], stored["test"])
        is_kept = self._keep_detected and result.is_detected
        return result if is_kept or stored["digest"] == self._digest else None

    def guess(self, mutant: Mutant) -> str:
        """Return the id of the case or test that detected a mutant before, or an empty string."""
        stored = self._stored.get(mutant.name, {"case": "", "test": ""})
        return str(stored["case"] or stored["test"])

    def add(self, result: Result) -> Result:
        """Store a result that is final, and return it."""
        is_final = bool(result.case) if self._is_fast else not result.timed_out
        if is_final:
            stored = {"mutant": result.mutant.name, "case": result.case, "test": result.test}
            line = json.dumps({**stored, "digest": self._digest})
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        return result


def line_of(result: Result) -> str:
    """Return the line for a result."""
    detected = result.case or (f"only {result.test}" if result.test else "SURVIVED")
    return f"{result.mutant.name}: {'TIMED OUT' if result.timed_out else detected}"


def report(results: list[Result], reasons: dict[str, str]) -> int:
    """Print the scores, and return the exit status.

    Args:
        results: the results of all mutants.
        reasons: the reason why a survivor has no effect on any response, by its name.
    """
    problems = [f"{each.mutant.name}: not detected" for each in results if _is_missed(each)]
    scored = [each for each in results if each.mutant.package]
    problems += _reasons(scored, reasons)
    for package in (*PACKAGES, ""):
        part = [each for each in scored if package in each.mutant.package]
        problems += _score(package, part, reasons)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _is_missed(result: Result) -> bool:
    found = result.test if result.mutant.tests else result.case
    return not result.mutant.package and not found


def _reasons(results: list[Result], reasons: dict[str, str]) -> list[str]:
    """Compare the survivors with the list of reasons."""
    problems = []
    for each in results:
        name = each.mutant.name
        if each.timed_out:
            problems.append(f"{name}: timed out twice")
        elif each.is_detected and name in reasons:
            problems.append(f"{name}: listed as a survivor, but was detected")
        elif not each.is_detected and name not in reasons:
            problems.append(f"{name}: survived; no reason is listed")
    return problems


def _score(package: str, results: list[Result], reasons: dict[str, str]) -> list[str]:
    """Print the score of a package, or of all; return a problem if that of all is too low."""
    if not results:
        return []
    found = Counter(_kind(each, reasons) for each in results)
    conformance = 100 * found["case"] / len(results)
    both = 100 * (found["case"] + found["test"]) / len(results)
    print(
        f"{package or 'all packages'}: {len(results)} drawn,"
        f" {conformance:.1f} % detected by conformance ({found['case']}),"
        f" {both:.1f} % by conformance and tests ({found['case'] + found['test']});"
        f" not detected: {found['equivalent']} equivalent, {found['']} others,"
        f" {found['timed out']} timed out"
    )
    if package or (conformance >= BY_CONFORMANCE_PERCENT and both >= BY_BOTH_PERCENT):
        return []
    return [f"expected {BY_CONFORMANCE_PERCENT} % and {BY_BOTH_PERCENT} %"]


def _kind(result: Result, reasons: dict[str, str]) -> str:
    if result.timed_out:
        return "timed out"
    if result.is_detected:
        return "case" if result.case else "test"
    return "equivalent" if result.mutant.name in reasons else ""
