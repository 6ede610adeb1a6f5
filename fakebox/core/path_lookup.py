"""Where a path leads for a caller: the scope's root, the walk from it, and what may be told of its
end.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fakebox.core import accounts, nodes
from fakebox.core.accounts import Account, Scope
from fakebox.core.entry import Entry, parse_rev
from fakebox.core.errors import NotFound, RevisionNotFound
from fakebox.core.nodes import Place, Version, Walk
from fakebox.core.path_rules import fold, join

_FIRST_COLUMNS = ", ".join(
    [f"a.{name}" for name in accounts.COLUMN_NAMES]
    + [f"{place}.{name}" for place in "re" for name in nodes.COLUMN_NAMES]
)
_ROOT_AT = len(accounts.COLUMN_NAMES)
_FIRST_AT = _ROOT_AT + len(nodes.COLUMN_NAMES)


@dataclass(frozen=True, slots=True)
class Spot:
    """The end of a path, whether or not something is there.

    Attributes:
        account: whose Dropbox.
        depth: how many names lead from the account's root to the caller's.
        names: all the names from the account's root on, as the caller spelled them.
        walk: how far they lead.
    """

    account: Account
    depth: int
    names: tuple[str, ...]
    walk: Walk

    @classmethod
    def of(cls, db: sqlite3.Connection, scope: Scope, names: Sequence[str]) -> "Spot":
        """Follow names from the caller's root."""
        all_names = (*scope.root, *names)
        account, root, known = _begin(db, scope.account_id, all_names)
        return cls(account, len(scope.root), all_names, nodes.walk(db, root, all_names, known))

    def beyond(self, walk: Walk) -> "Spot":
        """The spot, for the same caller, that a walk leads to."""
        names = tuple(place.name for place in walk.chain[1:])
        return Spot(self.account, self.depth, names, walk)

    @property
    def path(self) -> str:
        """The path as the caller spelled it, from the caller's root on."""
        return join(self.names[self.depth :])

    @property
    def is_root(self) -> bool:
        """Whether this is the caller's root, which counts as there even before an app's folder is
        made.
        """
        return len(self.names) == self.depth

    @property
    def folded_names(self) -> tuple[str, ...]:
        """The names as they are compared."""
        return tuple(fold(name) for name in self.names)

    def known(self) -> Place:
        """The place here, live or dead.

        Raises:
            NotFound: nothing ever was here.
        """
        if self.walk.place is None:
            raise NotFound(self.path)
        return self.walk.place

    def live(self) -> Place:
        """The place here, in which something stands.

        Raises:
            NotFound: nothing is here.
        """
        if self.walk.live_place is None:
            raise NotFound(self.path)
        return self.walk.live_place

    def entry(self) -> Entry:
        """What is or was here.

        Raises:
            NotFound: nothing ever was.
        """
        if self.is_root:
            return Entry("/", True, False, 0, self.account.namespace_id, 0, None, 0, -1, 0)
        return self.tell(self.current())

    def current(self) -> Version:
        """What the place holds, its death included if something above it died.

        Raises:
            NotFound: nothing ever was here.
        """
        version, grave = self.known().version, self.walk.grave
        return nodes.buried(version, grave) if grave and version.is_live else version

    def history(self, db: sqlite3.Connection) -> Iterator[Version]:
        """All that was here, newest first."""
        place, current = self.known(), self.current()
        if current.seq != place.seq:
            yield current
        yield from nodes.history(db, place)

    def version(self, db: sqlite3.Connection, rev: str) -> Version:
        """What was here at a revision.

        Raises:
            RevisionNotFound: there was none of that name.
        """
        seq = parse_rev(rev, self.account.namespace_id)
        place = self.walk.place
        if seq is None or place is None:
            raise RevisionNotFound(self.path, rev)
        current = self.current()
        found = current if current.seq == seq else nodes.version_at(db, place, seq)
        if found is None:
            raise RevisionNotFound(self.path, rev)
        return found

    def tell(self, version: Version) -> Entry:
        """A version of what is or was here, as the outside is told of it."""
        namespace_id, file_id = self.account.namespace_id, self.known().file_id
        return nodes.entry_of(version, self._shown_path(), namespace_id, file_id)

    def children(self, db: sqlite3.Connection, *, dead_too: bool) -> Iterator[Entry]:
        """What is in the folder here, by folded name."""
        place, grave = self.walk.place, self.walk.grave
        if place is None or (grave and not dead_too):
            return
        prefix = self._shown_path().rstrip("/")
        for child in nodes.children(db, place.id, dead_too=dead_too):
            version = (
                nodes.buried(child.version, grave) if grave and child.is_live else child.version
            )
            path, namespace_id = f"{prefix}/{child.name}", self.account.namespace_id
            yield nodes.entry_of(version, path, namespace_id, child.file_id)

    def page(
        self, db: sqlite3.Connection, after: int, limit: int, *, dead_too: bool
    ) -> tuple[list[Entry], int | None]:
        """Up to `limit` entries of the live folder here in the order of listings, and the key that
        the next page follows; `None` if there is none.
        """
        place, prefix = self.walk.live_place, self._shown_path().rstrip("/")
        if place is None:
            return [], None
        rows = nodes.listed(db, place.id, after, limit + 1, dead_too=dead_too)
        shown, namespace_id = rows[:limit], self.account.namespace_id
        entries = [
            nodes.entry_of(child.version, f"{prefix}/{child.name}", namespace_id, child.file_id)
            for _, child in shown
        ]
        return entries, shown[-1][0] if len(rows) > limit else None

    def _shown_path(self) -> str:
        return join([place.name for place in self.walk.chain[self.depth + 1 :]])


def _begin(
    db: sqlite3.Connection, account_id: int, names: Sequence[str]
) -> tuple[Account, Place, list[Place | None]]:
    # The account, its root and the place of the first name. Every call begins with these, and each
    # statement costs more than what it reads.
    row = db.execute(
        f"SELECT {_FIRST_COLUMNS} FROM account a JOIN entry r ON r.id = a.root_id"
        " LEFT JOIN entry e ON e.parent_id = r.id AND e.folded = ? WHERE a.id = ?",
        (fold(names[0]) if names else None, account_id),
    ).fetchone()
    account, root, first = row[:_ROOT_AT], row[_ROOT_AT:_FIRST_AT], row[_FIRST_AT:]
    known = [Place(*first) if first[0] else None for _ in names[:1]]
    return accounts.account_of(account), Place(*root), known
