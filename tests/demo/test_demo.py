"""The tour, as a newcomer takes it."""

import io
import re

import pytest

from fakebox.demo import run
from fakebox.demo.report import CheckFailed, Report


def test_tour_checks_every_answer_and_succeeds():
    """Exit status 0, and the last line counts what was checked."""
    out = io.StringIO()
    assert run(out) == 0
    assert "results checked, all as documented." in out.getvalue()


def test_tour_tells_how_far_it_has_come():
    """Every chapter has its number of all of them, and a sentence about it."""
    out = io.StringIO()
    report = Report(out, chapters=2)
    report.chapter("Files", "What files are like.")
    report.chapter("Folders", "What folders are like.")
    assert out.getvalue().splitlines() == [
        "",
        "[1/2] Files",
        "      What files are like.",
        "",
        "[2/2] Folders",
        "      What folders are like.",
    ]


def test_tour_has_as_many_chapters_as_it_says():
    """The last one is the last of them."""
    out = io.StringIO()
    run(out)
    chapters = re.findall(r"^\[(\d+)/(\d+)\] ", out.getvalue(), re.MULTILINE)
    assert chapters[-1][0] == chapters[-1][1] == str(len(chapters))


def test_tour_ends_with_the_first_thing_that_fails(monkeypatch):
    """Exit status 1, and what was expected."""
    from fakebox.demo import tour

    def broken(tour):
        tour.report.step("a call", 404, expected=200)

    monkeypatch.setattr(tour, "_files", broken)
    out = io.StringIO()
    assert run(out) == 1
    assert out.getvalue().splitlines()[-1] == "FAILED  a call: 404, expected 200"


def test_tour_fails_when_a_refusal_is_missing():
    """What should be refused and isn't is a failure as well."""
    from fakebox.demo.tour import _expect_error

    with pytest.raises(CheckFailed, match="expected status 404"):
        _expect_error(Report(io.StringIO()), "a call", 404, lambda: "fine")


class Terminal(io.StringIO):
    """A terminal, as far as it is asked."""

    def isatty(self):
        """Yes."""
        return True


def test_terminal_sees_a_bar_that_moves_and_goes():
    """Progress is drawn over itself, and wiped at the end."""
    out = Terminal()
    report = Report(out)
    report.progress("uploading", 32 * 1024 * 1024, 64 * 1024 * 1024)
    assert "[###############...............]" in out.getvalue()
    report.progress("uploading", 64, 64)
    assert out.getvalue().endswith(" \r")
