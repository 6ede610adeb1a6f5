"""The SQLite database that holds a world: transactions, snapshots, and the data directory's file.

Rooms above write their own SQL; nothing here knows what the tables mean.
"""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from types import TracebackType

from fakebox.core.disk import database_reason, os_reason, sync_directory
from fakebox.core.errors import DataRefused
from fakebox.core.storage_check import check
from fakebox.core.storage_format import format_error
from fakebox.core.turns import Turns

# In memory SQLite looks through all pages after every twelfth insert or so, when neighbours in a
# tree change places; with pages of this size they are half as many, and do so half as often.
_PAGE_BYTES = 8192
# What SQLite keeps beside a database file, by the ends of their names.
_BESIDE = ("-wal", "-shm", "-journal")


class Store:
    """One database, used by any number of threads, one at a time.

    Args:
        path: the file of an existing database; `None` keeps everything in memory.

    Raises:
        DataRefused: the file can't be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Turns()
        self._after_commit: list[Callable[[], None]] = []
        self._on_replace: list[Callable[[], None]] = []
        self._db: sqlite3.Connection | None = _in_file(path, check) if path else _in_memory()
        self._reading = _Reading(self)

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A block that happens wholly or not at all.

        An inner one is part of the outer one: kept only with it, but undone alone if the outer one
        catches what it raised.
        """
        return _Transaction(self, self._after_commit)

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

    def copy(self) -> sqlite3.Connection:
        """The whole database as it stands, in memory, independent of this one."""
        with self._reading as db:
            return copied(db)

    def replace(self, source: sqlite3.Connection) -> None:
        """Become a copy of `source`."""
        with self._reading as db:
            source.backup(db)
            for forget in self._on_replace:
                forget()
        for notify in self._after_commit:
            notify()

    def release_files(self) -> bool:
        """Close the database file until the next use, unless a thread is using it now.

        Returns:
            Whether it is closed now. A database in memory never is.
        """
        if not self._path or not self._lock.try_acquire():
            return False
        try:
            # This thread itself may be within a transaction.
            if self._db and not self._db.in_transaction:
                self._db.close()
                self._db = None
            return self._db is None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let go of the database; nothing may be called afterwards."""
        with self._lock:
            self._path = None
            if self._db:
                self._db.close()

    def acquire(self) -> sqlite3.Connection:
        """Wait until no other thread uses the database; it is opened again if need be.

        Raises:
            DataRefused: it can't be opened any more.
        """
        self._lock.acquire()
        try:
            if self._db is None:
                self._db = self._opened_again()
        except BaseException:
            self._lock.release()
            raise
        return self._db

    def release(self) -> None:
        """Let other threads use the database."""
        self._lock.release()

    def _opened_again(self) -> sqlite3.Connection:
        if self._path is None:
            raise sqlite3.ProgrammingError("the database is closed")
        # It was checked in full when it was opened first, and this process wrote it since.
        return _in_file(self._path, format_error)


# Generators would do for these two, at a tenth of a small request.
class _Reading:
    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> sqlite3.Connection:
        return self._store.acquire()

    def __exit__(self, *error: object) -> None:
        self._store.release()


class _Transaction:
    _begin, _keep, _undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"

    _db: sqlite3.Connection

    def __init__(self, store: Store, after_commit: list[Callable[[], None]]) -> None:
        self._store = store
        self._after_commit = after_commit

    def __enter__(self) -> sqlite3.Connection:
        db = self._db = self._store.acquire()
        try:
            if db.in_transaction:
                self._begin, self._keep = "SAVEPOINT inner", "RELEASE inner"
                self._undo, self._after_commit = "ROLLBACK TO inner", []
            db.execute(self._begin)
        except BaseException:
            self._store.release()
            raise
        return db

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
            self._store.release()
        if error is None:
            for notify in self._after_commit:
                notify()

    def _give_up(self) -> None:
        # A full disk makes SQLite end the transaction by itself.
        if self._db.in_transaction:
            self._db.execute(self._undo)


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


def create_file(path: Path, source: sqlite3.Connection) -> None:
    """Make a database file that is a copy of `source`: whole, or not at all.

    Raises:
        DataRefused: it can't be made, or is there.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="creating-", dir=path.parent) as folder:
            unfinished = Path(folder, path.name)
            with closing(sqlite3.connect(unfinished)) as db:
                source.backup(db)
            # Unlike renaming, this never replaces what another process has made meanwhile.
            os.link(unfinished, path)
            sync_directory(path.parent)
    except FileExistsError as error:
        raise DataRefused(str(path.parent), "another fakebox uses it") from error
    except OSError as error:
        raise DataRefused(str(path.parent), os_reason(error)) from error
    except sqlite3.DatabaseError as error:
        raise DataRefused(str(path.parent), database_reason(error, path.parent)) from error


def _in_file(
    path: Path, find_fault: Callable[[sqlite3.Connection], str | None]
) -> sqlite3.Connection:
    reason = _file_fault(path)
    if reason:
        raise DataRefused(str(path.parent), reason)
    try:
        # Whoever has the file keeps it, so there is no use in waiting for it.
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=0)
    except sqlite3.OperationalError as error:
        raise DataRefused(str(path.parent), database_reason(error, path)) from error
    try:
        _lock(db)
        reason = find_fault(db)
        if not reason:
            _configure(db)
    except sqlite3.DatabaseError as error:
        reason = database_reason(error, path)
    if reason:
        db.close()
        raise DataRefused(str(path.parent), reason)
    return db


def _file_fault(path: Path) -> str | None:
    for each in (path, *(path.with_name(path.name + end) for end in _BESIDE)):
        try:
            status = each.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISLNK(status.st_mode):
            return f"{each.name} is a symbolic link"
        if not stat.S_ISREG(status.st_mode):
            return f"its database can't be opened ({each.name} is not a regular file)"
        if each == path and not status.st_size:
            return f"the database is damaged ({path.name} is empty)"
    return None


def _lock(db: sqlite3.Connection) -> None:
    """Have no other process use the database; the file stays as it is."""
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN IMMEDIATE")
    db.execute("COMMIT")


def _configure(db: sqlite3.Connection) -> None:
    # The schema is this version's own by now; its triggers write to the full-text index.
    db.execute("PRAGMA trusted_schema = ON")
    db.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL loses nothing when the process dies, and never the database's
    # integrity.
    db.execute("PRAGMA synchronous = NORMAL")
