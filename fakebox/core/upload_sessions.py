"""Chunked uploads: a content that comes in pieces over several calls, until it is committed to a
path.

The pieces come one after the other, or, if the upload was begun so, in any order and at once.
"""

import threading
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    """A chunked upload on its way.

    Attributes:
        id: its name.
        offset: how many bytes are there, which is where the next chunk begins.
        expires_s: when it is given up, in seconds since 1970.
        is_closed: whether it takes no more.
        is_parallel: whether its pieces come in any order.
    """

    id: str
    offset: int
    expires_s: int
    is_closed: bool = False
    is_parallel: bool = False


class UploadSessions:
    """The chunked uploads of a world."""

    def __init__(self, context: WorldContext, files: Files) -> None:
        self._context = context
        self._files = files
        self._hashers: dict[str, ContentHash] = {}
        self._guard = threading.Lock()
        self._busy: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        # How many pieces of a parallel upload are coming in.
        self._arriving: Counter[str] = Counter()

    def begin(self, scope: Scope, *, parallel: bool = False) -> UploadSession:
        """An upload that holds nothing yet.

        Args:
            scope: who uploads.
            parallel: its pieces are to come in any order.
        """
        return self.find(scope, self._begin(scope, parallel))

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
            scope: who uploads.
            blocks: the chunk's bytes.
            upload_id: the upload that it goes on with.
            offset: where in the content the chunk begins.
            closes: it is the last one.

        Raises:
            UploadNotFound: there is no such upload of this caller.
            UploadClosed: it takes no more.
            WrongOffset: the upload doesn't end at `offset`.
        """
        with self._alone(scope, upload_id or self._begin(scope, False)) as upload:
            if upload.is_parallel:
                raise UploadNotFound(upload.id)
            if upload.is_closed:
                raise UploadClosed(upload.id)
            if offset != upload.offset:
                raise WrongOffset(upload.id, offset, upload.offset, upload.expires_s)
            hasher = self._hasher(upload)
            self._write(upload, blocks, hasher)
            with self._context.change() as db:
                known = db.execute(
                    "UPDATE upload SET offset_bytes = ?, is_closed = ? WHERE id = ?",
                    (hasher.size_bytes, closes, upload.id),
                )
                if not known.rowcount:
                    raise UploadNotFound(upload.id)
            self._hashers[upload.id] = hasher
            return UploadSession(upload.id, hasher.size_bytes, upload.expires_s, closes)

    def commit_pieces(
        self,
        scope: Scope,
        blocks: Iterable[bytes],
        upload_id: str,
        offset: int,
        *,
        closes: bool = False,
    ) -> None:
        """Add a piece to a parallel upload; one that breaks off isn't there, even if it was before.

        Args:
            scope, blocks, upload_id: as for `append`.
            offset: where in the content the piece begins: a multiple of `PIECE_BYTES`.
            closes: the content ends with it; of all others the size is such a multiple as well.

        Raises:
            UploadNotFound: there is no such upload of this caller.
            UploadClosed: the content has ended before it.
            InvalidPiece: it can't be there, or isn't of a size that can be.
        """
        with self._turn((upload_id, offset)), self._arrival(scope, upload_id, offset, closes):
            with FileIO(self._scratch(upload_id), "r+") as file:
                file.seek(offset)
                for block in blocks:
                    write_all(file, block)
                size_bytes = file.tell() - offset
            if size_bytes % PIECE_BYTES and not closes:
                raise InvalidPiece(upload_id, "size")
            with self._context.change() as db:
                # The upload may have expired meanwhile, or ended with another last piece.
                _check_node(self.find(scope, upload_id), offset, closes)
                db.execute(
                    "INSERT OR REPLACE INTO upload_piece VALUES (?, ?, ?)",
                    (upload_id, offset, size_bytes),
                )
                if closes:
                    db.execute(
                        "UPDATE upload SET is_closed = 1, offset_bytes = ? WHERE id = ?",
                        (offset + size_bytes, upload_id),
                    )

    def find(self, scope: Scope, upload_id: str) -> UploadSession:
        """The upload of this name.

        Raises:
            UploadNotFound: there is no such upload of this caller.
        """
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT id, offset_bytes, expires_s, is_closed, is_parallel FROM upload"
                " WHERE id = ? AND account_id = ? AND app_id = ? AND root = ? AND expires_s > ?",
                (upload_id, *scope.owner(), self._context.clock.now_s()),
            ).fetchone()
        if not row:
            raise UploadNotFound(upload_id)
        return UploadSession(*row[:3], *map(bool, row[3:]))

    def commit(
        self,
        scope: Scope,
        upload_id: str,
        path: str,
        mode: WriteMode,
        client_mtime_s: int | None = None,
    ) -> Entry:
        """Have the uploaded content stand at a path; the upload is spent.

        Raises:
            UploadNotFound: there is no such upload of this caller.
            InvalidPiece: a piece of it is missing, or coming in.
            As `Files.put`; the upload stays then.
        """
        with self._alone(scope, upload_id) as upload:
            if upload.is_parallel:
                self._check_pieces(upload)
            scratch = self._scratch(upload_id)
            incoming = Incoming(self._hasher(upload).content(), scratch)
            if incoming.content.size_bytes != upload.offset:
                # A part of it is lost, as after a power failure.
                raise UploadNotFound(upload_id)
            self._context.blobs.flush(incoming)
            with self._context.change() as db:
                # The upload may be of a world that was reset meanwhile.
                self.find(scope, upload_id)
                entry = self._files.put(scope, path, incoming.content, mode, client_mtime_s)
                db.execute("DELETE FROM upload WHERE id = ?", (upload_id,))
                db.execute("DELETE FROM upload_piece WHERE upload_id = ?", (upload_id,))
                self._context.blobs.keep(incoming)
            # Somebody who begins another may have tidied it away by now.
            scratch.unlink(missing_ok=True)
            self._hashers.pop(upload_id, None)
            return entry

    def delete_expired(self) -> None:
        """Give up the uploads whose time is over, and what the store knows nothing of."""
        with self._context.database.transaction() as db:
            db.execute("DELETE FROM upload WHERE expires_s <= ?", (self._context.clock.now_s(),))
            db.execute("DELETE FROM upload_piece WHERE upload_id NOT IN (SELECT id FROM upload)")
            known = {upload_id for (upload_id,) in db.execute("SELECT id FROM upload")}
            unknown = [path for path in self._context.blobs.growing() if path.name not in known]
        for path in unknown:
            self._hashers.pop(path.name, None)
            path.unlink(missing_ok=True)

    def _begin(self, scope: Scope, parallel: bool) -> str:
        self.delete_expired()
        upload_id = self._context.ids.token(22)
        expires_s = self._context.clock.now_s() + self._context.settings.upload_lifetime_s
        with self._context.change() as db:
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, 0, ?, 0, ?)",
                (upload_id, *scope.owner(), expires_s, parallel),
            )
        self._scratch(upload_id).touch()
        return upload_id

    @contextmanager
    def _alone(self, scope: Scope, upload_id: str) -> Iterator[UploadSession]:
        """The upload as it stands, with nobody else at it."""
        with self._turn(upload_id), _unless_given_up(upload_id):
            yield self.find(scope, upload_id)

    @contextmanager
    def _turn(self, what: Hashable) -> Iterator[None]:
        """A block that one thread at a time is in."""
        with self._guard:
            lock = self._busy.setdefault(what, threading.Lock())
        with lock:
            yield

    @contextmanager
    def _arrival(self, scope: Scope, upload_id: str, offset: int, closes: bool) -> Iterator[None]:
        """A block in which a piece comes in, and the upload isn't committed."""
        with self._alone(scope, upload_id) as upload:
            _check_node(upload, offset, closes)
            with self._context.change() as db:
                # A piece that is sent again and breaks off would leave a mixture of both.
                db.execute(
                    "DELETE FROM upload_piece WHERE upload_id = ? AND offset_bytes = ?",
                    (upload_id, offset),
                )
            with self._guard:
                self._arriving[upload_id] += 1
        try:
            with _unless_given_up(upload_id):
                yield
        finally:
            with self._guard:
                self._arriving -= Counter([upload_id])

    def _check_pieces(self, upload: UploadSession) -> None:
        if upload.id in self._arriving:
            raise InvalidPiece(upload.id, "missing")
        with self._context.database.reading() as db:
            pieces = db.execute(
                "SELECT offset_bytes, size_bytes FROM upload_piece WHERE upload_id = ?"
                " ORDER BY offset_bytes",
                (upload.id,),
            ).fetchall()
        end = 0
        for offset, size_bytes in pieces:
            if offset > end:
                raise InvalidPiece(upload.id, "missing")
            end = max(end, offset + size_bytes)
        if not upload.is_closed or end != upload.offset:
            raise InvalidPiece(upload.id, "missing")

    def _write(self, upload: UploadSession, blocks: Iterable[bytes], hasher: ContentHash) -> None:
        with FileIO(self._scratch(upload.id), "r+") as file:
            # What lies beyond the offset was never acknowledged.
            file.truncate(upload.offset)
            file.seek(upload.offset)
            for block in blocks:
                hasher.update(block)
                write_all(file, block)

    def _hasher(self, upload: UploadSession) -> ContentHash:
        # One that took in more than was acknowledged is of no use any more.
        hasher = self._hashers.get(upload.id)
        if hasher is None or hasher.size_bytes != upload.offset:
            hasher = ContentHash()
            for block in _blocks(self._scratch(upload.id), upload.offset):
                hasher.update(block)
        return hasher

    def _scratch(self, upload_id: str) -> Path:
        return self._context.blobs.scratch(upload_id)


@contextmanager
def _unless_given_up(upload_id: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        # Its bytes went since it was found: its time is over, or the world was reset.
        raise UploadNotFound(upload_id) from error


def _check_node(upload: UploadSession, offset: int, closes: bool) -> None:
    if not upload.is_parallel:
        raise UploadNotFound(upload.id)
    if offset % PIECE_BYTES:
        raise InvalidPiece(upload.id, "offset")
    if upload.is_closed and (closes or offset >= upload.offset):
        raise UploadClosed(upload.id)


def _blocks(path: Path, size_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while size_bytes > 0 and (block := file.read(min(_READ_BYTES, size_bytes))):
            size_bytes -= len(block)
            yield block
