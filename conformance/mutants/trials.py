"""Run the conformance suite and the tests against mutants, each in a copy of the project."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from conformance.mutants import failed_tests
from conformance.mutants.executed_lines import ExecutedLines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COPIED = ("conformance", "docs", "dropbox", "examples", "fakebox", "tests", "tools")
SUITE = ("conformance",)
# The tests that call a package, in the order in which they are run.
TESTS = {
    "fakebox/v1": ("tests/v1", "tests/isolation", "tests/auth"),
    "fakebox/v2": ("tests/v2", "tests/isolation", "tests/auth"),
    "fakebox/auth": ("tests/auth", "tests/isolation", "tests/v1", "tests/v2", "tests/web"),
    "fakebox/http": (
        "tests/http",
        "tests/v1",
        "tests/v2",
        "tests/security",
        "tests/server",
        "tests/web",
        "tests/control",
    ),
    "dropbox": ("tests/sdk",),
}
RUN_LIMIT_S = 3600
# If more tests than this execute a line, those of one file run first.
_LARGE = 100
# Variables that a run does not get: credentials, options of pytest, and one that would make each
# run compile all files again.
_REMOVED = ("DROPBOX_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
_NOT_STARTED = "the tests could not start"


class MutantError(Exception):
    """A list does not match the code, or the suite could not run."""


class TimedOut(Exception):
    """A run ended because of a time limit, for example on a slow machine."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        name: the name in the output.
        path: the file, from the root of the project.
        code: the whole changed file.
        package: one of `TESTS` for a drawn mutant, otherwise empty.
        tests: the tests that have to detect a listed mutant in place of the suite, if any.
    """

    name: str
    path: str
    code: str
    package: str = ""
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """The case or test that detected a mutant.

    Attributes:
        mutant: the mutant.
        case: the case of the conformance suite that failed, or an empty string.
        test: the test that failed, or an empty string. Tests run only without such a case.
        timed_out: whether a time limit ended a run.
    """

    mutant: Mutant
    case: str = ""
    test: str = ""
    timed_out: bool = False

    @property
    def is_detected(self) -> bool:
        """Whether a case or a test failed."""
        return bool(self.case or self.test)


class Project:
    """A copy of the project, and the lines that its cases and tests execute.

    Args:
        root: the project.
        folder: the folder for the copy and the measurements. Measurements of the same code are
            used again.
        jobs: the number of processes that measure.
        is_fast: whether to run only the cases that execute the line that a mutant changes. Without
            it, the other cases and the tests run after them.
    """

    def __init__(self, root: Path, folder: Path, jobs: int = 1, is_fast: bool = False) -> None:
        self._jobs = jobs
        self._is_fast = is_fast
        self._lock = Lock()
        self._copy = folder / "project"
        self._folder = folder
        self._lines: dict[str, ExecutedLines] = {}
        self._passed: set[tuple[str, ...]] = set()
        shutil.rmtree(self._copy, ignore_errors=True)
        for name in COPIED:
            shutil.copytree(root / name, self._copy / name, ignore=_is_cache)
        shutil.copy(root / "pyproject.toml", self._copy)
        self.digest = _digest(self._copy, ("conformance", "dropbox", "fakebox", "tests"))

    def _lines_of(self, name: str) -> ExecutedLines:
        """Return the lines that the tests of a folder execute, measured when first needed."""
        with self._lock:
            if name not in self._lines:
                code = _digest(self._copy, ("dropbox", "fakebox", name))
                file = self._folder / f"{code[:16]}.coverage"
                if not file.exists():
                    self._measure(name, file)
                self._lines[name] = ExecutedLines(file)
            return self._lines[name]

    def _measure(self, name: str, file: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            measured = Path(folder, "measured")
            run = _Run(self._copy, Path(folder), {"COVERAGE_FILE": str(measured)})
            options = [f"-n{self._jobs}", "--cov", "--cov-context=test", "--cov-report="]
            _require_pass(run, [name, *options])
            measured.rename(file)

    def _check(self, tests: tuple[str, ...]) -> None:
        """Run the tests of a listed mutant without it, once."""
        with self._lock, tempfile.TemporaryDirectory(dir=self._folder) as folder:
            if tests not in self._passed:
                _require_pass(_Run(self._copy, Path(folder)), tests)
                self._passed.add(tests)

    def attempt(self, mutant: Mutant, guess: str = "") -> Result:
        """Run the suite against a mutant, and if it detects nothing, the tests of the package.

        Args:
            mutant: the mutant.
            guess: the id of a case or test that may detect it, which runs first.

        Raises:
            MutantError: a case or a test fails without a mutant.
        """
        if mutant.tests:
            self._check(mutant.tests)
        with tempfile.TemporaryDirectory(prefix="fakebox-mutant-") as folder:
            changed = Path(folder, "project")
            # Python uses the compiled files of the copy, except that of the file that changes.
            shutil.copytree(self._copy, changed)
            before = (changed / mutant.path).read_text(encoding="utf-8")
            (changed / mutant.path).write_text(mutant.code, encoding="utf-8")
            line = _first_difference(before, mutant.code)
            trial = _Trial(mutant, line, self._lines_of, self._is_fast, guess)
            try:
                return trial.run(_Run(changed, Path(folder)))
            except TimedOut:
                return Result(mutant, timed_out=True)


@dataclass(frozen=True)
class _Trial:
    """A mutant, and how it is tried.

    Attributes:
        mutant: the mutant.
        line: the number of the first line that it changes.
        lines_of: returns the lines that the tests of a folder execute.
        is_fast: whether to run only the cases that execute the line, and no tests of a package.
        guess: the id of a case or test that runs first; it may be empty, and need not exist.
    """

    mutant: Mutant
    line: int
    lines_of: Callable[[str], ExecutedLines]
    is_fast: bool
    guess: str

    def run(self, run: _Run) -> Result:
        if self.mutant.tests:
            return Result(self.mutant, test=run.first_failure(self.mutant.tests))
        case = self._first_failure(run, SUITE)
        if case or not self.mutant.package or self.is_fast:
            return Result(self.mutant, case)
        return Result(self.mutant, test=self._first_failure(run, TESTS[self.mutant.package]))

    def _first_failure(self, run: _Run, folders: tuple[str, ...]) -> str:
        nearest = {
            test
            for name in folders
            for test in self.lines_of(name).tests_of(self.mutant.path, self.line)
        }
        is_guess = self.guess.startswith(tuple(f"{name}/" for name in folders))
        failed = ""
        for part in filter(None, [[self.guess] if is_guess else [], *_parts(nearest)]):
            # An id that does not exist is no failure.
            if failed in ("", _NOT_STARTED):
                failed = run.first_failure(part)
        if failed == _NOT_STARTED or not (failed or self.is_fast):
            return run.first_failure(folders)
        return failed


class _Run:
    """Runs of pytest in a copy of the project.

    Args:
        project: the copy, from which packages are imported before installed ones.
        folder: the folder for files of a run.
        variables: more environment variables.
    """

    def __init__(
        self, project: Path, folder: Path, variables: dict[str, str] | None = None
    ) -> None:
        self._project = project
        self._arguments = folder / "arguments"
        self._failures = folder / "failures"
        self._environment = {
            **{name: os.environ[name] for name in os.environ if not name.startswith(_REMOVED)},
            "CONFORMANCE_REPORT": str(folder / "report"),
            failed_tests.FILE: str(self._failures),
            "PYTHONPATH": str(project),
            **(variables or {}),
        }

    def first_failure(self, arguments: Sequence[str]) -> str:
        """Run tests up to the first one that fails twice.

        Args:
            arguments: ids of tests, folders, and options of pytest.

        Returns:
            The id of the test that failed, or a few words if no test could start; an empty string
            if all passed.

        Raises:
            TimedOut: a time limit ended the run.
        """
        self._failures.unlink(missing_ok=True)
        # The ids of many tests are longer than a command line may be.
        self._arguments.write_text("\n".join(arguments), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", f"@{self._arguments}", "-x", "-q"]
        command += ["-p", "no:randomly", "-p", "conformance.mutants.failed_tests"]
        try:
            done = subprocess.run(
                command,
                cwd=self._project,
                env=self._environment,
                check=False,
                capture_output=True,
                timeout=RUN_LIMIT_S,
            )
        except subprocess.TimeoutExpired as error:
            raise TimedOut from error
        return "" if done.returncode == 0 else self._failure(done.returncode)

    def _failure(self, status: int) -> str:
        """Return the failure of a run that did not pass."""
        text = self._failures.read_text("utf-8") if self._failures.exists() else ""
        failures = [json.loads(line) for line in text.splitlines()]
        if failures and not failures[0]["timed_out"]:
            return str(failures[0]["id"])
        if failures or status < 0 or status == 1:
            # A signal or the time limit of the last test ended the process.
            raise TimedOut
        return _NOT_STARTED


def _require_pass(run: _Run, arguments: Sequence[str]) -> None:
    """Run tests of the project without a mutant.

    Raises:
        MutantError: one of them fails.
    """
    if failed := run.first_failure(arguments):
        raise MutantError(f"a test fails without a mutant: {failed}")


def _parts(tests: set[str]) -> list[list[str]]:
    """Return the parts of a set of tests, in the order in which they are run.

    Collecting the tests of many files takes longer than detecting most mutants.
    """
    files = Counter(test.partition("::")[0] for test in tests)
    if len(tests) <= _LARGE:
        return [sorted(tests)]
    ((file, _),) = files.most_common(1)
    first = {test for test in tests if test.partition("::")[0] == file}
    return [sorted(first), sorted(tests - first)]


def _digest(root: Path, folders: Sequence[str]) -> str:
    """Return a digest of code and data, without the lists of mutants."""
    digest = hashlib.sha256()
    for path in sorted(path for name in folders for path in (root / name).rglob("*.*")):
        is_list = path.name in ("listed.toml", "survivors.toml")
        if path.is_file() and path.suffix != ".pyc" and not is_list:
            digest.update(f"{path.relative_to(root)} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _first_difference(before: str, after: str) -> int:
    """Return the number of the first line that differs."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next((number for number, (old, new) in enumerate(pairs, 1) if old != new), 1)


def _is_cache(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name.startswith("__py")}
