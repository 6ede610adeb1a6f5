"""Copying and moving: a place, with everything below it, comes to stand at another path.

Each copy and each move is one transaction. `Settings.operation_limit` bounds how many entries it
touches, and so how long other requests wait for it.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from fakebox.core import accounts, node_writes, nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import Ground
from fakebox.core.entry import Entry
from fakebox.core.errors import AlreadyExists, IntoItself, RootRefused, TooManyItems
from fakebox.core.nodes import Place
from fakebox.core.path_lookup import Spot
from fakebox.core.path_rules import numbered_names
from fakebox.core.targets import check_new_folders, first_free, make_folders


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
        now_s = self._ground.clock.now_s()
        with self._ground.change() as db:
            source, target = wish.find(db), Spot.of(db, wish.scope, wish.names)
            # Onto itself is another matter: that is a name which is taken.
            if source in target.walk.chain and target.walk.place != source:
                raise IntoItself(target.path)
            check_new_folders(target)
            name = self._free_name(db, wish, target)
            _, size_bytes = self.measure(db, source)
            parent = make_folders(db, target, now_s)[-1]
            node_writes.copy(db, source, parent, name, now_s, is_move=wish.source_goes)
            if wish.source_goes:
                node_writes.kill(db, source, now_s)
            else:
                accounts.use_room(db, wish.scope.account_id, size_bytes)
            return Spot.of(db, wish.scope, (*wish.names[:-1], name)).entry()

    def measure(self, db: sqlite3.Connection, place: Place) -> tuple[int, int]:
        """How many entries a live place and all below it are, and their bytes.

        Raises:
            TooManyItems: there are more than one operation may touch.
        """
        limit = self._ground.settings.operation_limit
        count, size_bytes = nodes.totals(db, place, limit)
        if count > limit:
            raise TooManyItems(limit)
        return count, size_bytes

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
