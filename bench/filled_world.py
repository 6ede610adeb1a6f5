"""Create worlds with many files for the benchmarks."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from fakebox.core import defaults
from fakebox.core.accounts import Scope
from fakebox.core.world import World

FOLDER_ENTRIES = 100
WORDS = ("holiday", "invoice", "draft", "budget", "photo", "letter", "minutes", "recipe")


@dataclass
class FilledWorld:
    """A world with many files, 100 in each folder.

    Attributes:
        world: the world.
        scope: the scope of a token with full access to the first account.
        files: the number of files.
        cursors: positions in the change log. After each position there is more than one page.
    """

    world: World
    scope: Scope
    files: int
    cursors: list[str]

    def path(self, number: int) -> str:
        """Return the path of a file."""
        folder = number // FOLDER_ENTRIES
        return f"/{folder // 100:04}/{folder % 100:02}/{WORDS[number % len(WORDS)]} {number}.txt"

    def any_path(self) -> str:
        """Return the path of a random file."""
        return self.path(random.randrange(self.files))

    def any_folder(self) -> str:
        """Return the path of a random folder."""
        return self.any_path().rpartition("/")[0]


def open_world() -> tuple[World, Scope]:
    """Create a world without an operation limit; return it and a scope with full access."""
    world = World()
    world.settings = replace(world.settings, operation_limit=10_000_000)
    return world, world.tokens.scope(world.tokens.find(defaults.TOKEN))


def fill_world(files: int) -> FilledWorld:
    """Create a world and upload files with distinct contents to it."""
    world, scope = open_world()
    filled = FilledWorld(world, scope, files, [])
    for number in range(files):
        if number % (files // 4) == 0:
            filled.cursors.append(world.change_log.latest_cursor(scope))
        world.files.upload(scope, filled.path(number), [b"%d" % number])
    return filled
