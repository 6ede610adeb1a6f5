"""The stored state of open uploads: their rows, their files and their locks.

The rows are cached in memory, so that a request is a single transaction that stores the new bytes.
"""

import sqlite3
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

from fakebox.core.accounts import Scope
from fakebox.core.blobs import ContentHash
from fakebox.core.context import WorldContext
from fakebox.core.errors import UploadNotFound
from fakebox.core.settings import MEBIBYTE

# The contents of failed uploads need no quota, so they are limited. The last one is always kept.
FAILED_LIMIT_BYTES = 128 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class UploadSession:
    """A chunked upload that is not committed yet.

    Attributes:
        id: its id.
        offset: the number of stored bytes, which is the offset of the next chunk.
        expires_s: when it expires, in seconds since 1970.
        is_closed: whether the upload accepts no more bytes.
        is_parallel: whether the pieces may be sent in any order.
    """

    id: str
    offset: int
    expires_s: int
    is_closed: bool = False
    is_parallel: bool = False


@dataclass(frozen=True, slots=True)
class UploadForm:
    """The form of the ids of new uploads, and their lifetime.

    Attributes:
        marker: the beginning of the ids.
        length: the number of random characters in the ids.
        lifetime: the setting with the lifetime.
    """

    marker: str
    length: int
    lifetime: Literal["upload_lifetime_s", "upload_session_lifetime_s"]


CHUNKED = UploadForm("", 22, "upload_lifetime_s")
SESSION = UploadForm("pid_upload_session:", 50, "upload_session_lifetime_s")


@dataclass(slots=True)
class UploadState:
    """The rows of an upload, as they were committed.

    Only the thread that has the lock of the upload changes it.

    Attributes:
        owner: the account, the app and the root of the caller that created the upload.
        session: the upload.
        pieces: the size of each stored piece of a parallel upload, by its offset.
        hasher: the hash of the first bytes of the file, as many as it has hashed.
        arriving: the number of pieces that are being received.
    """

    owner: tuple[int, int, str]
    session: UploadSession
    pieces: dict[int, int] = field(default_factory=dict)
    hasher: ContentHash = field(default_factory=ContentHash)
    arriving: int = 0


class UploadStore:
    """The open uploads of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._states: dict[str, UploadState] = {}
        # The sizes of the contents of failed uploads, oldest first.
        self._failed: dict[str, int] = {}
        context.database.on_replace(self._states.clear)
        context.database.on_replace(self._failed.clear)

    @contextmanager
    def lock(self, key: Hashable) -> Iterator[None]:
        """Return a context manager that locks an upload, or a range of its bytes.

        Args:
            key: the id of the upload, or the id and the offset of the range.
        """
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield

    # --- reading -----------------------------------------------------------------------------

    def find(self, scope: Scope, upload_id: str) -> UploadState:
        """Return the state of an upload, without its lock.

        Raises:
            UploadNotFound: the caller has no upload with this id.
        """
        return self._checked(self._states.get(upload_id) or self._read(upload_id), scope, upload_id)

    def load(self, scope: Scope, upload_id: str) -> UploadState:
        """Return the state of an upload, for changes. The thread must hold the lock of the upload.

        Raises:
            UploadNotFound: the caller has no upload with this id.
        """
        state = self._states.get(upload_id)
        if state is None and (state := self._read(upload_id)):
            self._states[upload_id] = state
        return self._checked(state, scope, upload_id)

    def read(self, scope: Scope, upload_id: str) -> UploadState:
        """Return the state of an upload as it is in the database, which may have changed meanwhile.

        Raises:
            UploadNotFound: the caller has no upload with this id.
        """
        return self._checked(self._read(upload_id), scope, upload_id)

    def path(self, upload_id: str) -> Path:
        """Return the path of the file with the bytes of an upload."""
        return self._context.blobs.scratch(_file_name(upload_id))

    def _read(self, upload_id: str) -> UploadState | None:
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT account_id, app_id, root, id, offset_bytes, expires_s, is_closed,"
                " is_parallel FROM upload WHERE id = ?",
                (upload_id,),
            ).fetchone()
            pieces = db.execute(
                "SELECT offset_bytes, size_bytes FROM upload_piece WHERE upload_id = ?",
                (upload_id,),
            ).fetchall()
        if row is None:
            return None
        return UploadState(row[:3], UploadSession(*row[3:6], *map(bool, row[6:])), dict(pieces))

    def _checked(self, state: UploadState | None, scope: Scope, upload_id: str) -> UploadState:
        if (
            state is None
            or state.owner != scope.owner()
            or state.session.expires_s <= self._context.clock.now_s()
        ):
            raise UploadNotFound(upload_id)
        return state

    # --- changes -----------------------------------------------------------------------------

    def new_id(self, form: UploadForm) -> str:
        """Return the id of a new upload."""
        return self._context.ids.token(form.length, form.marker)

    def insert(
        self,
        scope: Scope,
        upload_id: str,
        form: UploadForm,
        size_bytes: int,
        *,
        is_closed: bool = False,
        is_parallel: bool = False,
    ) -> UploadState:
        """Store a new upload, whose file exists already.

        Args:
            scope: the caller.
            upload_id: the id, which `new_id` returned.
            form: the form of the id.
            size_bytes: the number of bytes in the file.
            is_closed: whether the upload accepts no more bytes.
            is_parallel: whether the pieces may be sent in any order.
        """
        lifetime_s: int = getattr(self._context.settings, form.lifetime)
        expires_s = self._context.clock.now_s() + lifetime_s
        session = UploadSession(upload_id, size_bytes, expires_s, is_closed, is_parallel)
        with self._context.change() as db:
            self._delete_expired(db)
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (upload_id, *scope.owner(), session.offset, expires_s, is_closed, is_parallel),
            )
        state = self._states[upload_id] = UploadState(scope.owner(), session)
        return state

    def insert_failed(self, scope: Scope, upload_id: str, size_bytes: int) -> UploadState:
        """Store the content of a failed upload as an upload session.

        The oldest contents are deleted when all have more than `FAILED_LIMIT_BYTES`.
        """
        with self._context.change() as db:
            self._delete_failed(db, size_bytes)
            state = self.insert(scope, upload_id, SESSION, size_bytes)
            self._failed[upload_id] = size_bytes
        return state

    def update(self, session: UploadSession) -> None:
        """Store the offset of an upload, and whether it is closed. The cache does not change.

        Raises:
            UploadNotFound: the upload has expired meanwhile.
        """
        with self._context.change() as db:
            found = db.execute(
                "UPDATE upload SET offset_bytes = ?, is_closed = ? WHERE id = ?",
                (session.offset, session.is_closed, session.id),
            )
            if not found.rowcount:
                raise UploadNotFound(session.id)

    def insert_piece(self, upload_id: str, offset: int, size_bytes: int) -> None:
        """Store that a piece was received. The cache does not change."""
        with self._context.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO upload_piece VALUES (?, ?, ?)",
                (upload_id, offset, size_bytes),
            )

    def delete(self, upload_id: str) -> None:
        """Delete the rows of an upload. `discard` deletes the file when that is committed.

        Raises:
            UploadNotFound: the upload has expired meanwhile.
        """
        with self._context.change() as db:
            if not db.execute("DELETE FROM upload WHERE id = ?", (upload_id,)).rowcount:
                raise UploadNotFound(upload_id)
            db.execute("DELETE FROM upload_piece WHERE upload_id = ?", (upload_id,))

    def invalidate(self, upload_id: str) -> None:
        """Remove an upload from the cache, so that its rows are read again."""
        self._states.pop(upload_id, None)

    def discard(self, upload_id: str) -> None:
        """Delete what is stored of an upload besides its rows."""
        self._states.pop(upload_id, None)
        self._failed.pop(upload_id, None)
        self.path(upload_id).unlink(missing_ok=True)

    def delete_expired(self) -> None:
        """Delete the expired uploads, and the files that belong to no upload."""
        with self._context.database.transaction() as db:
            self._delete_expired(db)
            known = {_file_name(upload_id) for (upload_id,) in db.execute("SELECT id FROM upload")}
            unknown = [path for path in self._context.blobs.growing() if path.name not in known]
        for path in unknown:
            path.unlink(missing_ok=True)

    def _delete_expired(self, db: sqlite3.Connection) -> None:
        expired = db.execute(
            "DELETE FROM upload WHERE expires_s <= ? RETURNING id", (self._context.clock.now_s(),)
        ).fetchall()
        db.executemany("DELETE FROM upload_piece WHERE upload_id = ?", expired)
        for (upload_id,) in expired:
            self.discard(upload_id)

    def _delete_failed(self, db: sqlite3.Connection, added_bytes: int) -> None:
        """Delete the oldest contents of failed uploads, to limit them with the added bytes."""
        kept = list(self._failed.items())
        stored_bytes = sum(size_bytes for _, size_bytes in kept)
        for upload_id, size_bytes in kept:
            if stored_bytes + added_bytes <= FAILED_LIMIT_BYTES:
                break
            stored_bytes -= size_bytes
            db.execute("DELETE FROM upload WHERE id = ?", (upload_id,))
            self.discard(upload_id)


def _file_name(upload_id: str) -> str:
    # Some file systems do not allow a colon in names.
    return upload_id.rpartition(":")[2]
