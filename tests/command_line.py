"""The command line without a process of its own, for commands that end by themselves."""

from __future__ import annotations

import io
import subprocess
from contextlib import redirect_stderr, redirect_stdout

from fakebox.cli import main


def run_here(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `fakebox` with these arguments in this process, which takes milliseconds.

    Args:
        arguments: the arguments, as texts or what `str` makes texts of.

    Returns:
        The exit status and what was printed, as `subprocess.run` returns them.
    """
    words = [str(argument) for argument in arguments]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = main(words)
        except SystemExit as stop:
            status = int(stop.code or 0)
    return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())
