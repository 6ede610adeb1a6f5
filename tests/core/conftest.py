"""Fixtures: a new world in memory, and the scopes of its tokens."""

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
    """A new world with the default accounts, app and tokens."""
    new_world = World()
    yield new_world
    new_world.close()


@pytest.fixture
def scope(world: World) -> Scope:
    """The scope of a token for the whole Dropbox of the first account."""
    return world.tokens.scope(world.tokens.find(defaults.TOKEN))


@pytest.fixture
def sandbox(world: World) -> Scope:
    """The scope of a token for the app's folder in the first account."""
    return world.tokens.scope(world.tokens.find(defaults.SANDBOX_TOKEN))


@pytest.fixture
def other(world: World) -> Scope:
    """The scope of a token for the whole Dropbox of the second account."""
    return world.tokens.scope(world.tokens.find(defaults.OTHER_TOKEN))


@pytest.fixture
def write(world: World, scope: Scope) -> Write:
    """A function that uploads a text, as a new file of the first account by default."""

    def upload(path: str, text: str = "text", mode: WriteMode = ADD, scope: Scope = scope) -> Entry:
        return world.files.upload(scope, path, [text.encode()], mode)

    return upload


@pytest.fixture
def read(world: World, scope: Scope) -> Read:
    """A function that returns the bytes of a file."""

    def content(path: str, rev: str | None = None, scope: Scope = scope) -> bytes:
        with world.files.open(scope, path, rev)[1] as file:
            return file.read()

    return content
