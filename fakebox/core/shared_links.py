"""Lasting links as their owner keeps them: made, listed, limited in time, and revoked.

What a link shows to whoever has it is in `sharing`.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from fakebox.core import nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import LinkNotFound, NotAllowed
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import fold, split
from fakebox.core.sharing import Link, Sharing


@dataclass(frozen=True, slots=True)
class SharedLink:
    """A lasting link and what it shares.

    Attributes:
        link: the link.
        entry: what it shares, under its owner's path.
        expires_s: when the owner has it end, in seconds since 1970; `None` if it isn't to.
        owner_id: whose it is.
    """

    link: Link
    entry: Entry
    expires_s: int | None
    owner_id: int


class SharedLinks:
    """The lasting links of a world's accounts."""

    def __init__(self, context: WorldContext, sharing: Sharing) -> None:
        self._context = context
        self._sharing = sharing

    def make(
        self, scope: Scope, path: str, expires_s: int | None = None
    ) -> tuple[SharedLink, bool]:
        """The link to a file or folder, and whether it was made now; one that was there stays as
        it is.

        Raises:
            NotFound: nothing is there.
            IllegalPath: it is the root.
        """
        with self._context.database.transaction():
            known = next((one for one in self.all(scope, path) if _is_at(one, path)), None)
            if known:
                return known, False
            link = self._sharing.share(scope, path)
            if expires_s is not None:
                self.limit(scope, link.token, expires_s)
            return self.find(link.token, scope), True

    def all(self, scope: Scope, path: str | None = None) -> list[SharedLink]:
        """The caller's links: every one, or those that lead to a path or to a folder above it.

        Raises:
            NotFound: nothing is at the path.
        """
        names = None if path is None else tuple(map(fold, split(path)))
        with self._context.database.reading() as db:
            if path is not None:
                ResolvedPath.of(db, scope, split(path)).live()
            found = list(self._of_account(db, scope))
        return [one for one in found if names is None or _leads_to(one, names)]

    def find(self, token: str, scope: Scope | None = None) -> SharedLink:
        """The link of a token, with the path that its owner, or a scope of theirs, sees.

        Raises:
            LinkNotFound: there is none, it has expired, or nothing is there any more.
        """
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT e.account_id FROM link l JOIN entry e ON e.id = l.entry_id"
                " WHERE l.token = ? AND l.kind = 'share'",
                (token,),
            ).fetchone()
            if row is None:
                raise LinkNotFound(token)
            is_own = scope is not None and scope.account_id == row[0]
            owner = scope if scope and is_own else Scope(row[0], 0)
            for one in self._of_account(db, owner):
                if one.link.token == token:
                    return one
        raise LinkNotFound(token)

    def limit(self, scope: Scope, token: str, expires_s: int | None) -> SharedLink:
        """Have a link of the caller's end at a time, or (`None`) last.

        Raises:
            LinkNotFound: as `find`.
            NotAllowed: it is another's.
        """
        with self._context.database.transaction() as db:
            self._own(scope, token)
            lasting_s = self._sharing.lasting_until_s()
            db.execute(
                "UPDATE link SET expires_s = ?, is_limited = ? WHERE token = ?",
                (lasting_s if expires_s is None else expires_s, expires_s is not None, token),
            )
            return self.find(token, scope)

    def revoke(self, scope: Scope, token: str) -> None:
        """Have a link of the caller's lead nowhere.

        Raises:
            LinkNotFound: as `find`.
            NotAllowed: it is another's.
        """
        with self._context.database.transaction() as db:
            self._own(scope, token)
            db.execute("DELETE FROM link WHERE token = ?", (token,))

    def _own(self, scope: Scope, token: str) -> None:
        if self.find(token, scope).owner_id != scope.account_id:
            raise NotAllowed

    def _of_account(self, db: sqlite3.Connection, scope: Scope) -> Iterator[SharedLink]:
        base, paths = ResolvedPath.of(db, scope, ()), nodes.PathIndex(db)
        rows = db.execute(
            "SELECT l.token, l.short_code, e.name, l.expires_s, l.is_limited, e.id FROM link l"
            " JOIN entry e ON e.id = l.entry_id"
            " WHERE e.account_id = ? AND l.kind = 'share' AND l.expires_s > ? ORDER BY l.token",
            (scope.account_id, self._context.clock.now_s()),
        ).fetchall()
        for token, short_code, name, expires_s, is_limited, node_id in rows:
            node_path = paths.path_to(nodes.get(db, node_id))
            names = tuple(node.folded for node in node_path.chain[1:])
            if node_path.live_node and names[: base.depth] == base.folded_names:
                entry = base.beyond(node_path).entry()
                limit_s = expires_s if is_limited else None
                link = Link(token, short_code, name, expires_s)
                yield SharedLink(link, entry, limit_s, scope.account_id)


def _is_at(one: SharedLink, path: str) -> bool:
    return tuple(map(fold, split(one.entry.path))) == tuple(map(fold, split(path)))


def _leads_to(one: SharedLink, names: tuple[str, ...]) -> bool:
    own = tuple(map(fold, split(one.entry.path)))
    return names[: len(own)] == own
