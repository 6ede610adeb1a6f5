"""Chunked uploads: a content that arrives in pieces over several requests, until it is committed to
a path.

The pieces arrive one after the other or, if the upload was begun so, in any order and at once. They
are written to a file outside of transactions. The rows of the uploads under way are kept in memory
as well, so that a request is a single transaction, which stores what it has written.
"""

import os
import sqlite3
import threading
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import FileIO
from pathlib import Path
from weakref import WeakValueDictionary

from fakebox.core.accounts import Scope
from fakebox.core.blobs import ContentHash, Incoming, write_all
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import InvalidPiece, UploadClosed, UploadNotFound, WrongOffset
from fakebox.core.files import Files, WriteMode
from fakebox.core.settings import MEBIBYTE

# Where a piece of a parallel upload may begin.
PIECE_BYTES = 4 * MEBIBYTE
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadSession:
    """A chunked upload that is under way.

    Attributes:
        id: its id.
        offset: how many bytes are stored, which is where the next chunk begins.
        expires_s: when it expires, in seconds since 1970.
        is_closed: whether it takes no more bytes.
        is_parallel: whether its pieces arrive in any order.
    """

    id: str
    offset: int
    expires_s: int
    is_closed: bool = False
    is_parallel: bool = False


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
    """An upload that no other thread uses until the end of a block."""

    def __init__(self, context: WorldContext, files: Files, scope: Scope, state: _State) -> None:
        self.session: UploadSession = state.session
        self.is_changed: bool = False
        self.is_committed: bool = False
        self._context = context
        self._files = files
        self._scope = scope
        self._state = state
        self._path = context.blobs.scratch(state.session.id)

    def write(self, blocks: Iterable[bytes], offset: int) -> None:
        """Write a chunk to the upload's file; it counts once `keep` or `commit` has stored it.

        Args:
            blocks: the chunk's bytes; what they raise is passed on.
            offset: where in the content the chunk begins.

        Raises:
            UploadNotFound: the upload is a parallel one.
            UploadClosed: it takes no more bytes.
            WrongOffset: the upload doesn't end at `offset`.
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
        """Store what was written.

        Args:
            closes: the upload takes no more bytes.

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
        """Return the content, hashed and on the disk. This may take long.

        Raises:
            UploadNotFound: a part of it is lost.
            InvalidPiece: a piece of it is missing, or arriving.
        """
        if self.session.is_parallel:
            _check_pieces(self._state)
        content = self._hasher().content()
        if content.size_bytes != self.session.offset:
            # As after a power failure.
            raise UploadNotFound(self.session.id)
        # The bytes beyond the offset were never acknowledged.
        os.truncate(self._path, self.session.offset)
        incoming = Incoming(content, self._path)
        self._context.blobs.flush(incoming)
        return incoming

    def commit(
        self, content: Incoming, path: str, mode: WriteMode, client_mtime_s: int | None = None
    ) -> Entry:
        """Put the content at a path, and end the upload.

        Raises:
            UploadNotFound: the upload has expired meanwhile.
            As `Files.put`; the upload stays as it was stored then.
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
            # Pieces that arrive in any order are not hashed. Otherwise this one has hashed a chunk
            # that was not stored, or nothing since the world was opened.
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
        context.database.on_replace(self._states.clear)

    def begin(self, scope: Scope, *, parallel: bool = False) -> UploadSession:
        """Begin an upload that holds nothing yet.

        Args:
            scope: the caller.
            parallel: its pieces arrive in any order.
        """
        return self._begin(scope, (), is_parallel=parallel)

    def append(
        self,
        scope: Scope,
        blocks: Iterable[bytes],
        upload_id: str | None = None,
        offset: int = 0,
        *,
        closes: bool = False,
    ) -> UploadSession:
        """Add a chunk; without an `upload_id`, begin with it.

        If the blocks end in an exception nothing of the chunk is kept, and the exception is passed
        on.

        Args:
            scope: the caller.
            blocks: the chunk's bytes.
            upload_id: the upload.
            offset: where in the content the chunk begins.
            closes: it is the last one.

        Raises:
            UploadNotFound: there is no such upload of this caller.
            UploadClosed: it takes no more bytes.
            WrongOffset: the upload doesn't end at `offset`.
        """
        if upload_id is None and offset == 0:
            return self._begin(scope, blocks, is_closed=closes)
        with self.exclusive(scope, upload_id or self.begin(scope).id) as upload:
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
        """Put the uploaded content at a path, and end the upload.

        Raises:
            UploadNotFound: there is no such upload of this caller.
            InvalidPiece: a piece of it is missing, or arriving.
            As `Files.put`; the upload stays then.
        """
        with self.exclusive(scope, upload_id) as upload:
            return upload.commit(upload.content(), path, mode, client_mtime_s)

    @contextmanager
    def exclusive(self, scope: Scope, upload_id: str) -> Iterator[OpenUpload]:
        """A block in which no other thread uses an upload.

        It is entered outside of a transaction, because it waits for a chunk that is arriving. What
        was not stored by the end of the block, or is stored in a transaction that fails, is
        ignored.

        Raises:
            UploadNotFound: there is no such upload of this caller.
        """
        with self._lock(upload_id), _unless_deleted(upload_id):
            state = self._load(scope, upload_id)
            upload = OpenUpload(self._context, self._files, scope, state)
            try:
                yield upload
            except BaseException:
                if upload.is_changed:
                    # Whether it was committed is for the database to say.
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

        A piece that breaks off is missing, even if it was stored before.

        Args:
            scope, blocks, upload_id: as for `append`.
            offset: where in the content the piece begins: a multiple of `PIECE_BYTES`.
            closes: the content ends with it; the size of all others is such a multiple as well.

        Raises:
            UploadNotFound: there is no such upload of this caller.
            UploadClosed: the content ends before it.
            InvalidPiece: it can't begin there, or its size is not a multiple.
        """
        with (
            self._lock((upload_id, offset)),
            _unless_deleted(upload_id),
            self._arrival(scope, upload_id, offset, closes),
        ):
            with FileIO(self._context.blobs.scratch(upload_id), "r+") as file:
                file.seek(offset)
                for block in blocks:
                    write_all(file, block)
                size_bytes = file.tell() - offset
            if size_bytes % PIECE_BYTES and not closes:
                raise InvalidPiece(upload_id, "size")
            with self._lock(upload_id):
                self._insert_piece(scope, upload_id, offset, size_bytes, closes)

    def find(self, scope: Scope, upload_id: str) -> UploadSession:
        """Return the upload with this id.

        Raises:
            UploadNotFound: there is no such upload of this caller.
        """
        state = self._states.get(upload_id) or self._read(upload_id)
        return self._checked(state, scope, upload_id).session

    def delete_expired(self) -> None:
        """Delete the expired uploads, and the files that belong to no upload."""
        with self._context.database.transaction() as db:
            self._delete_expired(db)
            known = {upload_id for (upload_id,) in db.execute("SELECT id FROM upload")}
            unknown = [path for path in self._context.blobs.growing() if path.name not in known]
        for path in unknown:
            path.unlink(missing_ok=True)

    # --- rows and what is kept of them -------------------------------------------------------

    def _begin(
        self,
        scope: Scope,
        blocks: Iterable[bytes],
        *,
        is_closed: bool = False,
        is_parallel: bool = False,
    ) -> UploadSession:
        upload_id, hasher = self._context.ids.token(22), ContentHash()
        path = self._context.blobs.scratch(upload_id)
        path.touch()
        try:
            _write(path, 0, blocks, hasher)
            return self._insert(scope, upload_id, hasher, is_closed, is_parallel)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _insert(
        self, scope: Scope, upload_id: str, hasher: ContentHash, is_closed: bool, is_parallel: bool
    ) -> UploadSession:
        expires_s = self._context.clock.now_s() + self._context.settings.upload_lifetime_s
        session = UploadSession(upload_id, hasher.size_bytes, expires_s, is_closed, is_parallel)
        with self._context.change() as db:
            self._delete_expired(db)
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (upload_id, *scope.owner(), session.offset, expires_s, is_closed, is_parallel),
            )
        self._states[upload_id] = _State(scope.owner(), session, hasher=hasher)
        return session

    def _insert_piece(
        self, scope: Scope, upload_id: str, offset: int, size_bytes: int, closes: bool
    ) -> None:
        with self._context.change() as db:
            # The upload may have expired meanwhile, or ended with another last piece.
            state = self._checked(self._read(upload_id), scope, upload_id)
            _check_piece(state.session, offset, closes)
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
        """A block in which a piece arrives, and the upload isn't committed."""
        with self._lock(upload_id):
            state = self._load(scope, upload_id)
            _check_piece(state.session, offset, closes)
            if offset in state.pieces:
                # A piece that is sent again and breaks off would leave a mixture of both.
                with self._context.change() as db:
                    db.execute(
                        "DELETE FROM upload_piece WHERE upload_id = ? AND offset_bytes = ?",
                        (upload_id, offset),
                    )
                del state.pieces[offset]
            state.arriving += 1
        try:
            yield
        finally:
            with self._lock(upload_id):
                state.arriving -= 1

    def _load(self, scope: Scope, upload_id: str) -> _State:
        """The state of an upload; the thread has its lock."""
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

    def _discard(self, upload_id: str) -> None:
        self._states.pop(upload_id, None)
        self._context.blobs.scratch(upload_id).unlink(missing_ok=True)

    @contextmanager
    def _lock(self, key: Hashable) -> Iterator[None]:
        """A block that one thread at a time enters for each key."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield


@contextmanager
def _unless_deleted(upload_id: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        # Its file was deleted meanwhile: it has expired, or the world was reset.
        raise UploadNotFound(upload_id) from error


def _check_piece(upload: UploadSession, offset: int, closes: bool) -> None:
    if not upload.is_parallel:
        raise UploadNotFound(upload.id)
    if offset % PIECE_BYTES:
        raise InvalidPiece(upload.id, "offset")
    if upload.is_closed and (closes or offset >= upload.offset):
        raise UploadClosed(upload.id)


def _check_pieces(state: _State) -> None:
    end = 0
    is_whole = state.session.is_closed and not state.arriving
    for offset, size_bytes in sorted(state.pieces.items()):
        is_whole = is_whole and offset <= end
        end = max(end, offset + size_bytes)
    if not is_whole or end != state.session.offset:
        raise InvalidPiece(state.session.id, "missing")


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
