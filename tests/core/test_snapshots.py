"""Snapshots of a world, in memory and in files."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from threading import Barrier, Thread
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.errors import (
    DataDirectoryError,
    DropboxError,
    LinkNotFound,
    NotFound,
    UploadNotFound,
)
from fakebox.core.files import WriteMode
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World

LARGE = "large " * 20_000


def test_restoring_a_snapshot_undoes_later_changes(world, scope, write, read):
    """After a restoration, later files do not exist and deleted files exist again."""
    write("/kept", "text")
    write("/large", LARGE)
    taken = world.snapshot()
    for _ in range(2):
        world.files.delete(scope, "/kept")
        write("/later")
        world.restore(taken)
        assert read("/kept") == b"text"
        assert read("/large") == LARGE.encode()
        with pytest.raises(NotFound):
            world.files.metadata(scope, "/later")


PATHS = st.lists(st.sampled_from("aAbc"), min_size=1, max_size=3).map("/".join)
CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("upload"), PATHS, st.lists(st.binary(max_size=3), max_size=2)),
        st.tuples(st.just("create_folder"), PATHS),
        st.tuples(st.just("delete"), PATHS),
        st.tuples(st.sampled_from(["copy", "move"]), PATHS, PATHS),
    ),
    max_size=12,
)


def run_calls(world, scope, calls):
    """Make the calls, and ignore errors, because rejected calls change nothing."""
    for name, *arguments in calls:
        with suppress(DropboxError):
            getattr(world.files, name)(scope, *arguments)


def all_entries(world, scope, path="/"):
    """Yield every entry below a folder, existing or deleted."""
    for entry in world.files.list(scope, path, include_deleted=True).children:
        yield entry
        if entry.is_folder:
            yield from all_entries(world, scope, entry.path)


@given(CALLS, CALLS)
def test_restoring_a_snapshot_undoes_any_sequence_of_calls(before, since):
    """A restoration brings back the same revisions, times, deleted entries and used space."""
    with closing(World()) as world:
        scope = world.tokens.scope(world.tokens.find("fakebox-token"))
        run_calls(world, scope, before)
        taken, entries = world.snapshot(), list(all_entries(world, scope))
        account = world.accounts.get(scope.account_id)
        run_calls(world, scope, since)
        world.restore(taken)
        assert list(all_entries(world, scope)) == entries
        assert world.accounts.get(scope.account_id).used_bytes == account.used_bytes


def test_snapshot_can_be_restored_after_a_reset(world, scope, write, read):
    """A reset keeps the contents that a snapshot refers to."""
    write("/kept", LARGE)
    taken = world.snapshot()
    world.reset()
    with pytest.raises(NotFound):
        world.files.metadata(scope, "/kept")
    world.restore(taken)
    assert read("/kept") == LARGE.encode()


def test_cursors_restart_when_a_snapshot_is_restored(world, scope, write):
    """A cursor that is newer than the restored snapshot returns a reset page."""
    write("/kept")
    taken = world.snapshot()
    write("/never")
    before = world.change_log.page(scope).cursor
    world.restore(taken)
    write("/instead")
    page = world.change_log.page(scope, before)
    assert page.reset
    assert [change.path for change in page.changes] == ["/kept", "/instead"]
    world.restore(taken)
    assert world.change_log.page(scope, page.cursor).reset


def test_snapshot_excludes_upload_sessions(world, scope):
    """Restoring a snapshot ends upload sessions that were started before it."""
    upload = world.upload_sessions.append(scope, [b"x"])
    world.restore(world.snapshot())
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)


def test_snapshot_contains_no_rows_of_upload_sessions(world, scope, tmp_path):
    """The pieces of a parallel upload are not in a snapshot either."""
    upload = world.upload_sessions.begin(scope, parallel=True)
    world.upload_sessions.put_piece(scope, [b"x"], upload.id, 0, closes=True)
    world.snapshot().save(tmp_path / "snapshot")
    with ZipFile(tmp_path / "snapshot") as archive:
        archive.extract("world.sqlite3", tmp_path)
    with closing(sqlite3.connect(tmp_path / "world.sqlite3")) as db:
        for table in ("upload", "upload_piece"):
            assert db.execute(f"SELECT * FROM {table}").fetchall() == []


def test_seeded_world_repeats_no_identifier_of_a_restored_snapshot(tmp_path):
    """After a seeded world has restored a snapshot of the same seed, it keeps the stored links."""
    with closing(World(seed=1)) as world:
        scope = world.tokens.scope(world.tokens.find("fakebox-token"))
        for path in ("/a", "/b"):
            world.files.upload(scope, path, [b""])
        stored = world.shared_links.create(scope, "/a")[0].link.token
        world.snapshot().save(tmp_path / "snapshot")
    created = set()
    with closing(World(seed=1)) as world:
        for _ in range(2):
            world.restore(Snapshot.load(tmp_path / "snapshot"))
            created.add(world.shared_links.create(scope, "/b")[0].link.token)
            assert world.shared_links.look(stored).path == "/a"
    assert len(created) == 2
    assert stored not in created


def test_snapshot_file_can_be_restored_in_another_world(world, scope, write, tmp_path):
    """A snapshot file contains the files, links and earlier revisions."""
    old = write("/f", "old")
    write("/f", LARGE, WriteMode(overwrite=True))
    link = world.shared_links.create(scope, "/f")[0].link
    world.snapshot().save(tmp_path / "snapshot")
    another = World()
    with pytest.raises(LinkNotFound):
        another.shared_links.look(link.token)
    another.restore(Snapshot.load(tmp_path / "snapshot"))
    for rev, text in ((None, LARGE), (old.rev, "old")):
        with another.files.open(scope, "/f", rev)[1] as file:
            assert file.read() == text.encode()
    assert another.shared_links.look(link.token).path == "/f"
    another.close()


@pytest.fixture
def frequent_thread_switches():
    """Make Python switch between threads as often as possible."""
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval_s)


@pytest.mark.usefixtures("frequent_thread_switches")
def test_restoring_a_snapshot_during_a_reset_is_complete(scope, write, world, tmp_path):
    """Every file can be opened after a restoration and a reset run at the same time."""
    for number in range(50):
        write(f"/{number}", str(number))
    world.snapshot().save(tmp_path / "snapshot")
    taken = Snapshot.load(tmp_path / "snapshot")
    for _ in range(20):
        with closing(World()) as other:
            barrier = Barrier(2)
            reset = Thread(target=_reset, args=(other, barrier))
            reset.start()
            barrier.wait()
            other.restore(taken)
            reset.join()
            for entry in other.files.list(scope, "/").children:
                other.files.open(scope, entry.path)[1].close()


def _reset(world, barrier):
    barrier.wait()
    world.reset()


def test_snapshot_file_replaces_an_older_one(world, write, tmp_path):
    """Saving to an existing path replaces the file and leaves no other file beside it."""
    world.snapshot().save(tmp_path / "snapshot")
    write("/f")
    world.snapshot().save(tmp_path / "snapshot")
    assert list(tmp_path.iterdir()) == [tmp_path / "snapshot"]


def test_failed_save_keeps_the_existing_file(write, world, tmp_path):
    """If a content cannot be read, the existing file stays and no partial file remains."""
    write("/f", LARGE)
    (tmp_path / "snapshot").write_bytes(b"older")
    taken = world.snapshot()
    world.close()
    with pytest.raises(FileNotFoundError):
        taken.save(tmp_path / "snapshot")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"older"]


def write_archive(path, database):
    """Write an archive that contains only this database, and return its path."""
    with ZipFile(path, "w") as archive:
        if database is not None:
            archive.writestr("world.sqlite3", database)
    return path


def database_bytes(*statements):
    """Return the bytes of a database that the statements create."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder, "db"))
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.close()
        return Path(folder, "db").read_bytes()


@pytest.mark.parametrize(
    "database",
    [
        None,
        b"no database, by no means a database, but long enough to look at" * 20,
    ],
    ids=["no database", "not SQLite"],
)
def test_file_without_a_database_is_rejected_as_snapshot(tmp_path, database):
    """A file without a valid database is rejected with an error that contains its path."""
    path = write_archive(tmp_path / "snapshot", database)
    with pytest.raises(DataDirectoryError, match="is not a complete snapshot") as error:
        Snapshot.load(path)
    assert error.value.directory == str(path)


def test_file_that_is_not_an_archive_is_rejected_as_snapshot(tmp_path):
    """A file that is not a ZIP archive is rejected with the same error."""
    (tmp_path / "snapshot").write_bytes(b"text")
    with pytest.raises(DataDirectoryError, match="is not a complete snapshot"):
        Snapshot.load(tmp_path / "snapshot")


def test_snapshot_file_with_another_format_is_rejected(tmp_path):
    """The error contains the format of the file and the accepted format."""
    newer = database_bytes("CREATE TABLE world (secret)", "PRAGMA user_version = 99")
    with pytest.raises(DataDirectoryError, match=r"format is 99 .* accepts only 4"):
        Snapshot.load(write_archive(tmp_path / "snapshot", newer))
