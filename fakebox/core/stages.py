"""A copy of a big folder that grows out of sight, slice by slice, until it stands somewhere.

It hangs below no root, so no path leads to it. Its changes are numbered from its beginning on, and
the change log ends before that number for as long as the copy's row in `stage` is there: whoever
reads the log meets it once it is whole. What others change in the source meanwhile is noted between
the slices and caught up with at the end.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence

from fakebox.core import identities, inheritance, places, tree
from fakebox.core.accounts import load, next_seq
from fakebox.core.places import Paths, Place, Walk

_ALL = 2**62


class Stage:
    """A copy on its way, of a live folder, for an account; every method wants a transaction.

    Attributes:
        source: the folder as it was when the copy began.
        size_bytes: what the copy's files hold by now.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        stage_id: str,
        source: Place,
        account_id: int,
        now_s: int,
        *,
        is_move: bool = False,
    ) -> None:
        self.source = source
        self.size_bytes: int = 0
        self._id = stage_id
        self._account_id = account_id
        first_seq = next_seq(db, account_id)
        self._is_move = is_move
        (self._top,) = self._twins(db, [source], None, now_s)
        db.execute(
            "INSERT INTO stage VALUES (?, ?, ?, ?)", (stage_id, account_id, first_seq, self._top.id)
        )
        self._unfinished = deque([(source.id, self._top.id, "")])
        self._remains: list[int] | None = None
        self._changed: set[int] = set()
        self._noted_seq = load(db, source.account_id).last_seq

    def is_there(self, db: sqlite3.Connection) -> bool:
        """Whether it is still on its way; it isn't once it stands, nor in a world that was reset
        or restored since.
        """
        return bool(db.execute("SELECT 1 FROM stage WHERE id = ?", (self._id,)).fetchone())

    def grow(self, db: sqlite3.Connection, limit: int, now_s: int) -> bool:
        """Copy up to `limit` more entries; whether there are more to copy."""
        self._note_changes(db)
        while self._unfinished and limit > 0:
            limit -= self._copy_some(db, limit, now_s)
        self._noted_seq = load(db, self.source.account_id).last_seq
        return bool(self._unfinished)

    def catch_up(self, db: sqlite3.Connection, limit: int, now_s: int) -> bool:
        """Do to the copy what was done below its source meanwhile; not if that is more than `limit`
        entries, or the source itself has changed. Whether it was done.
        """
        self._note_changes(db)
        if self.source.id in self._changed or len(self._changed) > limit:
            return False
        paths = Paths(db)
        walks = [paths.walk_to(places.get(db, place_id)) for place_id in self._changed]
        for walk in sorted(walks, key=lambda walk: len(walk.chain)):
            self._follow(db, walk, now_s)
        return True

    def attach(self, db: sqlite3.Connection, parent: Place, name: str, now_s: int) -> None:
        """Have the copy stand at a name below a live folder, as the heir of what died there."""
        old = places.child(db, parent.id, name)
        if old:
            inheritance.begin(db, old, parent.id, self._top.id)
        tree.attach(db, self._top, parent, name, now_s)
        db.execute("DELETE FROM stage WHERE id = ?", (self._id,))

    def give_up(self, db: sqlite3.Connection) -> None:
        """Have the change log wait for it no longer."""
        db.execute("UPDATE stage SET first_seq = ? WHERE id = ?", (places.END, self._id))

    def shrink(self, db: sqlite3.Connection, limit: int) -> bool:
        """Remove up to `limit` entries of a copy that comes to nothing; whether there are more."""
        if not self.is_there(db):
            return False
        if self._remains is None:
            self.give_up(db)
            self._remains = places.below(db, self._top.id)
        # From the leaves, so that what is left can still be found from the top.
        tree.uproot(db, self._remains[-limit:])
        del self._remains[-limit:]
        if not self._remains:
            db.execute("DELETE FROM stage WHERE id = ?", (self._id,))
        return bool(self._remains)

    def _note_changes(self, db: sqlite3.Connection) -> None:
        paths, account = Paths(db), load(db, self.source.account_id)
        after = (self._noted_seq, places.END)
        for place in places.changed(db, account.id, after, account.last_seq, -1):
            if any(step.id == self.source.id for step in paths.walk_to(place).chain):
                self._changed.add(place.id)

    def _copy_some(self, db: sqlite3.Connection, limit: int, now_s: int) -> int:
        source_id, twin_id, after = self._unfinished.popleft()
        sources = list(places.children(db, source_id, after=after, limit=limit))
        if len(sources) == limit:
            self._unfinished.appendleft((source_id, twin_id, sources[-1].folded))
        self._plant(db, sources, twin_id, now_s)
        # Even an empty folder costs a look.
        return max(1, len(sources))

    def _plant(
        self, db: sqlite3.Connection, sources: Sequence[Place], parent_id: int, now_s: int
    ) -> None:
        twins = self._twins(db, sources, parent_id, now_s)
        self.size_bytes += sum(twin.size_bytes for twin in twins)
        self._unfinished.extend(
            (source.id, twin.id, "")
            for source, twin in zip(sources, twins, strict=True)
            if source.is_folder
        )

    def _twins(
        self, db: sqlite3.Connection, sources: Sequence[Place], parent_id: int | None, now_s: int
    ) -> list[Place]:
        twins = tree.plant(db, sources, self._account_id, parent_id, now_s)
        if self._is_move:
            pairs = [(source.id, twin.id) for source, twin in zip(sources, twins, strict=True)]
            identities.carry(db, pairs)
        return twins

    def _follow(self, db: sqlite3.Connection, walk: Walk, now_s: int) -> None:
        names = [step.folded for step in walk.chain]
        names = names[[step.id for step in walk.chain].index(self.source.id) + 1 :]
        parent = places.walk(db, self._top, names[:-1]).place
        if parent is None:
            return
        if twin := places.child(db, parent.id, names[-1]):
            gone = places.below(db, twin.id)
            self.size_bytes -= places.totals(db, twin, len(gone))[1]
            tree.uproot(db, gone)
        if walk.live_place:
            self._plant(db, [walk.live_place], parent.id, now_s)
            while self._unfinished:
                self._copy_some(db, _ALL, now_s)


def discard_all(db: sqlite3.Connection) -> None:
    """Remove the copies that nobody works on any more, as after a process was killed."""
    for (top_id,) in db.execute("SELECT top_id FROM stage").fetchall():
        tree.uproot(db, places.below(db, top_id))
    db.execute("DELETE FROM stage")
