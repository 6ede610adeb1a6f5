"""A plugin for pytest that repeats each test that fails, and stores the ids of repeated failures.

A test that fails once, for example on a slow machine, does not detect a mutant. The ids are written
to the file that the environment variable `FAILED_TESTS` names.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    import pytest

FILE = "FAILED_TESTS"


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run a test, and once more if it fails before its time limit."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    failures = [report for report in reports if report.failed]
    # The limit is for both runs: after it, nothing would end the second one.
    if failures and not any(map(_timed_out, failures)):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Store the failure of a test, or of its fixtures."""
    _store(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Store the failure of a file that cannot be imported."""
    _store(report)


def _store(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.failed:
        return
    line = {"id": report.nodeid, "timed_out": _timed_out(report)}
    with Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _timed_out(report: pytest.TestReport | pytest.CollectReport) -> bool:
    # The text is that of pytest-timeout.
    return "Timeout (>" in report.longreprtext
