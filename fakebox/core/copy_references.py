"""Copy references: tokens that allow any account to copy a file or folder."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timezone

from fakebox.core import nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.copy_move import CopyMove, CopyOrMove
from fakebox.core.entry import Entry
from fakebox.core.errors import CopyRefNotFound, CopySourceNotFound
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import split_below_root, split_target

_LIFETIME_YEARS = 30


@dataclass(frozen=True, slots=True)
class CopyReference:
    """A token that allows any account to copy a file or folder.

    Attributes:
        reference: the token.
        expires_s: when it expires, in seconds since 1970.
    """

    reference: str
    expires_s: int


class CopyReferences:
    """The copy references of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._operations = CopyMove(context)

    def create(self, scope: Scope, path: str, rev: str | None = None) -> CopyReference:
        """Return a new copy reference to a file or folder.

        Args:
            scope: the caller.
            path: the path.
            rev: the revision of a file that is copied; `None` copies the current one.

        Raises:
            NotFound: the path has no file or folder.
            RevisionNotFound: the path has no such `rev`, or the `rev` is not a file.
            IllegalPath: the path is the root.
        """
        names = split_below_root(path, scope.rules)
        with self._context.database.transaction() as db:
            resolved = ResolvedPath.of(db, scope, names)
            node = resolved.live()
            seq = None if rev is None else resolved.file_version(db, rev).seq
            expires_s = _expiry_s(self._context.clock.now_s())
            made = CopyReference(self._context.ids.token(22), expires_s)
            db.execute(
                "INSERT INTO copy_ref VALUES (?, ?, ?, ?)",
                (made.reference, node.id, expires_s, seq),
            )
        return made

    def save(
        self, scope: Scope, reference: str, to_path: str, *, autorename: bool | None = None
    ) -> Entry:
        """Copy the file or folder of a reference to a path of the caller.

        Args:
            scope: the caller.
            reference: the token.
            to_path: the target.
            autorename: as for `Files.copy`.

        Raises:
            CopyRefNotFound: the reference is unknown or has expired.
            CopySourceNotFound: its file or folder is deleted.
            Exception: any error of `Files.copy`.
        """

        def find(db: sqlite3.Connection) -> Node:
            row = db.execute(
                "SELECT entry_id, seq FROM copy_ref WHERE ref = ? AND expires_s > ?",
                (reference, self._context.clock.now_s()),
            ).fetchone()
            if row is None:
                raise CopyRefNotFound(reference)
            node = nodes.PathIndex(db).path_to(nodes.get(db, row[0])).live_node
            if node and row[1] is not None:
                node = nodes.at_version(db, node, row[1])
            if node is None:
                raise CopySourceNotFound(reference)
            return node

        names = split_target(to_path, scope.rules)
        return self._operations.do(CopyOrMove(find, scope, names, False, autorename))


def _expiry_s(now_s: int) -> int:
    """Return the same time of day, on the same date, thirty years later."""
    now = datetime.fromtimestamp(now_s, timezone.utc)
    year = now.year + _LIFETIME_YEARS
    # The other year has no 29 February.
    day = 28 if (now.month, now.day) == (2, 29) else now.day
    return int(now.replace(year=year, day=day).timestamp())
