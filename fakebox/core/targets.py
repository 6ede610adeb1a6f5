"""The end of a path where something is to stand: its folders, and a name that is free."""

import sqlite3
from collections.abc import Iterator

from fakebox.core import places, tree
from fakebox.core.errors import ParentIsAFile
from fakebox.core.paths import join
from fakebox.core.places import Place
from fakebox.core.spots import Spot


def make_folders(db: sqlite3.Connection, spot: Spot, now_s: int) -> Place:
    """The folder above a spot, made with those above it where they are missing.

    Raises:
        ParentIsAFile: a file is in the way.
    """
    if file := spot.walk.file_on_the_way:
        depth = spot.walk.chain.index(file)
        raise ParentIsAFile(join(spot.names[spot.depth : depth]))
    parent, *known = spot.walk.chain
    for depth, name in enumerate(spot.names[:-1]):
        if depth < len(known) and known[depth].is_live:
            parent = known[depth]
        else:
            # What was known below a dead folder is buried when that one comes back.
            known = []
            parent = tree.put(db, parent, name, now_s)
    return parent


def first_free(db: sqlite3.Connection, spot: Spot, candidates: Iterator[str]) -> str:
    """The first of the names that nothing lives under, beside what lives at the spot."""
    parent_id = spot.walk.chain[-2].id
    for name in candidates:
        place = places.child(db, parent_id, name)
        if place is None or not place.is_live:
            return name
    raise AssertionError("names don't end")
