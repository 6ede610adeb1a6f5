"""The SQLite database that stores a world: transactions, listeners, copies, and a cache of rows.

Modules that use this module write the SQL. This module does not depend on the tables.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

from fakebox.core.clock import Deadline
from fakebox.core.data_directory import open_database
from fakebox.core.schema import check, format_error

# Twice the default. In memory, SQLite regularly scans all pages while it inserts rows. Larger pages
# make these scans shorter and less frequent.
_PAGE_BYTES = 8192
# The number of databases in memory that are kept for the next worlds, and the size limit of each.
_SPARES = 4
_SPARE_PAGES = 128

# A stopped emulator has to end within two seconds, even during a long transaction.
CLOSE_LIMIT_S = 0.5

Key = TypeVar("Key")
Value = TypeVar("Value")


class FairLock:
    """A reentrant lock that waiting threads acquire in order.

    With `threading.RLock`, a thread that acquires the lock in a loop can block all other threads.
    """

    def __init__(self) -> None:
        # The RLock stores the owner: KeyboardInterrupt may occur before a separate assignment.
        self._lock = threading.RLock()
        self._is_mine: Callable[[], bool] = self._lock._is_owned  # type: ignore[attr-defined]  # noqa: SLF001 -- as `threading.Condition` does
        self._queue = threading.Lock()
        # Releases the lock once; it is free after as many releases as acquisitions.
        self.release: Callable[[], None] = self._lock.release

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def acquire(self) -> None:
        """Wait for the lock."""
        if self._is_mine():
            self._lock.acquire()
            return
        # The waiting thread holds the queue, so that no other thread acquires the lock first.
        with self._queue:
            self._lock.acquire()

    def try_acquire(self) -> bool:
        """Acquire the lock if no other thread holds it, and return whether it was acquired."""
        return self._lock.acquire(blocking=False)

    def acquire_within(self, timeout_s: float) -> bool:
        """Wait for the lock, at most `timeout_s` seconds, and return whether it was taken."""
        if self._is_mine():
            return self._lock.acquire()
        deadline = Deadline(timeout_s)
        if not self._queue.acquire(timeout=timeout_s):
            return False
        try:
            return self._lock.acquire(timeout=deadline.remaining_s())
        finally:
            self._queue.release()

    def is_mine(self) -> bool:
        """Return whether this thread holds the lock."""
        return self._is_mine()


class Database:
    """A database that any number of threads can use, one at a time.

    Args:
        path: the file of an existing database; `None` creates one in memory.
        template: the content of a database in memory; `None` for an empty one.

    Raises:
        DataDirectoryError: the file cannot be used.
    """

    def __init__(self, path: Path | None = None, template: "Template | None" = None) -> None:
        self._on_replace: list[Callable[[], None]] = []
        self._state = _State(path, template)
        self._reading = _Reading(self._state)

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Return a transaction. The end of the block commits it; an exception rolls it back.

        A nested transaction is committed with the outer one. If it raises, only it is rolled back.
        """
        return _Transaction(self._state)

    def unit_of_work(self) -> AbstractContextManager[None]:
        """Return a context manager that commits transactions together, even if the block raises.

        If one transaction raises, only that transaction is rolled back. Other threads wait until
        the block has ended.
        """
        return _Unit(self._state)

    def alone(self) -> AbstractContextManager[object]:
        """Return a context manager during which no other thread uses the database."""
        return self._reading

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Return a context manager that only reads."""
        return self._reading

    def after_commit(self, notify: Callable[[frozenset[int]], None]) -> None:
        """Call `notify` after each commit with the ids of the accounts whose files have changed.

        A statement marks an account as changed by the SQL function `account_changed`.
        """
        self._state.listeners.append(notify)

    def on_replace(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever the database is replaced, before any thread reads it."""
        self._on_replace.append(callback)

    def copy(self) -> sqlite3.Connection:
        """Return a copy of the database in memory."""
        with self._reading as db:
            return copied(db)

    def replace(self, source: sqlite3.Connection) -> None:
        """Replace the whole database by a copy of `source`."""
        with self._reading as db:
            source.backup(db)
            for callback in self._on_replace:
                callback()

    def release_files(self) -> bool:
        """Close the database file until the next use, unless a thread uses it.

        Returns:
            Whether the file is closed. A database in memory is never closed.
        """
        return self._state.release_files()

    def close(self, limit_s: float = CLOSE_LIMIT_S) -> None:
        """Close the database. It cannot be used afterwards.

        Args:
            limit_s: how long to wait for the thread that uses the database, in seconds. Then its
                current statement is interrupted, and the thread closes the database as soon as its
                transaction has ended.
        """
        self._state.close(limit_s)


class RowCache(Generic[Key, Value]):
    """A cache of rows of one kind that every request reads.

    A transaction that changes such a row has to call `clear`. Other threads read nothing before
    the transaction ends, so no outdated row is stored.

    Args:
        database: the database of the rows. The cache is cleared when it is replaced.
    """

    def __init__(self, database: Database) -> None:
        self._rows: dict[Key, Value] = {}
        database.on_replace(self.clear)

    def get(self, key: Key) -> Value | None:
        """Return the cached row with this key, if there is one."""
        return self._rows.get(key)

    def store(self, db: sqlite3.Connection, key: Key, value: Value) -> None:
        """Store a row that was just read, unless it is part of an uncommitted transaction."""
        if not db.in_transaction:
            self._rows[key] = value

    def clear(self) -> None:
        """Clear the cache."""
        self._rows.clear()


class _State:
    # The state that the blocks of one database share. Each block acquires and releases it.
    def __init__(self, path: Path | None, template: "Template | None") -> None:
        self.lock = FairLock()
        self.in_unit = False
        self._is_closed = False
        self.changed: set[int] = set()
        self.listeners: list[Callable[[frozenset[int]], None]] = []
        self._path = path
        self._template = template
        self._db: sqlite3.Connection | None
        if template:
            self._db = template.open(self.changed)
        else:
            self._db = self._opened(open_database(path, check) if path else _in_memory())

    def acquire(self) -> sqlite3.Connection:
        """Wait until no other thread uses the database, and open it if necessary.

        Raises:
            DataDirectoryError: the file cannot be opened any more.
        """
        self.lock.acquire()
        try:
            if self._db is None:
                self._db = self._opened_again()
        except BaseException:
            self.lock.release()
            raise
        return self._db

    def release(self) -> None:
        """Let other threads use the database; close it if `close` did not wait for this thread."""
        self.lock.release()
        if self._is_closed:
            self._close_if_unused()

    def release_files(self) -> bool:
        """See `Database.release_files`."""
        if not self._path or not self.lock.try_acquire():
            return False
        try:
            # This thread may be within a transaction.
            if self._db and not (self.in_unit or self._db.in_transaction):
                self._db.close()
                self._db = None
            return self._db is None
        finally:
            self.lock.release()

    def close(self, limit_s: float) -> None:
        """See `Database.close`."""
        db, is_first, self._is_closed = self._db, not self._is_closed, True
        is_in_use = self.lock.is_mine()
        if self.lock.acquire_within(limit_s):
            try:
                if not is_in_use:
                    self._give_back()
                self._close()
            finally:
                self.lock.release()
        elif db:
            # The other thread may have closed it meanwhile. During a second call, another world may
            # have the database already.
            with suppress(sqlite3.ProgrammingError):
                if is_first:
                    db.interrupt()
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        # The thread that releases the lock last closes the database. A thread that fails to take
        # the lock leaves this to the thread that has it.
        if not self.lock.is_mine() and self.lock.try_acquire():
            try:
                self._close()
            finally:
                self.lock.release()

    def _give_back(self) -> None:
        # Only a database that no block uses: another world gets it.
        if self._db and self._template:
            self._template.take_back(self._db)
            self._db = None

    def _close(self) -> None:
        if self._db:
            self._db.close()
            self._db = None

    def commit(self, db: sqlite3.Connection) -> frozenset[int]:
        """Commit the transaction, and return the accounts whose files it changed."""
        try:
            db.execute("COMMIT")
        except BaseException:
            self.undo(db)
            raise
        changed = frozenset(self.changed)
        self.changed.clear()
        return changed

    def undo(self, db: sqlite3.Connection) -> None:
        """Roll back the whole transaction."""
        # SQLite rolls back a transaction itself when the disk is full.
        if db.in_transaction:
            db.execute("ROLLBACK")
        self.changed.clear()

    def announce(self, changed: frozenset[int]) -> None:
        """Call the listeners if any account has changed."""
        if changed:
            for listener in self.listeners:
                listener(changed)

    def _opened(self, db: sqlite3.Connection) -> sqlite3.Connection:
        db.create_function("account_changed", 1, self.changed.add)
        return db

    def _opened_again(self) -> sqlite3.Connection:
        if self._is_closed or self._path is None:
            raise sqlite3.ProgrammingError("the database is closed")
        # The file was checked completely at first, and only this process has written to it since.
        return self._opened(open_database(self._path, format_error))


# Classes instead of generators: generators take a tenth of the time of a request.
class _Reading:
    def __init__(self, state: _State) -> None:
        self._state = state

    def __enter__(self) -> sqlite3.Connection:
        return self._state.acquire()

    def __exit__(self, *error: object) -> None:
        self._state.release()


class _Unit:
    # The transaction begins with the first change.
    _db: sqlite3.Connection

    def __init__(self, state: _State) -> None:
        self._state = state
        self._is_outermost = False

    def __enter__(self) -> None:
        state = self._state
        self._db = state.acquire()
        self._is_outermost = not (state.in_unit or self._db.in_transaction)
        state.in_unit = state.in_unit or self._is_outermost

    def __exit__(self, *error: object) -> None:
        state = self._state
        changed: frozenset[int] = frozenset()
        try:
            if self._is_outermost:
                state.in_unit = False
                if self._db.in_transaction:
                    changed = state.commit(self._db)
        finally:
            state.release()
        state.announce(changed)


class _Transaction:
    _db: sqlite3.Connection

    def __init__(self, state: _State) -> None:
        self._state = state
        self._is_inner = False
        self._commits = False

    def __enter__(self) -> sqlite3.Connection:
        state = self._state
        db = self._db = state.acquire()
        try:
            # The first transaction of a unit of work needs no savepoint: there is nothing else that
            # an error could roll back.
            self._is_inner = db.in_transaction
            self._commits = not (self._is_inner or state.in_unit)
            db.execute("SAVEPOINT inner" if self._is_inner else "BEGIN IMMEDIATE")
        except BaseException:
            state.release()
            raise
        return db

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        state, db = self._state, self._db
        changed: frozenset[int] = frozenset()
        try:
            if error and self._is_inner:
                _undo_inner(db)
            elif error:
                state.undo(db)
            elif self._is_inner:
                db.execute("RELEASE inner")
            elif self._commits:
                changed = state.commit(db)
        finally:
            state.release()
        state.announce(changed)


def _undo_inner(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK TO inner")
        db.execute("RELEASE inner")


def copied(source: sqlite3.Connection) -> sqlite3.Connection:
    """Return a copy of a database in memory."""
    duplicate = _in_memory()
    source.backup(duplicate)
    return duplicate


class Template:
    """The content of new databases in memory.

    Opening a database takes longer than serving a request, because SQLite parses the schema and
    compiles the statements again. Unused databases are therefore restored to the template and used
    again.

    Args:
        content: a database with the content. Triggers may only add rows that are in it.
    """

    def __init__(self, content: sqlite3.Connection) -> None:
        self._content = content
        self._lock = threading.Lock()
        self._spares: list[_InMemory] = []
        tables, index_tables = _tables(content)
        rows = {name: _rows(content, name) for name in tables}
        self._empty = [name for name in tables if not rows[name]]
        self._filled = [_Table(name, rows[name]) for name in tables if rows[name]]
        self._is_used = " UNION ALL ".join(
            f"SELECT EXISTS (SELECT 1 FROM {name})" for name in self._empty
        )
        # A full-text index that is not empty is not restored.
        self._index_size = " UNION ALL ".join(
            f"SELECT count(*) FROM {name}" for name in index_tables
        )
        self._no_index = content.execute(self._index_size).fetchall()

    def open(self, changed: set[int]) -> sqlite3.Connection:
        """Return a database with the content of the template.

        Args:
            changed: the set that the SQL function `account_changed` adds accounts to.
        """
        with self._lock:
            db = self._spares.pop() if self._spares else None
        if db is None:
            db = _in_memory()
            with self._lock:
                self._content.backup(db)
            # A function that is defined again invalidates all compiled statements.
            db.changes = _Changes()
            db.create_function("account_changed", 1, db.changes)
        db.changes.accounts = changed
        return db

    def take_back(self, db: sqlite3.Connection) -> None:
        """Restore a database that this template has opened for its next use, or close it."""
        assert isinstance(db, _InMemory)
        db.changes.accounts = set()
        if not (self._is_usable(db) and self._is_restored(db)):
            db.close()
            return
        with self._lock:
            if len(self._spares) < _SPARES:
                self._spares.append(db)
                return
        db.close()

    def _is_usable(self, db: sqlite3.Connection) -> bool:
        """Whether a database can be restored, without more memory than a new one takes."""
        # SQLite keeps the memory of deleted pages.
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        return pages <= _SPARE_PAGES and db.execute(self._index_size).fetchall() == self._no_index

    def _is_restored(self, db: sqlite3.Connection) -> bool:
        try:
            db.execute("BEGIN IMMEDIATE")
            used = db.execute(self._is_used).fetchall()
            for name, (is_used,) in zip(self._empty, used, strict=True):
                if is_used:
                    db.execute(f"DELETE FROM {name}")
            for table in self._filled:
                # To compare takes less time than to replace, and most of them are not changed.
                if db.execute(table.selection).fetchall() != table.rows:
                    db.execute(table.deletion)
                    db.executemany(table.insertion, table.rows)
            db.execute("COMMIT")
        except sqlite3.Error:
            # Another thread has not read all rows of a query.
            return False
        return True


class _Table:
    """A table of a template with its rows, and the statements that restore it."""

    def __init__(self, name: str, rows: list[dict[str, object]]) -> None:
        columns = ", ".join(rows[0])
        marks = ", ".join("?" * len(rows[0]))
        self.selection = f"SELECT {columns} FROM {name}"
        self.deletion = f"DELETE FROM {name}"
        # A trigger of another table may have added the row.
        self.insertion = f"INSERT OR REPLACE INTO {name} ({columns}) VALUES ({marks})"
        self.rows = [tuple(row.values()) for row in rows]


def _tables(db: sqlite3.Connection) -> tuple[list[str], list[str]]:
    """Return the names of tables: those with content, and those of full-text indexes."""
    found = dict(
        db.execute(
            "SELECT name, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_master"
            # SQLite's table of the last ids of tables that do not use an id again.
            " WHERE type = 'table' AND (name NOT LIKE 'sqlite%' OR name = 'sqlite_sequence')"
        ).fetchall()
    )
    prefixes = tuple(f"{name}_" for name, is_virtual in found.items() if is_virtual)
    index_tables = [name for name in found if name.startswith(prefixes)]
    tables = [name for name in found if not found[name] and name not in index_tables]
    return tables, index_tables


def _rows(db: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    # Omits generated columns, which cannot be inserted.
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    rows = db.execute(f"SELECT {', '.join(columns)} FROM {table}")
    return [dict(zip(columns, row, strict=True)) for row in rows]


class _Changes:
    """The SQL function `account_changed` of a database that is used by one world after another."""

    def __init__(self) -> None:
        self.accounts: set[int] = set()

    def __call__(self, account_id: int) -> None:
        """Note that the files of an account have changed."""
        self.accounts.add(account_id)


class _InMemory(sqlite3.Connection):
    changes: _Changes

    # Closes itself when it is no longer referenced, because Python 3.13 and later warn about
    # connections that were not closed.
    def __del__(self) -> None:
        # The connection is not open if its creation was interrupted.
        with suppress(sqlite3.ProgrammingError):
            self.close()


def _in_memory() -> _InMemory:
    db = sqlite3.connect(
        ":memory:", check_same_thread=False, isolation_level=None, factory=_InMemory
    )
    db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    return db
