"""A world put away and brought back, in memory or by a file."""

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


def test_world_becomes_what_it_was_when_a_snapshot_is_restored(world, scope, write, read):
    """What was deleted is there again, and what came later isn't, as often as one likes."""
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


def play(world, scope, calls):
    """Make the calls; those that are refused change nothing."""
    for name, *arguments in calls:
        with suppress(DropboxError):
            getattr(world.files, name)(scope, *arguments)


def all_of(world, scope, path="/"):
    """Every entry below a folder, live or deleted, with what is told of it."""
    for entry in world.files.list(scope, path, include_deleted=True).children:
        yield entry
        if entry.is_folder:
            yield from all_of(world, scope, entry.path)


@given(CALLS, CALLS)
def test_tree_is_the_same_after_whatever_happened_since_the_snapshot(before, since):
    """Revisions, times, deleted entries and the room in use included."""
    with closing(World()) as world:
        scope = world.tokens.scope(world.tokens.find("fakebox-token"))
        play(world, scope, before)
        taken, held = world.snapshot(), list(all_of(world, scope))
        account = world.accounts.get(scope.account_id)
        play(world, scope, since)
        world.restore(taken)
        assert list(all_of(world, scope)) == held
        assert world.accounts.get(scope.account_id).used_bytes == account.used_bytes


def test_snapshot_survives_a_reset(world, scope, write, read):
    """A reset keeps the contents that a snapshot may need."""
    write("/kept", LARGE)
    taken = world.snapshot()
    world.reset()
    with pytest.raises(NotFound):
        world.files.metadata(scope, "/kept")
    world.restore(taken)
    assert read("/kept") == LARGE.encode()


def test_cursors_start_again_when_a_snapshot_is_restored(world, scope, write):
    """One from after the snapshot knows of changes that never came about."""
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


def test_snapshot_leaves_uploads_under_way_out(world, scope):
    """Their chunks aren't part of what is kept."""
    upload = world.upload_sessions.append(scope, [b"x"])
    world.restore(world.snapshot())
    with pytest.raises(UploadNotFound):
        world.upload_sessions.append(scope, [b"y"], upload.id, 1)


def test_snapshot_file_opens_in_another_world(world, scope, write, tmp_path):
    """Files, links and past revisions are all in it."""
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
def restless():
    """Threads that take turns as often as they can."""
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval_s)


@pytest.mark.usefixtures("restless")
def test_snapshot_of_another_world_is_whole_though_somebody_resets(scope, write, world, tmp_path):
    """Whichever of the two comes last."""
    for number in range(50):
        write(f"/{number}", str(number))
    world.snapshot().save(tmp_path / "snapshot")
    taken = Snapshot.load(tmp_path / "snapshot")
    for _ in range(20):
        with closing(World()) as other:
            together = Barrier(2)
            reset = Thread(target=_reset, args=(other, together))
            reset.start()
            together.wait()
            other.restore(taken)
            reset.join()
            for entry in other.files.list(scope, "/").children:
                other.files.open(scope, entry.path)[1].close()


def _reset(world, together):
    together.wait()
    world.reset()


def test_snapshot_file_replaces_an_older_one(world, write, tmp_path):
    """Saving twice under one name leaves the later one, and nothing beside it."""
    world.snapshot().save(tmp_path / "snapshot")
    write("/f")
    world.snapshot().save(tmp_path / "snapshot")
    assert list(tmp_path.iterdir()) == [tmp_path / "snapshot"]


def test_snapshot_file_is_written_whole_or_not_at_all(write, world, tmp_path):
    """When a content can't be read the older file stays, and no half of the new one."""
    write("/f", LARGE)
    (tmp_path / "snapshot").write_bytes(b"older")
    taken = world.snapshot()
    world.close()
    with pytest.raises(FileNotFoundError):
        taken.save(tmp_path / "snapshot")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"older"]


def written(path, database):
    """An archive with this database and nothing else."""
    with ZipFile(path, "w") as archive:
        if database is not None:
            archive.writestr("world.sqlite3", database)
    return path


def image(*statements):
    """The bytes of a database."""
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
def test_snapshot_file_is_refused_when_it_is_none(tmp_path, database):
    """Whatever is wrong with it, the refusal names the file."""
    path = written(tmp_path / "snapshot", database)
    with pytest.raises(DataDirectoryError, match="is not a complete snapshot") as error:
        Snapshot.load(path)
    assert error.value.directory == str(path)


def test_snapshot_file_is_refused_when_it_is_no_archive(tmp_path):
    """Any other file is told from a snapshot."""
    (tmp_path / "snapshot").write_bytes(b"text")
    with pytest.raises(DataDirectoryError, match="is not a complete snapshot"):
        Snapshot.load(tmp_path / "snapshot")


def test_snapshot_file_is_refused_when_another_version_wrote_it(tmp_path):
    """The error names the format that was found and the one that is accepted."""
    newer = image("CREATE TABLE world (secret)", "PRAGMA user_version = 99")
    with pytest.raises(DataDirectoryError, match=r"format is 99 .* accepts only 3"):
        Snapshot.load(written(tmp_path / "snapshot", newer))
