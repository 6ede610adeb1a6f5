"""What a file or folder is known by, wherever it goes; and finding it by that or by a revision."""

from __future__ import annotations

import pytest

from fakebox.core.errors import NotFound, RevisionNotFound
from fakebox.core.files import WriteMode


@pytest.fixture
def known_as(world, scope):
    """What the thing at a path is known by."""

    def identity(path):
        return world.files.metadata(scope, path).file_id

    return identity


def test_file_keeps_its_identity_when_it_is_overwritten(write, known_as):
    """New bytes are another revision of the same file."""
    write("/a")
    before = known_as("/a")
    write("/a", "new", WriteMode(overwrite=True))
    assert known_as("/a") == before


def test_everything_keeps_its_identity_when_its_folder_is_moved(world, scope, write, known_as):
    """The folder, and the files and folders in it."""
    for path in ("/a/b/c", "/a/d"):
        write(path)
    before = [known_as(path) for path in ("/a", "/a/b", "/a/b/c", "/a/d")]
    world.files.move(scope, "/a", "/z")
    assert [known_as(path) for path in ("/z", "/z/b", "/z/b/c", "/z/d")] == before


def test_file_keeps_its_identity_over_many_moves(world, scope, write, known_as):
    """There and back again."""
    write("/a")
    before = known_as("/a")
    world.files.move(scope, "/a", "/b")
    world.files.move(scope, "/b", "/a")
    assert known_as("/a") == before


def test_copy_is_known_by_something_else(world, scope, write, known_as):
    """Nor is anything in it what the original is."""
    write("/a/b")
    write("/a/c")
    world.files.copy(scope, "/a", "/z")
    paths = ("/a", "/a/b", "/a/c", "/z", "/z/b", "/z/c")
    assert len({known_as(path) for path in paths}) == len(paths)


def test_new_file_at_an_old_path_is_known_by_something_else(world, scope, write, known_as):
    """Whether what was there before went to heaven or to another folder."""
    write("/a")
    first = known_as("/a")
    world.files.move(scope, "/a", "/b")
    write("/a")
    second = known_as("/a")
    world.files.delete(scope, "/a")
    write("/a")
    assert len({first, second, known_as("/a"), known_as("/b")}) == 3


def test_file_that_is_restored_is_the_same_again(world, scope, write, known_as):
    """A deletion that was undone leaves the identity."""
    rev = write("/a").rev
    before = known_as("/a")
    world.files.delete(scope, "/a")
    world.revisions.restore(scope, "/a", rev)
    assert known_as("/a") == before


def test_file_is_found_where_it_went(world, scope, write, known_as):
    """By its identity, under the path that it has now."""
    write("/a/b")
    identity = known_as("/a/b")
    world.files.move(scope, "/a", "/z")
    write("/a/b")
    assert world.file_ids.by_file_id(scope, identity).path == "/z/b"


def test_file_is_not_found_by_its_identity_once_it_is_deleted(world, scope, write, known_as):
    """Though it can be restored under its path."""
    write("/a")
    identity = known_as("/a")
    world.files.delete(scope, "/a")
    with pytest.raises(NotFound):
        world.file_ids.by_file_id(scope, identity)


def test_nobody_finds_what_is_not_theirs(world, scope, sandbox, other, write, known_as):
    """Neither another account nor an app that sees its own folder alone."""
    rev = write("/a").rev
    for stranger in (sandbox, other):
        with pytest.raises(NotFound):
            world.file_ids.by_file_id(stranger, known_as("/a"))
        with pytest.raises(RevisionNotFound):
            world.file_ids.by_rev(stranger, rev)


def test_app_finds_its_own_under_its_own_paths(world, sandbox, write):
    """From its root on."""
    entry = write("/a", scope=sandbox)
    assert world.file_ids.by_file_id(sandbox, entry.file_id).path == "/a"
    assert world.file_ids.by_rev(sandbox, entry.rev).path == "/a"


def test_revision_is_found_by_its_name_alone(world, scope, write):
    """Today's and those before."""
    old = write("/a", "old")
    new = write("/a", "new", WriteMode(overwrite=True))
    found = [world.file_ids.by_rev(scope, entry.rev) for entry in (old, new)]
    assert [(entry.path, entry.content) for entry in found] == [
        ("/a", old.content),
        ("/a", new.content),
    ]
