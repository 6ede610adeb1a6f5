"""Fixtures: an emulator in another process, and an emulator in each of both kinds of places."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import fakebox
from fakebox import Fakebox
from fakebox.testing.emulator import Emulator

PYTHONPATH = os.pathsep.join(filter(None, sys.path))


@contextmanager
def serving(*arguments: object) -> Iterator[str]:
    """Run `fakebox serve` on a free port in another process; yields its URL."""
    command = [sys.executable, "-m", "fakebox", "serve", "--port", "0", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().removeprefix("fakebox ready: ").strip()
        finally:
            process.kill()


@pytest.fixture(scope="session")
def served_url() -> Iterator[str]:
    """The URL of an emulator in another process, which all tests use."""
    with serving() as url:
        yield url


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """A function that runs `fakebox serve` with more options, and returns its URL."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(serving(*arguments))


@pytest.fixture
def remote(served_url: str) -> Iterator[Emulator]:
    """A new world in an emulator in another process."""
    with fakebox.connect(served_url) as box:
        box.reset()
        box.clock.reset()
        yield box


@pytest.fixture(params=["local", "remote"])
def box(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A new emulator: in this process, and in another process."""
    if request.param == "remote":
        yield request.getfixturevalue("remote")
        return
    with Fakebox() as local:
        yield local


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a file in a folder, and an empty folder."""
    folder = tmp_path / "texts"
    (folder / "Drafts").mkdir(parents=True)
    (folder / "Drafts" / "lettre à Ada?.txt").write_text("Dear Ada,")
    (folder / "Empty").mkdir()
    return folder
