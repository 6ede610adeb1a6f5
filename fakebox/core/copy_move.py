"""Copying and moving: a place, with everything below it, comes to stand at another path.

Each copy and each move is one transaction. `Settings.operation_limit` bounds how many entries it
touches, and so how long other requests wait for it.
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


@dataclass(frozen=True, slots=True)
class CopyOrMove:
    """What is to come to stand where.

    Attributes:
        find: finds the source in a transaction, or raises why there is none.
        scope: who wants it; the target is in this account.
        names: the target's path, within the caller's root.
        source_goes: whether it is moved rather than copied.
        autorename: take another name if the target is taken; `None` leaves that to the world.
    """

    find: Callable[[sqlite3.Connection], Node]
    scope: Scope
    names: tuple[str, ...]
    source_goes: bool
    autorename: bool | None = None


class CopyMove:
    """The copies and moves of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def do(self, operation: CopyOrMove) -> Entry:
        """Copy or move; what then stands at the target.

        Raises:
            RootNotAllowed, ParentIsAFile, IllegalPath: it can't be at the target.
            IntoItself: a folder is to go into itself.
            AlreadyExists: the target is taken, and it isn't to be renamed.
            TooManyItems, OverQuota: there is too much of it.
            And what finding the source raises.
        """
        now_s = self._context.clock.now_s()
        with self._context.change() as db:
            source, target = (
                operation.find(db),
                ResolvedPath.of(db, operation.scope, operation.names),
            )
            # Onto itself is another matter: that is a name which is taken.
            if source in target.node_path.chain and target.node_path.node != source:
                raise IntoItself(target.path)
            check_new_folders(target)
            name = self._free_name(db, operation, target)
            _, size_bytes = self.measure(db, source)
            parent = make_folders(db, target, now_s)[-1]
            node_writes.copy(db, source, parent, name, now_s, is_move=operation.source_goes)
            if operation.source_goes:
                node_writes.mark_deleted(db, source, now_s)
            else:
                accounts.adjust_usage(db, operation.scope.account_id, size_bytes)
            return ResolvedPath.of(db, operation.scope, (*operation.names[:-1], name)).entry()

    def measure(self, db: sqlite3.Connection, node: Node) -> tuple[int, int]:
        """How many entries a live place and all below it are, and their bytes.

        Raises:
            TooManyItems: there are more than one operation may touch.
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
