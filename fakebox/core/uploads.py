"""Chunked uploads: a content that comes in pieces over several calls, until it is committed to a
path.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fakebox.core.accounts import Scope
from fakebox.core.blobs import ContentHasher
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
        self._busy: dict[str, threading.Lock] = {}

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
        upload = self._begin(scope) if upload_id is None else self._find(scope, upload_id)
        with self._alone(upload.id):
            if upload_id is not None:
                upload = self._find(scope, upload_id)
            if offset != upload.offset:
                raise WrongOffset(upload.id, offset, upload.offset, upload.expires_s)
            hasher = self._hasher(upload)
            end = self._write(upload, blocks, hasher)
            with self._ground.change() as db:
                db.execute("UPDATE upload SET offset_bytes = ? WHERE id = ?", (end, upload.id))
            self._hashers[upload.id] = hasher
            return Upload(upload.id, end, upload.expires_s)

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
        upload = self._find(scope, upload_id)
        with self._alone(upload_id):
            content = self._hasher(upload).content()
            scratch = self._scratch(upload_id)
            with self._ground.change() as db:
                entry = self._files.put(scope, path, content, mode, client_mtime_s)
                db.execute("DELETE FROM upload WHERE id = ?", (upload_id,))
                self._ground.blobs.adopt(scratch, content)
            scratch.unlink()
            self._forget(upload_id)
            return entry

    def expire(self) -> None:
        """Give up the uploads whose time is over."""
        now_s = self._ground.clock.now_s()
        with self._ground.store.transaction() as db:
            ended = db.execute("DELETE FROM upload WHERE expires_s <= ? RETURNING id", (now_s,))
            for (upload_id,) in ended.fetchall():
                self._forget(upload_id)
                self._scratch(upload_id).unlink(missing_ok=True)

    def forget_all(self) -> None:
        """Know nothing of any upload but what the store says."""
        self._hashers.clear()
        self._busy.clear()

    def _begin(self, scope: Scope) -> Upload:
        self.expire()
        upload_id = self._ground.ids.token(22)
        expires_s = self._ground.clock.now_s() + self._ground.settings.upload_lifetime_s
        self._scratch(upload_id).touch()
        with self._ground.change() as db:
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, 0, ?)",
                (upload_id, *_owner(scope), expires_s),
            )
        return Upload(upload_id, 0, expires_s)

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

    def _write(self, upload: Upload, blocks: Iterable[bytes], hasher: ContentHasher) -> int:
        with self._scratch(upload.id).open("r+b", buffering=0) as file:
            # What lies beyond the offset was never acknowledged.
            file.truncate(upload.offset)
            file.seek(upload.offset)
            try:
                for block in blocks:
                    hasher.update(block)
                    view = memoryview(block)
                    while view:
                        view = view[file.write(view) :]
            except BaseException:
                self._hashers.pop(upload.id, None)
                raise
        return hasher.size_bytes

    def _hasher(self, upload: Upload) -> ContentHasher:
        hasher = self._hashers.get(upload.id)
        if hasher is None or hasher.size_bytes != upload.offset:
            hasher = ContentHasher()
            for block in _blocks(self._scratch(upload.id), upload.offset):
                hasher.update(block)
        return hasher

    def _scratch(self, upload_id: str) -> Path:
        return self._ground.blobs.scratch(upload_id)

    def _forget(self, upload_id: str) -> None:
        self._hashers.pop(upload_id, None)
        self._busy.pop(upload_id, None)

    @contextmanager
    def _alone(self, upload_id: str) -> Iterator[None]:
        with self._busy.setdefault(upload_id, threading.Lock()):
            yield


def _owner(scope: Scope) -> tuple[int, int, str]:
    return scope.account_id, scope.app_id, "/".join(scope.root)


def _blocks(path: Path, size_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while size_bytes > 0 and (block := file.read(min(_READ_BYTES, size_bytes))):
            size_bytes -= len(block)
            yield block
