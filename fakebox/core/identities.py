"""What a file or folder is known by, wherever it moves.

That is the number of the place where it came to be, unless something else had stood there before.
Places don't move, so only what has moved, or is new where something was, has a row that says so.
"""

import sqlite3
from collections.abc import Iterable


def carry(db: sqlite3.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Have what came to the second place of each pair be known as what stood at the first."""
    db.executemany(
        "INSERT OR REPLACE INTO identity VALUES"
        " (?, coalesce((SELECT number FROM identity WHERE entry_id = ?), ?))",
        ((to_id, from_id, from_id) for from_id, to_id in pairs),
    )


def renew(db: sqlite3.Connection, place_id: int, seq: int) -> None:
    """Have what came to a place by the account's change `seq` be known as nothing was before."""
    db.execute("INSERT OR REPLACE INTO identity VALUES (?, ?)", (place_id, -seq))


def number_of(db: sqlite3.Connection, place_id: int) -> int:
    """What stands, or stood last, at a place."""
    row = db.execute("SELECT number FROM identity WHERE entry_id = ?", (place_id,)).fetchone()
    return int(row[0]) if row else place_id


def places_of(db: sqlite3.Connection, account_id: int, number: int) -> list[int]:
    """Where in an account something stands, or stood."""
    rows = db.execute(
        "SELECT e.id FROM identity i JOIN entry e ON e.id = i.entry_id"
        " WHERE i.number = ? AND e.account_id = ?"
        " UNION SELECT id FROM entry WHERE id = ? AND account_id = ? AND parent_id IS NOT NULL"
        " AND id NOT IN (SELECT entry_id FROM identity)",
        (number, account_id) * 2,
    )
    return [place_id for (place_id,) in rows]
