"""Emulators, with and without a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakebox import Fakebox


@pytest.fixture(params=["http", "inprocess"])
def box(request) -> Iterator[Fakebox]:
    """A fresh emulator, over a socket and without one."""
    with Fakebox(request.param) as box:
        yield box


@pytest.fixture
def quick() -> Iterator[Fakebox]:
    """A fresh emulator without a socket, for tests in which the transport makes no difference."""
    with Fakebox("inprocess") as box:
        yield box
