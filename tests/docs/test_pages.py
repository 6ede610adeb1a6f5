"""Every code block of the README and the documentation runs as it stands."""

from __future__ import annotations

import contextlib
import fcntl
import os
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
from tests.docs.pages import Block, blocks_of, output_pattern, script_of

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
RUNNABLE = {"python", "sh"}
SHOWN = {"console", "html", "http", "ini", "json", "text", "toml", "yaml"}


def _runs_here(block: Block) -> bool:
    # What makes its own .venv is run from the source archive, by tests/packaging.
    return not block.asks and "-m venv" not in block.text


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
    """The address that readers use, for one page at a time, over all of pytest's workers."""
    if not any(block.serves for block in blocks):
        yield
        return
    with Path(tempfile.gettempdir(), "fakebox-default-address.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with socket.socket() as probe:
            if probe.connect_ex((defaults.HOST, defaults.PORT)) == 0:
                pytest.skip(f"something else serves on port {defaults.PORT}")
        yield


def _run_script(script: str, box: Fakebox, directory: Path) -> None:
    with (directory / "stderr").open("w+") as complaints, _held_by_children() as held:
        running = subprocess.Popen(
            ["bash", "-c", script],
            cwd=directory,
            env=_environment(box, directory),
            stdin=subprocess.DEVNULL,
            stdout=complaints,
            stderr=complaints,
            pass_fds=[held],
            start_new_session=True,
        )
        try:
            status = running.wait(timeout=60)
        finally:
            # Pages leave servers running; so does a script that hangs.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        complaints.seek(0)
        assert status == 0, _last_words(directory) + complaints.read()


@contextlib.contextmanager
def _held_by_children() -> Iterator[int]:
    """A pipe's end to pass to children; the block is left when the last of them has gone.

    The next page would otherwise find the port still taken.
    """
    ended, held = os.pipe()
    try:
        yield held
    finally:
        os.close(held)
        os.read(ended, 1)
        os.close(ended)


def _last_words(directory: Path) -> str:
    newest = max(directory.glob("output-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    return (directory / "place").read_text() + newest.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_runs_when_pasted(page: Path, tmp_path: Path) -> None:
    """The blocks of a page, pasted in order, succeed and print what the page says."""
    blocks = [block for block in blocks_of(page) if _runs_here(block)]
    if not any(block.language in RUNNABLE for block in blocks):
        return
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    with _default_address(blocks), Fakebox() as box:
        _run_script(script_of(blocks, tmp_path), box, tmp_path)
    _check_outputs(blocks, tmp_path)


def _check_outputs(blocks: list[Block], directory: Path) -> None:
    for number, block in enumerate(blocks):
        if block.language == "text" and number:
            printed = directory / f"output-{number - 1}"
            if printed.exists():
                assert output_pattern(block.text).fullmatch(printed.read_text()), block.place


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_has_no_block_of_unknown_language(page: Path) -> None:
    """Each block is one that runs, or of a language that is only shown."""
    unknown = [block.place for block in blocks_of(page) if block.language not in RUNNABLE | SHOWN]
    assert unknown == []
