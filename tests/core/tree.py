"""The paths of a world."""

from __future__ import annotations

from fakebox.core.accounts import Scope
from fakebox.core.world import World


def tree(world: World, scope: Scope, path: str = "/") -> list[str]:
    """Return all paths below a folder."""
    found: list[str] = []
    for entry in world.files.list(scope, path).children:
        found.append(entry.path)
        if entry.is_folder:
            found += tree(world, scope, entry.path)
    return found
