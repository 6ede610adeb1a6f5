"""Tests of malicious snapshots, restored over HTTP and in Python."""

from __future__ import annotations

import sqlite3
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.core.errors import DataDirectoryError
from fakebox.core.snapshots import Snapshot
from tests.raw_http import V1

CONTENT = b"the bytes of a file"


@pytest.fixture
def box():
    """Starts an emulator with one file."""
    with Fakebox() as emulator:
        emulator.write("/kept.txt", CONTENT)
        yield emulator


@pytest.fixture
def members(box, tmp_path):
    """Returns the members of a valid snapshot, by name."""
    box.snapshot().save(tmp_path / "good.zip")
    with ZipFile(tmp_path / "good.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members, compression=0):
    """Returns an archive; the members are pairs, so that a name can occur twice."""
    file = BytesIO()
    with ZipFile(file, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def changed(database, *statements, folder):
    """Returns a database after the execution of some statements."""
    path = Path(folder, "changed.sqlite3")
    path.write_bytes(database)
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()
    return path.read_bytes()


def assert_rejected(box, data, reason, tmp_path):
    """Asserts that HTTP and Python reject a snapshot with the reason, and change no file."""
    response = urllib3.request("POST", f"{box.url}/_fakebox/snapshots", body=data)
    assert response.status == 400, response.data
    error = response.json()["error"]
    assert reason in error
    assert "\n" not in error
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(DataDirectoryError, match=r"bad\.zip") as caught:
        box.restore(tmp_path / "bad.zip")
    assert reason in str(caught.value)
    assert (box.tree(), box.read("/kept.txt")) == (["/kept.txt"], CONTENT)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["/etc/hostname", "../x", "a/b", "C:\\x", "0" * 63, "A" * 64])
def test_member_name_that_is_not_a_hash_is_rejected(box, members, tmp_path, name):
    """A member whose name is not a hash, such as a path, is rejected."""
    data = archive_of([*members.items(), (name, b"x")])
    assert_rejected(box, data, "64 hexadecimal digits", tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archive_with_duplicate_member_names_is_rejected(box, members, tmp_path):
    """Duplicate names are rejected, as the checked member could differ from the restored one."""
    data = archive_of([*members.items(), *members.items()])
    assert_rejected(box, data, "two members of the same name", tmp_path)


def test_compressed_archive_is_rejected(box, members, tmp_path):
    """A compressed archive is rejected, so that a small file cannot expand to a large one."""
    members["0" * 64] = bytes(10_000_000)
    data = archive_of(members.items(), ZIP_DEFLATED)
    assert_rejected(box, data, "compressed", tmp_path)


def test_content_with_a_wrong_hash_is_rejected(box, members, tmp_path):
    """A content member that does not match the hash in its name is rejected."""
    (name,) = set(members) - {"world.sqlite3"}
    members[name] = bytes(len(CONTENT))
    assert_rejected(box, archive_of(members.items()), "do not match", tmp_path)


def test_missing_content_is_rejected(box, members, tmp_path):
    """A snapshot without the content of one of its files is rejected."""
    members = {"world.sqlite3": members["world.sqlite3"]}
    assert_rejected(box, archive_of(members.items()), "is missing", tmp_path)


def test_unreferenced_content_is_rejected(box, members, tmp_path):
    """A content member that no file of the database refers to is rejected."""
    members["0" * 64] = b""
    assert_rejected(box, archive_of(members.items()), "no file refers to", tmp_path)


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (["UPDATE entry SET content = '/etc/hostname' WHERE content NOT NULL"], "64 hexadecimal"),
        (["UPDATE entry SET content = content || char(0) WHERE content NOT NULL"], "hexadecimal"),
        (["UPDATE entry SET content = NULL"], "without content"),
        (["UPDATE entry SET size_bytes = 1 WHERE content NOT NULL"], "size"),
        (["UPDATE entry SET size_bytes = 'x'"], "wrong type"),
        (["UPDATE entry SET name = x'ff'"], "wrong type"),
        (["UPDATE entry SET name = CAST(x'ff' AS TEXT)"], "not a complete snapshot"),
        (["UPDATE entry SET name = '../x' WHERE content NOT NULL"], "can have the name"),
        (["UPDATE entry SET parent_id = id WHERE content NOT NULL"], "contain each other"),
        (["UPDATE entry SET parent_id = 12345 WHERE content NOT NULL"], "row that is missing"),
        (["UPDATE entry SET account_id = 2 WHERE content NOT NULL"], "another account"),
        (["UPDATE account SET root_id = 12345"], "account.root_id"),
        (["DELETE FROM world"], "exactly one row"),
        (["CREATE TABLE more (x)"], "storage format"),
        (["CREATE VIEW more AS SELECT 1"], "storage format"),
        (
            ["CREATE TRIGGER more AFTER INSERT ON entry BEGIN DELETE FROM account; END"],
            "storage format",
        ),
        (["DROP VIEW unindexed_name"], "storage format"),
        (["PRAGMA user_version = 1"], "storage format is 1"),
        (["PRAGMA application_id = 7"], "storage format"),
    ],
)
def test_inconsistent_database_is_rejected(box, members, tmp_path, statements, reason):
    """A database with invalid values, references or schema is rejected before it is used."""
    members["world.sqlite3"] = changed(members["world.sqlite3"], *statements, folder=tmp_path)
    assert_rejected(box, archive_of(members.items()), reason, tmp_path)


def test_database_with_a_damaged_page_is_rejected(box, members, tmp_path):
    """A damaged database page is detected when the snapshot is loaded."""
    database = members["world.sqlite3"]
    members["world.sqlite3"] = database[:4096] + b"\xff" * 8192 + database[12288:]
    assert_rejected(box, archive_of(members.items()), "", tmp_path)


def test_search_index_is_rebuilt_after_a_restore(box, members, tmp_path):
    """A damaged search index in a snapshot does not affect the search after a restore."""
    for number in range(100):
        box.write(f"/needle-{number}", b"")
    box.snapshot().save(tmp_path / "full.zip")
    with ZipFile(tmp_path / "full.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["world.sqlite3"] = changed(
        members["world.sqlite3"],
        "UPDATE name_trigram_data SET block = x'00' WHERE id > 10",
        folder=tmp_path,
    )
    (tmp_path / "full.zip").write_bytes(archive_of(members.items()))
    box.restore(Snapshot.load(tmp_path / "full.zip"))
    found = V1(box.url).get("/search/dropbox", query="needle-1").json()
    assert len(found) == 11
