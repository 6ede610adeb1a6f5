"""The end of a path where something is to stand: its folders, and a name that is free."""

import sqlite3
from collections.abc import Iterator
from itertools import takewhile

from fakebox.core import node_writes, nodes
from fakebox.core.errors import IllegalPath, ParentIsAFile
from fakebox.core.nodes import Place
from fakebox.core.path_lookup import Spot
from fakebox.core.path_rules import join, may_be_made


def check_new_folders(spot: Spot) -> None:
    """See that copy, move and create_folder may make the folders that are missing above a spot.

    Raises:
        IllegalPath: one of them has a name that only uploads may use.
    """
    standing_folders = list(takewhile(lambda place: place.is_live, spot.walk.chain[1:]))
    if not all(map(may_be_made, spot.names[len(standing_folders) : -1])):
        raise IllegalPath(spot.path, "forbidden_character")


def make_folders(db: sqlite3.Connection, spot: Spot, now_s: int) -> tuple[Place, ...]:
    """The folders from the account's root to the one above a spot, made where they are missing.

    Raises:
        ParentIsAFile: a file is in the way.
    """
    if file := spot.walk.file_on_the_way:
        depth = spot.walk.chain.index(file)
        raise ParentIsAFile(join(spot.names[spot.depth : depth]))
    parent, *known = spot.walk.chain
    folders = [parent]
    for depth, name in enumerate(spot.names[:-1]):
        if depth < len(known) and known[depth].is_live:
            parent = known[depth]
        else:
            # What was known below a dead folder is buried when that one comes back.
            known = []
            parent = node_writes.put(db, parent, name, nodes.child(db, parent.id, name), now_s)
        folders.append(parent)
    return tuple(folders)


def standing(db: sqlite3.Connection, spot: Spot, folder: Place, name: str) -> Place | None:
    """The place of a name in the folder above a spot, once that is there."""
    if spot.walk.folder is folder and name == spot.names[-1]:
        return spot.walk.place
    return nodes.child(db, folder.id, name)


def first_free(db: sqlite3.Connection, spot: Spot, candidates: Iterator[str]) -> str:
    """The first of the names that nothing lives under, beside what lives at the spot."""
    parent_id = spot.walk.chain[-2].id

    def is_free(name: str) -> bool:
        place = nodes.child(db, parent_id, name)
        return place is None or not place.is_live

    return next(filter(is_free, candidates))
