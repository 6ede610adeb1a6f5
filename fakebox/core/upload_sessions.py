"""Chunked uploads: several requests upload parts of a content, and a commit creates the file.

A sequential upload receives chunks one after the other. A parallel upload receives pieces in any
order and at the same time. Both are written to a file outside of transactions. The rows of open
uploads are cached in memory, so that a request is a single transaction that stores the new bytes.
"""

import os
import sqlite3
import threading
from collections.abc import Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from io import FileIO
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

from fakebox.core.accounts import Scope
from fakebox.core.blobs import ContentHash, Incoming, write_all
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import (
    DifferentData,
    InvalidPiece,
    UploadClosed,
    UploadNotFound,
    WrongOffset,
)
from fakebox.core.files import Files, WriteMode
from fakebox.core.settings import MEBIBYTE

# In a parallel upload, the offset of each piece is a multiple of this number.
PIECE_BYTES = 4 * MEBIBYTE
# The maximum size of a file that is uploaded in pieces.
FILE_LIMIT_BYTES = 2**41 - 2**22
_READ_BYTES = 1024 * 1024
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
class _State:
    # The rows of an upload, as they were committed. Only the thread that has the upload's lock
    # changes them.
    owner: tuple[int, int, str]
    session: UploadSession
    pieces: dict[int, int] = field(default_factory=dict)
    hasher: ContentHash = field(default_factory=ContentHash)
    arriving: int = 0


class OpenUpload:
    """An upload that is locked for the current thread until the end of a block."""

    def __init__(self, context: WorldContext, files: Files, scope: Scope, state: _State) -> None:
        self.session: UploadSession = state.session
        self.is_changed: bool = False
        self.is_committed: bool = False
        self._context = context
        self._files = files
        self._scope = scope
        self._state = state
        self._path = _scratch(context, state.session.id)

    def write(self, blocks: Iterable[bytes], offset: int) -> None:
        """Write a chunk to the file of the upload. `keep` or `commit` stores it.

        Args:
            blocks: the bytes of the chunk. An exception that they raise is not caught.
            offset: the offset of the chunk in the content.

        Raises:
            UploadNotFound: the upload is parallel.
            UploadClosed: the upload accepts no more bytes.
            WrongOffset: the upload does not end at `offset`.
        """
        session = self.session
        if session.is_parallel:
            raise UploadNotFound(session.id)
        if session.is_closed:
            raise UploadClosed(session.id)
        if offset != session.offset:
            raise WrongOffset(session.id, offset, session.offset, session.expires_s)
        hasher = self._hasher()
        _write(self._path, session.offset, blocks, hasher)
        self.session = replace(session, offset=hasher.size_bytes)

    def keep(self, *, closes: bool = False) -> UploadSession:
        """Store the bytes that were written.

        Args:
            closes: the upload accepts no more bytes afterwards.

        Raises:
            UploadNotFound: the upload has expired meanwhile.
        """
        self.session = replace(self.session, is_closed=closes)
        with self._context.change() as db:
            found = db.execute(
                "UPDATE upload SET offset_bytes = ?, is_closed = ? WHERE id = ?",
                (self.session.offset, closes, self.session.id),
            )
            if not found.rowcount:
                raise UploadNotFound(self.session.id)
        self.is_changed = True
        return self.session

    def content(self) -> Incoming:
        """Return the content, after hashing it and writing it to the disk. This may take long.

        Raises:
            UploadNotFound: a part of the content is lost.
            InvalidPiece: a piece is missing, or is being received.
        """
        if self.session.is_parallel:
            _check_pieces(self._state)
        content = self._hasher().content()
        if content.size_bytes != self.session.offset:
            # For example after a power failure.
            raise UploadNotFound(self.session.id)
        # The bytes beyond the offset were never acknowledged.
        os.truncate(self._path, self.session.offset)
        incoming = Incoming(content, self._path)
        self._context.blobs.flush(incoming)
        return incoming

    def commit(
        self, content: Incoming, path: str, mode: WriteMode, client_mtime_s: int | None = None
    ) -> Entry:
        """Create a file with the content, and end the upload.

        Raises:
            UploadNotFound: the upload has expired meanwhile.
            Exception: any error of `Files.put`. The upload then keeps the stored bytes.
        """
        upload_id = self.session.id
        with self._context.change() as db:
            if not db.execute("DELETE FROM upload WHERE id = ?", (upload_id,)).rowcount:
                raise UploadNotFound(upload_id)
            db.execute("DELETE FROM upload_piece WHERE upload_id = ?", (upload_id,))
            entry = self._files.keep(self._scope, path, content, mode, client_mtime_s)
        self.is_changed = self.is_committed = True
        return entry

    def _hasher(self) -> ContentHash:
        hasher, offset = self._state.hasher, self.session.offset
        if self.session.is_parallel or hasher.size_bytes != offset:
            # The pieces of a parallel upload are not hashed on arrival. The hash of a sequential
            # upload may include a chunk that was not stored, or be empty after a restart.
            hasher = self._state.hasher = ContentHash()
            for block in _blocks(self._path, offset):
                hasher.update(block)
        return hasher


class UploadSessions:
    """The chunked uploads of a world."""

    def __init__(self, context: WorldContext, files: Files) -> None:
        self._context = context
        self._files = files
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._states: dict[str, _State] = {}
        # The sizes of the contents of failed uploads, oldest first.
        self._failed: dict[str, int] = {}
        context.database.on_replace(self._states.clear)
        context.database.on_replace(self._failed.clear)

    def begin(
        self, scope: Scope, *, parallel: bool = False, form: UploadForm = CHUNKED
    ) -> UploadSession:
        """Begin an upload without bytes.

        Args:
            scope: the caller.
            parallel: whether the pieces may be sent in any order.
            form: the form of the id.
        """
        return self._begin(scope, (), form, is_parallel=parallel)

    def begin_with(self, scope: Scope, incoming: Incoming) -> UploadSession:
        """Begin an upload session with a content that was received, but not stored.

        A client can commit the content of a failed upload to another path. Earlier contents of
        failed uploads are deleted when all have more than `FAILED_LIMIT_BYTES`.
        """
        upload_id, source = self._new_id(SESSION), incoming.source
        path = _scratch(self._context, upload_id)
        if isinstance(source, bytes):
            path.write_bytes(source)
        else:
            os.link(source, path)
        try:
            with self._context.change() as db:
                self._delete_failed(db, incoming.content.size_bytes)
                session = self._insert(scope, upload_id, SESSION, incoming.content.size_bytes)
                self._failed[upload_id] = session.offset
            return session
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def append(
        self,
        scope: Scope,
        blocks: Iterable[bytes],
        upload_id: str | None = None,
        offset: int = 0,
        *,
        closes: bool = False,
        form: UploadForm = CHUNKED,
    ) -> UploadSession:
        """Add a chunk to an upload; without an `upload_id`, to a new upload.

        If the blocks raise an exception, the chunk is not stored, and the exception is not caught.

        Args:
            scope: the caller.
            blocks: the bytes of the chunk.
            upload_id: the upload.
            offset: the offset of the chunk in the content.
            closes: whether the chunk is the last chunk.
            form: the form of the id of a new upload.

        Raises:
            UploadNotFound: the caller has no upload with this id.
            UploadClosed: the upload accepts no more bytes.
            WrongOffset: the upload does not end at `offset`.
        """
        if upload_id is None and offset == 0:
            return self._begin(scope, blocks, form, is_closed=closes)
        with self.exclusive(scope, upload_id or self.begin(scope, form=form).id) as upload:
            upload.write(blocks, offset)
            return upload.keep(closes=closes)

    def commit(
        self,
        scope: Scope,
        upload_id: str,
        path: str,
        mode: WriteMode,
        client_mtime_s: int | None = None,
    ) -> Entry:
        """Create a file with the uploaded content, and end the upload.

        Raises:
            UploadNotFound: the caller has no upload with this id.
            InvalidPiece: a piece is missing, or is being received.
            Exception: any error of `Files.put`. The upload is then not deleted.
        """
        with self.exclusive(scope, upload_id) as upload:
            return upload.commit(upload.content(), path, mode, client_mtime_s)

    @contextmanager
    def exclusive(self, scope: Scope, upload_id: str) -> Iterator[OpenUpload]:
        """Return a context manager that locks an upload for the current thread.

        It must be entered outside of a transaction, because it waits until another request has
        received its chunk. Written bytes are ignored unless `keep` or
        `commit` stores them in the block, and the transaction succeeds.

        Raises:
            UploadNotFound: the caller has no upload with this id.
        """
        with self._lock(upload_id), _unless_deleted(upload_id):
            state = self._load(scope, upload_id)
            upload = OpenUpload(self._context, self._files, scope, state)
            try:
                yield upload
            except BaseException:
                if upload.is_changed:
                    # The database contains the current state, which is read again.
                    self._states.pop(upload_id, None)
                raise
            if upload.is_committed:
                self._discard(upload_id)
            elif upload.is_changed:
                state.session = upload.session

    def put_piece(
        self,
        scope: Scope,
        blocks: Iterable[bytes],
        upload_id: str,
        offset: int,
        *,
        closes: bool = False,
    ) -> None:
        """Add a piece to a parallel upload.

        An incomplete piece is not stored. Bytes that are stored already are compared with those of
        the piece, and never replaced.

        Args:
            scope, blocks, upload_id: as for `append`.
            offset: the offset of the piece in the content, a multiple of `PIECE_BYTES`.
            closes: whether the content ends with this piece. The size of all other pieces is a
                multiple of `PIECE_BYTES` as well.

        Raises:
            UploadNotFound: the caller has no upload with this id.
            UploadClosed: the content ends before this piece.
            InvalidPiece: the offset or the size is not a multiple of `PIECE_BYTES`, or the piece
                ends beyond `FILE_LIMIT_BYTES`.
            DifferentData: other bytes are stored at the offset, or within the piece.
        """
        # Pieces may overlap. Each locks a range of `PIECE_BYTES` before its bytes are written.
        with (
            ExitStack() as ranges,
            _unless_deleted(upload_id),
            self._arrival(scope, upload_id, offset, closes),
            FileIO(_scratch(self._context, upload_id), "r+") as file,
        ):
            end, stored_end = offset, 0
            for start, part in _parts(blocks, offset):
                if start % PIECE_BYTES == 0:
                    ranges.enter_context(self._lock((upload_id, start)))
                    stored_end = self._stored_end(scope, upload_id, start)
                _write_part(file, start, part, stored_end)
                end = start + len(part)
            if (end - offset) % PIECE_BYTES and not closes:
                raise InvalidPiece(upload_id, "size")
            with self._lock(upload_id):
                self._insert_piece(scope, upload_id, offset, end - offset, closes)

    def find(self, scope: Scope, upload_id: str) -> UploadSession:
        """Return the upload with this id.

        Raises:
            UploadNotFound: the caller has no upload with this id.
        """
        state = self._states.get(upload_id) or self._read(upload_id)
        return self._checked(state, scope, upload_id).session

    def delete_expired(self) -> None:
        """Delete the expired uploads, and the files that belong to no upload."""
        with self._context.database.transaction() as db:
            self._delete_expired(db)
            known = {_file_name(upload_id) for (upload_id,) in db.execute("SELECT id FROM upload")}
            unknown = [path for path in self._context.blobs.growing() if path.name not in known]
        for path in unknown:
            path.unlink(missing_ok=True)

    # --- rows and their cache ----------------------------------------------------------------

    def _begin(
        self,
        scope: Scope,
        blocks: Iterable[bytes],
        form: UploadForm,
        *,
        is_closed: bool = False,
        is_parallel: bool = False,
    ) -> UploadSession:
        upload_id, hasher = self._new_id(form), ContentHash()
        path = _scratch(self._context, upload_id)
        path.touch()
        try:
            _write(path, 0, blocks, hasher)
            session = self._insert(
                scope,
                upload_id,
                form,
                hasher.size_bytes,
                is_closed=is_closed,
                is_parallel=is_parallel,
            )
            self._states[upload_id].hasher = hasher
            return session
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _new_id(self, form: UploadForm) -> str:
        return self._context.ids.token(form.length, form.marker)

    def _insert(
        self,
        scope: Scope,
        upload_id: str,
        form: UploadForm,
        size_bytes: int,
        *,
        is_closed: bool = False,
        is_parallel: bool = False,
    ) -> UploadSession:
        lifetime_s: int = getattr(self._context.settings, form.lifetime)
        expires_s = self._context.clock.now_s() + lifetime_s
        session = UploadSession(upload_id, size_bytes, expires_s, is_closed, is_parallel)
        with self._context.change() as db:
            self._delete_expired(db)
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (upload_id, *scope.owner(), session.offset, expires_s, is_closed, is_parallel),
            )
        self._states[upload_id] = _State(scope.owner(), session)
        return session

    def _insert_piece(
        self, scope: Scope, upload_id: str, offset: int, size_bytes: int, closes: bool
    ) -> None:
        with self._context.change() as db:
            # The upload may have expired, or another request may have sent the last piece.
            state = self._checked(self._read(upload_id), scope, upload_id)
            _check_piece(state.session, offset, closes, size_bytes)
            size_bytes = max(size_bytes, state.pieces.get(offset, 0))
            db.execute(
                "INSERT OR REPLACE INTO upload_piece VALUES (?, ?, ?)",
                (upload_id, offset, size_bytes),
            )
            if closes:
                db.execute(
                    "UPDATE upload SET is_closed = 1, offset_bytes = ? WHERE id = ?",
                    (offset + size_bytes, upload_id),
                )
        state = self._load(scope, upload_id)
        state.pieces[offset] = size_bytes
        if closes:
            state.session = replace(state.session, is_closed=True, offset=offset + size_bytes)

    @contextmanager
    def _arrival(self, scope: Scope, upload_id: str, offset: int, closes: bool) -> Iterator[None]:
        """Return a context manager that prevents commits while a piece is received."""
        with self._lock(upload_id):
            state = self._load(scope, upload_id)
            _check_piece(state.session, offset, closes)
            state.arriving += 1
        try:
            yield
        finally:
            with self._lock(upload_id):
                state.arriving -= 1

    def _stored_end(self, scope: Scope, upload_id: str, offset: int) -> int:
        """Return the end of the stored bytes that begin at or before an offset."""
        with self._lock(upload_id):
            pieces = self._load(scope, upload_id).pieces
            return max(
                (start + size for start, size in pieces.items() if start <= offset), default=0
            )

    def _load(self, scope: Scope, upload_id: str) -> _State:
        """Return the state of an upload. The thread must hold the lock of the upload."""
        state = self._states.get(upload_id)
        if state is None and (state := self._read(upload_id)):
            self._states[upload_id] = state
        return self._checked(state, scope, upload_id)

    def _read(self, upload_id: str) -> _State | None:
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
        return _State(row[:3], UploadSession(*row[3:6], *map(bool, row[6:])), dict(pieces))

    def _checked(self, state: _State | None, scope: Scope, upload_id: str) -> _State:
        if (
            state is None
            or state.owner != scope.owner()
            or state.session.expires_s <= self._context.clock.now_s()
        ):
            raise UploadNotFound(upload_id)
        return state

    def _delete_expired(self, db: sqlite3.Connection) -> None:
        expired = db.execute(
            "DELETE FROM upload WHERE expires_s <= ? RETURNING id", (self._context.clock.now_s(),)
        ).fetchall()
        db.executemany("DELETE FROM upload_piece WHERE upload_id = ?", expired)
        for (upload_id,) in expired:
            self._discard(upload_id)

    def _delete_failed(self, db: sqlite3.Connection, added_bytes: int) -> None:
        """Delete the oldest contents of failed uploads, to limit them with the added bytes."""
        kept = list(self._failed.items())
        stored_bytes = sum(size_bytes for _, size_bytes in kept)
        for upload_id, size_bytes in kept:
            if stored_bytes + added_bytes <= FAILED_LIMIT_BYTES:
                break
            stored_bytes -= size_bytes
            db.execute("DELETE FROM upload WHERE id = ?", (upload_id,))
            self._discard(upload_id)

    def _discard(self, upload_id: str) -> None:
        self._states.pop(upload_id, None)
        self._failed.pop(upload_id, None)
        _scratch(self._context, upload_id).unlink(missing_ok=True)

    @contextmanager
    def _lock(self, key: Hashable) -> Iterator[None]:
        """Return a context manager that locks a key."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield


@contextmanager
def _unless_deleted(upload_id: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        # The file was deleted: the upload has expired, or the world was reset.
        raise UploadNotFound(upload_id) from error


def _check_piece(upload: UploadSession, offset: int, closes: bool, size_bytes: int = 1) -> None:
    if not upload.is_parallel:
        raise UploadNotFound(upload.id)
    if offset % PIECE_BYTES:
        raise InvalidPiece(upload.id, "offset")
    if offset + size_bytes > FILE_LIMIT_BYTES:
        raise InvalidPiece(upload.id, "end")
    if upload.is_closed and (closes or offset + size_bytes > upload.offset):
        raise UploadClosed(upload.id)


def _check_pieces(state: _State) -> None:
    end = 0
    is_whole = state.session.is_closed and not state.arriving
    for offset, size_bytes in sorted(state.pieces.items()):
        is_whole = is_whole and offset <= end
        end = max(end, offset + size_bytes)
    if not is_whole or end != state.session.offset:
        raise InvalidPiece(state.session.id, "missing")


def _file_name(upload_id: str) -> str:
    # Some file systems do not allow a colon in names.
    return upload_id.rpartition(":")[2]


def _scratch(context: WorldContext, upload_id: str) -> Path:
    return context.blobs.scratch(_file_name(upload_id))


def _parts(blocks: Iterable[bytes], offset: int) -> Iterator[tuple[int, memoryview]]:
    """Split blocks at the multiples of `PIECE_BYTES`; return each part with its offset."""
    for block in blocks:
        view = memoryview(block)
        while view:
            part = view[: PIECE_BYTES - offset % PIECE_BYTES]
            yield offset, part
            offset, view = offset + len(part), view[len(part) :]


def _write_part(file: FileIO, offset: int, part: memoryview, stored_end: int) -> None:
    """Compare the part of a piece up to the end of the stored bytes, and write the rest."""
    stored_bytes = max(0, min(len(part), stored_end - offset))
    file.seek(offset)
    if stored_bytes and file.read(stored_bytes) != part[:stored_bytes]:
        raise DifferentData(offset - offset % PIECE_BYTES)
    write_all(file, part[stored_bytes:])


def _write(path: Path, offset: int, blocks: Iterable[bytes], hasher: ContentHash) -> None:
    with FileIO(path, "r+") as file:
        # The bytes beyond the offset were never acknowledged.
        file.truncate(offset)
        file.seek(offset)
        for block in blocks:
            hasher.update(block)
            write_all(file, block)


def _blocks(path: Path, size_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while size_bytes > 0 and (block := file.read(min(_READ_BYTES, size_bytes))):
            size_bytes -= len(block)
            yield block
