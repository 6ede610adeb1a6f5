"""A fresh world in memory, and callers who look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakebox.core import defaults
from fakebox.core.accounts import Scope
from fakebox.core.entry import Entry
from fakebox.core.files import ADD, WriteMode
from fakebox.core.world import World

Write = Callable[..., Entry]
Read = Callable[..., bytes]


@pytest.fixture
def world() -> Iterator[World]:
    """A Dropbox as every fresh emulator has it."""
    with_everything = World()
    yield with_everything
    with_everything.close()


@pytest.fixture
def scope(world: World) -> Scope:
    """Who sees the whole Dropbox of the first account."""
    return world.tokens.scope(world.tokens.find(defaults.TOKEN))


@pytest.fixture
def sandbox(world: World) -> Scope:
    """Who sees only the app's folder in the first account."""
    return world.tokens.scope(world.tokens.find(defaults.SANDBOX_TOKEN))


@pytest.fixture
def other(world: World) -> Scope:
    """Who sees the whole Dropbox of the second account."""
    return world.tokens.scope(world.tokens.find(defaults.OTHER_TOKEN))


@pytest.fixture
def write(world: World, scope: Scope) -> Write:
    """Upload a text; for the first account and as a new file unless told otherwise."""

    def upload(path: str, text: str = "text", mode: WriteMode = ADD, scope: Scope = scope) -> Entry:
        return world.files.upload(scope, path, [text.encode()], mode)

    return upload


@pytest.fixture
def read(world: World, scope: Scope) -> Read:
    """The bytes of a file."""

    def content(path: str, rev: str | None = None, scope: Scope = scope) -> bytes:
        with world.files.open(scope, path, rev)[1] as file:
            return file.read()

    return content
