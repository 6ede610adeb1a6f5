"""The help of every command has examples, and every example runs in a shell."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import run_here

TIMEOUT_S = 60


def _commands() -> list[str]:
    """Return the names of the commands; the empty text is `fakebox` itself."""
    return ["", *re.findall(r"^ {4}(\w+)\b", run_here("--help").stdout, re.MULTILINE)]


def _examples(command: str) -> list[str]:
    help_text = run_here(*command.split(), "--help").stdout
    return re.findall(r"^  \$ (.+)$", help_text, re.MULTILINE)


def _cases() -> Iterator[str]:
    for command in _commands():
        yield from _examples(command)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a folder of pictures, in which the examples run."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "beach.png").write_bytes(b"picture")
    return tmp_path


def _environment() -> dict[str, str]:
    scripts = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


def test_commands_are_those_of_the_help() -> None:
    """The pattern finds the commands in the help."""
    assert {"", "serve", "env", "demo", "completion"} <= set(_commands())


@pytest.mark.parametrize("command", _commands())
def test_command_has_an_example(command: str) -> None:
    """The help of each command ends with at least one example of this command."""
    examples = _examples(command)
    assert examples
    assert all(f"fakebox {command}" in example for example in examples)


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize("example", list(_cases()))
def test_example_of_a_command_runs(example: str, directory: Path) -> None:
    """An example ends with status 0. `serve` is interrupted when it is ready."""
    with subprocess.Popen(
        ["bash", "-c", example],
        cwd=directory,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            if example.startswith("fakebox serve --port"):
                assert process.stdout
                assert process.stdout.readline().startswith("fakebox ready: ")
                os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
    assert process.returncode == 0, errors
