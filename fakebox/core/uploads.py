"""Chunked uploads: a content that comes in pieces over several calls, until it is committed to a
path.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from weakref import WeakValueDictionary

from fakebox.core.accounts import Scope
from fakebox.core.blobs import Incoming, write_all
from fakebox.core.contents import ContentHasher
from fakebox.core.entry import Entry
from fakebox.core.errors import UploadNotFound, WrongOffset
from fakebox.core.files import Files, WriteMode
from fakebox.core.ground import Ground

_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A chunked upload on its way.

    Attributes:
        id: its name.
        offset: how many bytes are there, which is where the next chunk begins.
        expires_s: when it is given up, in seconds since 1970.
    """

    id: str
    offset: int
    expires_s: int


class Uploads:
    """The chunked uploads of a world."""

    def __init__(self, ground: Ground, files: Files) -> None:
        self._ground = ground
        self._files = files
        self._hashers: dict[str, ContentHasher] = {}
        self._guard = threading.Lock()
        self._busy: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def append(
        self, scope: Scope, blocks: Iterable[bytes], upload_id: str | None = None, offset: int = 0
    ) -> Upload:
        """Add a chunk; without an `upload_id`, begin with it.

        If the blocks end in an exception nothing of the chunk is kept, and the exception is passed
        on.

        Args:
            scope: who uploads.
            blocks: the chunk's bytes.
            upload_id: the upload that it goes on with.
            offset: where in the content the chunk begins.

        Raises:
            UploadNotFound: there is no such upload of this caller.
            WrongOffset: the upload doesn't end at `offset`.
        """
        with self._alone(scope, upload_id or self._begin(scope)) as upload:
            if offset != upload.offset:
                raise WrongOffset(upload.id, offset, upload.offset, upload.expires_s)
            hasher = self._hasher(upload)
            self._write(upload, blocks, hasher)
            with self._ground.change() as db:
                known = db.execute(
                    "UPDATE upload SET offset_bytes = ? WHERE id = ?",
                    (hasher.size_bytes, upload.id),
                )
                if not known.rowcount:
                    raise UploadNotFound(upload.id)
            self._hashers[upload.id] = hasher
            return Upload(upload.id, hasher.size_bytes, upload.expires_s)

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
            As `Files.put`; the upload stays then.
        """
        with self._alone(scope, upload_id) as upload:
            scratch = self._scratch(upload_id)
            incoming = Incoming(self._hasher(upload).content(), scratch)
            self._ground.blobs.flush(incoming)
            with self._ground.change() as db:
                entry = self._files.put(scope, path, incoming.content, mode, client_mtime_s)
                db.execute("DELETE FROM upload WHERE id = ?", (upload_id,))
                self._ground.blobs.keep(incoming)
            scratch.unlink()
            self._hashers.pop(upload_id, None)
            return entry

    def tidy(self) -> None:
        """Give up the uploads whose time is over, and what the store knows nothing of."""
        with self._ground.store.transaction() as db:
            db.execute("DELETE FROM upload WHERE expires_s <= ?", (self._ground.clock.now_s(),))
            known = {upload_id for (upload_id,) in db.execute("SELECT id FROM upload")}
            unknown = [path for path in self._ground.blobs.growing() if path.name not in known]
        for path in unknown:
            self._hashers.pop(path.name, None)
            path.unlink(missing_ok=True)

    def _begin(self, scope: Scope) -> str:
        self.tidy()
        upload_id = self._ground.ids.token(22)
        expires_s = self._ground.clock.now_s() + self._ground.settings.upload_lifetime_s
        with self._ground.change() as db:
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, 0, ?)",
                (upload_id, *_owner(scope), expires_s),
            )
        self._scratch(upload_id).touch()
        return upload_id

    @contextmanager
    def _alone(self, scope: Scope, upload_id: str) -> Iterator[Upload]:
        """The upload as it stands, with nobody else at it."""
        with self._guard:
            lock = self._busy.setdefault(upload_id, threading.Lock())
        with lock:
            yield self._find(scope, upload_id)

    def _find(self, scope: Scope, upload_id: str) -> Upload:
        with self._ground.store.reading() as db:
            row = db.execute(
                "SELECT id, offset_bytes, expires_s FROM upload WHERE id = ? AND account_id = ?"
                " AND app_id = ? AND root = ? AND expires_s > ?",
                (upload_id, *_owner(scope), self._ground.clock.now_s()),
            ).fetchone()
        if not row:
            raise UploadNotFound(upload_id)
        return Upload(*row)

    def _write(self, upload: Upload, blocks: Iterable[bytes], hasher: ContentHasher) -> None:
        with FileIO(self._scratch(upload.id), "r+") as file:
            # What lies beyond the offset was never acknowledged.
            file.truncate(upload.offset)
            file.seek(upload.offset)
            for block in blocks:
                hasher.update(block)
                write_all(file, block)

    def _hasher(self, upload: Upload) -> ContentHasher:
        # One that took in more than was acknowledged is of no use any more.
        hasher = self._hashers.get(upload.id)
        if hasher is None or hasher.size_bytes != upload.offset:
            hasher = ContentHasher()
            for block in _blocks(self._scratch(upload.id), upload.offset):
                hasher.update(block)
        return hasher

    def _scratch(self, upload_id: str) -> Path:
        return self._ground.blobs.scratch(upload_id)


def _owner(scope: Scope) -> tuple[int, int, str]:
    return scope.account_id, scope.app_id, "/".join(scope.root)


def _blocks(path: Path, size_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while size_bytes > 0 and (block := file.read(min(_READ_BYTES, size_bytes))):
            size_bytes -= len(block)
            yield block
