"""Checks of databases, snapshots and data directories, and the reasons in their errors."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from pathlib import Path
from threading import Thread
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from fakebox.core import data_directory
from fakebox.core.blobs import Blobs
from fakebox.core.data_directory import create_database
from fakebox.core.database import Database
from fakebox.core.errors import ContentDamaged, DataDirectoryError, UploadNotFound
from fakebox.core.files import ADD
from fakebox.core.schema import create_schema
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World


@pytest.fixture
def members(world, scope, write, tmp_path):
    """The members of a valid snapshot: a file, its link and its copy reference."""
    write("/f", "text")
    world.shared_links.create(scope, "/f")
    world.copy_references.create(scope, "/f")
    world.snapshot().save(tmp_path / "good")
    with ZipFile(tmp_path / "good") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def load(tmp_path, members, compression=0):
    """Load a snapshot that consists of these members."""
    with ZipFile(tmp_path / "bad", "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    Snapshot.load(tmp_path / "bad")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM world", "exactly one row"),
        ("UPDATE entry SET size_bytes = 'x'", "wrong type"),
        ("UPDATE entry SET name = '..' WHERE content NOT NULL", "can have the name"),
        ("UPDATE entry SET content = '/x' WHERE content NOT NULL", "64 hexadecimal digits"),
        (
            "INSERT INTO revision SELECT id, 0, 0, 0, 1, 9, content, 0, 0 FROM entry WHERE seq = 1",
            "two sizes",
        ),
        ("UPDATE account SET root_id = 12345", "row that is missing"),
        ("UPDATE entry SET parent_id = id WHERE content NOT NULL", "contain each other"),
        ("UPDATE link SET entry_id = 12345", "link.entry_id refers to a row that is missing"),
        ("UPDATE link SET account_id = 12345", "link.account_id refers to a row that is missing"),
        ("UPDATE link SET account_id = 2", "link to an entry of another account"),
        (
            "UPDATE copy_ref SET entry_id = 12345",
            "copy_ref.entry_id refers to a row that is missing",
        ),
        ("UPDATE entry SET modified_us = -1 WHERE content NOT NULL", "before the year 1970"),
        ("UPDATE account SET last_us = 1 << 62", "after the year 9999"),
        ("DROP INDEX entry_name", "storage format"),
    ],
)
def test_inconsistent_database_is_rejected(members, tmp_path, statement, reason):
    """A database with inconsistent rows is rejected with a description of the inconsistency."""
    path = tmp_path / "changed"
    path.write_bytes(members["world.sqlite3"])
    db = sqlite3.connect(path)
    db.execute(statement)
    db.commit()
    db.close()
    members["world.sqlite3"] = path.read_bytes()
    with pytest.raises(DataDirectoryError, match=reason):
        load(tmp_path, members.items())


def test_database_that_fails_the_check_of_sqlite_is_rejected(members, tmp_path):
    """A column value that contradicts the schema is found by SQLite's integrity check."""
    path = tmp_path / "changed"
    path.write_bytes(members["world.sqlite3"])
    db = sqlite3.connect(path)
    db.execute("PRAGMA writable_schema = ON")
    (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'app'").fetchone()
    db.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'name          TEXT NOT NULL', 'name TEXT')"
        " WHERE name = 'app'"
    )
    db.commit()
    db.close()
    db = sqlite3.connect(path)
    db.execute("UPDATE app SET name = NULL")
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'app'", (sql,))
    db.commit()
    db.close()
    members["world.sqlite3"] = path.read_bytes()
    with pytest.raises(DataDirectoryError, match="damaged"):
        load(tmp_path, members.items())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_snapshot_with_invalid_members_is_rejected(members, tmp_path):
    """A snapshot with wrong names, compression, duplicates, checksums or contents is rejected."""
    database = ("world.sqlite3", members["world.sqlite3"])
    other = {**members, next(name for name in members if name != "world.sqlite3"): b"TEXT"}
    cases = [
        ([*members.items(), ("../x", b"")], 0, "64 hexadecimal digits"),
        (members.items(), ZIP_DEFLATED, "compressed"),
        ([*members.items(), database], 0, "same name"),
        ([database], 0, "is missing"),
        ([*members.items(), ("0" * 64, b"")], 0, "no file refers to"),
        (other.items(), 0, "do not match"),
    ]
    for chosen, compression, reason in cases:
        with pytest.raises(DataDirectoryError, match=reason):
            load(tmp_path, chosen, compression)


def test_snapshot_with_overlapping_members_is_rejected(members, tmp_path):
    """A snapshot with a member larger than the file is rejected before any member is read."""
    with ZipFile(tmp_path / "bad", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.getinfo("world.sqlite3").file_size = 2**31
    with pytest.raises(DataDirectoryError, match="overlap"):
        Snapshot.load(tmp_path / "bad")


def test_database_reopens_its_file_after_it_was_released(tmp_path):
    """A released file is opened again when it is read, unless the database is closed."""
    source = sqlite3.connect(":memory:")
    create_schema(source)
    source.execute("INSERT INTO world VALUES (x'00')")
    source.commit()
    create_database(tmp_path / "db", source)
    with pytest.raises(DataDirectoryError, match="it is in use by another fakebox process"):
        create_database(tmp_path / "db", source)
    store = Database(tmp_path / "db")
    released = []
    with store.transaction():
        thread = Thread(target=lambda: released.append(store.release_files()))
        thread.start()
        thread.join()
        assert not store.release_files()
    assert released == [False]
    assert store.release_files()
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM world").fetchone() == (1,)
    assert store.release_files()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError), store.reading():
        pass
    source.close()


def test_world_in_memory_has_no_files_to_release(world):
    """Releasing the files of a world in memory does nothing."""
    assert not world.release_files()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("database is locked", "it is in use by another fakebox process"),
        ("attempt to write a readonly database", "it is read-only"),
        ("database or disk is full", "the disk is full"),
        ("unable to open database file", "cannot be opened"),
        ("file is not a database", "damaged"),
    ],
)
def test_reason_of_a_database_error_is_specific(tmp_path, message, reason):
    """Each SQLite error has a specific reason; only a damaged file has the reason "damaged"."""
    (tmp_path / "db").touch()
    assert reason in data_directory.database_reason(
        sqlite3.OperationalError(message), tmp_path / "db"
    )


def test_reason_of_a_system_error_is_specific(tmp_path):
    """A system error has the reason of the operating system, and the limit of descriptors."""
    assert f"limit is {data_directory.descriptor_limit()}" in data_directory.os_reason(
        OSError(errno.EMFILE, "x")
    )
    assert data_directory.os_reason(OSError(errno.EROFS, "x")) == "it is read-only"
    unopened = sqlite3.OperationalError("unable to open database file")
    assert "No such file" in data_directory.database_reason(unopened, tmp_path / "missing")


def test_invalid_database_file_is_rejected(tmp_path, monkeypatch):
    """Links, directories, empty files and files that cannot be created are rejected."""
    source = sqlite3.connect(":memory:")
    (tmp_path / "link").symlink_to("elsewhere")
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    for name, reason in (("link", "link"), ("folder", "regular"), ("empty", "is empty")):
        with pytest.raises(DataDirectoryError, match=reason):
            Database(tmp_path / name)
    with pytest.raises(DataDirectoryError, match="No such file"):
        create_database(tmp_path / "no" / "db", source)

    def fail_to_connect(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", fail_to_connect)
    (tmp_path / "db").write_bytes(b"x")
    for call in (
        lambda: Database(tmp_path / "db"),
        lambda: create_database(tmp_path / "new", source),
    ):
        with pytest.raises(DataDirectoryError, match="the disk is full"):
            call()
    source.close()


def test_incomplete_or_unreadable_directory_is_rejected(tmp_path, monkeypatch):
    """A missing database, a linked content folder and an unreadable one are rejected."""
    (tmp_path / "a" / "content" / "ab").mkdir(parents=True)
    (tmp_path / "a" / "content" / "ab" / "x").touch()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "content").symlink_to(tmp_path)
    for name, reason in (("a", "is missing"), ("b", "symbolic link")):
        with pytest.raises(DataDirectoryError, match=reason):
            World(tmp_path / name)
    (tmp_path / "c" / "content" / "incoming-x").mkdir(parents=True)
    World(tmp_path / "c").close()
    assert not (tmp_path / "c" / "content" / "incoming-x").exists()

    def fail(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "glob", fail)
    with pytest.raises(DataDirectoryError, match="ermission"):
        World(tmp_path / "c")


def test_damaged_content_file_raises_until_it_is_stored_again(tmp_path):
    """A changed content file raises ContentDamaged until the same content is stored again."""
    blobs = Blobs(tmp_path)
    stored = blobs.store([b"text"])
    path = tmp_path / stored.hash[:2] / stored.hash
    path.write_bytes(b"TEXT!")
    with blobs.open(stored.hash) as file, pytest.raises(ContentDamaged):
        file.read(1)
    blobs.store([b"text"])
    with Blobs(tmp_path).open(stored.hash) as file:
        assert (file.read(2), file.read()) == (b"te", b"xt")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ContentDamaged):
        blobs.open(stored.hash)
    path.unlink()
    path.symlink_to("/etc/hostname")
    with pytest.raises(ContentDamaged):
        blobs.open(stored.hash)
    with pytest.raises(ContentDamaged):
        blobs.open("../../etc/hostname")


def test_upload_session_with_lost_bytes_is_not_committed(tmp_path, scope):
    """A session with missing bytes, such as after a power failure, is not found."""
    world = World(tmp_path)
    upload = world.upload_sessions.append(scope, [b"12345"])
    world.close()
    (tmp_path / "content" / "growing" / upload.id).write_bytes(b"12")
    world = World(tmp_path)
    with pytest.raises(UploadNotFound):
        world.upload_sessions.commit(scope, upload.id, "/f", ADD)
    world.close()


def test_descriptor_limit_has_a_default_without_the_resource_module(monkeypatch):
    """The limit is 512 on systems without the `resource` module, such as Windows."""
    monkeypatch.setitem(sys.modules, "resource", None)
    assert data_directory.descriptor_limit() == 512


def test_database_of_another_program_is_rejected(tmp_path):
    """A database with another application ID is rejected."""
    db = sqlite3.connect(tmp_path / "db")
    db.execute("CREATE TABLE other (x)")
    db.close()
    with pytest.raises(DataDirectoryError, match="not a database of fakebox"):
        Database(tmp_path / "db")
