"""Fixtures that run the command line in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

TIMEOUT_S = 60


class Served:
    """A running `fakebox serve`.

    Attributes:
        process: The server process.
        line: The first line of its standard output.
        url: The base URL that this line contains.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.line: str = process.stdout.readline() if process.stdout else ""
        self.url: str = self.line.removeprefix("fakebox ready: ").strip()

    def banner(self) -> str:
        """Returns the start-up text on standard error, up to the line before `stop`."""
        assert self.process.stderr
        return "".join(iter(self.process.stderr.readline, "  stop        Ctrl-C\n"))

    def finish(self) -> tuple[int, str, str]:
        """Waits for the process to exit. Returns its status, the rest of stdout, and stderr."""
        out, err = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, out, err


def environment() -> dict[str, str]:
    """Returns the environment of the process, with the import path of this process."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Returns a function that starts `fakebox serve` on a free port; kills it after the test."""
    with ExitStack() as stack:

        def start(*arguments: Any) -> Served:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "fakebox", "serve", "--port", "0", *map(str, arguments)],
                    cwd=tmp_path,
                    env=environment(),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return Served(process)

        yield start
