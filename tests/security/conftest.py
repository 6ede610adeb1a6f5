"""An emulator that takes hostile values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.hostile import Emulator


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    """One emulator for all tests of a module; making one takes long."""
    made = Emulator()
    yield made
    made.close()


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """The emulator as new, with the file `/a.txt`."""
    shared_emulator.restore()
    return shared_emulator
