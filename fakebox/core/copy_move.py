"""Copy and move files and folders.

Each copy and each move is one transaction. `Settings.operation_limit` bounds the number of entries
in it, and so how long other requests wait.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from fakebox.core import accounts, node_writes, nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import AlreadyExists, IntoItself, RootNotAllowed, TooManyItems
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import ResolvedPath, check_new_folders, first_free, make_folders
from fakebox.core.path_rules import numbered_names

# The nodes of a source and its live descendants that have shared links, with the nodes that a move
# made of them.
_LINKED = (
    "WITH RECURSIVE moved (old, new) AS (VALUES (?, ?) UNION ALL"
    " SELECT o.id, n.id FROM moved JOIN entry o ON o.parent_id = moved.old AND o.is_live"
    " JOIN entry n ON n.parent_id = moved.new AND n.folded = o.folded)"
    " SELECT new, link.id FROM moved CROSS JOIN link ON entry_id = old AND kind = 'share'"
)


@dataclass(frozen=True, slots=True)
class CopyOrMove:
    """The arguments of a copy or a move.

    Attributes:
        find: returns the source within a transaction, or raises an error.
        scope: the caller. The target is in this account.
        names: the path of the target, within the caller's root.
        is_move: whether this is a move.
        autorename: whether the new entry gets another name if the target exists; `None` uses
            `Settings.on_conflict`.
    """

    find: Callable[[sqlite3.Connection], Node]
    scope: Scope
    names: tuple[str, ...]
    is_move: bool
    autorename: bool | None = None


class CopyMove:
    """The copies and moves of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def do(self, operation: CopyOrMove) -> Entry:
        """Copy or move a file or folder, and return the entry at the target.

        Raises:
            RootNotAllowed, ParentIsAFile, IllegalPath: the target cannot be created.
            IntoItself: the target is inside the source.
            AlreadyExists: the target exists, and `autorename` is off.
            TooManyItems: the source has more entries than one operation may change.
            OverQuota: the account does not have enough space, or a move in an account that stores
                more than its quota.
            Exception: any error that `find` raises.
        """
        now_us = self._context.clock.now_us()
        with self._context.change() as db:
            source, target = (
                operation.find(db),
                ResolvedPath.of(db, operation.scope, operation.names),
            )
            # If the target is the source itself, the target exists.
            if source in target.node_path.chain and target.node_path.node != source:
                raise IntoItself(target.path)
            check_new_folders(target, operation.scope.rules)
            name = self._free_name(db, operation, target)
            _, size_bytes = self.measure(db, source)
            parent = make_folders(db, target, now_us)[-1]
            top = node_writes.copy(db, source, parent, name, now_us, is_move=operation.is_move)
            if operation.is_move:
                _move_links(db, source, top)
                accounts.check_quota(db, operation.scope.account_id)
                node_writes.mark_deleted(db, source, now_us)
            else:
                accounts.adjust_usage(db, operation.scope.account_id, size_bytes)
            return ResolvedPath.of(db, operation.scope, (*operation.names[:-1], name)).entry()

    def measure(self, db: sqlite3.Connection, node: Node) -> tuple[int, int]:
        """Return the number of entries of a live node and its descendants, and their size in bytes.

        Raises:
            TooManyItems: there are more entries than one operation may change.
        """
        limit = self._context.settings.operation_limit
        count, size_bytes = nodes.totals(db, node, limit)
        if count > limit:
            raise TooManyItems(limit)
        return count, size_bytes

    def _free_name(
        self, db: sqlite3.Connection, operation: CopyOrMove, target: ResolvedPath
    ) -> str:
        if target.is_root:
            raise RootNotAllowed(target.path)
        node = target.node_path.live_node
        if not node:
            return target.names[-1]
        renames = operation.autorename
        if renames is None:
            renames = self._context.settings.on_conflict == "rename"
        if not renames:
            raise AlreadyExists(target.path, by_folder=bool(node.is_folder))
        return first_free(db, target, numbered_names(target.names[-1]))


def _move_links(db: sqlite3.Connection, source: Node, target: Node) -> None:
    """Let the shared links of a source and its descendants refer to the target and its descendants.

    A link replaces the link of an entry that was deleted at the new path.
    """
    linked = "SELECT 1 FROM link WHERE account_id = ? AND kind = 'share' LIMIT 1"
    if db.execute(linked, (source.account_id,)).fetchone():
        links = db.execute(_LINKED, (source.id, target.id)).fetchall()
        db.executemany("UPDATE OR REPLACE link SET entry_id = ? WHERE id = ?", links)
