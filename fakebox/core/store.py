"""The SQLite database that holds a world: transactions, snapshots, and the data directory's file.

Rooms above write their own SQL; nothing here knows what the tables mean.
"""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType

from fakebox.core.errors import DataRefused
from fakebox.core.turns import Turns

SCHEMA_VERSION = 1
# In memory SQLite looks through all pages after every twelfth insert or so, when neighbours in a
# tree change places; with pages of this size they are half as many, and do so half as often.
_PAGE_BYTES = 8192
_DAMAGED = "the database is damaged"


class Store:
    """One database, used by any number of threads, one at a time.

    Args:
        path: the database file, made if it isn't there; `None` keeps everything in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = Turns()
        self._after_commit: list[Callable[[], None]] = []
        self._on_replace: list[Callable[[], None]] = []
        self._db = _in_file(path) if path else _in_memory()
        self._reading = _Reading(self._db, self._lock)

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A block that happens wholly or not at all.

        An inner one is part of the outer one: kept only with it, but undone alone if the outer one
        catches what it raised.
        """
        return _Transaction(self._db, self._lock, self._after_commit)

    def alone(self) -> AbstractContextManager[None]:
        """A block during which no other thread sees or changes anything."""
        return self._lock

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A block in which nothing changes."""
        return self._reading

    def after_commit(self, notify: Callable[[], None]) -> None:
        """Have `notify` called after every change that was kept."""
        self._after_commit.append(notify)

    def on_replace(self, forget: Callable[[], None]) -> None:
        """Have `forget` called whenever this becomes a copy of another, before anybody reads it."""
        self._on_replace.append(forget)

    def is_empty(self) -> bool:
        """Whether nothing was ever kept here."""
        with self._lock:
            return not _has_world(self._db)

    def copy(self) -> sqlite3.Connection:
        """The whole database as it stands, in memory, independent of this one."""
        with self._lock:
            return copied(self._db)

    def replace(self, source: sqlite3.Connection) -> None:
        """Become a copy of `source`."""
        with self._lock:
            source.backup(self._db)
            for forget in self._on_replace:
                forget()
        for notify in self._after_commit:
            notify()

    def close(self) -> None:
        """Let go of the database; nothing may be called afterwards."""
        with self._lock:
            self._db.close()


# Generators would do for these two, at a tenth of a small request.
class _Reading:
    def __init__(self, db: sqlite3.Connection, lock: Turns) -> None:
        self._db = db
        self._lock = lock

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        return self._db

    def __exit__(self, *error: object) -> None:
        self._lock.release()


class _Transaction:
    _begin, _keep, _undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"

    def __init__(
        self, db: sqlite3.Connection, lock: Turns, after_commit: list[Callable[[], None]]
    ) -> None:
        self._db = db
        self._lock = lock
        self._after_commit = after_commit

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            if self._db.in_transaction:
                self._begin, self._keep = "SAVEPOINT inner", "RELEASE inner"
                self._undo, self._after_commit = "ROLLBACK TO inner", []
            self._db.execute(self._begin)
        except BaseException:
            self._lock.release()
            raise
        return self._db

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._db.execute(self._keep)
        except BaseException:
            self._give_up()
            raise
        else:
            if error:
                self._give_up()
        finally:
            self._lock.release()
        if error is None:
            for notify in self._after_commit:
                notify()

    def _give_up(self) -> None:
        # A full disk makes SQLite end the transaction by itself.
        if self._db.in_transaction:
            self._db.execute(self._undo)


@cache
def schema() -> tuple[str, ...]:
    """The statements that make an empty world."""
    text = files("fakebox.core").joinpath("schema.sql").read_text(encoding="utf-8")
    statements, lines = [], []
    for line in text.splitlines():
        lines.append(line)
        if sqlite3.complete_statement("\n".join(lines)):
            statements.append("\n".join(lines))
            lines = []
    return tuple(statements)


def fault_in(db: sqlite3.Connection) -> str | None:
    """Why a database that holds a world can't be used; `None` if it can."""
    row = db.execute("SELECT schema_version FROM world").fetchone()
    if row and row[0] > SCHEMA_VERSION:
        return f"a newer fakebox wrote it (format {row[0]}; this one reads {SCHEMA_VERSION})"
    is_sound = db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    return None if row and is_sound else _DAMAGED


def copied(source: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of a database in memory."""
    duplicate = _in_memory()
    source.backup(duplicate)
    return duplicate


class _InMemory(sqlite3.Connection):
    # It goes with the last that knows of it, a snapshot in a test say; since Python 3.13 others
    # warn when nobody has closed them.
    def __del__(self) -> None:
        # One whose making was interrupted isn't open.
        with suppress(sqlite3.ProgrammingError):
            self.close()


def _in_memory() -> sqlite3.Connection:
    db = sqlite3.connect(
        ":memory:", check_same_thread=False, isolation_level=None, factory=_InMemory
    )
    db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    return db


def _in_file(path: Path) -> sqlite3.Connection:
    try:
        # Whoever has the file keeps it, so there is no use in waiting for it.
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=0)
    except sqlite3.OperationalError as error:
        raise DataRefused(str(path.parent), f"its database can't be opened ({error})") from error
    try:
        db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL loses nothing when the process dies, and never the database's
        # integrity.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
        reason = fault_in(db) if _has_world(db) else None
    except sqlite3.DatabaseError as error:
        reason = "another fakebox uses it" if "locked" in str(error) else f"{_DAMAGED} ({error})"
    if reason:
        db.close()
        raise DataRefused(str(path.parent), reason)
    return db


def _has_world(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = 'world'").fetchone())
