"""Looking at files and folders, and putting files."""

from __future__ import annotations

import pytest

from fakebox.core.entry import Listing
from fakebox.core.errors import (
    FolderInTheWay,
    IgnoredName,
    IllegalPath,
    NotAFile,
    NotFound,
    OverQuota,
    ParentIsAFile,
    RevisionNotFound,
    TooManyEntries,
    UnknownParentRev,
    UploadConflict,
)
from fakebox.core.files import WriteMode

OVERWRITE = WriteMode(overwrite=True)


def paths(listing: Listing) -> list[str]:
    """What a listing shows."""
    return [entry.path for entry in listing.children]


# --- looking -------------------------------------------------------------------------------------


def test_file_is_described_as_it_was_uploaded(world, scope):
    """Size, times and revision; the rev is the revision and the namespace."""
    world.clock.freeze()
    entry = world.files.upload(scope, "/Dir/A.txt", [b"te", b"xt"], client_mtime_s=5)
    assert entry == world.files.metadata(scope, "/dir/a.TXT")
    assert (entry.path, entry.name, entry.is_folder, entry.is_deleted) == (
        "/Dir/A.txt",
        "A.txt",
        False,
        False,
    )
    assert (entry.size_bytes, entry.client_mtime_s) == (4, 5)
    assert entry.modified_s == world.clock.now_s()
    assert entry.rev == f"{entry.revision:x}{entry.namespace_id:08x}"
    assert not entry.is_root


def test_uploader_that_says_nothing_of_the_files_age_made_it_now(world, write):
    """The time of the upload stands in for it."""
    entry = write("/a")
    assert entry.client_mtime_s == entry.modified_s


def test_root_is_a_folder_without_a_revision(world, scope, sandbox):
    """The app's root is one too, even before its folder is made."""
    for caller in (scope, sandbox):
        root = world.files.metadata(caller, "")
        assert (root.path, root.is_root, root.is_folder, root.revision) == ("/", True, True, 0)
        assert paths(world.files.list(caller, "/")) == []


def test_path_that_never_was_is_not_found(world, scope, write):
    """Neither below the root nor below a file."""
    write("/a")
    for path in ("/b", "/a/b", "/b/c"):
        with pytest.raises(NotFound) as error:
            world.files.metadata(scope, path)
        assert error.value.path == path
        with pytest.raises(NotFound):
            world.files.list(scope, path)
        with pytest.raises(NotFound):
            world.files.open(scope, path)


def test_folder_lists_what_is_in_it_by_folded_name(world, scope, write):
    """Files and folders mixed, one level deep, in the spelling they were made with."""
    for path in ("/d/b", "/d/A/x", "/d/C", "/e"):
        write(path)
    assert paths(world.files.list(scope, "/D")) == ["/d/A", "/d/b", "/d/C"]
    assert world.files.list(scope, "/d/b") == world.files.metadata(scope, "/d/b")


def test_deleted_entries_are_listed_when_they_are_asked_for(world, scope, write):
    """Without being asked for they don't show."""
    write("/d/gone")
    write("/d/there")
    tombstone = world.files.delete(scope, "/d/gone")
    assert paths(world.files.list(scope, "/d")) == ["/d/there"]
    assert tombstone in world.files.list(scope, "/d", include_deleted=True).children


def test_deleted_folder_can_still_be_looked_into(world, scope, write):
    """What was in it went with it, at the same moment."""
    write("/d/a")
    write("/d/e/b")
    tombstone = world.files.delete(scope, "/d")
    listing = world.files.list(scope, "/d", include_deleted=True)
    assert listing.folder == tombstone
    assert paths(listing) == ["/d/a", "/d/e"]
    assert all(entry.is_deleted and entry.rev == tombstone.rev for entry in listing.children)
    assert paths(world.files.list(scope, "/d")) == []
    assert world.files.metadata(scope, "/d/e/b").is_deleted


def test_deleted_file_is_described_as_such(world, scope, write):
    """No bytes, a new revision, and the second before 1970 as its age."""
    entry = write("/a")
    tombstone = world.files.delete(scope, "/a")
    assert tombstone == world.files.metadata(scope, "/a")
    assert (tombstone.is_deleted, tombstone.size_bytes, tombstone.client_mtime_s) == (True, 0, -1)
    assert tombstone.revision > entry.revision
    with pytest.raises(NotFound):
        world.files.open(scope, "/a")


def test_listing_is_refused_when_it_is_longer_than_the_caller_takes(world, scope, write):
    """As many as the limit are fine; one more is too many."""
    for name in "abc":
        write(f"/d/{name}")
    assert len(world.files.list(scope, "/d", limit=3).children) == 3
    with pytest.raises(TooManyEntries) as error:
        world.files.list(scope, "/d", limit=2)
    assert error.value.limit == 2


def test_listings_hash_changes_with_what_it_shows_and_only_then(world, scope, write):
    """Deleted entries count when they are shown."""

    def digest(**shown):
        return world.files.list(scope, "/d", **shown).hash

    write("/d/a")
    first, first_with_deleted = digest(), digest(include_deleted=True)
    assert len(first) == 32
    write("/e")
    write("/d/a", mode=OVERWRITE)
    assert digest() == first
    write("/d/b")
    assert digest() != first
    with_b = digest(include_deleted=True)
    world.files.delete(scope, "/d/b")
    assert digest() == first
    assert len({first_with_deleted, with_b, digest(include_deleted=True)}) == 3


def test_earlier_revision_is_read_by_its_rev(world, scope, write, read):
    """Its description and its bytes; in any case of the letters."""
    old = write("/a", "old")
    new = write("/a", "new", OVERWRITE)
    assert world.files.metadata(scope, "/a", old.rev) == old
    assert world.files.metadata(scope, "/a", new.rev.upper()) == new
    assert (read("/a"), read("/a", old.rev)) == (b"new", b"old")


@pytest.mark.parametrize("rev", ["", "x", "-1", "1", "0x100000001", "f" * 23, "f" * 24, "\uff11"])
def test_rev_that_never_was_is_not_found(world, scope, write, rev):
    """Nonsense is no more than unknown, however long."""
    write("/a")
    with pytest.raises(RevisionNotFound) as error:
        world.files.metadata(scope, "/a", rev)
    assert (error.value.path, error.value.rev) == ("/a", rev)


def test_rev_of_another_file_is_not_found(world, scope, write, other):
    """Nor is one that the file of another account has, nor one of a path that never was."""
    write("/a")
    b = write("/b")
    theirs = write("/a", scope=other)
    for path, rev in (("/a", b.rev), ("/a", theirs.rev), ("/c", b.rev)):
        with pytest.raises(RevisionNotFound):
            world.files.open(scope, path, rev)


def test_revision_of_a_deletion_has_no_bytes(world, scope, write):
    """It can be looked at and not opened."""
    write("/a")
    tombstone = world.files.delete(scope, "/a")
    assert world.files.metadata(scope, "/a", tombstone.rev) == tombstone
    with pytest.raises(RevisionNotFound):
        world.files.open(scope, "/a", tombstone.rev)


def test_folder_can_not_be_opened(world, scope, write):
    """Neither can the root."""
    write("/d/a")
    for path in ("/d", "/"):
        with pytest.raises(NotAFile):
            world.files.open(scope, path)


def test_app_sees_its_own_folder_alone(world, scope, sandbox, write, read):
    """Its paths begin there; the user sees the folder under /Apps."""
    write("/outside")
    entry = write("/in/a", scope=sandbox)
    assert entry.path == "/in/a"
    assert paths(world.files.list(sandbox, "/")) == ["/in"]
    assert read("/Apps/fakebox/in/a") == b"text"
    for path in ("/outside", "/../outside", "/Apps/fakebox/in/a"):
        with pytest.raises((NotFound, IllegalPath)):
            world.files.metadata(sandbox, path)


def test_account_never_sees_anothers_files(world, scope, other, write):
    """Every account has a Dropbox of its own."""
    write("/a")
    with pytest.raises(NotFound):
        world.files.metadata(other, "/a")


# --- putting -------------------------------------------------------------------------------------


def test_upload_makes_the_folders_above_it(world, scope, write):
    """All that are missing, even where deleted ones were."""
    write("/a/b/c")
    world.files.delete(scope, "/a")
    write("/A/B/d")
    assert paths(world.files.list(scope, "/")) == ["/A"]
    assert paths(world.files.list(scope, "/A/B")) == ["/A/B/d"]
    assert world.files.metadata(scope, "/a/b/c").is_deleted


def test_first_spelling_of_a_name_wins(world, write):
    """Both a folder's and a file's stay when others spell them differently."""
    write("/Dir/File")
    assert write("/dIR/other").path == "/Dir/other"
    assert write("/dir/fILE", "more", OVERWRITE).path == "/Dir/File"


def test_deleted_name_may_be_spelled_anew(world, scope, write):
    """What is gone has no say in it."""
    write("/File")
    world.files.delete(scope, "/File")
    assert write("/fILE").path == "/fILE"


def test_taken_name_is_numbered_when_the_upload_may_not_overwrite(world, write, read):
    """Even for the very same bytes; the smallest free number is taken."""
    assert [write("/a.txt").path for _ in range(3)] == ["/a.txt", "/a (1).txt", "/a (2).txt"]
    assert read("/a (2).txt") == b"text"


def test_number_of_a_deleted_file_is_free(world, scope, write):
    """The gap is filled first."""
    for _ in range(3):
        write("/a")
    world.files.delete(scope, "/a (1)")
    assert write("/a").path == "/a (1)"


def test_taken_name_is_refused_when_the_upload_may_not_be_renamed(world, write):
    """Whether it is taken by a file or by a folder."""
    write("/d/a")
    for path in ("/d/a", "/d"):
        with pytest.raises(UploadConflict):
            write(path, mode=WriteMode(autorename=False))


def test_overwriting_makes_a_new_revision(world, write, read):
    """The path is the same and the rev is not."""
    old = write("/a", "old")
    new = write("/a", "new", OVERWRITE)
    assert (new.path, read("/a")) == ("/a", b"new")
    assert new.revision > old.revision


def test_overwriting_with_the_same_bytes_changes_nothing(world, scope, write):
    """Same rev, same time, nothing new in delta; in any spelling and by any mode."""
    entry = write("/a")
    cursor = world.change_log.latest_cursor(scope)
    world.clock.advance(60)
    assert write("/A", mode=OVERWRITE) == entry
    assert write("/a", mode=WriteMode(parent_rev=entry.rev)) == entry
    assert world.change_log.page(scope, cursor).changes == ()


def test_folder_is_not_overwritten_by_a_file(world, write):
    """With overwrite it is in the way; without, the file gets a number."""
    write("/d/a")
    with pytest.raises(FolderInTheWay):
        write("/d", mode=OVERWRITE)
    assert write("/d").path == "/d (1)"


def test_current_parent_is_replaced_whatever_overwrite_says(world, write, read):
    """The writer knows what it replaces."""
    for overwrite in (True, False):
        entry = write("/a", f"{overwrite}", OVERWRITE)
        mode = WriteMode(overwrite=overwrite, parent_rev=entry.rev)
        assert write("/a", "new", mode).path == "/a"
        assert read("/a") == b"new"


def test_stale_parent_makes_a_conflicted_copy_whatever_overwrite_says(world, write, read):
    """The second one is numbered; the file stays as it is."""
    stale = write("/a.txt", "old")
    write("/a.txt", "new", OVERWRITE)
    mode = WriteMode(overwrite=True, parent_rev=stale.rev)
    assert write("/a.txt", "mine", mode).path == "/a (Fakebox User's conflicted copy).txt"
    assert write("/a.txt", "mine", mode).path == "/a (Fakebox User's conflicted copy) (1).txt"
    assert read("/a.txt") == b"new"


def test_parent_that_was_deleted_meanwhile_is_written_as_named(world, scope, write):
    """There is nothing to be in conflict with."""
    stale = write("/d/a")
    world.files.delete(scope, "/d")
    assert write("/d/a", "new", WriteMode(parent_rev=stale.rev)).path == "/d/a"


def test_parent_that_became_a_folder_makes_a_conflicted_copy(world, scope, write):
    """A folder is never replaced."""
    stale = write("/a")
    world.files.delete(scope, "/a")
    world.files.create_folder(scope, "/a")
    copy = write("/a", "new", WriteMode(parent_rev=stale.rev))
    assert copy.path == "/a (Fakebox User's conflicted copy)"


def test_parent_that_never_was_is_refused(world, write):
    """For a path with other revisions as for one with none."""
    rev = write("/a").rev
    for path in ("/b", "/a"):
        with pytest.raises(UnknownParentRev):
            write(path, mode=WriteMode(parent_rev=rev if path == "/b" else "1" + rev))


def test_file_is_no_folder_for_others(world, sandbox, write):
    """The refusal names the file, within the caller's root."""
    write("/a")
    write("/in/b", scope=sandbox)
    with pytest.raises(ParentIsAFile) as error:
        write("/A/x/y")
    assert error.value.path == "/A"
    with pytest.raises(ParentIsAFile) as error:
        write("/in/b/x", scope=sandbox)
    assert error.value.path == "/in/b"


def test_file_in_a_deleted_folder_is_in_nobodys_way(world, scope, write):
    """It went with its folder."""
    write("/d/a")
    world.files.delete(scope, "/d")
    assert write("/d/a/b").path == "/d/a/b"


def test_upload_is_refused_where_no_file_can_be(world, write):
    """The root, a name that no Dropbox has, and one that it never stores."""
    for path, error in (
        ("/", IllegalPath),
        ("/a\\b", IllegalPath),
        ("/desktop.ini", IgnoredName),
    ):
        with pytest.raises(error):
            write(path)


def test_upload_over_the_quota_leaves_nothing(world, scope, write):
    """Not even the folders above it; what it would replace counts as free."""
    world.accounts.configure(scope.account_id, quota_bytes=10)
    write("/a", "12345678")
    with pytest.raises(OverQuota) as error:
        write("/d/b", "123")
    assert (error.value.needed_bytes, error.value.free_bytes) == (3, 2)
    with pytest.raises(NotFound):
        world.files.metadata(scope, "/d")
    write("/a", "1234567890", OVERWRITE)
    assert world.accounts.get(scope.account_id).used_bytes == 10


def test_room_is_none_when_the_quota_shrinks_below_what_is_stored(world, scope, write):
    """Nothing is added then, and deleting still works."""
    write("/a", "1234")
    world.accounts.configure(scope.account_id, quota_bytes=1)
    with pytest.raises(OverQuota) as error:
        write("/b", "1")
    assert error.value.free_bytes == 0
    write("/empty", "")
    world.files.delete(scope, "/a")
    assert world.accounts.get(scope.account_id).used_bytes == 0


def test_upload_that_breaks_off_leaves_nothing(world, scope):
    """What the blocks raise is passed on."""

    def broken():
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        world.files.upload(scope, "/d/a", broken())
    with pytest.raises(NotFound):
        world.files.metadata(scope, "/d")


def test_descendants_are_whole_and_each_folder_comes_before_what_is_in_it(world, scope):
    """Without what was deleted, and within a limit."""
    for path in ("/a/b/c", "/a/d", "/a.txt", "/gone/x", "/b/gone"):
        world.files.upload(scope, path, [b"1"])
    world.files.delete(scope, "/gone")
    world.files.delete(scope, "/b/gone")
    paths = [entry.path for entry in world.files.descendants(scope)]
    assert paths == ["/a", "/a/b", "/a/b/c", "/a/d", "/a.txt", "/b"]
    assert [entry.path for entry in world.files.descendants(scope, "/a/b")] == ["/a/b/c"]
    assert not world.files.descendants(scope, "/gone")
    assert not world.files.descendants(scope, "/a.txt")
    assert len(world.files.descendants(scope, limit=6)) == 6
    with pytest.raises(TooManyEntries):
        world.files.descendants(scope, limit=5)


def test_content_of_a_listed_file_is_read(world, scope, write):
    """The bytes belong to the entry, even if its path was overwritten meanwhile."""
    entry = write("/a", "old")
    write("/a", "new", WriteMode(overwrite=True))
    with world.files.content(entry) as file:
        assert file.read() == b"old"


def test_same_bytes_are_no_conflict_if_the_upload_says_so(world, scope, write):
    """With `takes_same` nothing is written; other bytes are a conflict."""
    entry = write("/a", "same")
    mode = WriteMode(takes_same=True, autorename=False)
    assert write("/a", "same", mode) == entry
    with pytest.raises(UploadConflict):
        write("/a", "other", mode)


def test_parent_rev_that_never_was_is_a_conflict_if_the_upload_says_so(write):
    """Without `knows_revs` an unknown revision is a conflict, and no error of its own."""
    write("/a")
    mode = WriteMode(parent_rev="123456789", autorename=False, knows_revs=False)
    with pytest.raises(UploadConflict):
        write("/a", "new", mode)


def test_file_is_deleted_only_at_its_parent_rev(world, scope, write):
    """A file that was written since that revision stays."""
    old = write("/a", "old")
    new = write("/a", "new", WriteMode(overwrite=True))
    with pytest.raises(UploadConflict):
        world.files.delete(scope, "/a", parent_rev=old.rev)
    assert world.files.delete(scope, "/a", parent_rev=new.rev).is_deleted
