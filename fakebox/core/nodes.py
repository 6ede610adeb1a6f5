"""The places of the tree and their past, as they are found and read.

A place is never removed; it is live or dead, and it is there for the outside only if every place
above it is live as well. How places change is in `tree`.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fakebox.core.entry import Entry
from fakebox.core.path_rules import fold

# Comes after every place.
END = 2**62
# The keys of listings that belong to dead places begin here; see `listing_key` in the schema.
_FIRST_DEAD_KEY = 2 << 60
COLUMN_NAMES = (
    "id",
    "account_id",
    "parent_id",
    "folded",
    "name",
    "file_id",
    "seq",
    "is_folder",
    "is_live",
    "size_bytes",
    "content",
    "modified_s",
    "client_mtime_s",
)
COLUMNS = ", ".join(COLUMN_NAMES)


class NodeVersion(NamedTuple):
    """What a place holds from one change to the next."""

    seq: int
    is_folder: int
    is_live: int
    size_bytes: int
    content: str | None
    modified_s: int
    client_mtime_s: int


class Node(NamedTuple):
    """A place of the tree as it is now."""

    id: int
    account_id: int
    parent_id: int | None
    folded: str
    name: str
    file_id: int
    seq: int
    is_folder: int
    is_live: int
    size_bytes: int
    content: str | None
    modified_s: int
    client_mtime_s: int

    @property
    def version(self) -> NodeVersion:
        """What the place holds."""
        return NodeVersion(*self[6:])


@dataclass(frozen=True, slots=True)
class NodePath:
    """How far a path leads.

    Attributes:
        chain: the places from the account's root on, as far as there are any.
        missing: the names that never had a place.
    """

    chain: tuple[Node, ...]
    missing: tuple[str, ...]

    @property
    def node(self) -> Node | None:
        """The place that the whole path leads to."""
        return None if self.missing else self.chain[-1]

    @property
    def folder(self) -> Node | None:
        """The place above the one that the whole path leads to."""
        known = (*self.chain, *([None] * len(self.missing)))
        return known[-2]

    @property
    def deleted_ancestor(self) -> Node | None:
        """The nearest dead place on the way, whose death is that of all below it."""
        return next((node for node in reversed(self.chain) if not node.is_live), None)

    @property
    def live_node(self) -> Node | None:
        """The place that the path leads to, if something is there."""
        return None if self.missing or self.deleted_ancestor else self.chain[-1]

    @property
    def file_on_the_way(self) -> Node | None:
        """A live file above the end of the path, through which no path can lead."""
        for node in self.chain if self.missing else self.chain[:-1]:
            if not node.is_live:
                return None
            if not node.is_folder:
                return node
        return None


def node_path(
    db: sqlite3.Connection, root: Node, names: Sequence[str], known: Sequence[Node | None] = ()
) -> NodePath:
    """Follow the names from an account's root; `known` are the places of the first ones."""
    chain = [root]
    for depth, name in enumerate(names):
        node = known[depth] if depth < len(known) else child(db, chain[-1].id, name)
        if node is None:
            return NodePath(tuple(chain), tuple(names[depth:]))
        chain.append(node)
    return NodePath(tuple(chain), ())


def get(db: sqlite3.Connection, node_id: int) -> Node:
    """The place with this number."""
    return Node(*db.execute(f"SELECT {COLUMNS} FROM entry WHERE id = ?", (node_id,)).fetchone())


def with_file_id(db: sqlite3.Connection, account_id: int, file_id: int) -> list[Node]:
    """The places of an account where the file or folder with this id stands, or stood last."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE account_id = ? AND file_id = ?"
        " AND parent_id IS NOT NULL ORDER BY id",
        (account_id, file_id),
    )
    return [Node(*row) for row in rows]


def child(db: sqlite3.Connection, parent_id: int, name: str) -> Node | None:
    """The place of that name below a place, live or dead."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE parent_id = ? AND folded = ?", (parent_id, fold(name))
    ).fetchone()
    return Node(*row) if row else None


def children(db: sqlite3.Connection, parent_id: int, *, dead_too: bool = False) -> Iterator[Node]:
    """The places below a place by folded name."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE parent_id = ? AND (is_live OR ?) ORDER BY folded",
        (parent_id, dead_too),
    )
    return (Node(*row) for row in rows)


def listed(
    db: sqlite3.Connection, parent_id: int, after: int, limit: int, *, dead_too: bool
) -> list[tuple[int, Node]]:
    """Up to `limit` of the places below a place in the order of listings, from after a key on, each
    with its key.
    """
    rows = db.execute(
        f"SELECT listing_key, {COLUMNS} FROM entry WHERE parent_id = ? AND listing_key > ?"
        " AND listing_key < ? ORDER BY listing_key LIMIT ?",
        (parent_id, after, END if dead_too else _FIRST_DEAD_KEY, limit),
    )
    return [(row[0], Node(*row[1:])) for row in rows]


def below(db: sqlite3.Connection, node_id: int) -> list[int]:
    """The numbers of a place and of all below it, each after the one above it."""
    rows = db.execute(
        "WITH RECURSIVE below (id) AS (SELECT ? UNION ALL"
        " SELECT e.id FROM below JOIN entry e ON e.parent_id = below.id) SELECT id FROM below",
        (node_id,),
    )
    return [found for (found,) in rows]


def descendants(
    db: sqlite3.Connection, node_id: int, limit: int = -1
) -> Iterator[tuple[int, Node]]:
    """The live places below a live folder, and how many levels below it each is, from 1.

    Depth first, and by folded name within a folder; up to `limit` of them.
    """
    columns = ", ".join(f"e.{name}" for name in COLUMN_NAMES)
    rows = db.execute(
        f"WITH RECURSIVE below (depth, {COLUMNS}) AS ("
        f" SELECT 1, {columns} FROM entry e WHERE e.parent_id = ? AND e.is_live UNION ALL"
        f" SELECT below.depth + 1, {columns} FROM below JOIN entry e ON e.parent_id = below.id"
        " WHERE below.is_folder AND e.is_live ORDER BY 1 DESC, 5)"
        " SELECT * FROM below LIMIT ?",
        (node_id, limit),
    )
    return ((row[0], Node(*row[1:])) for row in rows)


def changed(
    db: sqlite3.Connection, account_id: int, after: tuple[int, int], last_seq: int, limit: int
) -> list[Node]:
    """The places whose last change comes after the one of a number and a place, in the order of
    changes, up to the change of number `last_seq`.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE account_id = ? AND (seq, id) > (?, ?) AND seq <= ?"
        " AND parent_id IS NOT NULL ORDER BY seq, id LIMIT ?",
        (account_id, *after, last_seq, limit),
    )
    return [Node(*row) for row in rows]


def newest(
    db: sqlite3.Connection, account_id: int, before: tuple[int, int] | None
) -> Iterator[Node]:
    """The nodes of an account, the last change first: those before the change of a number and a
    node, or all of them.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE account_id = ? AND (seq, id) < (?, ?)"
        " AND parent_id IS NOT NULL ORDER BY seq DESC, id DESC",
        (account_id, *(before or (END, END))),
    )
    return (Node(*row) for row in rows)


def history(db: sqlite3.Connection, node: Node) -> Iterator[NodeVersion]:
    """All that the place has held, newest first."""
    yield node.version
    rows = db.execute(
        "SELECT seq, is_folder, is_live, size_bytes, content, modified_s, client_mtime_s"
        " FROM revision"
        " WHERE entry_id = ? ORDER BY seq DESC",
        (node.id,),
    )
    yield from (NodeVersion(*row) for row in rows)


def version_at(db: sqlite3.Connection, node: Node, seq: int) -> NodeVersion | None:
    """What the place held from change `seq` on."""
    if node.seq == seq:
        return node.version
    row = db.execute(
        "SELECT seq, is_folder, is_live, size_bytes, content, modified_s, client_mtime_s"
        " FROM revision"
        " WHERE entry_id = ? AND seq = ?",
        (node.id, seq),
    ).fetchone()
    return NodeVersion(*row) if row else None


def totals(db: sqlite3.Connection, node: Node, limit: int) -> tuple[int, int]:
    """How many live places a live place and all below it are, and their bytes; counting ends past
    `limit`.
    """
    if not node.is_folder:
        return 1, node.size_bytes
    # Depth first, or all folders of a level would be read before the first one of the next counts.
    row = db.execute(
        "WITH RECURSIVE below (id, is_folder, size_bytes, depth) AS ("
        " SELECT id, is_folder, size_bytes, 0 FROM entry WHERE id = ? UNION ALL"
        " SELECT e.id, e.is_folder, e.size_bytes, depth + 1"
        " FROM below JOIN entry e ON e.parent_id = below.id WHERE below.is_folder AND e.is_live"
        " ORDER BY 4 DESC)"
        " SELECT count(*), total(size_bytes) FROM (SELECT size_bytes FROM below LIMIT ?)",
        (node.id, limit + 1),
    ).fetchone()
    return int(row[0]), int(row[1])


def entry_of(version: NodeVersion, path: str, namespace_id: int, file_id: int) -> Entry:
    """The entry that callers get for a version."""
    return Entry(
        path,
        bool(version.is_folder),
        not version.is_live,
        version.seq,
        namespace_id,
        version.size_bytes,
        version.content,
        version.modified_s,
        version.client_mtime_s,
        file_id,
    )


def deleted_by_ancestor(version: NodeVersion, deleted_ancestor: Node) -> NodeVersion:
    """The version as the death above it left it."""
    return dead(version, deleted_ancestor.seq, deleted_ancestor.modified_s)


def dead(version: NodeVersion, seq: int, now_s: int) -> NodeVersion:
    """What a death leaves of a version."""
    return NodeVersion(seq, version.is_folder, False, 0, None, now_s, -1)


class PathIndex:
    """Finds the paths of places that were found by other means than a path; remembers the folders
    seen.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._seen: dict[int, tuple[Node, ...]] = {}

    def path_to(self, node: Node) -> NodePath:
        """The walk that leads to a place."""
        return NodePath((*self._above(node.parent_id), node), ())

    def _above(self, node_id: int | None) -> tuple[Node, ...]:
        # Without recursion: folders may be nested deeper than Python's stack.
        unseen: list[Node] = []
        while node_id is not None and node_id not in self._seen:
            unseen.append(get(self._db, node_id))
            node_id = unseen[-1].parent_id
        chain: tuple[Node, ...] = () if node_id is None else self._seen[node_id]
        for node in reversed(unseen):
            chain = self._seen[node.id] = (*chain, node)
        return chain
