"""Rows that every request asks for, kept at hand until one of their kind changes."""

import sqlite3
from typing import Generic, TypeVar

from fakebox.core.database import Database

Key = TypeVar("Key")
Value = TypeVar("Value")


class RowCache(Generic[Key, Value]):
    """What was read lately of one kind of row.

    Whoever changes such a row has to `forget` in the same transaction: nobody else reads before
    that has ended, so nothing out of date is noted.

    Args:
        database: where the rows are; when it becomes another's copy, all is forgotten.
    """

    def __init__(self, database: Database) -> None:
        self._known: dict[Key, Value] = {}
        database.on_replace(self.forget)

    def get(self, key: Key) -> Value | None:
        """What is known by this key."""
        return self._known.get(key)

    def note(self, db: sqlite3.Connection, key: Key, value: Value) -> None:
        """Keep what was just read, unless it may yet be undone."""
        if not db.in_transaction:
            self._known[key] = value

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._known.clear()
