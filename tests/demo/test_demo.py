"""Tests of `fakebox demo`."""

import io
import re

import pytest

from fakebox.demo import run
from fakebox.demo.report import CheckFailed, Report


def test_demo_succeeds_and_counts_its_checks():
    """The demo returns 0, and its output has the number of checks."""
    out = io.StringIO()
    assert run(out) == 0
    assert "results checked, all as documented." in out.getvalue()


def test_chapter_heading_has_its_number_and_the_total():
    """A chapter prints its number, the number of chapters, its title and a sentence."""
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


def test_demo_prints_as_many_chapters_as_announced():
    """The number of the last chapter equals the announced total."""
    out = io.StringIO()
    run(out)
    chapters = re.findall(r"^\[(\d+)/(\d+)\] ", out.getvalue(), re.MULTILINE)
    assert chapters[-1][0] == chapters[-1][1] == str(len(chapters))


def test_demo_ends_with_status_1_at_the_first_failed_check(monkeypatch):
    """A failed check ends the demo with status 1 and a line with the expected value."""
    from fakebox.demo import tour

    def broken(tour):
        tour.report.step("a call", 404, expected=200)

    monkeypatch.setattr(tour, "_files", broken)
    out = io.StringIO()
    assert run(out) == 1
    assert out.getvalue().splitlines()[-1] == "FAILED  a call: 404, expected 200"


def test_demo_fails_when_an_expected_error_does_not_occur():
    """A call that succeeds although an error is expected fails the check."""
    from fakebox.demo.tour import _expect_error

    with pytest.raises(CheckFailed, match="expected status 404"):
        _expect_error(Report(io.StringIO()), "a call", 404, lambda: "fine")


class Terminal(io.StringIO):
    """A text buffer whose `isatty` returns true."""

    def isatty(self):
        """Returns True."""
        return True


def test_progress_bar_is_drawn_and_erased_on_a_terminal():
    """On a terminal, the progress bar is drawn on one line and erased at the end."""
    out = Terminal()
    report = Report(out)
    report.progress("uploading", 32 * 1024 * 1024, 64 * 1024 * 1024)
    assert "[###############...............]" in out.getvalue()
    report.progress("uploading", 64, 64)
    assert out.getvalue().endswith(" \r")
