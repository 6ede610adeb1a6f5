"""Tests of the stored results of mutants, and of the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("cosmic_ray")

from conformance.mutants.scores import Results, line_of, report
from conformance.mutants.trials import Mutant, Result

if TYPE_CHECKING:
    from pathlib import Path


def drawn(name: str, **found: object) -> Result:
    """Return the result of a drawn mutant."""
    return Result(Mutant(name, "fakebox/v1/app.py", "", "fakebox/v1"), **found)


def detected(count: int) -> list[Result]:
    """Return results of mutants that a case has detected."""
    return [drawn(f"detected {number}", case="a case") for number in range(count)]


def store(path: Path, digest: str = "a", *, keep: bool = False, fast: bool = False) -> Results:
    """Open the stored results."""
    return Results(path, digest, keep_detected=keep, is_fast=fast)


def test_results_are_used_again(tmp_path):
    """A stored result is found by the name of its mutant."""
    path, result = tmp_path / "results", drawn("one", test="a test")
    store(path).add(result)
    assert store(path).get(result.mutant) == result
    assert store(path).get(drawn("two").mutant) is None


@pytest.mark.parametrize(
    ("keep", "is_found"), [(False, [False, False]), (True, [True, False])], ids=["all", "keep"]
)
def test_results_of_other_code_are_used_on_request_only(tmp_path, keep, is_found):
    """After a change, all mutants are tried again, or only those that were not detected."""
    path, results = tmp_path / "results", [drawn("one", case="a case"), drawn("two")]
    for each in results:
        store(path).add(each)
    stored = store(path, "b", keep=keep)
    assert [stored.get(each.mutant) is not None for each in results] == is_found


@pytest.mark.parametrize(
    ("fast", "result"),
    [(False, drawn("one", timed_out=True)), (True, drawn("one")), (True, drawn("one", test="t"))],
    ids=["timed out", "fast survivor", "fast test"],
)
def test_results_that_are_not_final_are_not_stored(tmp_path, fast, result):
    """A mutant is tried again after a time limit, and after a fast run without a failed case."""
    path = tmp_path / "results"
    store(path, fast=fast).add(result)
    assert store(path).get(result.mutant) is None


def test_line_has_what_detected_the_mutant():
    """A line has the name of the mutant, and the case or the test that failed."""
    assert line_of(drawn("one", case="a case")) == "one: a case"
    assert line_of(drawn("one", test="a test")) == "one: only a test"
    assert line_of(drawn("one", timed_out=True)) == "one: TIMED OUT"
    assert line_of(drawn("one")) == "one: SURVIVED"


def test_scores_are_printed(capsys):
    """The scores of a package and of all are printed; survivors and time limits are apart."""
    results = [*detected(17), drawn("a", test="t"), drawn("b", test="t"), drawn("c")]
    assert report(results, {"c": "The block size is not visible."}) == 0
    line = "20 drawn, 85.0 % detected by conformance (17), 95.0 % by conformance and tests (19)"
    rest = "; not detected: 1 equivalent, 0 others, 0 timed out"
    assert capsys.readouterr().out.splitlines() == [
        f"fakebox/v1: {line}{rest}",
        f"all packages: {line}{rest}",
    ]


@pytest.mark.parametrize(
    ("result", "reasons", "problem"),
    [
        (drawn("x"), {}, "x: survived; no reason is listed"),
        (drawn("x", case="c"), {"x": "reason"}, "x: listed as a survivor, but was detected"),
        (drawn("x", timed_out=True), {}, "x: timed out twice"),
        (Result(Mutant("x", "path", "")), {}, "x: not detected"),
        (Result(Mutant("x", "path", "", tests=("t",))), {}, "x: not detected"),
    ],
)
def test_problem_is_printed(capsys, result, reasons, problem):
    """A survivor without a reason, a wrong reason and a time limit are problems."""
    assert report([*detected(30), result], reasons) == 1
    assert capsys.readouterr().err.splitlines() == [problem]


def test_low_score_is_a_problem(capsys):
    """Fewer mutants than required are a problem, whatever the reasons are."""
    assert report([*detected(3), drawn("x", test="t")], {}) == 1
    assert capsys.readouterr().err == "expected 85 % and 95 %\n"
