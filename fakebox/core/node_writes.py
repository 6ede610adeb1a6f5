"""Write nodes of the tree: the only statements that change `entry` and `revision`.

Each change copies the previous state to `revision` in the same transaction. Deleting a folder
changes only the row of the folder. Before the row of a deleted folder is used again, its children
are marked as deleted one by one (`_write_tombstones`), so that they stay deleted.

Permissions, names on conflict and quotas are checked by the callers.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence

from fakebox.core.accounts import next_change
from fakebox.core.nodes import COLUMNS, Node, NodeVersion, child, children, deleted_version
from fakebox.core.path_rules import fold

_INSERT = f"INSERT INTO entry ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COPY_OF_CURRENT = (
    "INSERT INTO revision SELECT id, file_id, seq, is_folder, is_live, size_bytes, content,"
    " modified_us, client_mtime_s FROM entry WHERE "
)


def put(
    db: sqlite3.Connection,
    parent: Node,
    name: str,
    node: Node | None,
    now_us: int,
    *,
    content: str | None = None,
    size_bytes: int = 0,
    client_mtime_s: int | None = None,
    added_bytes: int = 0,
    restores: bool = False,
    file_id: int | None = None,
) -> Node:
    """Create or replace a file or folder in a live folder.

    Args:
        db: the connection, within a transaction.
        parent: the folder.
        name: the name.
        node: the node of the name, if there is one.
        now_us: the time of the change, in microseconds since 1970.
        content: the content hash of a file; `None` for a folder.
        size_bytes, client_mtime_s: the size and modification time of a file.
        added_bytes: the number of bytes to add to the account's used space.
        restores: whether the deleted file or folder of the node is restored, with its file id.
        file_id: the file id of a moved file or folder; `None` keeps the id or creates a new one.
    """
    seq, modified_us = next_change(db, parent.account_id, now_us, added_bytes=added_bytes)
    mtime_s = modified_us // 1_000_000 if client_mtime_s is None else client_mtime_s
    if node and (node.is_live or restores):
        file_id = node.file_id
    state = (content is None, True, size_bytes, content, modified_us, mtime_s)
    version = NodeVersion(file_id or seq, seq, *state)
    if node is None:
        return _insert(db, parent, name, version)
    return _change(db, node, version, name)


def mark_deleted(db: sqlite3.Connection, node: Node, now_us: int) -> Node:
    """Delete a node with its descendants."""
    version = deleted_version(node.version, *next_change(db, node.account_id, now_us))
    return _change(db, node, version, node.name)


def respell(db: sqlite3.Connection, node: Node, name: str, now_us: int) -> None:
    """Change the case of a live node's name. The paths of its descendants change as well."""
    changed = [node]
    unread = deque([node])
    while unread:
        below = list(children(db, unread.popleft().id))
        changed.extend(below)
        unread.extend(child for child in below if child.is_folder)
    seq, modified_us = next_change(db, node.account_id, now_us, len(changed))
    # One statement for each file would make other requests wait for seconds.
    db.executemany(_COPY_OF_CURRENT + "id = ?", ((child.id,) for child in changed))
    db.executemany(
        "UPDATE entry SET seq = ?, modified_us = ? WHERE id = ?",
        ((seq + number, modified_us + number, child.id) for number, child in enumerate(changed)),
    )
    db.execute("UPDATE entry SET name = ? WHERE id = ?", (name, node.id))


def copy(
    db: sqlite3.Connection,
    source: Node,
    parent: Node,
    name: str,
    now_us: int,
    *,
    is_move: bool = False,
) -> Node:
    """Copy a live node and its live descendants to a name in a live folder.

    In a move, the copies keep the file ids.
    """
    top = put(
        db,
        parent,
        name,
        child(db, parent.id, name),
        now_us,
        content=source.content,
        size_bytes=source.size_bytes,
        client_mtime_s=source.client_mtime_s if source.content else None,
        file_id=source.file_id if is_move else None,
    )
    open_folders = deque([(source.id, top)] if source.is_folder else [])
    while open_folders:
        source_id, target = open_folders.popleft()
        pairs = _copy_children(db, source_id, target, now_us, is_move=is_move)
        open_folders.extend((node.id, copied) for node, copied in pairs if node.is_folder)
    return top


def delete_history(db: sqlite3.Connection, node_id: int) -> None:
    """Delete the earlier versions of a node."""
    db.execute("DELETE FROM revision WHERE entry_id = ?", (node_id,))


def write_tombstone(db: sqlite3.Connection, node: Node, deleted_ancestor: Node) -> Node:
    """Mark a node below a deleted folder as deleted."""
    version = deleted_version(node.version, deleted_ancestor.seq, deleted_ancestor.modified_us)
    return _change(db, node, version, node.name)


def _copy_children(
    db: sqlite3.Connection, source_id: int, target: Node, now_us: int, *, is_move: bool
) -> list[tuple[Node, Node]]:
    sources = list(children(db, source_id))
    taken = {node.folded: node for node in children(db, target.id, include_deleted=True)}
    fresh = [source for source in sources if source.folded not in taken]
    copies = _insert_copies(db, fresh, target, now_us, is_move=is_move)
    pairs = list(zip(fresh, copies, strict=True))
    for source in sources:
        if old := taken.get(source.folded):
            seq, modified_us = next_change(db, target.account_id, now_us)
            file_id = source.file_id if is_move else seq
            version = source.version._replace(file_id=file_id, seq=seq, modified_us=modified_us)
            pairs.append((source, _change(db, old, version, source.name)))
    return pairs


def _insert_copies(
    db: sqlite3.Connection, sources: Sequence[Node], parent: Node, now_us: int, *, is_move: bool
) -> list[Node]:
    seq, modified_us = next_change(db, parent.account_id, now_us, len(sources))
    (next_id,) = db.execute("SELECT max(id) + 1 FROM entry").fetchone()
    copies = [
        source._replace(
            id=next_id + number,
            account_id=parent.account_id,
            parent_id=parent.id,
            file_id=source.file_id if is_move else seq + number,
            seq=seq + number,
            modified_us=modified_us + number,
        )
        for number, source in enumerate(sources)
    ]
    db.executemany(_INSERT, copies)
    return copies


def _insert(db: sqlite3.Connection, parent: Node, name: str, version: NodeVersion) -> Node:
    node = Node(0, parent.account_id, parent.id, fold(name), name, *version)
    node_id = db.execute(_INSERT, (None, *node[1:])).lastrowid
    assert node_id
    return node._replace(id=node_id)


def _change(db: sqlite3.Connection, node: Node, version: NodeVersion, name: str) -> Node:
    db.execute(_COPY_OF_CURRENT + "id = ?", (node.id,))
    if node.is_folder and version.is_live and not node.is_live:
        _write_tombstones(db, node)
    db.execute(
        "UPDATE entry SET name = ?, file_id = ?, seq = ?, is_folder = ?, is_live = ?,"
        " size_bytes = ?, content = ?, modified_us = ?, client_mtime_s = ? WHERE id = ?",
        (name, *version, node.id),
    )
    return Node(node.id, node.account_id, node.parent_id, node.folded, name, *version)


def _write_tombstones(db: sqlite3.Connection, deleted_ancestor: Node) -> None:
    # A client with a cursor after the deleted folder has received the deletion. A client with an
    # earlier cursor still has to read the children, which have higher numbers.
    db.execute(_COPY_OF_CURRENT + "parent_id = ? AND is_live", (deleted_ancestor.id,))
    db.execute(
        "UPDATE entry SET is_live = 0, seq = ?, size_bytes = 0, content = NULL,"
        " modified_us = ?, client_mtime_s = -1 WHERE parent_id = ? AND is_live",
        (deleted_ancestor.seq, deleted_ancestor.modified_us, deleted_ancestor.id),
    )
