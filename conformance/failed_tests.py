"""A plugin for pytest that writes the id of each failed test to the file `FAILED_TESTS`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

FILE = "FAILED_TESTS"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write the failure of a test, or of its fixtures."""
    _write(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Write the failure of a file that cannot be imported."""
    _write(report)


def _write(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.failed:
        return
    # The text is that of pytest-timeout.
    line = {"id": report.nodeid, "timed_out": "Timeout (>" in report.longreprtext}
    with Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
