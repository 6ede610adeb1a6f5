"""What once stood at a place, when a new place takes it: its past goes over to the heir.

The old place keeps its path, under a mark that no name can have, so that the change log goes on
telling of the deaths below it; paths lead to the heir. What is below the old place is handed over
entry by entry, whenever there is time: what the heir has none of moves there, and where it has its
own, that one inherits.
"""

import sqlite3

from fakebox.core import places, tree
from fakebox.core.places import COLUMNS, Place


def begin(db: sqlite3.Connection, old: Place, parent_id: int, heir_id: int) -> None:
    """Have a place inherit from a dead one, which makes way below a parent for it."""
    tree.hand_over_past(db, old, heir_id)
    for table in ("link", "copy_ref"):
        db.execute(
            f"UPDATE OR IGNORE {table} SET entry_id = ? WHERE entry_id = ?", (heir_id, old.id)
        )
        db.execute(f"DELETE FROM {table} WHERE entry_id = ?", (old.id,))
    db.execute("UPDATE inheritance SET heir_id = ? WHERE heir_id = ?", (heir_id, old.id))
    if _children(db, old.id, 1):
        tree.hang(db, old, parent_id, f"{old.folded}{places.MARK}{old.id}")
        db.execute("INSERT INTO inheritance VALUES (?, ?)", (old.id, heir_id))
    else:
        tree.uproot(db, [old.id])


def hand_over(db: sqlite3.Connection, limit: int) -> bool:
    """Hand over up to `limit` entries; whether there may be more."""
    row = db.execute("SELECT old_id, heir_id FROM inheritance LIMIT 1").fetchone()
    if row is None:
        return False
    old_id, heir_id = row
    old = places.get(db, old_id)
    entries = _children(db, old_id, limit)
    for place in entries:
        _pass_on(db, place, old, heir_id)
    if not entries:
        tree.uproot(db, [old_id])
        db.execute("DELETE FROM inheritance WHERE old_id = ?", (old_id,))
    return True


def _pass_on(db: sqlite3.Connection, place: Place, old: Place, heir_id: int) -> None:
    if place.is_live:
        place = tree.bury(db, place, old)
    heir = None if places.MARK in place.folded else places.child(db, heir_id, place.folded)
    if heir:
        begin(db, place, heir_id, heir.id)
    else:
        tree.hang(db, place, heir_id, place.folded)


def _children(db: sqlite3.Connection, place_id: int, limit: int) -> list[Place]:
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE parent_id = ? ORDER BY folded LIMIT ?",
        (place_id, limit),
    )
    return [Place(*row) for row in rows]
