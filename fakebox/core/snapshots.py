"""A world at one moment, kept in memory or written to a file."""

import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from fakebox.core.blobs import Blobs
from fakebox.core.errors import DataRefused
from fakebox.core.ground import Ground
from fakebox.core.store import copied

_DATABASE = "world.sqlite3"


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
        return cls(db, ground.blobs)

    def put_back(self, ground: Ground) -> None:
        """Have the world on this ground hold it again, or for the first time."""
        if ground.blobs is not self._blobs:
            for (content_hash,) in self._contents():
                with self._blobs.open(content_hash) as file:
                    ground.blobs.store(iter(lambda: file.read(1024 * 1024), b""))
        ground.store.replace(self._db)

    def save(self, path: Path) -> None:
        """Write it to a file, whole or not at all."""
        with (
            tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished,
            ZipFile(unfinished, "w") as archive,
        ):
            archive.writestr(_DATABASE, _image(self._db))
            for (content_hash,) in self._contents():
                with (
                    self._blobs.open(content_hash) as source,
                    archive.open(content_hash, "w", force_zip64=True) as target,
                ):
                    shutil.copyfileobj(source, target)
        Path(unfinished.name).replace(path)

    @classmethod
    def load(cls, path: Path) -> "Snapshot":
        """Read one that `save` wrote.

        Raises:
            DataRefused: the file isn't one.
        """
        blobs = Blobs()
        try:
            with ZipFile(path) as archive:
                db = _database(archive.read(_DATABASE))
                for name in archive.namelist():
                    if name != _DATABASE:
                        with archive.open(name) as source:
                            blobs.store(iter(lambda: source.read(1024 * 1024), b""))
        except (BadZipFile, KeyError, sqlite3.DatabaseError) as error:
            raise DataRefused(str(path), "it isn't a snapshot") from error
        return cls(db, blobs)

    def _contents(self) -> list[tuple[str]]:
        return self._db.execute(
            "SELECT content FROM entry WHERE content IS NOT NULL"
            " UNION SELECT content FROM revision WHERE content IS NOT NULL"
        ).fetchall()


def _image(db: sqlite3.Connection) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, _DATABASE)
        file = sqlite3.connect(path)
        db.backup(file)
        file.close()
        return path.read_bytes()


def _database(image: bytes) -> sqlite3.Connection:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, _DATABASE)
        path.write_bytes(image)
        file = sqlite3.connect(path)
        try:
            return copied(file)
        finally:
            file.close()
