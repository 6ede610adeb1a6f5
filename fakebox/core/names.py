"""Finding places by parts of their names, wherever they are.

Every name is kept once, with the groups of three characters that it holds. Of those that are looked
for only the rarest are looked up: following the common ones as well costs more than it saves.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from heapq import nlargest

from fakebox.core.places import COLUMNS, Place

_GRAM = 3
# How many groups are looked up, of how many; and how many names with one tell how rare it is.
_LOOKED_UP = 4
_CONSIDERED = 64
_SAMPLE = 8
# SQLite takes so many conditions and no more.
_CONDITIONS = 100


def named_like(db: sqlite3.Connection, account_id: int, words: Sequence[str]) -> Iterator[Place]:
    """The places of an account whose folded name holds every word, live or dead."""
    columns = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
    conditions = " AND ".join("instr(e.folded, ?)" for _ in words[:_CONDITIONS])
    if grams := _rarest(db, words):
        rows = db.execute(
            f"SELECT {columns} FROM name_trigram t JOIN name n ON n.id = t.rowid"
            " CROSS JOIN entry e ON e.folded = n.folded AND e.account_id = ?"
            f" WHERE t.folded MATCH ? AND {conditions}",
            (account_id, " ".join(map(_quoted, grams)), *words[:_CONDITIONS]),
        )
    else:
        rows = db.execute(
            f"SELECT {columns} FROM entry e WHERE e.account_id = ? AND e.parent_id IS NOT NULL"
            f" AND {conditions}",
            (account_id, *words[:_CONDITIONS]),
        )
    places = (Place(*row) for row in rows)
    return (place for place in places if all(word in place.folded for word in words))


def _rarest(db: sqlite3.Connection, words: Sequence[str]) -> list[str]:
    grams = dict.fromkeys(
        word[start : start + _GRAM] for word in words for start in range(len(word) - _GRAM + 1)
    )
    seen: list[tuple[int, str]] = []
    for gram in list(grams)[:_CONSIDERED]:
        row = db.execute(
            "SELECT rowid FROM name_trigram WHERE folded MATCH ? LIMIT 1 OFFSET ?",
            (_quoted(gram), _SAMPLE),
        ).fetchone()
        if row is None:
            return [gram]
        # The further apart the first names with it are, the fewer there are of them.
        seen.append((row[0], gram))
    return [gram for _, gram in nlargest(_LOOKED_UP, seen)]


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'
