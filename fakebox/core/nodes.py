"""Read the nodes of the tree and their earlier versions.

A node is a name in a folder. It is never removed: it is live or deleted, and callers see it only if
all its ancestors are live as well. `node_writes` changes nodes.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fakebox.core.entry import Entry, RevKey
from fakebox.core.path_rules import fold

# The key after all nodes.
END = 2**62
# The first key of deleted nodes in listings; see `listing_key` in the schema.
_FIRST_DELETED_KEY = 2 << 60
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
    "modified_us",
    "client_mtime_s",
)
COLUMNS = ", ".join(COLUMN_NAMES)
_VERSION = (
    "SELECT file_id, seq, is_folder, is_live, size_bytes, content, modified_us, client_mtime_s"
    " FROM revision r WHERE entry_id = ?"
)
# By `RevKey.is_counter`. Only versions of files have revs with a time.
_CONDITIONS = {
    True: "{0}.seq = ?",
    False: "{0}.modified_us = ? AND {0}.content IS NOT NULL",
}
_CHILD = f"SELECT {COLUMNS} FROM entry WHERE parent_id = ? AND folded = ?"


class NodeVersion(NamedTuple):
    """The state of a node from one change to the next."""

    file_id: int
    seq: int
    is_folder: int
    is_live: int
    size_bytes: int
    content: str | None
    modified_us: int
    client_mtime_s: int


class Node(NamedTuple):
    """A node of the tree in its current state."""

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
    modified_us: int
    client_mtime_s: int

    @property
    def version(self) -> NodeVersion:
        """The current version."""
        return NodeVersion(*self[5:])


@dataclass(frozen=True, slots=True)
class NodePath:
    """The nodes on a path, as far as they exist.

    Attributes:
        chain: the nodes from the account's root on.
        missing: the names for which there is no node.
    """

    chain: tuple[Node, ...]
    missing: tuple[str, ...]

    @property
    def node(self) -> Node | None:
        """The node of the whole path, live or deleted."""
        return None if self.missing else self.chain[-1]

    @property
    def folder(self) -> Node | None:
        """The parent of the node of the whole path."""
        known = (*self.chain, *([None] * len(self.missing)))
        return known[-2]

    @property
    def deleted_ancestor(self) -> Node | None:
        """The nearest deleted node of the path. Everything below it is deleted as well."""
        for node in reversed(self.chain):
            if not node.is_live:
                return node
        return None

    @property
    def live_node(self) -> Node | None:
        """The node of the whole path, if it and all its ancestors are live."""
        return None if self.missing or self.deleted_ancestor else self.chain[-1]

    @property
    def file_ancestor(self) -> Node | None:
        """The live file that is a parent of the path, if there is one. Nothing can be below it."""
        for node in self.chain if self.missing else self.chain[:-1]:
            if not node.is_live:
                return None
            if not node.is_folder:
                return node
        return None


def node_path(
    db: sqlite3.Connection, root: Node, names: Sequence[str], known: Sequence[Node | None] = ()
) -> NodePath:
    """Find the nodes of names, starting from an account's root.

    Args:
        db: the connection.
        root: the root.
        names: the names.
        known: the nodes of the first names, if they were read before.
    """
    chain = [root]
    for depth, name in enumerate(names):
        node = known[depth] if depth < len(known) else child(db, chain[-1].id, name)
        if node is None:
            return NodePath(tuple(chain), tuple(names[depth:]))
        chain.append(node)
    return NodePath(tuple(chain), ())


def root(node_id: int, account_id: int) -> Node:
    """Return the root of an account. It never changes, so it is not read."""
    return Node(node_id, account_id, None, "", "", 0, 0, 1, 1, 0, None, 0, 0)


def get(db: sqlite3.Connection, node_id: int) -> Node:
    """Return the node with this number."""
    return Node(*db.execute(f"SELECT {COLUMNS} FROM entry WHERE id = ?", (node_id,)).fetchone())


def with_file_id(db: sqlite3.Connection, account_id: int, file_id: int) -> list[Node]:
    """Return the nodes of an account with this file id; deleted nodes keep their last file id."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE account_id = ? AND file_id = ?"
        " AND parent_id IS NOT NULL ORDER BY id",
        (account_id, file_id),
    )
    return [Node(*row) for row in rows]


def child(db: sqlite3.Connection, parent_id: int, name: str) -> Node | None:
    """Return the node of a name in a folder, live or deleted."""
    row = db.execute(_CHILD, (parent_id, fold(name))).fetchone()
    return Node(*row) if row else None


def children(
    db: sqlite3.Connection, parent_id: int, *, include_deleted: bool = False
) -> Iterator[Node]:
    """Return the nodes in a folder, by folded name."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE parent_id = ? AND (is_live OR ?) ORDER BY folded",
        (parent_id, include_deleted),
    )
    return (Node(*row) for row in rows)


def listed(
    db: sqlite3.Connection, parent_id: int, after: int, limit: int, *, include_deleted: bool
) -> list[tuple[int, Node]]:
    """Return nodes in a folder, in the order of listings, each with its key.

    Args:
        db: the connection.
        parent_id: the folder.
        after: the key after which to begin.
        limit: the maximum number of nodes.
        include_deleted: whether to return deleted nodes as well.
    """
    rows = db.execute(
        f"SELECT listing_key, {COLUMNS} FROM entry WHERE parent_id = ? AND listing_key > ?"
        " AND listing_key < ? ORDER BY listing_key LIMIT ?",
        (parent_id, after, END if include_deleted else _FIRST_DELETED_KEY, limit),
    )
    return [(row[0], Node(*row[1:])) for row in rows]


def below(db: sqlite3.Connection, node_id: int) -> list[int]:
    """Return the numbers of a node and of its descendants, each after its parent."""
    rows = db.execute(
        "WITH RECURSIVE below (id) AS (SELECT ? UNION ALL"
        " SELECT e.id FROM below JOIN entry e ON e.parent_id = below.id) SELECT id FROM below",
        (node_id,),
    )
    return [found for (found,) in rows]


def descendants(
    db: sqlite3.Connection, node_id: int, limit: int = -1
) -> Iterator[tuple[int, Node]]:
    """Return the live descendants of a live folder, depth first and by folded name.

    Args:
        db: the connection.
        node_id: the folder.
        limit: the maximum number of nodes; -1 for all.

    Returns:
        Each node with the number of levels that it is below the folder, from 1 on.
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
    """Return the nodes of an account in the order of their last change.

    Args:
        db: the connection.
        account_id: the account.
        after: the number of a change and of its node, after which to begin.
        last_seq: the number of the last change.
        limit: the maximum number of nodes.
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
    """Return the nodes of an account, the last change first.

    If the number of a change and its node are given, only nodes with earlier changes are returned.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE account_id = ? AND (seq, id) < (?, ?)"
        " AND parent_id IS NOT NULL ORDER BY seq DESC, id DESC",
        (account_id, *(before or (END, END))),
    )
    return (Node(*row) for row in rows)


def oldest(db: sqlite3.Connection, account_id: int, after: tuple[int, int]) -> Iterator[Node]:
    """Return the nodes of an account in the order of their file ids.

    Args:
        db: the connection.
        account_id: the account.
        after: the file id and the number of a node, after which to begin.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE account_id = ? AND (file_id, id) > (?, ?)"
        " AND parent_id IS NOT NULL ORDER BY file_id, id",
        (account_id, *after),
    )
    return (Node(*row) for row in rows)


def history(db: sqlite3.Connection, node: Node) -> Iterator[NodeVersion]:
    """Return all versions of a node, newest first."""
    yield node.version
    rows = db.execute(f"{_VERSION} ORDER BY seq DESC", (node.id,))
    yield from (NodeVersion(*row) for row in rows)


def has_rev(version: NodeVersion, key: RevKey) -> bool:
    """Return whether a rev refers to this version."""
    if key.is_counter:
        return version.seq == key.number
    return version.content is not None and version.modified_us == key.number


def version_of(db: sqlite3.Connection, node: Node, key: RevKey) -> NodeVersion | None:
    """Return the version of a node that a rev refers to."""
    if has_rev(node.version, key):
        return node.version
    condition = _CONDITIONS[key.is_counter].format("r")
    row = db.execute(f"{_VERSION} AND {condition}", (node.id, key.number)).fetchone()
    return NodeVersion(*row) if row else None


def version_at(db: sqlite3.Connection, node: Node, seq: int) -> NodeVersion | None:
    """Return the version of a node that change `seq` created."""
    return version_of(db, node, RevKey(is_counter=True, number=seq))


def at_version(db: sqlite3.Connection, node: Node, seq: int) -> Node | None:
    """Return a node with the content of its version that change `seq` created.

    The result is `None` if the version was deleted permanently.
    """
    version = version_at(db, node, seq)
    return None if version is None else node._replace(**version._asdict())


def with_rev(db: sqlite3.Connection, account_id: int, key: RevKey) -> list[Node]:
    """Return the nodes of an account with a version that a rev refers to."""
    condition = _CONDITIONS[key.is_counter]
    rows = db.execute(
        f"SELECT id FROM entry e WHERE account_id = ? AND {condition.format('e')}"
        " UNION SELECT entry_id FROM revision r"
        " CROSS JOIN entry e ON e.id = r.entry_id AND e.account_id = ?"
        f" WHERE {condition.format('r')}",
        (account_id, key.number) * 2,
    ).fetchall()
    return [get(db, node_id) for (node_id,) in rows]


def had_file_id(db: sqlite3.Connection, account_id: int, file_id: int) -> list[Node]:
    """Return the nodes of an account that have this file id, or had it in an earlier version."""
    rows = db.execute(
        "SELECT id FROM entry WHERE account_id = ? AND file_id = ? UNION SELECT entry_id"
        " FROM revision r CROSS JOIN entry e ON e.id = r.entry_id AND e.account_id = ?"
        " WHERE r.file_id = ? AND NOT r.is_live",
        (account_id, file_id) * 2,
    ).fetchall()
    return [get(db, node_id) for (node_id,) in rows]


def totals(db: sqlite3.Connection, node: Node, limit: int) -> tuple[int, int]:
    """Count a live node and its live descendants; return the count and their size in bytes.

    Counting stops after `limit` nodes.
    """
    if not node.is_folder:
        return 1, node.size_bytes
    # Depth first: breadth first would read all folders of a level before the limit takes effect.
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


def entry_of(version: NodeVersion, path: str, namespace_ids: tuple[int, int]) -> Entry:
    """Return the entry of a version for callers.

    Args:
        version: the version.
        path: the path within the caller's root.
        namespace_ids: the namespace of the account, and that in the caller's revs.
    """
    namespace_id, rev_namespace_id = namespace_ids
    return Entry(
        path,
        bool(version.is_folder),
        not version.is_live,
        version.seq,
        namespace_id,
        version.size_bytes,
        version.content,
        version.modified_us,
        version.client_mtime_s,
        version.file_id,
        rev_namespace_id,
    )


def deleted_by_ancestor(version: NodeVersion, deleted_ancestor: Node) -> NodeVersion:
    """Return the version of a node below a deleted node."""
    return deleted_version(version, deleted_ancestor.seq, deleted_ancestor.modified_us)


def deleted_version(version: NodeVersion, seq: int, now_us: int) -> NodeVersion:
    """Return the version of a node after its deletion."""
    return NodeVersion(version.file_id, seq, version.is_folder, False, 0, None, now_us, -1)


class PathIndex:
    """Finds the paths of nodes, and caches the folders on them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._seen: dict[int, tuple[Node, ...]] = {}

    def path_to(self, node: Node) -> NodePath:
        """Return the path of a node."""
        return NodePath((*self._above(node.parent_id), node), ())

    def _above(self, node_id: int | None) -> tuple[Node, ...]:
        # No recursion: folders may be nested more deeply than Python's stack allows.
        unseen: list[Node] = []
        while node_id is not None and node_id not in self._seen:
            unseen.append(get(self._db, node_id))
            node_id = unseen[-1].parent_id
        chain: tuple[Node, ...] = () if node_id is None else self._seen[node_id]
        for node in reversed(unseen):
            chain = self._seen[node.id] = (*chain, node)
        return chain
