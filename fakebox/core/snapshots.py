"""Snapshots: the state of a world, in memory or in a file.

The file is an uncompressed ZIP archive of the database and the contents, named by their hash. It
may be untrusted, so `Snapshot.load` checks all of it before any of it is used. No name in the
archive is used as the name of a file.
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
# The exceptions of `zipfile` for archives that are damaged or malicious.
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
    """The state of a world when the snapshot was taken."""

    _db: sqlite3.Connection
    _blobs: Blobs

    @classmethod
    def take(cls, context: WorldContext) -> "Snapshot":
        """Take a snapshot of a world."""
        db = context.database.copy()
        db.execute("DELETE FROM upload")
        db.execute("DELETE FROM upload_piece")
        return cls(db, context.blobs)

    def is_of(self, context: WorldContext) -> bool:
        """Return whether the snapshot was taken of a world, and not read from a file."""
        return context.blobs is self._blobs

    def restore(self, context: WorldContext) -> None:
        """Restore the snapshot in a world.

        Every cursor of the world restarts, because a cursor that was issued after the snapshot
        refers to changes that no longer exist.
        """
        with context.database.alone():
            # Within the block, so that a reset does not delete the contents before the database
            # refers to them.
            if not self.is_of(context):
                for name in contents(self._db):
                    with self._blobs.open(name) as file:
                        context.blobs.store(_blocks(file))
            with context.database.reading() as db:
                (epoch,) = db.execute("SELECT max(epoch) FROM account").fetchone()
            context.database.replace(self._db)
            with context.database.transaction() as db:
                db.execute("UPDATE account SET epoch = max(epoch, ?) + 1", (epoch,))

    def save(self, path: Path) -> None:
        """Write the snapshot to a file, completely or not at all."""
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
        """Read a snapshot that `save` wrote.

        Raises:
            DataDirectoryError: the file is not a complete snapshot.
        """
        try:
            return cls._load(path)
        except (sqlite3.DatabaseError, *_BROKEN_ARCHIVE) as error:
            raise DataDirectoryError(str(path), "it is not a complete snapshot") from error

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
                            f"the bytes of the content {name} do not match its hash or its size",
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
    """Check the list of members of an archive; return the error, or `None`."""
    members = archive.infolist()
    names = [member.filename for member in members]
    for member in members:
        if member.filename != DATABASE and not _CONTENT.fullmatch(member.filename):
            return (
                f"it has a member named {member.filename[:80]!r}; a snapshot has {DATABASE}, and"
                " contents named by 64 hexadecimal digits"
            )
        if member.compress_type != ZIP_STORED or member.flag_bits & _ENCRYPTED:
            return f"its member {member.filename} is compressed or encrypted; a snapshot is neither"
    if len(set(names)) < len(names):
        return "it has two members of the same name"
    if DATABASE not in names:
        return f"it is not a complete snapshot: it has no member {DATABASE}"
    # Without compression, members can only be larger than the file if they share bytes.
    if sum(member.file_size for member in members) > size_bytes:
        return "its members overlap"
    return None


def _members_fault(archive: ZipFile, sizes: dict[str, int]) -> str | None:
    """Check that an archive has exactly the given contents; return the error, or `None`."""
    found = set(archive.namelist()) - {DATABASE}
    for missing in sorted(sizes.keys() - found):
        return f"it is not a complete snapshot: the content {missing} is missing"
    for unknown in sorted(found - sizes.keys()):
        return f"it has the content {unknown}, which no file refers to"
    return None


def _index_names(db: sqlite3.Connection) -> None:
    """Create the full-text index again, because the one in the file may be wrong."""
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
