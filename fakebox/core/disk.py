"""Files of the operating system: why one can't be used, and how a directory is made durable."""

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

_OS_REASONS = {
    errno.EROFS: "it is read-only",
    errno.EACCES: "permission denied: it is read-only for this user, or not readable",
    errno.EPERM: "the operation is not permitted: it is read-only for this user",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota of this user is exceeded",
    errno.ENFILE: "the system has no file descriptors left",
}
# How the messages of SQLite's errors begin. Python 3.10 doesn't tell their codes.
_DATABASE_REASONS = (
    ("database is locked", "another fakebox uses it"),
    ("attempt to write a readonly database", "it is read-only"),
    ("database or disk is full", "the disk is full"),
    ("disk I/O error", "the disk can't be read or written (disk I/O error)"),
)


def os_reason(error: OSError) -> str:
    """Why the operating system refused something."""
    if error.errno == errno.EMFILE:
        return (
            f"this process has no file descriptors left; its limit is {descriptor_limit()}"
            " (see `ulimit -n`)"
        )
    return _OS_REASONS.get(error.errno or 0) or str(error.strerror)


def database_reason(error: sqlite3.DatabaseError, path: Path) -> str:
    """Why SQLite can't use a database file.

    Args:
        error: what SQLite raised.
        path: the database file.
    """
    for beginning, reason in _DATABASE_REASONS:
        if str(error).startswith(beginning):
            return reason
    if str(error).startswith("unable to open"):
        # SQLite says no more, so the operating system is asked.
        return _why_not_opened(path) or f"its database can't be opened ({error})"
    return f"the database is damaged ({error})"


def descriptor_limit() -> int:
    """How many file descriptors this process may have."""
    try:
        import resource
    except ImportError:  # pragma: no cover -- Windows
        return 512
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def sync_directory(directory: Path) -> None:
    """Have the disk hold the names of the files that were made in a directory."""
    # Windows has no such thing, and doesn't open directories.
    with suppress(PermissionError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _why_not_opened(path: Path) -> str | None:
    try:
        os.close(os.open(path, os.O_RDWR))
        # SQLite opens more files beside it.
        os.close(os.open(path.parent, os.O_RDONLY))
    except OSError as error:
        return os_reason(error)
    return None
