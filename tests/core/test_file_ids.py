"""File IDs, which stay the same when an entry moves, and finding entries by file ID or rev."""

from __future__ import annotations

import pytest

from fakebox.core.errors import NotFound, RevisionNotFound
from fakebox.core.files import WriteMode
from tests.core.cost import steps_of


@pytest.fixture
def file_id_of(world, scope):
    """A function that returns the file ID of the entry at a path."""

    def file_id(path):
        return world.files.metadata(scope, path).file_id

    return file_id


def test_file_keeps_its_file_id_when_it_is_overwritten(write, file_id_of):
    """Overwriting a file adds a revision to the same file."""
    write("/a")
    before = file_id_of("/a")
    write("/a", "new", WriteMode(overwrite=True))
    assert file_id_of("/a") == before


def test_entries_keep_their_file_ids_when_their_folder_is_moved(world, scope, write, file_id_of):
    """Moving a folder keeps the file IDs of the folder and of all entries in it."""
    for path in ("/a/b/c", "/a/d"):
        write(path)
    before = [file_id_of(path) for path in ("/a", "/a/b", "/a/b/c", "/a/d")]
    world.files.move(scope, "/a", "/z")
    assert [file_id_of(path) for path in ("/z", "/z/b", "/z/b/c", "/z/d")] == before


def test_file_keeps_its_file_id_when_moved_twice(world, scope, write, file_id_of):
    """A file that is moved away and back has its original file ID."""
    write("/a")
    before = file_id_of("/a")
    world.files.move(scope, "/a", "/b")
    world.files.move(scope, "/b", "/a")
    assert file_id_of("/a") == before


def test_copy_has_new_file_ids(world, scope, write, file_id_of):
    """A copy of a folder and the entries in it have new file IDs."""
    write("/a/b")
    write("/a/c")
    world.files.copy(scope, "/a", "/z")
    paths = ("/a", "/a/b", "/a/c", "/z", "/z/b", "/z/c")
    assert len({file_id_of(path) for path in paths}) == len(paths)


def test_new_file_at_an_old_path_has_a_new_file_id(world, scope, write, file_id_of):
    """A new file has a new file ID, whether the previous file was moved or deleted."""
    write("/a")
    first = file_id_of("/a")
    world.files.move(scope, "/a", "/b")
    write("/a")
    second = file_id_of("/a")
    world.files.delete(scope, "/a")
    write("/a")
    assert len({first, second, file_id_of("/a"), file_id_of("/b")}) == 3


def test_restored_file_has_its_original_file_id(world, scope, write, file_id_of):
    """Restoring a deleted file restores its file ID."""
    rev = write("/a").rev
    before = file_id_of("/a")
    world.files.delete(scope, "/a")
    world.revisions.restore(scope, "/a", rev)
    assert file_id_of("/a") == before


def test_file_id_finds_a_moved_file(world, scope, write, file_id_of):
    """A file ID finds the file at its current path."""
    write("/a/b")
    file_id = file_id_of("/a/b")
    world.files.move(scope, "/a", "/z")
    write("/a/b")
    assert world.file_ids.by_file_id(scope, file_id).path == "/z/b"


def test_file_id_of_a_deleted_file_is_not_found(world, scope, write, file_id_of):
    """A deleted file is not found by its file ID."""
    write("/a")
    file_id = file_id_of("/a")
    world.files.delete(scope, "/a")
    with pytest.raises(NotFound):
        world.file_ids.by_file_id(scope, file_id)


def test_file_ids_and_revs_of_others_are_not_found(world, scope, sandbox, other, write, file_id_of):
    """Another account, or an app limited to its folder, does not find the file."""
    rev = write("/a").rev
    for caller in (sandbox, other):
        with pytest.raises(NotFound):
            world.file_ids.by_file_id(caller, file_id_of("/a"))
        with pytest.raises(RevisionNotFound):
            world.file_ids.by_rev(caller, rev)


def test_app_finds_entries_with_paths_relative_to_its_folder(world, sandbox, write):
    """Entries that an app finds by file ID or rev have paths relative to the app folder."""
    entry = write("/a", scope=sandbox)
    assert world.file_ids.by_file_id(sandbox, entry.file_id).path == "/a"
    assert world.file_ids.by_rev(sandbox, entry.rev).path == "/a"


def test_rev_finds_the_revision_without_a_path(world, scope, write):
    """A rev finds the current revision and earlier ones."""
    old = write("/a", "old")
    new = write("/a", "new", WriteMode(overwrite=True))
    found = [world.file_ids.by_rev(scope, entry.rev) for entry in (old, new)]
    assert [(entry.path, entry.content) for entry in found] == [
        ("/a", old.content),
        ("/a", new.content),
    ]


def test_cost_of_finding_a_file_does_not_depend_on_the_number_of_files(world, scope, write):
    """The cost of finding a file ID or a revision is the same for any number of files."""
    old = write("/a", "old")
    new = write("/a", "new", WriteMode(overwrite=True))

    def costs():
        calls = (
            lambda: world.file_ids.by_file_id(scope, new.file_id),
            lambda: world.file_ids.by_rev(scope, new.rev),
            lambda: world.file_ids.by_rev(scope, old.rev),
            lambda: world.file_ids.by_rev(scope, new.timestamp_rev),
            lambda: world.file_ids.by_rev(scope, old.timestamp_rev),
            lambda: world.revisions.of_file(scope, "/a", by_file_id=True),
        )
        return [steps_of(world, call) for call in calls]

    few = costs()
    for number in range(200):
        write(f"/{number}", "old")
        write(f"/{number}", "new", WriteMode(overwrite=True))
    for many, before in zip(costs(), few, strict=True):
        assert many < before * 1.2
