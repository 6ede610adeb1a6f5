"""Runs of the conformance suite against an emulator in place of the live service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakebox import Fakebox
from fakebox.core import defaults

ROOT = Path(__file__).parents[2]
LIMIT_S = 90
# The suite is not installed. The installed distributions come first.
sys.path.append(str(ROOT))
OWN = {"/own/private.txt": b"private", "/notes.txt": b"notes"}
_CLEARED = (
    "ALL_PROXY",
    "CONFORMANCE_",
    "DROPBOX_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "PYTEST_",
)


@dataclass
class Result:
    """The result of a run.

    Attributes:
        status: exit status.
        output: what the run has printed.
        report: the decoded `report.json`; empty if there is none.
    """

    status: int
    output: str
    report: dict[str, Any] = field(repr=False)

    @property
    def lines(self) -> list[str]:
        """The lines about the live service."""
        return [line for line in self.output.splitlines() if line.startswith("live: ")]

    def outcomes(self) -> dict[str, str]:
        """The outcome of each statement on the live service."""
        statements = self.report.get("statements", {})
        return {name: found["live"] for name, found in statements.items() if "live" in found}


@dataclass
class Run:
    """A run of some cases over version 2.

    Attributes:
        box: the emulator that replaces the live service.
        report: folder of the report.
    """

    box: Fakebox
    report: Path
    process: subprocess.Popen[str] | None = None

    def __call__(self, *cases: str, **variables: str | None) -> Result:
        """Run cases, such as `test_files.py::test_put_file`.

        Args:
            cases: the cases.
            variables: environment variables; `None` removes one.
        """
        kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(_CLEARED)}
        default: dict[str, str | None] = {
            "CONFORMANCE_LIVE_URL": self.box.url,
            "CONFORMANCE_PACE_S": "0",
            "CONFORMANCE_REPORT": str(self.report),
            "CONFORMANCE_TARGETS": "live",
            "DROPBOX_ACCESS_TOKEN": defaults.BEARER_TOKEN,
        }
        chosen = {name: value for name, value in (default | variables).items() if value is not None}
        pytest_script = str(Path(sysconfig.get_path("scripts"), "pytest"))
        paths = [f"conformance/{case}" for case in cases or ["test_files.py::test_account_info"]]
        with subprocess.Popen(
            [pytest_script, "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *paths],
            cwd=ROOT,
            env={**kept, **chosen},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as self.process:
            output, _ = self.process.communicate(timeout=LIMIT_S)
        path = self.report / "report.json"
        report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return Result(self.process.returncode, output, report)


@pytest.fixture
def box() -> Iterator[Fakebox]:
    """An emulator with files of the account."""
    with Fakebox() as opened:
        for path, content in OWN.items():
            opened.write(path, content)
        yield opened


@pytest.fixture
def run(box: Fakebox, tmp_path: Path) -> Run:
    """A function that runs cases, with the emulator as the live service."""
    return Run(box, tmp_path / "report")


@pytest.fixture
def assert_untouched(box: Fakebox) -> Callable[[], None]:
    """A function that asserts that the account has its own files and nothing else."""

    def check() -> None:
        assert box.tree() == ["/notes.txt", "/own/", "/own/private.txt"]
        assert {path: box.read(path) for path in OWN} == OWN

    return check
