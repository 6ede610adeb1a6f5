"""Finding places by parts of their names, wherever they are.

Every name is kept once, with the groups of three characters that it holds. Of those that are looked
for only the rarest are looked up: following the common ones as well costs more than it saves.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from heapq import nlargest

from fakebox.core.nodes import COLUMN_NAMES, Node

_GRAM = 3
# How many groups are looked up, of how many; and how many names with one tell how rare it is.
_LOOKED_UP = 2
_CONSIDERED = 64
_SAMPLE = 8
# SQLite takes so many conditions and no more.
_CONDITIONS = 100
_ENTRY_COLUMNS = ", ".join(f"e.{name}" for name in COLUMN_NAMES)
_BY_GRAMS = (
    "SELECT n.id, n.folded FROM name_trigram t JOIN name n ON n.id = t.rowid"
    " WHERE t.folded MATCH ? AND t.rowid >= ?"
    " UNION ALL SELECT id, folded FROM unindexed_name WHERE id >= ?"
)
_ALL_NAMES = "SELECT id, folded FROM name WHERE id >= ?"
# Comes before every name and every place.
START = (0, 0)


def named_like(
    db: sqlite3.Connection, account_id: int, words: Sequence[str], after: tuple[int, int] = START
) -> Iterator[tuple[tuple[int, int], Node]]:
    """The places of an account whose folded name holds every word, live or dead, each with its key;
    those that come after a key.
    """
    conditions = " AND ".join("instr(likely.folded, ?)" for _ in words[:_CONDITIONS])
    name_id, node_id = after
    begin: tuple[str | int, ...]
    if grams := _rarest(db, words):
        likely, begin = _BY_GRAMS, (" ".join(map(_quoted, grams)), name_id, name_id)
    else:
        likely, begin = _ALL_NAMES, (name_id,)
    # Each part of `likely` comes in the order of ids, and the names without trigrams have the last.
    rows = db.execute(
        f"SELECT likely.id, {_ENTRY_COLUMNS} FROM ({likely}) likely"
        " CROSS JOIN entry e ON e.folded = likely.folded AND e.account_id = ?"
        f" WHERE e.parent_id IS NOT NULL AND (likely.id > ? OR e.id > ?) AND {conditions}",
        (*begin, account_id, name_id, node_id, *words[:_CONDITIONS]),
    )
    found = ((row[0], Node(*row[1:])) for row in rows)
    return (
        ((number, node.id), node)
        for number, node in found
        if all(word in node.folded for word in words)
    )


def _rarest(db: sqlite3.Connection, words: Sequence[str]) -> list[str]:
    grams = dict.fromkeys(gram for word in words for gram in _grams(word))
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


def _grams(word: str) -> Iterator[str]:
    # Every second one and the last hold all of the word's characters as well.
    last = len(word) - _GRAM
    for start in (*range(0, last, 2), last) if last >= 0 else ():
        yield word[start : start + _GRAM]


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'
