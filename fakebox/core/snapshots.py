"""A world at one moment, kept in memory or written to a file."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from fakebox.core.blobs import Blobs
from fakebox.core.errors import DataRefused
from fakebox.core.ground import Ground
from fakebox.core.relocations import finish_relocations
from fakebox.core.store import copied, fault_in

_DATABASE = "world.sqlite3"
_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a world held when this was taken."""

    _db: sqlite3.Connection
    _blobs: Blobs

    @classmethod
    def take(cls, ground: Ground) -> "Snapshot":
        """What the world on this ground holds now."""
        db = ground.store.copy()
        db.execute("DELETE FROM upload")
        finish_relocations(db)
        return cls(db, ground.blobs)

    def put_back(self, ground: Ground) -> None:
        """Have the world on this ground hold it again, or for the first time.

        Every cursor has to start again: those from after the snapshot know of changes that never
        came about, and their numbers will be given to others.
        """
        with ground.store.alone():
            # Within, lest a reset sweep them away as contents that nothing names.
            if ground.blobs is not self._blobs:
                for name in _contents(self._db):
                    with self._blobs.open(name) as file:
                        ground.blobs.store(_blocks(file))
            with ground.store.reading() as db:
                (epoch,) = db.execute("SELECT max(epoch) FROM account").fetchone()
            ground.store.replace(self._db)
            with ground.store.transaction() as db:
                db.execute("UPDATE account SET epoch = max(epoch, ?) + 1", (epoch,))

    def save(self, path: Path) -> None:
        """Write it to a file, whole or not at all."""
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as unfinished:
                self._write(unfinished)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise

    @classmethod
    def load(cls, path: Path) -> "Snapshot":
        """Read one that `save` wrote.

        Raises:
            DataRefused: the file isn't one.
        """
        blobs = Blobs()
        try:
            with ZipFile(path) as archive, _unpacked(archive.read(_DATABASE)) as db:
                if reason := fault_in(db):
                    raise DataRefused(str(path), reason)
                for name in _contents(db):
                    with archive.open(name) as source:
                        blobs.store(_blocks(source))
                return cls(copied(db), blobs)
        except (BadZipFile, KeyError, sqlite3.DatabaseError) as error:
            raise DataRefused(str(path), "it isn't a snapshot, or not a whole one") from error

    def _write(self, file: IO[bytes]) -> None:
        with ZipFile(file, "w") as archive:
            archive.writestr(_DATABASE, _image(self._db))
            for name in _contents(self._db):
                with (
                    self._blobs.open(name) as source,
                    archive.open(name, "w", force_zip64=True) as target,
                ):
                    shutil.copyfileobj(source, target)


def _contents(db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        "SELECT content FROM entry WHERE content IS NOT NULL"
        " UNION SELECT content FROM revision WHERE content IS NOT NULL"
    )
    return [content for (content,) in rows]


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(_BLOCK_BYTES), b"")


def _image(db: sqlite3.Connection) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, _DATABASE)
        file = sqlite3.connect(path)
        db.backup(file)
        file.close()
        return path.read_bytes()


@contextmanager
def _unpacked(image: bytes) -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, _DATABASE)
        path.write_bytes(image)
        with closing(sqlite3.connect(path)) as db:
            yield db
