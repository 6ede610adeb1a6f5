"""What a file was before, and making it so again."""

import pytest

from fakebox.core.errors import FolderInTheWay, NotFound, OverQuota, RevisionNotFound
from fakebox.core.files import WriteMode

OVER = WriteMode(overwrite=True)


def test_revisions_are_listed_newest_first(world, scope, write):
    """As many as asked for."""
    revs = [write("/a.txt", text, OVER).rev for text in ("one", "two", "three")]
    assert [entry.rev for entry in world.revisions.list(scope, "/a.txt", limit=2)] == revs[:0:-1]


def test_deletion_is_a_revision(world, scope, write):
    """The newest, of no bytes."""
    write("/a.txt")
    world.files.delete(scope, "/a.txt")
    newest, before = world.revisions.list(scope, "/a.txt", limit=10)
    assert (newest.is_deleted, before.is_deleted) == (True, False)


def test_deletion_of_the_folder_is_a_revision(world, scope, write):
    """The file died with it."""
    write("/folder/a.txt")
    world.files.delete(scope, "/folder")
    newest, _ = world.revisions.list(scope, "/folder/a.txt", limit=10)
    assert newest.is_deleted


def test_folder_has_no_revisions(world, scope, write):
    """Neither one that is there nor one that was."""
    write("/folder/a.txt")
    with pytest.raises(NotFound):
        world.revisions.list(scope, "/folder", limit=10)
    world.files.delete(scope, "/folder")
    with pytest.raises(NotFound):
        world.revisions.list(scope, "/folder", limit=10)


def test_restored_file_has_the_old_bytes_and_a_new_revision(world, scope, write, read):
    """Its history goes on."""
    old = write("/a.txt", "old", OVER)
    new = write("/a.txt", "newer", OVER)
    restored = world.revisions.restore(scope, "/a.txt", old.rev)
    assert read("/a.txt") == b"old"
    assert restored.rev not in (old.rev, new.rev)
    assert world.accounts.get(scope.account_id).used_bytes == len("old")


def test_deleted_file_is_restored_with_its_folder(world, scope, write, read):
    """Its room is taken again."""
    old = write("/folder/a.txt", "old")
    world.files.delete(scope, "/folder")
    world.revisions.restore(scope, "/folder/a.txt", old.rev)
    assert read("/folder/a.txt") == b"old"
    assert world.accounts.get(scope.account_id).used_bytes == len("old")


def test_deletion_is_not_restored(world, scope, write):
    """There is nothing to make of it."""
    write("/a.txt")
    deleted = world.files.delete(scope, "/a.txt")
    with pytest.raises(RevisionNotFound):
        world.revisions.restore(scope, "/a.txt", deleted.rev)


def test_file_is_not_restored_over_a_folder(world, scope, write):
    """The folder stays."""
    old = write("/a")
    world.files.delete(scope, "/a")
    world.files.create_folder(scope, "/a")
    with pytest.raises(FolderInTheWay):
        world.revisions.restore(scope, "/a", old.rev)


def test_file_is_not_restored_without_room(world, scope, write, read):
    """What is there stays."""
    old = write("/a.txt", "much longer", OVER)
    write("/a.txt", "short", OVER)
    world.accounts.configure(scope.account_id, quota_bytes=6)
    with pytest.raises(OverQuota):
        world.revisions.restore(scope, "/a.txt", old.rev)
    assert read("/a.txt") == b"short"


def test_conflicted_copies_are_numbered(world, write):
    """The second one has the first one's name to avoid."""
    old = write("/a.txt", "one", OVER).rev
    write("/a.txt", "two", OVER)
    names = [write("/a.txt", text, WriteMode(parent_rev=old)).name for text in ("x", "y")]
    assert names[0].endswith("conflicted copy).txt")
    assert names[1].endswith("conflicted copy) (1).txt")


def test_name_that_is_taken_stays_within_its_limit(world, write):
    """An extension too long to keep is cut with the rest."""
    for name in ("a" * 255, "a" * 251 + ".txt", "a." + "b" * 253):
        write(f"/{name}")
        assert len(write(f"/{name}").name) == 255


def test_forgotten_file_never_comes_back(world, scope, write):
    """It has no revisions, and none to be restored."""
    old = write("/a.txt")
    world.files.delete(scope, "/a.txt")
    world.revisions.forget(scope, "/a.txt")
    with pytest.raises(RevisionNotFound):
        world.revisions.restore(scope, "/a.txt", old.rev)


def test_forgotten_folder_takes_what_was_in_it_along(world, scope, write):
    """Whether it died with the folder or before."""
    olds = {path: write(path).rev for path in ("/folder/before.txt", "/folder/sub/along.txt")}
    world.files.delete(scope, "/folder/before.txt")
    world.files.delete(scope, "/folder")
    world.revisions.forget(scope, "/folder")
    for path, rev in olds.items():
        with pytest.raises(RevisionNotFound):
            world.revisions.restore(scope, path, rev)
    assert not world.files.list(scope, "/", include_deleted=False).children


@pytest.mark.parametrize("path", ["/a.txt", "/never"])
def test_only_what_is_gone_is_forgotten(path, world, scope, write):
    """Not what is there, nor what never was."""
    write("/a.txt")
    with pytest.raises(NotFound):
        world.revisions.forget(scope, path)
