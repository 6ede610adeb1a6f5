"""The directory that stores a world: `world.sqlite3`, and the contents of files in `content/`.

Creates and opens the database file, and returns the reason if a file or directory cannot be used.
`fakebox.core.schema` checks the content of the database.
"""

import errno
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from fakebox.core.errors import DataDirectoryError

DATABASE = "world.sqlite3"
# Files that SQLite creates next to a database file, by the end of their names.
_BESIDE = ("-wal", "-shm", "-journal")
_OS_REASONS = {
    errno.EROFS: "it is read-only",
    errno.EACCES: "permission denied: it is read-only for this user, or not readable",
    errno.EPERM: "the operation is not permitted: it is read-only for this user",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota of this user is exceeded",
    errno.ENFILE: "the system has no file descriptors left",
}
# The beginnings of SQLite's error messages. Python 3.10 does not provide the error codes.
_DATABASE_REASONS = (
    ("database is locked", "it is in use by another fakebox process"),
    ("attempt to write a readonly database", "it is read-only"),
    ("database or disk is full", "the disk is full"),
    ("disk I/O error", "the disk cannot be read or written (disk I/O error)"),
)


def os_reason(error: OSError) -> str:
    """Return the reason of an operating system error, in English."""
    if error.errno == errno.EMFILE:
        return (
            f"this process has no file descriptors left; its limit is {descriptor_limit()}"
            " (see `ulimit -n`)"
        )
    return _OS_REASONS.get(error.errno or 0) or str(error.strerror)


def database_reason(error: sqlite3.DatabaseError, path: Path) -> str:
    """Return the reason why SQLite cannot use a database file, in English.

    Args:
        error: the exception that SQLite raised.
        path: the database file.
    """
    for beginning, reason in _DATABASE_REASONS:
        if str(error).startswith(beginning):
            return reason
    if str(error).startswith("unable to open"):
        # SQLite gives no reason, so the file is opened without SQLite.
        return _why_not_opened(path) or f"its database cannot be opened ({error})"
    return f"the database is damaged ({error})"


def descriptor_limit() -> int:
    """Return the maximum number of open file descriptors of this process."""
    try:
        import resource
    except ImportError:  # pragma: no cover -- Windows
        return 512
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def sync_directory(directory: Path) -> None:
    """Write the names of new files in a directory to the disk."""
    # Windows cannot open directories.
    with suppress(PermissionError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _why_not_opened(path: Path) -> str | None:
    try:
        os.close(os.open(path, os.O_RDWR))
        # SQLite opens the other files of the database as well.
        os.close(os.open(path.parent, os.O_RDONLY))
    except OSError as error:
        return os_reason(error)
    return None


def make_directory(directory: Path) -> None:
    """Create a directory and its parents, unless they exist.

    Raises:
        DataDirectoryError: the directory cannot be created.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise DataDirectoryError(str(directory), "it is not a directory") from error
    except OSError as error:
        reason = os_reason(error)
        raise DataDirectoryError(str(directory), f"it cannot be created ({reason})") from error


def content_fault(content: Path, *, is_new: bool) -> str | None:
    """Return the reason why a folder of contents cannot be used; `None` if it can be used.

    Args:
        content: the folder.
        is_new: whether the data directory has no database.
    """
    try:
        return _content_fault(content, is_new=is_new)
    except OSError as error:
        return os_reason(error)


def _content_fault(content: Path, *, is_new: bool) -> str | None:
    if content.is_symlink():
        return "content is a symbolic link"
    for shard in content.glob("??"):
        if shard.is_symlink():
            return f"content/{shard.name} is a symbolic link"
    if is_new and any(content.glob("??/*")):
        return f"{DATABASE} is missing, but the directory content is not empty"
    return None


def create_database(path: Path, source: sqlite3.Connection) -> None:
    """Create a database file that is a copy of `source`.

    The file is created completely or not at all, and never replaces an existing one.

    Raises:
        DataDirectoryError: the file exists, or cannot be created.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="creating-", dir=path.parent) as folder:
            unfinished = Path(folder, path.name)
            with closing(sqlite3.connect(unfinished)) as db:
                source.backup(db)
            # Renaming would replace a file that another process has created in the meantime.
            os.link(unfinished, path)
            sync_directory(path.parent)
    except FileExistsError as error:
        raise DataDirectoryError(
            str(path.parent), "it is in use by another fakebox process"
        ) from error
    except OSError as error:
        raise DataDirectoryError(str(path.parent), os_reason(error)) from error
    except sqlite3.DatabaseError as error:
        raise DataDirectoryError(str(path.parent), database_reason(error, path.parent)) from error


def open_database(
    path: Path, find_fault: Callable[[sqlite3.Connection], str | None]
) -> sqlite3.Connection:
    """Open the database file of a data directory for this process alone.

    Args:
        path: the file.
        find_fault: returns the reason why the database cannot be used, or `None`.

    Raises:
        DataDirectoryError: the file cannot be used.
    """
    reason = _file_fault(path)
    if reason:
        raise DataDirectoryError(str(path.parent), reason)
    try:
        # A process that uses the file locks it until it ends, so waiting is useless.
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=0)
    except sqlite3.OperationalError as error:
        raise DataDirectoryError(str(path.parent), database_reason(error, path)) from error
    try:
        _lock(db)
        reason = find_fault(db)
        if not reason:
            _configure(db)
    except sqlite3.DatabaseError as error:
        reason = database_reason(error, path)
    if reason:
        db.close()
        raise DataDirectoryError(str(path.parent), reason)
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
            return f"its database cannot be opened ({each.name} is not a regular file)"
        if each == path and not status.st_size:
            return f"the database is damaged ({path.name} is empty)"
    return None


def _lock(db: sqlite3.Connection) -> None:
    """Lock the database against other processes, without changing the file."""
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN IMMEDIATE")
    db.execute("COMMIT")


def _configure(db: sqlite3.Connection) -> None:
    # The schema has been checked. The triggers of the schema write to the full-text index.
    db.execute("PRAGMA trusted_schema = ON")
    db.execute("PRAGMA journal_mode = WAL")
    # In WAL mode, NORMAL loses no transaction when the process is killed, and the database stays
    # consistent in any case.
    db.execute("PRAGMA synchronous = NORMAL")
