"""Runs the code blocks of a documentation page in a shell."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakebox import Fakebox
from fakebox.core import defaults
from tests.docs.pages import Block, output_pattern, script_of

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
RUNNABLE = {"python", "sh"}


def page_name(page: Path) -> str:
    """Returns the name of a page in the project."""
    return str(page.relative_to(ROOT))


def run_blocks(blocks: list[Block], directory: Path) -> None:
    """Runs blocks in order in a directory; each has to succeed and print the documented output."""
    blocks = _blocks_that_run_here(blocks)
    if not any(block.language in RUNNABLE for block in blocks):
        return
    (directory / ".venv").symlink_to(Path(sys.executable).parents[1])
    with _default_address(blocks), Fakebox() as box:
        _run_script(script_of(blocks, directory), box, directory)
    _check_outputs(blocks, directory)


def _blocks_that_run_here(blocks: list[Block]) -> list[Block]:
    """Returns the blocks that can run on this machine, with their output."""
    kept: list[Block] = []
    is_kept = True
    for block in blocks:
        if block.language != "text":
            is_kept = _runs_here(block)
        if is_kept:
            kept.append(block)
    return kept


def _runs_here(block: Block) -> bool:
    # Blocks that create a virtual environment are run from the source archive by tests/packaging.
    if block.reads_input or "-m venv" in block.text:
        return False
    return block.language != "sh" or all(map(shutil.which, block.programs))


def _environment(box: Fakebox, directory: Path) -> dict[str, str]:
    interpreter = Path(sys.executable).parent
    return {
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "PATH": f"{interpreter}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, map(_absolute, sys.path))),
        **box.env(),
    }


def _absolute(entry: str) -> str:
    return str(Path(entry).resolve()) if entry and Path(entry, "fakebox").is_dir() else ""


@contextlib.contextmanager
def _default_address(blocks: list[Block]) -> Iterator[None]:
    """Reserves the default address for one page at a time, across all pytest workers."""
    if not any(block.starts_server for block in blocks):
        yield
        return
    with Path(tempfile.gettempdir(), "fakebox-default-address.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with socket.socket() as probe:
            if probe.connect_ex((defaults.HOST, defaults.PORT)) == 0:
                pytest.skip(f"port {defaults.PORT} is in use")
        yield


def _run_script(script: str, box: Fakebox, directory: Path) -> None:
    with (directory / "stderr").open("w+") as stderr, _wait_for_children() as write_end:
        running = subprocess.Popen(
            ["bash", "-c", script],
            cwd=directory,
            env=_environment(box, directory),
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            pass_fds=[write_end],
            start_new_session=True,
        )
        try:
            status = running.wait(timeout=110)
        finally:
            # Pages and scripts that time out leave servers running.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        stderr.seek(0)
        assert status == 0, _last_output(directory) + stderr.read()


@contextlib.contextmanager
def _wait_for_children() -> Iterator[int]:
    """Yields a pipe end to pass to child processes, and waits at the end until all have exited.

    Otherwise the port would still be in use when the next page runs.
    """
    read_end, write_end = os.pipe()
    try:
        yield write_end
    finally:
        os.close(write_end)
        os.read(read_end, 1)
        os.close(read_end)


def _last_output(directory: Path) -> str:
    newest = max(directory.glob("output-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    return (directory / "location").read_text() + newest.read_text()


def _check_outputs(blocks: list[Block], directory: Path) -> None:
    for number, block in enumerate(blocks):
        if block.language == "text" and number:
            printed = directory / f"output-{number - 1}"
            if printed.exists():
                assert output_pattern(block.text).fullmatch(printed.read_text()), block.location
