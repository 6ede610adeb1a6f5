"""The report of the conformance suite, in a browser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser.conftest import take_screenshot

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.browser


@pytest.fixture
def report(chromium, request, tmp_path, monkeypatch):
    """A page with the report of a run on two targets, with scripts enabled."""
    # The suite is not installed. The installed distributions come first.
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    from conformance.report import Outcomes

    outcomes = Outcomes()
    for case, statement, target, outcome in (
        ("test_a", "copy-404", "fake", "passed"),
        ("test_a", "copy-404", "live", "failed"),
        ("test_b", "delta-fields", "fake", "xfailed"),
    ):
        exchange = {"request": {"call": "/<script>"}}
        outcomes.add(
            [("exchanges", [exchange]), ("statements", [case, [statement], target, outcome])]
        )
    outcomes.write(tmp_path)
    page = chromium.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    yield page
    take_screenshot(page, request.node.name)
    page.close()


def test_report_has_totals(report):
    """The report has the number of statements for each target and outcome."""
    rows = [row.inner_text().split("\t") for row in report.query_selector_all("#totals tr")]
    assert rows[1:] == [["fake", "1", "0", "1", "0"], ["live", "0", "1", "0", "0"]]


def test_report_is_filtered_by_outcome_and_text(report):
    """The report shows the statements with an outcome, and those with a text."""
    shown = "#statements tbody tr:not([hidden])"
    report.click("button[value=xfailed]")
    assert [row.get_attribute("id") for row in report.query_selector_all(shown)] == ["delta-fields"]
    report.click("button[value='']")
    report.fill("input", "nothing is at from_path")
    assert [row.get_attribute("id") for row in report.query_selector_all(shown)] == [
        "copy-404",
        "move-404",
    ]
    assert report.text_content("output").startswith("2 of ")


def test_report_shows_the_requests_of_a_difference(report):
    """A statement with different outcomes shows the last requests of each target."""
    text = report.text_content("#copy-404 pre")
    assert "/<script>" in text
    assert "live" in text
