"""Revisions of files: listing, restoring and deleting them permanently."""

import pytest

from fakebox.core.errors import FolderInTheWay, NotFound, OverQuota, RevisionNotFound
from fakebox.core.files import WriteMode

OVER = WriteMode(overwrite=True)


def test_revisions_are_listed_newest_first(world, scope, write):
    """Revisions are listed newest first, up to the limit."""
    revs = [write("/a.txt", text, OVER).rev for text in ("one", "two", "three")]
    assert [entry.rev for entry in world.revisions.list(scope, "/a.txt", limit=2)] == revs[:0:-1]


def test_deletion_is_a_revision(world, scope, write):
    """The deletion of a file is its newest revision."""
    write("/a.txt")
    world.files.delete(scope, "/a.txt")
    newest, before = world.revisions.list(scope, "/a.txt", limit=10)
    assert (newest.is_deleted, before.is_deleted) == (True, False)


def test_deletion_of_the_folder_is_a_revision(world, scope, write):
    """The deletion of a folder is the newest revision of each file in it."""
    write("/folder/a.txt")
    world.files.delete(scope, "/folder")
    newest, _ = world.revisions.list(scope, "/folder/a.txt", limit=10)
    assert newest.is_deleted


def test_folder_has_no_revisions(world, scope, write):
    """Listing revisions of an existing or a deleted folder raises NotFound."""
    write("/folder/a.txt")
    with pytest.raises(NotFound):
        world.revisions.list(scope, "/folder", limit=10)
    world.files.delete(scope, "/folder")
    with pytest.raises(NotFound):
        world.revisions.list(scope, "/folder", limit=10)


def test_restored_file_has_the_old_bytes_and_a_new_revision(world, scope, write, read):
    """Restoring an earlier revision creates a new revision with the earlier content."""
    old = write("/a.txt", "old", OVER)
    new = write("/a.txt", "newer", OVER)
    restored = world.revisions.restore(scope, "/a.txt", old.rev)
    assert read("/a.txt") == b"old"
    assert restored.rev not in (old.rev, new.rev)
    assert world.accounts.get(scope.account_id).used_bytes == len("old")


def test_deleted_file_is_restored_with_its_folder(world, scope, write, read):
    """Restoring a file recreates its deleted folder and counts the file's size as used."""
    old = write("/folder/a.txt", "old")
    world.files.delete(scope, "/folder")
    world.revisions.restore(scope, "/folder/a.txt", old.rev)
    assert read("/folder/a.txt") == b"old"
    assert world.accounts.get(scope.account_id).used_bytes == len("old")


def test_deletion_cannot_be_restored(world, scope, write):
    """Restoring the revision of a deletion raises RevisionNotFound."""
    write("/a.txt")
    deleted = world.files.delete(scope, "/a.txt")
    with pytest.raises(RevisionNotFound):
        world.revisions.restore(scope, "/a.txt", deleted.rev)


def test_file_is_not_restored_over_a_folder(world, scope, write):
    """A file cannot be restored at the path of a folder."""
    old = write("/a")
    world.files.delete(scope, "/a")
    world.files.create_folder(scope, "/a")
    with pytest.raises(FolderInTheWay):
        world.revisions.restore(scope, "/a", old.rev)


def test_file_is_not_restored_over_quota(world, scope, write, read):
    """A restoration over quota is rejected, and the current content stays."""
    old = write("/a.txt", "much longer", OVER)
    write("/a.txt", "short", OVER)
    world.accounts.configure(scope.account_id, quota_bytes=6)
    with pytest.raises(OverQuota):
        world.revisions.restore(scope, "/a.txt", old.rev)
    assert read("/a.txt") == b"short"


def test_conflicted_copies_are_numbered(world, write):
    """The second conflicted copy of a file gets a number."""
    old = write("/a.txt", "one", OVER).rev
    write("/a.txt", "two", OVER)
    names = [write("/a.txt", text, WriteMode(parent_rev=old)).name for text in ("x", "y")]
    assert names[0].endswith("conflicted copy).txt")
    assert names[1].endswith("conflicted copy) (1).txt")


def test_numbered_name_stays_within_the_length_limit(world, write):
    """A long name is shortened so that the number fits into the length limit."""
    for name in ("a" * 255, "a" * 251 + ".txt", "a." + "b" * 253):
        write(f"/{name}")
        assert len(write(f"/{name}").name) == 255


def test_permanently_deleted_file_cannot_be_restored(world, scope, write):
    """A permanently deleted file has no revision that can be restored."""
    old = write("/a.txt")
    world.files.delete(scope, "/a.txt")
    world.revisions.delete_permanently(scope, "/a.txt")
    with pytest.raises(RevisionNotFound):
        world.revisions.restore(scope, "/a.txt", old.rev)


def test_permanently_deleted_folder_loses_the_revisions_of_its_files(world, scope, write):
    """Files in a permanently deleted folder cannot be restored."""
    revs = {path: write(path).rev for path in ("/folder/before.txt", "/folder/sub/along.txt")}
    world.files.delete(scope, "/folder/before.txt")
    world.files.delete(scope, "/folder")
    world.revisions.delete_permanently(scope, "/folder")
    for path, rev in revs.items():
        with pytest.raises(RevisionNotFound):
            world.revisions.restore(scope, path, rev)
    assert not world.files.list(scope, "/", include_deleted=False).children


@pytest.mark.parametrize("path", ["/a.txt", "/never"])
def test_only_a_deleted_entry_can_be_permanently_deleted(path, world, scope, write):
    """Deleting an existing or an unknown path permanently raises NotFound."""
    write("/a.txt")
    with pytest.raises(NotFound):
        world.revisions.delete_permanently(scope, path)


def test_restored_file_has_a_new_file_id_if_the_moved_file_exists(world, scope, write):
    """Two files never have the same file id: the restored file is not the one that was moved."""
    rev = write("/a").rev
    moved = world.files.move(scope, "/a", "/b")
    restored = world.revisions.restore(scope, "/a", rev)
    assert restored.file_id != moved.file_id
    assert world.file_ids.by_file_id(scope, moved.file_id).path == "/b"


def test_restored_file_has_the_time_of_the_revision(world, scope, write):
    """A restored file has the client's modification time of the revision."""
    old = world.files.upload(scope, "/a.txt", [b"one"], OVER, 1_000_000_000)
    write("/a.txt", "two", OVER)
    restored = world.revisions.restore(scope, "/a.txt", old.rev)
    assert restored.client_mtime_s == 1_000_000_000
