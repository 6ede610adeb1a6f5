"""The end of a path where something is to stand: its folders, and a name that is free."""

import sqlite3
from collections.abc import Iterator
from itertools import takewhile

from fakebox.core import node_writes, nodes
from fakebox.core.errors import IllegalPath, ParentIsAFile
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import join, may_be_made


def check_new_folders(resolved: ResolvedPath) -> None:
    """See that copy, move and create_folder may make the folders that are missing above a spot.

    Raises:
        IllegalPath: one of them has a name that only uploads may use.
    """
    standing_folders = list(takewhile(lambda node: node.is_live, resolved.node_path.chain[1:]))
    if not all(map(may_be_made, resolved.names[len(standing_folders) : -1])):
        raise IllegalPath(resolved.path, "forbidden_character")


def make_folders(db: sqlite3.Connection, resolved: ResolvedPath, now_s: int) -> tuple[Node, ...]:
    """The folders from the account's root to the one above a spot, made where they are missing.

    Raises:
        ParentIsAFile: a file is in the way.
    """
    if file := resolved.node_path.file_on_the_way:
        depth = resolved.node_path.chain.index(file)
        raise ParentIsAFile(join(resolved.names[resolved.depth : depth]))
    parent, *known = resolved.node_path.chain
    folders = [parent]
    for depth, name in enumerate(resolved.names[:-1]):
        if depth < len(known) and known[depth].is_live:
            parent = known[depth]
        else:
            # What was known below a dead folder is buried when that one comes back.
            known = []
            parent = node_writes.put(db, parent, name, nodes.child(db, parent.id, name), now_s)
        folders.append(parent)
    return tuple(folders)


def standing(
    db: sqlite3.Connection, resolved: ResolvedPath, folder: Node, name: str
) -> Node | None:
    """The place of a name in the folder above a spot, once that is there."""
    if resolved.node_path.folder is folder and name == resolved.names[-1]:
        return resolved.node_path.node
    return nodes.child(db, folder.id, name)


def first_free(db: sqlite3.Connection, resolved: ResolvedPath, candidates: Iterator[str]) -> str:
    """The first of the names that nothing lives under, beside what lives at the spot."""
    parent_id = resolved.node_path.chain[-2].id

    def is_free(name: str) -> bool:
        node = nodes.child(db, parent_id, name)
        return node is None or not node.is_live

    return next(filter(is_free, candidates))
