"""Fixtures with an emulator for tests with hostile values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.hostile import Emulator


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    """Creates one emulator for all tests of a module, as its creation is slow."""
    emulator = Emulator()
    yield emulator
    emulator.close()


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """Resets the shared emulator and stores the file `/a.txt`."""
    shared_emulator.restore()
    return shared_emulator
