"""Tests of the runs against mutants, in a small project with a case and a test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray")

from conformance.mutants.trials import COPIED, Mutant, MutantError, Project, Result

ROOT = Path(__file__).parents[2]
PATH = "dropbox/sums.py"
CODE = """
def add(a, b):
    return a + b


def double(a):
    return a * 2


def unused(a):
    return a
"""
CASE = """
from dropbox.sums import add


def test_add():
    assert add(1, 2) == 3
"""
TEST = """
from dropbox.sums import add, double


def test_double():
    assert add(1, 0) == 1
    assert double(2) == 4
"""
SETTINGS = """
[tool.pytest]
addopts = ["--import-mode=importlib"]

[tool.coverage.run]
branch = true
source_pkgs = ["dropbox"]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Returns a project with a module, a case and a test."""
    root = tmp_path / "root"
    for name in (*COPIED, "conformance/mutants", "tests/sdk"):
        (root / name).mkdir(parents=True)
    for file in ("__init__.py", "mutants/__init__.py", "mutants/failed_tests.py"):
        shutil.copy(ROOT / "conformance" / file, root / "conformance" / file)
    for name, text in {
        "dropbox/__init__.py": "",
        PATH: CODE,
        "conformance/test_sums.py": CASE,
        "tests/sdk/test_sums.py": TEST,
        "pyproject.toml": SETTINGS,
    }.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def attempt(root: Path, tmp_path: Path):
    """Returns a function that replaces a text of the module, and returns the result."""
    project = Project(root, tmp_path / "folder")

    def replace(old: str, new: str, package: str = "dropbox") -> Result:
        assert old in CODE
        return project.attempt(Mutant("name", PATH, CODE.replace(old, new), package))

    return replace


def test_case_detects_a_mutant(attempt):
    """The case that fails is the result, and the tests do not run."""
    result = attempt("a + b", "a - b")
    assert (result.case, result.test) == ("conformance/test_sums.py::test_add", "")


def test_test_detects_a_mutant_that_the_suite_misses(attempt):
    """The tests of the package run if no case fails."""
    result = attempt("a * 2", "a * 3")
    assert (result.case, result.test) == ("", "tests/sdk/test_sums.py::test_double")


def test_suite_alone_has_to_detect_a_listed_mutant(attempt):
    """The tests do not run against a listed mutant without tests."""
    assert not attempt("a * 2", "a * 3", package="").is_detected


def test_mutant_that_nothing_detects_survives(attempt):
    """A change of unused code is not detected."""
    result = attempt("    return a\n", "    return a + 1\n")
    assert (result.is_detected, result.timed_out) == (False, False)


def test_code_that_cannot_be_imported_is_detected(attempt):
    """A module with an error is detected by the file that cannot import it."""
    assert attempt("def add", "raise ValueError\n\n\ndef add").case == "conformance/test_sums.py"


def test_time_limit_does_not_detect_a_mutant(attempt):
    """A test that a time limit ended is not a failure."""
    result = attempt("return a + b", 'raise ValueError("Timeout (>1.0s) from pytest-timeout.")')
    assert (result.timed_out, result.is_detected) == (True, False)


def test_test_that_does_not_end_is_not_repeated(root, tmp_path):
    """A test that its time limit ended does not run again, where nothing would end it."""
    case = CASE.replace("def", "import pytest\n\n\n@pytest.mark.timeout(1)\ndef", 1)
    (root / "conformance/test_sums.py").write_text(case, encoding="utf-8")
    project = Project(root, tmp_path / "folder", is_fast=True)
    endless = CODE.replace("    return a + b", "    while True:\n        pass")
    assert project.attempt(Mutant("name", PATH, endless)).timed_out


def test_failure_that_does_not_repeat_does_not_detect_a_mutant(attempt):
    """A test that fails once and passes when it is repeated is left out."""
    once = """
    from pathlib import Path
    if not Path("repeated").exists():
        Path("repeated").touch()
        raise ValueError
    return a + b
"""
    assert not attempt("    return a + b\n", once).is_detected


@pytest.mark.parametrize(("is_fast", "case"), [(True, ""), (False, "::test_source")])
def test_fast_run_leaves_out_the_other_tests(root, tmp_path, is_fast, case):
    """A fast run has only the tests that execute the changed line."""
    other = f"def test_source():\n    assert 'a + b' in open('{PATH}').read()\n"
    (root / "conformance/test_other.py").write_text(other, encoding="utf-8")
    project = Project(root, tmp_path / "folder", is_fast=is_fast)
    result = project.attempt(Mutant("name", PATH, CODE.replace("a + b", "b + a")))
    assert result.case.removeprefix("conformance/test_other.py") == case


def test_failure_without_a_mutant_is_reported(root, tmp_path):
    """A suite that fails without a mutant cannot measure anything."""
    (root / PATH).write_text(CODE.replace("a + b", "a - b"), encoding="utf-8")
    project = Project(root, tmp_path / "folder")
    with pytest.raises(MutantError, match=r"fails without a mutant: .*::test_add"):
        project.attempt(Mutant("name", PATH, CODE))


def test_failure_of_a_listed_test_without_the_mutant_is_reported(root, tmp_path):
    """A test that fails in any case does not detect the mutant that is listed with it."""
    test = "tests/sdk/test_sums.py"
    (root / test).write_text(TEST.replace("== 4", "== 5"), encoding="utf-8")
    project = Project(root, tmp_path / "folder")
    mutant = Mutant("name", PATH, CODE.replace("a * 2", "a * 3"), tests=(test,))
    with pytest.raises(MutantError, match=r"fails without a mutant: .*::test_double"):
        project.attempt(mutant)


def test_listed_test_detects_its_mutant(root, tmp_path):
    """The tests that are listed with a mutant run in place of the suite."""
    project = Project(root, tmp_path / "folder")
    mutant = Mutant("name", PATH, CODE.replace("a * 2", "a * 3"), tests=("tests/sdk/test_sums.py",))
    result = project.attempt(mutant)
    assert (result.case, result.test) == ("", "tests/sdk/test_sums.py::test_double")
