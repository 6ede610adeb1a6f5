"""Reading files and folders, and uploading files."""

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
    """Return the paths of the entries in a listing."""
    return [entry.path for entry in listing.children]


# --- reading -------------------------------------------------------------------------------------


def test_metadata_of_a_file_matches_its_upload(world, scope):
    """The metadata contains the size and times of the upload, and a rev."""
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


def test_client_mtime_defaults_to_the_time_of_the_upload(world, write):
    """Without `client_mtime_s`, the client mtime is the time of the upload."""
    entry = write("/a")
    assert entry.client_mtime_s == entry.modified_s


def test_root_is_a_folder_without_a_revision(world, scope, sandbox):
    """The root is a folder with revision 0, even for an app whose folder does not exist yet."""
    for caller in (scope, sandbox):
        root = world.files.metadata(caller, "")
        assert (root.path, root.is_root, root.is_folder, root.revision) == ("/", True, True, 0)
        assert paths(world.files.list(caller, "/")) == []


def test_path_that_never_existed_is_not_found(world, scope, write):
    """A path that never existed raises NotFound, below the root and below a file."""
    write("/a")
    for path in ("/b", "/a/b", "/b/c"):
        with pytest.raises(NotFound) as error:
            world.files.metadata(scope, path)
        assert error.value.path == path
        with pytest.raises(NotFound):
            world.files.list(scope, path)
        with pytest.raises(NotFound):
            world.files.open(scope, path)


def test_list_sorts_children_by_folded_name(world, scope, write):
    """A listing contains one level of entries, sorted by name without regard to case."""
    for path in ("/d/b", "/d/A/x", "/d/C", "/e"):
        write(path)
    assert paths(world.files.list(scope, "/D")) == ["/d/A", "/d/b", "/d/C"]
    assert world.files.list(scope, "/d/b") == world.files.metadata(scope, "/d/b")


def test_deleted_entries_are_listed_only_with_include_deleted(world, scope, write):
    """A deleted file is listed only with `include_deleted`."""
    write("/d/gone")
    write("/d/there")
    tombstone = world.files.delete(scope, "/d/gone")
    assert paths(world.files.list(scope, "/d")) == ["/d/there"]
    assert tombstone in world.files.list(scope, "/d", include_deleted=True).children


def test_deleted_folder_lists_its_deleted_contents(world, scope, write):
    """The contents of a deleted folder have the rev of the deletion of the folder."""
    write("/d/a")
    write("/d/e/b")
    tombstone = world.files.delete(scope, "/d")
    listing = world.files.list(scope, "/d", include_deleted=True)
    assert listing.folder == tombstone
    assert paths(listing) == ["/d/a", "/d/e"]
    assert all(entry.is_deleted and entry.rev == tombstone.rev for entry in listing.children)
    assert paths(world.files.list(scope, "/d")) == []
    assert world.files.metadata(scope, "/d/e/b").is_deleted


def test_metadata_of_a_deleted_file_has_size_zero_and_a_new_revision(world, scope, write):
    """A deleted file has size 0, a new revision and the client mtime -1, and cannot be opened."""
    entry = write("/a")
    tombstone = world.files.delete(scope, "/a")
    assert tombstone == world.files.metadata(scope, "/a")
    assert (tombstone.is_deleted, tombstone.size_bytes, tombstone.client_mtime_s) == (True, 0, -1)
    assert tombstone.revision > entry.revision
    with pytest.raises(NotFound):
        world.files.open(scope, "/a")


def test_list_raises_when_the_folder_has_more_entries_than_the_limit(world, scope, write):
    """A listing with exactly `limit` entries is returned; a longer one raises TooManyEntries."""
    for name in "abc":
        write(f"/d/{name}")
    assert len(world.files.list(scope, "/d", limit=3).children) == 3
    with pytest.raises(TooManyEntries) as error:
        world.files.list(scope, "/d", limit=2)
    assert error.value.limit == 2


def test_listing_hash_changes_only_with_the_listed_entries(world, scope, write):
    """The hash of a listing changes with the listed entries, including listed deleted entries."""

    def digest(**options):
        return world.files.list(scope, "/d", **options).hash

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
    """Metadata and content of an earlier revision are read by rev, in upper or lower case."""
    old = write("/a", "old")
    new = write("/a", "new", OVERWRITE)
    assert world.files.metadata(scope, "/a", old.rev) == old
    assert world.files.metadata(scope, "/a", new.rev.upper()) == new
    assert (read("/a"), read("/a", old.rev)) == (b"new", b"old")


@pytest.mark.parametrize("rev", ["", "x", "-1", "1", "0x100000001", "f" * 23, "f" * 24, "\uff11"])
def test_unknown_or_malformed_rev_is_not_found(world, scope, write, rev):
    """A malformed rev raises the same error as an unknown one."""
    write("/a")
    with pytest.raises(RevisionNotFound) as error:
        world.files.metadata(scope, "/a", rev)
    assert (error.value.path, error.value.rev) == ("/a", rev)


def test_rev_of_another_file_is_not_found(world, scope, write, other):
    """A rev that belongs to another file or another account is not found."""
    write("/a")
    b = write("/b")
    foreign = write("/a", scope=other)
    for path, rev in (("/a", b.rev), ("/a", foreign.rev), ("/c", b.rev)):
        with pytest.raises(RevisionNotFound):
            world.files.open(scope, path, rev)


def test_revision_of_a_deletion_has_metadata_and_no_content(world, scope, write):
    """The rev of a deletion returns metadata, and cannot be opened."""
    write("/a")
    tombstone = world.files.delete(scope, "/a")
    assert world.files.metadata(scope, "/a", tombstone.rev) == tombstone
    with pytest.raises(RevisionNotFound):
        world.files.open(scope, "/a", tombstone.rev)


def test_folder_cannot_be_opened(world, scope, write):
    """Opening a folder or the root raises NotAFile."""
    write("/d/a")
    for path in ("/d", "/"):
        with pytest.raises(NotAFile):
            world.files.open(scope, path)


def test_app_finds_only_entries_in_its_folder(world, scope, sandbox, write, read):
    """Paths of an app are relative to its folder, which is below /Apps in the account."""
    write("/outside")
    entry = write("/in/a", scope=sandbox)
    assert entry.path == "/in/a"
    assert paths(world.files.list(sandbox, "/")) == ["/in"]
    assert read("/Apps/fakebox/in/a") == b"text"
    for path in ("/outside", "/../outside", "/Apps/fakebox/in/a"):
        with pytest.raises((NotFound, IllegalPath)):
            world.files.metadata(sandbox, path)


def test_file_of_another_account_is_not_found(world, scope, other, write):
    """A file of one account is not found by another account."""
    write("/a")
    with pytest.raises(NotFound):
        world.files.metadata(other, "/a")


# --- uploading -----------------------------------------------------------------------------------


def test_upload_creates_missing_parent_folders(world, scope, write):
    """An upload creates missing parent folders, even where folders were deleted."""
    write("/a/b/c")
    world.files.delete(scope, "/a")
    write("/A/B/d")
    assert paths(world.files.list(scope, "/")) == ["/A"]
    assert paths(world.files.list(scope, "/A/B")) == ["/A/B/d"]
    assert world.files.metadata(scope, "/a/b/c").is_deleted


def test_upload_keeps_the_spelling_of_folders_and_changes_that_of_the_file(world, scope, write):
    """Existing folders keep their spelling; a file that is replaced has the new one."""
    old = write("/Dir/File")
    assert write("/dIR/other").path == "/Dir/other"
    new = write("/dir/fILE", "more", OVERWRITE)
    assert (new.path, new.file_id) == ("/Dir/fILE", old.file_id)
    newest = write("/DIR/file", "most", WriteMode(parent_rev=new.rev))
    assert newest.path == "/Dir/file"
    revisions = world.revisions.list(scope, "/Dir/FILE", 10)
    assert [entry.rev for entry in revisions] == [newest.rev, new.rev, old.rev]


def test_names_are_stored_composed(world, scope, write):
    """Every way to create an entry stores its name in Unicode's composed form."""
    assert write("/cafe\u0301/e\u0301.txt").path == "/caf\u00e9/\u00e9.txt"
    assert world.files.create_folder(scope, "/A\u030a").path == "/\u00c5"
    assert world.files.copy(scope, "/\u00c5", "/O\u0308").path == "/\u00d6"
    assert world.files.move(scope, "/O\u0308", "/o\u0308").path == "/\u00f6"
    assert world.files.metadata(scope, "/CAFE\u0301/E\u0301.TXT").path == "/caf\u00e9/\u00e9.txt"


def test_length_of_a_name_is_that_of_its_composed_form(write):
    """A name has up to 255 characters, counted as they are stored."""
    assert write("/" + "e\u0301" * 255).path == "/" + "\u00e9" * 255
    assert write("/" + "\U0001f60a" * 255).path == "/" + "\U0001f60a" * 255
    with pytest.raises(IllegalPath):
        write("/" + "e\u0301" * 256)


def test_upload_over_a_deleted_file_uses_the_new_spelling(world, scope, write):
    """A file uploaded at the path of a deleted file has the new spelling."""
    write("/File")
    world.files.delete(scope, "/File")
    assert write("/fILE").path == "/fILE"


def test_upload_without_overwrite_gets_a_number_at_an_existing_path(world, write, read):
    """Without overwrite, an upload to an existing path gets the smallest free number."""
    assert [write("/a.txt").path for _ in range(3)] == ["/a.txt", "/a (1).txt", "/a (2).txt"]
    assert read("/a (2).txt") == b"text"


def test_number_of_a_deleted_file_is_reused(world, scope, write):
    """The number of a deleted file is used before higher numbers."""
    for _ in range(3):
        write("/a")
    world.files.delete(scope, "/a (1)")
    assert write("/a").path == "/a (1)"


def test_upload_without_autorename_is_rejected_at_an_existing_path(world, write):
    """Without autorename, an upload at the path of a file or folder raises UploadConflict."""
    write("/d/a")
    for path in ("/d/a", "/d"):
        with pytest.raises(UploadConflict):
            write(path, mode=WriteMode(autorename=False))


def test_overwriting_creates_a_new_revision(world, write, read):
    """Overwriting a file keeps its path and gives it a higher revision."""
    old = write("/a", "old")
    new = write("/a", "new", OVERWRITE)
    assert (new.path, read("/a")) == ("/a", b"new")
    assert new.revision > old.revision


def test_overwriting_with_the_same_bytes_changes_nothing(world, scope, write):
    """An upload of the current bytes returns the current entry and adds no change to delta."""
    entry = write("/a")
    cursor = world.change_log.latest_cursor(scope)
    world.clock.advance(60)
    assert write("/A", mode=OVERWRITE) == entry
    assert write("/a", mode=WriteMode(parent_rev=entry.rev)) == entry
    assert world.change_log.page(scope, cursor).changes == ()


def test_upload_does_not_overwrite_a_folder(world, write):
    """At the path of a folder, an upload with overwrite is rejected, and others are renamed."""
    write("/d/a")
    with pytest.raises(FolderInTheWay):
        write("/d", mode=OVERWRITE)
    assert write("/d").path == "/d (1)"


def test_current_parent_rev_replaces_the_file_with_any_overwrite(world, write, read):
    """A current parent rev replaces the file, with and without overwrite."""
    for overwrite in (True, False):
        entry = write("/a", f"{overwrite}", OVERWRITE)
        mode = WriteMode(overwrite=overwrite, parent_rev=entry.rev)
        assert write("/a", "new", mode).path == "/a"
        assert read("/a") == b"new"


def test_stale_parent_rev_creates_a_conflicted_copy(world, write, read):
    """A stale parent rev leaves the file unchanged and creates a conflicted copy."""
    stale = write("/a.txt", "old")
    write("/a.txt", "new", OVERWRITE)
    mode = WriteMode(overwrite=True, parent_rev=stale.rev)
    assert write("/a.txt", "mine", mode).path == "/a (Fakebox User's conflicted copy).txt"
    assert write("/a.txt", "mine", mode).path == "/a (Fakebox User's conflicted copy) (1).txt"
    assert read("/a.txt") == b"new"


def test_parent_rev_of_a_deleted_file_creates_the_file(world, scope, write):
    """If the file was deleted after the parent rev, the upload creates it again."""
    stale = write("/d/a")
    world.files.delete(scope, "/d")
    assert write("/d/a", "new", WriteMode(parent_rev=stale.rev)).path == "/d/a"


def test_parent_rev_at_a_folder_creates_a_conflicted_copy(world, scope, write):
    """If a folder has replaced the file since the parent rev, a conflicted copy is created."""
    stale = write("/a")
    world.files.delete(scope, "/a")
    world.files.create_folder(scope, "/a")
    copy = write("/a", "new", WriteMode(parent_rev=stale.rev))
    assert copy.path == "/a (Fakebox User's conflicted copy)"


def test_unknown_parent_rev_is_rejected(world, write):
    """An unknown parent rev is rejected, whether or not the path has revisions."""
    rev = write("/a").rev
    for path in ("/b", "/a"):
        with pytest.raises(UnknownParentRev):
            write(path, mode=WriteMode(parent_rev=rev if path == "/b" else "1" + rev))


def test_upload_below_a_file_is_rejected(world, sandbox, write):
    """An upload below a file raises ParentIsAFile with the path of that file."""
    write("/a")
    write("/in/b", scope=sandbox)
    with pytest.raises(ParentIsAFile) as error:
        write("/A/x/y")
    assert error.value.path == "/A"
    with pytest.raises(ParentIsAFile) as error:
        write("/in/b/x", scope=sandbox)
    assert error.value.path == "/in/b"


def test_path_of_a_file_in_a_deleted_folder_can_become_a_folder(world, scope, write):
    """After a folder is deleted, the path of a file in it can become a folder."""
    write("/d/a")
    world.files.delete(scope, "/d")
    assert write("/d/a/b").path == "/d/a/b"


def test_upload_rejects_the_root_and_illegal_or_ignored_names(world, write):
    """An upload to the root, an illegal name or an ignored name is rejected."""
    for path, error in (
        ("/", IllegalPath),
        ("/a\\b", IllegalPath),
        ("/desktop.ini", IgnoredName),
    ):
        with pytest.raises(error):
            write(path)


def test_upload_over_quota_creates_nothing(world, scope, write):
    """An upload over quota creates no parent folder; the size of a replaced file counts as free."""
    world.accounts.configure(scope.account_id, quota_bytes=10)
    write("/a", "12345678")
    with pytest.raises(OverQuota) as error:
        write("/d/b", "123")
    assert (error.value.needed_bytes, error.value.free_bytes) == (3, 2)
    with pytest.raises(NotFound):
        world.files.metadata(scope, "/d")
    write("/a", "1234567890", OVERWRITE)
    assert world.accounts.get(scope.account_id).used_bytes == 10


def test_quota_below_the_used_space_leaves_no_free_space(world, scope, write):
    """With a quota below the used space, uploads are rejected and deletions succeed."""
    write("/a", "1234")
    world.accounts.configure(scope.account_id, quota_bytes=1)
    with pytest.raises(OverQuota) as error:
        write("/b", "1")
    assert error.value.free_bytes == 0
    write("/empty", "")
    world.files.delete(scope, "/a")
    assert world.accounts.get(scope.account_id).used_bytes == 0


def test_upload_whose_blocks_raise_creates_nothing(world, scope):
    """An error from the iterator of blocks propagates, and no parent folder is created."""

    def broken():
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        world.files.upload(scope, "/d/a", broken())
    with pytest.raises(NotFound):
        world.files.metadata(scope, "/d")


def test_descendants_list_each_folder_before_its_contents(world, scope):
    """Only existing entries are returned; more entries than the limit raise TooManyEntries."""
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


def test_descendants_have_the_file_ids_of_their_metadata(world, scope, write):
    """A descendant is the same entry as its metadata, with the file id that a move keeps."""
    write("/a/b")
    world.files.move(scope, "/a/b", "/c/d")
    entries = world.files.descendants(scope)
    assert list(entries) == [world.files.metadata(scope, entry.path) for entry in entries]


def test_content_of_a_listed_file_is_read(world, scope, write):
    """The bytes belong to the entry, even if its path was overwritten meanwhile."""
    entry = write("/a", "old")
    write("/a", "new", WriteMode(overwrite=True))
    with world.files.content(entry) as file:
        assert file.read() == b"old"


def test_same_bytes_are_no_conflict_with_accepts_same_content(world, scope, write):
    """With `accepts_same_content` nothing is written; other bytes are a conflict."""
    entry = write("/a", "same")
    mode = WriteMode(accepts_same_content=True, autorename=False)
    assert write("/a", "same", mode) == entry
    with pytest.raises(UploadConflict):
        write("/a", "other", mode)


def test_unknown_parent_rev_is_a_conflict_without_requires_known_parent(write):
    """Without `requires_known_parent`, an unknown `parent_rev` raises UploadConflict."""
    write("/a")
    mode = WriteMode(parent_rev="123456789", autorename=False, requires_known_parent=False)
    with pytest.raises(UploadConflict):
        write("/a", "new", mode)


def test_file_is_deleted_only_at_its_parent_rev(world, scope, write):
    """A file that was written after that revision is not deleted."""
    old = write("/a", "old")
    new = write("/a", "new", WriteMode(overwrite=True))
    with pytest.raises(UploadConflict):
        world.files.delete(scope, "/a", parent_rev=old.rev)
    assert world.files.delete(scope, "/a", parent_rev=new.rev).is_deleted
