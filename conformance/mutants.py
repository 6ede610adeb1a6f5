"""Change one behaviour of the emulator or the SDK at a time, and check that it is detected.

Two kinds of mutants are tried: those listed in `mutants.toml`, and those that `drawn.py` draws with
Cosmic Ray. The suite, or the tests that the list names, have to detect each one that is listed. The
suite has to detect 85 % of those that are drawn, and together with the tests 95 % of them.
`survivors.toml` gives for each drawn mutant that neither detects the reason why no request can tell
it apart from the original.

The exit status is 0; 1 if too few mutants were detected, or a survivor has no reason; 2 if a list
does not match the code, or the suite fails without a mutant.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.drawn import PACKAGES, draw
from conformance.inventory import tomllib

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
COPIED = ("conformance", "docs", "dropbox", "examples", "fakebox", "tests")
LIMIT_S = 900
# How a line of the summary begins.
FAILURES = ("FAILED ", "ERROR conformance", "ERROR tests")
EACH_PACKAGE = 24
BY_CONFORMANCE_PERCENT = 85
BY_BOTH_PERCENT = 95

# The cases that run first against a mutant of a package; most of them call it.
FIRST = {"fakebox/v2": "conformance/v2"}
# The tests that call a package, in the order in which they are run.
TESTS = {
    "fakebox/v1": ("v1", "isolation", "auth"),
    "fakebox/v2": ("v2", "isolation", "auth"),
    "fakebox/auth": ("auth", "isolation", "v1", "v2", "web"),
    "fakebox/http": ("http", "v1", "v2", "security", "server", "web", "control"),
    "dropbox": ("sdk",),
}


class MutantError(Exception):
    """A list does not match the code, or the suite could not run."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        name: the name in the output.
        path: the file, from the root of the project.
        code: the whole changed file.
        package: one of `PACKAGES` for a drawn mutant, otherwise empty.
        tests: the tests that have to detect a listed mutant in place of the suite, if any.
    """

    name: str
    path: str
    code: str
    package: str = ""
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What detected a mutant.

    Attributes:
        mutant: the mutant.
        case: the case of the conformance suite that failed, or an empty string.
        test: the test that failed, or an empty string. Tests run only without such a case.
    """

    mutant: Mutant
    case: str
    test: str = ""


def main(arguments: list[str] | None = None) -> int:
    """Try the mutants and print the results."""
    options = _options(arguments)
    try:
        mutants = [*listed(), *drawn(options.each, options.package)]
        mutants = [mutant for mutant in mutants if options.only in mutant.name]
        if case := first_failure(None, ["conformance"]):
            print(f"the suite fails without a mutant: {case}", file=sys.stderr)
            return 2
        with ThreadPoolExecutor(options.jobs) as pool:
            results = []
            for result in pool.map(attempt, mutants):
                print(_line(result), flush=True)
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
        "--package", choices=PACKAGES, action="append", help="draw only in this package"
    )
    parser.add_argument("--only", default="", help="try the mutants whose names contain this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at a time")
    return parser.parse_args(arguments)


def listed() -> list[Mutant]:
    """Read the mutants that are listed.

    Raises:
        MutantError: the text to replace does not occur exactly once.
    """
    text = Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8")
    return [
        Mutant(
            name,
            entry["file"],
            mutated(entry["file"], entry["replace"], entry["by"]),
            tests=tuple(entry.get("tests", ())),
        )
        for name, entry in tomllib.loads(text).items()
    ]


def mutated(path: str, old: str, new: str) -> str:
    """Replace a text that occurs exactly once in a file, and return the whole file."""
    code = (ROOT / path).read_text(encoding="utf-8")
    if (count := code.count(old)) != 1:
        raise MutantError(f"{path} has {old!r} {count} times, expected once")
    return code.replace(old, new)


def drawn(each: int, packages: list[str] | None = None) -> list[Mutant]:
    """Draw mutants in each package, or in those given."""
    return [
        Mutant(mutant.name, mutant.path, mutant.code, package)
        for package in packages or PACKAGES
        for mutant in draw(ROOT, package, each)
    ]


def survivors() -> dict[str, str]:
    """Read the drawn mutants that no request can tell apart, each with the reason."""
    text = Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8")
    entries: dict[str, str] = tomllib.loads(text)
    return entries


def attempt(mutant: Mutant) -> Result:
    """Run the suite against a mutant, and if it detects nothing, the tests of the package."""
    if mutant.tests:
        return Result(mutant, "", first_failure(mutant, mutant.tests))
    first = FIRST.get(mutant.package)
    case = first_failure(mutant, [first]) if first else ""
    case = case or first_failure(mutant, ["conformance"])
    if case or not mutant.package:
        return Result(mutant, case)
    folders = [f"tests/{name}" for name in TESTS[mutant.package]]
    return Result(mutant, "", first_failure(mutant, folders))


def first_failure(mutant: Mutant | None, folders: Sequence[str]) -> str:
    """Run pytest up to its first failure.

    Args:
        mutant: the change to apply, or none.
        folders: the folders with the tests.

    Returns:
        The name of the test that failed, or a few words if it did not end or not begin; an empty
        string if all passed.

    Raises:
        MutantError: the unchanged code could not be tested.
    """
    with tempfile.TemporaryDirectory(prefix="fakebox-mutant-") as folder:
        for name in COPIED:
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__py*"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        if mutant:
            Path(folder, mutant.path).write_text(mutant.code, encoding="utf-8")
        return run(folder, folders)


def run(folder: str, arguments: Sequence[str]) -> str:
    """Run pytest in a folder, so that its packages are imported before installed ones."""
    command = [sys.executable, "-m", "pytest", *arguments, "-x", "-q", "-p", "no:randomly"]
    credentials = [name for name in os.environ if name.startswith(("DROPBOX_", "PYTEST_"))]
    environment = {name: os.environ[name] for name in os.environ if name not in credentials}
    environment["CONFORMANCE_REPORT"] = str(Path(folder, "report"))
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {LIMIT_S} s"
    if done.returncode == 0:
        return ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(FAILURES)]
    return failed[0].partition(" - ")[0] if failed else "the tests could not start"


def report(results: list[Result], reasons: dict[str, str]) -> int:
    """Print the scores, and return the exit status."""
    problems = [f"{each.mutant.name}: not detected" for each in results if _is_missed(each)]
    scored = [each for each in results if each.mutant.package]
    names = {each.mutant.name for each in scored}
    undetected = {each.mutant.name for each in scored if not each.case and not each.test}
    problems += [f"{name}: survived; no reason is listed" for name in undetected - reasons.keys()]
    problems += [
        f"{name}: listed as a survivor, but was detected"
        for name in (reasons.keys() & names) - undetected
    ]
    for package in (*PACKAGES, ""):
        problems += _score(package, [each for each in scored if package in each.mutant.package])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _is_missed(result: Result) -> bool:
    found = result.test if result.mutant.tests else result.case
    return not result.mutant.package and not found


def _line(result: Result) -> str:
    detected = result.case or (f"only {result.test}" if result.test else "SURVIVED")
    return f"{result.mutant.name}: {detected}"


def _score(package: str, results: list[Result]) -> list[str]:
    """Print the score of a package or of all; return what is too low for all of them."""
    if not results:
        return []
    found = Counter("case" if each.case else "test" if each.test else "" for each in results)
    conformance = 100 * found["case"] / len(results)
    both = 100 * (found["case"] + found["test"]) / len(results)
    title = package or "all packages"
    print(f"{title}: {len(results)} drawn, {conformance:.0f} % detected by conformance,", end=" ")
    print(f"{both:.0f} % by conformance and tests")
    if package or (conformance >= BY_CONFORMANCE_PERCENT and both >= BY_BOTH_PERCENT):
        return []
    return [f"expected {BY_CONFORMANCE_PERCENT} % and {BY_BOTH_PERCENT} %"]


if __name__ == "__main__":
    sys.exit(main())
