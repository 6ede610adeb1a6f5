"""Chunked uploads: several requests upload parts of a content, and a commit creates the file.

A sequential upload receives chunks one after the other. A parallel upload receives pieces in any
order and at the same time. Both are written to a file outside of transactions.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from io import FileIO
from pathlib import Path

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
from fakebox.core.upload_store import (
    CHUNKED,
    SESSION,
    UploadForm,
    UploadSession,
    UploadState,
    UploadStore,
)

# In a parallel upload, the offset of each piece is a multiple of this number.
PIECE_BYTES = 4 * MEBIBYTE
# The maximum size of a file that is uploaded in pieces.
FILE_LIMIT_BYTES = 2**41 - 2**22
_READ_BYTES = MEBIBYTE


class OpenUpload:
    """An upload that is locked for the current thread until the end of a block."""

    def __init__(
        self,
        context: WorldContext,
        files: Files,
        store: UploadStore,
        scope: Scope,
        state: UploadState,
    ) -> None:
        self.session: UploadSession = state.session
        self.is_changed: bool = False
        self.is_committed: bool = False
        self._context = context
        self._files = files
        self._store = store
        self._scope = scope
        self._state = state
        self._path = store.path(state.session.id)

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
        self._store.update(self.session)
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
        with self._context.change():
            self._store.delete(self.session.id)
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
        self._store = UploadStore(context)

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
        upload_id, source = self._store.new_id(SESSION), incoming.source
        path = self._store.path(upload_id)
        if isinstance(source, bytes):
            path.write_bytes(source)
        else:
            os.link(source, path)
        try:
            size_bytes = incoming.content.size_bytes
            return self._store.insert_failed(scope, upload_id, size_bytes).session
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
        with self._store.lock(upload_id), _unless_deleted(upload_id):
            state = self._store.load(scope, upload_id)
            upload = OpenUpload(self._context, self._files, self._store, scope, state)
            try:
                yield upload
            except BaseException:
                if upload.is_changed:
                    # The database contains the current state, which is read again.
                    self._store.invalidate(upload_id)
                raise
            if upload.is_committed:
                self._store.discard(upload_id)
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
            FileIO(self._store.path(upload_id), "r+") as file,
        ):
            end, stored_end = offset, 0
            for start, part in _parts(blocks, offset):
                if start % PIECE_BYTES == 0:
                    ranges.enter_context(self._store.lock((upload_id, start)))
                    stored_end = self._stored_end(scope, upload_id, start)
                _write_part(file, start, part, stored_end)
                end = start + len(part)
            if (end - offset) % PIECE_BYTES and not closes:
                raise InvalidPiece(upload_id, "size")
            with self._store.lock(upload_id):
                self._insert_piece(scope, upload_id, offset, end - offset, closes)

    def find(self, scope: Scope, upload_id: str) -> UploadSession:
        """Return the upload with this id.

        Raises:
            UploadNotFound: the caller has no upload with this id.
        """
        return self._store.find(scope, upload_id).session

    def delete_expired(self) -> None:
        """Delete the expired uploads, and the files that belong to no upload."""
        self._store.delete_expired()

    def _begin(
        self,
        scope: Scope,
        blocks: Iterable[bytes],
        form: UploadForm,
        *,
        is_closed: bool = False,
        is_parallel: bool = False,
    ) -> UploadSession:
        upload_id, hasher = self._store.new_id(form), ContentHash()
        path = self._store.path(upload_id)
        path.touch()
        try:
            _write(path, 0, blocks, hasher)
            state = self._store.insert(
                scope,
                upload_id,
                form,
                hasher.size_bytes,
                is_closed=is_closed,
                is_parallel=is_parallel,
            )
            state.hasher = hasher
            return state.session
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _insert_piece(
        self, scope: Scope, upload_id: str, offset: int, size_bytes: int, closes: bool
    ) -> None:
        with self._context.change():
            # The upload may have expired, or another request may have sent the last piece.
            state = self._store.read(scope, upload_id)
            session = state.session
            _check_piece(session, offset, closes, size_bytes)
            size_bytes = max(size_bytes, state.pieces.get(offset, 0))
            self._store.insert_piece(upload_id, offset, size_bytes)
            if closes:
                session = replace(session, is_closed=True, offset=offset + size_bytes)
                self._store.update(session)
        state = self._store.load(scope, upload_id)
        state.pieces[offset] = size_bytes
        state.session = session

    @contextmanager
    def _arrival(self, scope: Scope, upload_id: str, offset: int, closes: bool) -> Iterator[None]:
        """Return a context manager that prevents commits while a piece is received."""
        with self._store.lock(upload_id):
            state = self._store.load(scope, upload_id)
            _check_piece(state.session, offset, closes)
            state.arriving += 1
        try:
            yield
        finally:
            with self._store.lock(upload_id):
                state.arriving -= 1

    def _stored_end(self, scope: Scope, upload_id: str, offset: int) -> int:
        """Return the end of the stored bytes that begin at or before an offset."""
        with self._store.lock(upload_id):
            pieces = self._store.load(scope, upload_id).pieces
            return max(
                (start + size for start, size in pieces.items() if start <= offset), default=0
            )


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


def _check_pieces(state: UploadState) -> None:
    end = 0
    is_whole = state.session.is_closed and not state.arriving
    for offset, size_bytes in sorted(state.pieces.items()):
        is_whole = is_whole and offset <= end
        end = max(end, offset + size_bytes)
    if not is_whole or end != state.session.offset:
        raise InvalidPiece(state.session.id, "missing")


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
