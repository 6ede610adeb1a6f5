"""Copying and moving: a place, with everything below it, comes to stand at another path.

What is small is done in one transaction. What is big is copied out of sight, a slice to a
transaction, so that others get their turn in between; then it comes into sight in one small
transaction, in which everything that could refuse it is looked at again.

Two things keep the others waiting from their beginning to their end: spelling a folder's name in
another case, which touches every entry below it, and the first use of a deleted folder's path,
which touches those that were right in it. Links and revisions have to tell throughout what they
told before, so neither can be built beside the old place. An operation touches 10,000 entries at
most unless `Settings.operation_limit` says otherwise; so many took 0.1 s in memory and 0.2 s in a
data directory on two cores, and ten times as many take ten times as long.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from fakebox.core import accounts, inheritance, places, tree
from fakebox.core.accounts import Scope
from fakebox.core.entry import Entry
from fakebox.core.errors import AlreadyExists, IntoItself, RootRefused, TooManyItems
from fakebox.core.ground import Ground
from fakebox.core.paths import numbered_names
from fakebox.core.places import Place
from fakebox.core.spots import Spot
from fakebox.core.stages import Stage, discard_all
from fakebox.core.targets import check_new_folders, first_free, make_folders

_ALL = 2**62


@dataclass(frozen=True, slots=True)
class Relocation:
    """What is to come to stand where.

    Attributes:
        find: finds the source in a transaction, or raises why there is none.
        scope: who wants it; the target is in this account.
        names: the target's path, within the caller's root.
        source_goes: whether it is moved rather than copied.
        autorename: take another name if the target is taken; `None` leaves that to the world.
    """

    find: Callable[[sqlite3.Connection], Place]
    scope: Scope
    names: tuple[str, ...]
    source_goes: bool
    autorename: bool | None = None


@dataclass(frozen=True, slots=True)
class _Ends:
    source: Place
    target: Spot
    name: str


class Relocations:
    """The copies and moves of a world."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def do(self, wish: Relocation) -> Entry:
        """Copy or move; what then stands at the target.

        Raises:
            RootRefused, ParentIsAFile, IllegalPath: it can't be at the target.
            IntoItself: a folder is to go into itself.
            AlreadyExists: the target is taken, and it isn't to be renamed.
            TooManyItems, OverQuota: there is too much of it.
            And what finding the source raises.
        """
        with self._ground.change() as db:
            ends = self._ends(db, wish)
            count, size_bytes = self.measure(db, ends.source)
            if count <= self._ground.settings.slice_size:
                return self._at_once(db, wish, ends, size_bytes)
            stage = Stage(
                db,
                self._ground.ids.token(),
                ends.source,
                wish.scope.account_id,
                self._now_s(),
                is_move=wish.source_goes,
            )
        try:
            return self._in_slices(wish, stage)
        finally:
            self._clear_away(stage)

    def measure(self, db: sqlite3.Connection, place: Place) -> tuple[int, int]:
        """How many entries a live place and all below it are, and their bytes.

        Raises:
            TooManyItems: there are more than one operation may touch.
        """
        limit = self._ground.settings.operation_limit
        count, size_bytes = places.totals(db, place, limit)
        if count > limit:
            raise TooManyItems(limit)
        return count, size_bytes

    def _in_slices(self, wish: Relocation, stage: Stage) -> Entry:
        slice_size = self._ground.settings.slice_size
        is_growing = True
        while is_growing:
            with self._ground.change() as db:
                is_growing = stage.is_there(db) and stage.grow(db, slice_size, self._now_s())
        with self._ground.change() as db:
            ends = self._ends(db, wish)
            is_whole = stage.is_there(db) and ends.source.id == stage.source.id
            if not (is_whole and stage.catch_up(db, slice_size, self._now_s())):
                # Too much has changed: others will have to wait.
                stage.give_up(db)
                return self._at_once(db, wish, ends, self.measure(db, ends.source)[1])
            parent = make_folders(db, ends.target, self._now_s())[-1]
            stage.attach(db, parent, ends.name, self._now_s())
            return self._finish(db, wish, ends, stage.size_bytes)

    def _at_once(
        self, db: sqlite3.Connection, wish: Relocation, ends: _Ends, size_bytes: int
    ) -> Entry:
        parent = make_folders(db, ends.target, self._now_s())[-1]
        tree.copy(db, ends.source, parent, ends.name, self._now_s(), is_move=wish.source_goes)
        return self._finish(db, wish, ends, size_bytes)

    def _ends(self, db: sqlite3.Connection, wish: Relocation) -> _Ends:
        source, target = wish.find(db), Spot.of(db, wish.scope, wish.names)
        # Onto itself is another matter: that is a name which is taken.
        if source in target.walk.chain and target.walk.place != source:
            raise IntoItself(target.path)
        check_new_folders(target)
        return _Ends(source, target, self._free_name(db, wish, target))

    def _free_name(self, db: sqlite3.Connection, wish: Relocation, target: Spot) -> str:
        if target.is_root:
            raise RootRefused(target.path)
        place = target.walk.live_place
        if not place:
            return target.names[-1]
        renames = wish.autorename
        if renames is None:
            renames = self._ground.settings.on_conflict == "rename"
        if not renames:
            raise AlreadyExists(target.path, by_folder=bool(place.is_folder))
        return first_free(db, target, numbered_names(target.names[-1]))

    def _finish(
        self, db: sqlite3.Connection, wish: Relocation, ends: _Ends, size_bytes: int
    ) -> Entry:
        if wish.source_goes:
            tree.kill(db, ends.source, self._now_s())
        else:
            accounts.use_room(db, wish.scope.account_id, size_bytes)
        names = (*ends.target.names[ends.target.depth : -1], ends.name)
        return Spot.of(db, wish.scope, names).entry()

    def _clear_away(self, stage: Stage) -> None:
        # Each of these is a few times the work of a copy.
        limit = max(1, self._ground.settings.slice_size // 4)
        for step in (stage.shrink, inheritance.hand_over):
            has_more = True
            while has_more:
                with self._ground.store.transaction() as db:
                    has_more = step(db, limit)

    def _now_s(self) -> int:
        return self._ground.clock.now_s()


def finish_relocations(db: sqlite3.Connection) -> None:
    """Bring to their end what a process left undone that was killed, or is still at it elsewhere:
    copies out of sight are given up, those that stand come into all of their past.
    """
    discard_all(db)
    while inheritance.hand_over(db, _ALL):
        pass
