"""A run of the suite: the checks before live cases, the outcomes, and the summary.

The `conftest.py` of the cases and that of the official SDK call it from their hooks. This module
imports no SDK, because the cases of both SDKs share it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from conformance import account, report

_NOT_LIVE = "CONFORMANCE_NOT_LIVE"
_RUN_FOLDER = "CONFORMANCE_RUN_FOLDER"


class LiveRun(Protocol):
    """The folder of a run on the live service.

    Attributes:
        folder: path of the folder.
    """

    folder: str

    def start(self) -> list[str]:
        """Check the account and create the folder; return lines for the summary."""
        ...

    def stop(self) -> str:
        """Delete the folder; return a line if it is left, and an empty text otherwise."""
        ...


def is_live() -> bool:
    """Return whether live cases are requested, and the run on the live service has started."""
    return account.is_wanted() and not os.environ.get(_NOT_LIVE)


def run_folder() -> str:
    """Return the path of the folder of the live run."""
    return os.environ[_RUN_FOLDER]


def selected(*names: str) -> list[str | None]:
    """Return the targets that `CONFORMANCE_TARGETS` allows.

    Args:
        names: the targets that a case has.

    Returns:
        The names; `[None]` if none is allowed. Such a case is removed.
    """
    only = account.targets()
    return [name for name in names if not only or name in only] or [None]


def params(item: Any) -> dict[str, Any]:
    """Return the parameters of a case, such as its target."""
    return item.callspec.params if hasattr(item, "callspec") else {}


class Suite:
    """The state of a run in one process."""

    def __init__(self) -> None:
        self._outcomes = report.Outcomes()
        self._lines: list[str] = []
        self._run: LiveRun | None = None
        self._is_started = False

    def start(self, config: pytest.Config, live_run: Callable[[], LiveRun]) -> None:
        """Start the run on the live service, if it is requested.

        Args:
            config: the configuration of pytest. Workers and `--collect-only` start no run.
            live_run: makes the run.

        Raises:
            pytest.UsageError: `CONFORMANCE_TARGETS` names a target that does not exist.
        """
        self._is_started = True
        if unknown := account.unknown_targets():
            raise pytest.UsageError(unknown)
        if hasattr(config, "workerinput") or config.option.collectonly:
            return
        # Workers inherit the variables.
        os.environ.pop(_NOT_LIVE, None)
        if account.is_wanted():
            self._prepare_live(config)
            self._run = live_run()
            try:
                self._lines += self._run.start()
            except account.NotLive as error:
                os.environ[_NOT_LIVE] = f"live: not run, {error}"
            except KeyboardInterrupt:
                # pytest prints nothing about an interruption at this time.
                status = pytest.ExitCode.INTERRUPTED
                pytest.exit("live: interrupted before the first case", returncode=status)
            os.environ[_RUN_FOLDER] = self._run.folder

    @staticmethod
    def _prepare_live(config: pytest.Config) -> None:
        # A run that is terminated, as schedulers do, deletes its folder like one after Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # The long form of tracebacks has the values of arguments, such as credentials.
        if config.option.tbstyle in ("auto", "long"):
            config.option.tbstyle = "short"

    def note(self, item: pytest.Item, test_report: pytest.TestReport, target: str) -> None:
        """Store the outcome of the statements of a case; the last report of the case has it."""
        marker = item.get_closest_marker("checks")
        if marker and (test_report.when == "call" or test_report.outcome != "passed"):
            outcome = _outcome(item, test_report)
            statements = [item.nodeid, list(marker.args), target, outcome]
            item.user_properties.append(("statements", statements))
        is_last = test_report.when == "teardown"
        test_report.user_properties = list(item.user_properties) if is_last else []

    def add(self, test_report: pytest.TestReport) -> None:
        """Collect a report, also that of a worker, when a case has ended."""
        if test_report.when == "teardown":
            self._outcomes.add(test_report.user_properties)

    def finish(self, session: pytest.Session) -> None:
        """Delete the folder of the live run, and fail a run that could not start."""
        # The cases of the other SDK are collected, but have not started a run.
        if hasattr(session.config, "workerinput") or not self._is_started:
            return
        if self._run and (left := self._run.stop()):
            self._lines.append(left)
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
        if os.environ.get(_NOT_LIVE):
            self._lines.append(os.environ[_NOT_LIVE])
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if session.exitstatus == pytest.ExitCode.INTERRUPTED:
            self._lines.append("interrupted: the remaining cases were not run")

    def summarize(self, terminal: Any, config: pytest.Config, folder: Path) -> None:
        """Print a line for each target and difference, and write the files of the report."""
        if hasattr(config, "workerinput") or not (self._outcomes.by_statement or self._lines):
            return
        terminal.section("documented statements")
        for line in [*self._outcomes.lines(), *self._lines]:
            terminal.write_line(line)
        self._outcomes.notes = self._lines
        try:
            self._outcomes.write(folder)
        except OSError as error:
            terminal.write_line(f"the report was not written: {error}")

    def stop(self) -> None:
        """Delete the folder of a live run that ended before its first case."""
        if self._run and (left := self._run.stop()):
            print(left, file=sys.stderr)


def _outcome(item: pytest.Item, test_report: pytest.TestReport) -> str:
    if ("resumed", True) in item.user_properties:
        return "passed"
    is_expected = test_report.outcome == "skipped" and hasattr(test_report, "wasxfail")
    return "xfailed" if is_expected else test_report.outcome
