"""A world at one moment, kept in memory or written to a file.

The file is a ZIP archive without compression: the database, and each content under its hash. It
may come from anybody, so `Snapshot.load` checks all of it before anything is used. No name in it
becomes the name of a file.
"""

import os
import re
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from fakebox.core.blobs import Blobs, Content
from fakebox.core.context import WorldContext
from fakebox.core.data_directory import DATABASE
from fakebox.core.database import copied
from fakebox.core.errors import DataDirectoryError
from fakebox.core.schema import check, contents

_BLOCK_BYTES = 1024 * 1024
_CONTENT = re.compile(r"[0-9a-f]{64}")
_ENCRYPTED = 0x1
# What `zipfile` raises for archives that are damaged, or made to do harm.
_BROKEN_ARCHIVE = (
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a world held when this was taken."""

    _db: sqlite3.Connection
    _blobs: Blobs

    @classmethod
    def take(cls, context: WorldContext) -> "Snapshot":
        """What the world on this ground holds now."""
        db = context.database.copy()
        db.execute("DELETE FROM upload")
        return cls(db, context.blobs)

    def put_back(self, context: WorldContext) -> None:
        """Have the world on this ground hold it again, or for the first time.

        Every cursor has to start again: those from after the snapshot know of changes that never
        came about, and their numbers will be given to others.
        """
        with context.database.alone():
            # Within, lest a reset sweep them away as contents that nothing names.
            if context.blobs is not self._blobs:
                for name in contents(self._db):
                    with self._blobs.open(name) as file:
                        context.blobs.store(_blocks(file))
            with context.database.reading() as db:
                (epoch,) = db.execute("SELECT max(epoch) FROM account").fetchone()
            context.database.replace(self._db)
            with context.database.transaction() as db:
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
            DataDirectoryError: the file isn't one.
        """
        try:
            return cls._load(path)
        except (sqlite3.DatabaseError, *_BROKEN_ARCHIVE) as error:
            raise DataDirectoryError(
                str(path), "it isn't a snapshot, or not a whole one"
            ) from error

    @classmethod
    def _load(cls, path: Path) -> "Snapshot":
        with ZipFile(path) as archive:
            if reason := _archive_fault(archive, path.stat().st_size):
                raise DataDirectoryError(str(path), reason)
            with _unpacked(archive) as db:
                if reason := check(db):
                    raise DataDirectoryError(str(path), reason)
                sizes = contents(db)
                if reason := _members_fault(archive, sizes):
                    raise DataDirectoryError(str(path), reason)
                blobs = Blobs()
                for name, size_bytes in sizes.items():
                    with archive.open(name) as source:
                        stored = blobs.store(_blocks(source))
                    if stored != Content(name, size_bytes):
                        raise DataDirectoryError(
                            str(path),
                            f"the bytes of the content {name} don't match its hash or its size",
                        )
                _index_names(db)
                return cls(copied(db), blobs)

    def _write(self, file: IO[bytes]) -> None:
        with ZipFile(file, "w") as archive:
            archive.writestr(DATABASE, _image(self._db))
            for name in contents(self._db):
                with (
                    self._blobs.open(name) as source,
                    archive.open(name, "w", force_zip64=True) as target,
                ):
                    shutil.copyfileobj(source, target)


def _archive_fault(archive: ZipFile, size_bytes: int) -> str | None:
    """What is wrong with the members of an archive of this size, by its directory alone."""
    members = archive.infolist()
    names = [member.filename for member in members]
    for member in members:
        if member.filename != DATABASE and not _CONTENT.fullmatch(member.filename):
            return (
                f"it has a member named {member.filename[:80]!r}; a snapshot has {DATABASE}, and"
                " contents named by 64 hexadecimal digits"
            )
        if member.compress_type != ZIP_STORED or member.flag_bits & _ENCRYPTED:
            return f"its member {member.filename} is compressed or encrypted; save it without"
    if len(set(names)) < len(names):
        return "it has two members of the same name"
    if DATABASE not in names:
        return f"it isn't a snapshot: it has no member {DATABASE}"
    # Without compression, only members that share bytes could hold more than the file itself.
    if sum(member.file_size for member in members) > size_bytes:
        return "its members overlap"
    return None


def _members_fault(archive: ZipFile, sizes: dict[str, int]) -> str | None:
    """Where an archive and the contents that its database refers to differ."""
    found = set(archive.namelist()) - {DATABASE}
    for missing in sorted(sizes.keys() - found):
        return f"it isn't a whole snapshot: the content {missing} is missing"
    for unknown in sorted(found - sizes.keys()):
        return f"it has the content {unknown}, which no file refers to"
    return None


def _index_names(db: sqlite3.Connection) -> None:
    """Make the full-text index again, whatever the one in the file was."""
    with db:
        db.execute("INSERT INTO name_trigram (name_trigram) VALUES ('delete-all')")
        db.execute(
            "INSERT INTO name_trigram (rowid, folded) SELECT id, folded FROM name"
            " WHERE id <= (SELECT max(id) FROM name) / 64 * 64"
        )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(_BLOCK_BYTES), b"")


def _image(db: sqlite3.Connection) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, DATABASE)
        file = sqlite3.connect(path)
        db.backup(file)
        file.close()
        return path.read_bytes()


@contextmanager
def _unpacked(archive: ZipFile) -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, DATABASE)
        with archive.open(DATABASE) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("PRAGMA cell_size_check = ON")
            yield db
