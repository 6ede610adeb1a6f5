"""Worlds with many files, for measurements."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from fakebox.core import defaults
from fakebox.core.accounts import Scope
from fakebox.core.world import World

FOLDER_ENTRIES = 100
WORDS = ("holiday", "invoice", "draft", "budget", "photo", "letter", "minutes", "recipe")


@dataclass
class Crowd:
    """A world with many files, a hundred to a folder.

    Attributes:
        world, scope: the world, and who sees all of it.
        files: how many there are.
        cursors: places in the change log that each have more than a page to come.
    """

    world: World
    scope: Scope
    files: int
    cursors: list[str]

    def path(self, number: int) -> str:
        """Where a file is."""
        folder = number // FOLDER_ENTRIES
        return f"/{folder // 100:04}/{folder % 100:02}/{WORDS[number % len(WORDS)]} {number}.txt"

    def any_path(self) -> str:
        """Where some file is."""
        return self.path(random.randrange(self.files))

    def any_folder(self) -> str:
        """Where some folder is."""
        return self.any_path().rpartition("/")[0]


def open_world() -> tuple[World, Scope]:
    """A fresh world without limits, and who sees the whole Dropbox of its first account."""
    world = World()
    world.settings = replace(world.settings, operation_limit=10_000_000)
    return world, world.tokens.scope(world.tokens.find(defaults.TOKEN))


def crowd(files: int) -> Crowd:
    """Fill a world by its public calls, each file with a content of its own."""
    world, scope = open_world()
    made = Crowd(world, scope, files, [])
    for number in range(files):
        if number % (files // 4) == 0:
            made.cursors.append(world.change_log.latest_cursor(scope))
        world.files.upload(scope, made.path(number), [b"%d" % number])
    return made
