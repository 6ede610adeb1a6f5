"""Creating folders, copying, moving and deleting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakebox.core.errors import (
    AlreadyExists,
    IgnoredName,
    IllegalPath,
    IntoItself,
    NotFound,
    OverQuota,
    ParentIsAFile,
    RootNotAllowed,
    TooManyItems,
)
from fakebox.core.path_rules import BASIC_NAMES
from tests.core.tree import tree


def test_create_folder_creates_missing_parents(world, scope):
    """Creating a folder also creates its missing parents."""
    entry = world.files.create_folder(scope, "/A/b")
    assert (entry.path, entry.is_folder, entry.size_bytes) == ("/A/b", True, 0)
    assert tree(world, scope) == ["/A", "/A/b"]


def test_create_folder_is_rejected_at_an_existing_entry(world, scope, sandbox, write):
    """A folder cannot be created at the path of an existing folder or file, or at the root."""
    write("/d/a")
    for caller, path in ((scope, "/D"), (scope, "/d/A"), (scope, "/"), (sandbox, "/")):
        with pytest.raises(AlreadyExists):
            world.files.create_folder(caller, path)


def test_recreated_folder_is_empty(world, scope, write):
    """A folder created at the path of a deleted one is empty; its old contents stay deleted."""
    write("/d/e/a")
    world.files.delete(scope, "/d")
    world.files.create_folder(scope, "/d")
    assert tree(world, scope) == ["/d"]
    world.files.create_folder(scope, "/d/e")
    assert tree(world, scope) == ["/d", "/d/e"]
    assert world.files.metadata(scope, "/d/e/a").is_deleted


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_invalid_target_is_rejected_and_changes_nothing(world, scope, write, operation):
    """The root, an illegal or ignored name, and a path below a file are rejected as a target."""
    write("/a", "content")
    write("/file")
    before = tree(world, scope)
    for path, error in (
        ("/x\\y", IllegalPath),
        ("/d/thumbs.db", IgnoredName),
        ("/file/x", ParentIsAFile),
        ("/", RootNotAllowed),
    ):
        with pytest.raises(error):
            getattr(world.files, operation)(scope, "/a", path)
    for path, error in (("/x ", IllegalPath), ("/.dropbox", IgnoredName)):
        with pytest.raises(error):
            world.files.create_folder(scope, path)
    assert tree(world, scope) == before


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_missing_source_is_not_found(world, scope, write, operation):
    """A source that never existed or is deleted raises NotFound."""
    write("/gone")
    world.files.delete(scope, "/gone")
    for path in ("/never", "/gone"):
        with pytest.raises(NotFound):
            getattr(world.files, operation)(scope, path, "/x")


def test_copy_of_a_file_has_its_own_rev_and_history(world, scope, write, read):
    """A copy has the same content and client mtime, another rev and no earlier revisions."""
    entry = world.files.upload(scope, "/a", [b"text"], client_mtime_s=5)
    copy = world.files.copy(scope, "/a", "/new/b")
    assert (copy.path, copy.size_bytes, copy.client_mtime_s) == ("/new/b", 4, 5)
    assert copy.rev != entry.rev
    assert world.revisions.list(scope, "/new/b", 10) == [copy]
    assert read("/a") == read("/new/b") == b"text"


def test_copy_of_a_folder_contains_its_existing_entries(world, scope, write, read):
    """A copy of a folder has all entries with their spelling, without the deleted ones."""
    write("/D/E/a", "deep")
    write("/D/b")
    write("/D/gone")
    world.files.delete(scope, "/D/gone")
    copy = world.files.copy(scope, "/d", "/New")
    assert copy.path == "/New"
    assert tree(world, scope, "/New") == ["/New/b", "/New/E", "/New/E/a"]
    assert read("/new/e/a") == b"deep"


def test_copy_counts_towards_the_quota(world, scope, write):
    """The copied bytes count as used, and a copy over quota copies nothing."""
    write("/d/a", "1234")
    world.accounts.configure(scope.account_id, quota_bytes=10)
    world.files.copy(scope, "/d", "/e")
    assert world.accounts.get(scope.account_id).used_bytes == 8
    with pytest.raises(OverQuota):
        world.files.copy(scope, "/d", "/f/g")
    assert tree(world, scope) == ["/d", "/d/a", "/e", "/e/a"]


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_result_is_renamed_when_the_target_exists(world, scope, write, operation):
    """A file or folder gets a numbered name if the target path exists."""
    write("/a.txt")
    write("/d/x")
    write("/b.txt", "b")
    write("/e/y")
    run = getattr(world.files, operation)
    assert run(scope, "/b.txt", "/a.txt").path == "/a (1).txt"
    assert run(scope, "/e", "/d").path == "/d (1)"
    assert tree(world, scope, "/d (1)") == ["/d (1)/y"]


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_existing_target_is_rejected_with_on_conflict_forbid(world, scope, write, operation):
    """The setting `on_conflict="forbid"` rejects the operation, as the service did later."""
    write("/a")
    write("/b")
    world.settings = replace(world.settings, on_conflict="forbid")
    with pytest.raises(AlreadyExists) as error:
        getattr(world.files, operation)(scope, "/a", "/b")
    assert error.value.path == "/b"


def test_copy_to_its_own_path_is_renamed(world, scope, write):
    """A copy to the path of the source, in another case, gets a numbered name."""
    write("/a.txt")
    assert world.files.copy(scope, "/a.txt", "/A.txt").path == "/A (1).txt"


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_folder_cannot_be_copied_or_moved_into_itself(world, scope, write, operation):
    """A target below the source is rejected in any spelling."""
    write("/d/e/a")
    for path in ("/d/x", "/D/E/x", "/d/new/x"):
        with pytest.raises(IntoItself):
            getattr(world.files, operation)(scope, "/d", path)
    assert getattr(world.files, operation)(scope, "/d", "/d2/x").path == "/d2/x"


def test_root_cannot_be_moved_copied_or_deleted(world, scope, sandbox, write):
    """Moving or deleting the root is rejected, and a copy of the root would be inside itself."""
    write("/a", scope=sandbox)
    for caller in (scope, sandbox):
        with pytest.raises(RootNotAllowed):
            world.files.move(caller, "/", "/x")
        with pytest.raises(RootNotAllowed):
            world.files.delete(caller, "/")
        with pytest.raises(IntoItself):
            world.files.copy(caller, "/", "/x")


def test_move_leaves_a_deleted_entry_at_the_source(world, scope, write, read):
    """The earlier revisions stay at the source path, and the moved file has a new rev."""
    entry = write("/a", "text")
    moved = world.files.move(scope, "/a", "/new/b")
    assert read("/new/b") == b"text"
    assert moved.rev != entry.rev
    assert world.files.metadata(scope, "/a").is_deleted
    assert [old.is_deleted for old in world.revisions.list(scope, "/a", 10)] == [True, False]
    assert world.revisions.list(scope, "/new/b", 10) == [moved]


def test_move_of_a_folder_moves_its_contents(world, scope, write):
    """A move of a folder moves all its contents and does not change the used space."""
    write("/D/E/a")
    write("/D/b")
    world.files.move(scope, "/d", "/new/D2")
    assert tree(world, scope) == ["/new", "/new/D2", "/new/D2/b", "/new/D2/E", "/new/D2/E/a"]
    assert world.accounts.get(scope.account_id).used_bytes == 8
    assert world.files.metadata(scope, "/D/E/a").is_deleted


def test_folder_can_be_moved_back_and_forth(world, scope, write):
    """A folder that is moved away, changed and moved back has the changed contents."""
    write("/d/e/a")
    write("/d/b")
    for _ in range(2):
        world.files.move(scope, "/d", "/x")
        world.files.delete(scope, "/x/b")
        write("/x/c")
        world.files.move(scope, "/x", "/d")
        assert tree(world, scope) == ["/d", "/d/c", "/d/e", "/d/e/a"]
        world.files.move(scope, "/d/c", "/d/b")


def test_move_that_may_not_change_the_case_raises_already_exists(world, scope, write):
    """With `changes_case=False`, another spelling of the source exists, and nothing changes."""
    stored = write("/d/a")
    for source, target in (("/d/a", "/d/A"), ("/d", "/D")):
        with pytest.raises(AlreadyExists):
            world.files.move(scope, source, target, changes_case=False)
    with pytest.raises(NotFound):
        world.files.move(scope, "/b", "/B", changes_case=False)
    assert world.files.move(scope, "/d/a", "/d/a", changes_case=False) == stored
    assert tree(world, scope) == ["/d", "/d/a"]


def test_move_to_the_same_path_in_another_case_changes_the_spelling(world, scope, write):
    """A move to another spelling keeps the revisions, and delta lists the new spelling."""
    write("/d/e/a")
    assert world.files.move(scope, "/d/e/a", "/D/e/A").path == "/d/e/A"
    cursor = world.change_log.latest_cursor(scope)
    assert world.files.move(scope, "/d", "/D").path == "/D"
    assert tree(world, scope) == ["/D", "/D/e", "/D/e/A"]
    assert len(world.revisions.list(scope, "/d/e/a", 10)) == 3
    changes = {
        change.path: change.entry.path for change in world.change_log.page(scope, cursor).changes
    }
    assert changes == {"/d": "/D", "/d/e": "/D/e", "/d/e/a": "/D/e/A"}


def test_move_to_the_same_spelling_changes_nothing(world, scope, write):
    """A move to the same path in the same spelling returns the unchanged entry."""
    entry = write("/a")
    assert world.files.move(scope, "/a", "/a") == entry


@pytest.mark.parametrize("limit", [2, 3])
def test_operation_with_more_entries_than_the_limit_is_rejected(world, scope, write, limit):
    """The folder itself counts towards `operation_limit`, and deleted entries do not."""
    write("/d/a")
    write("/d/b")
    write("/d/gone")
    world.files.delete(scope, "/d/gone")
    world.settings = replace(world.settings, operation_limit=limit)
    for call in (
        lambda: world.files.copy(scope, "/d", "/e"),
        lambda: world.files.move(scope, "/d", "/D"),
        lambda: world.files.move(scope, "/d", "/f"),
        lambda: world.files.delete(scope, "/f"),
    ):
        if limit == 3:
            call()
        else:
            with pytest.raises((TooManyItems, NotFound)):
                call()


def test_deleting_a_missing_path_is_not_found(world, scope, write):
    """Deleting a path that never existed or is deleted raises NotFound."""
    write("/d/a")
    world.files.delete(scope, "/d")
    for path in ("/never", "/d", "/d/a"):
        with pytest.raises(NotFound):
            world.files.delete(scope, path)


def test_deleting_a_folder_frees_its_space(world, scope, write):
    """Deleting a folder frees the space of all files in it."""
    write("/d/e/a", "1234")
    write("/d/b", "56")
    tombstone = world.files.delete(scope, "/d")
    assert (tombstone.path, tombstone.is_folder, tombstone.is_deleted) == ("/d", True, True)
    assert world.accounts.get(scope.account_id).used_bytes == 0


def test_operations_create_no_parent_with_a_name_that_only_uploads_accept(world, scope, write):
    """A parent folder with such a name is not created, but is used if an upload has created it."""
    scope = replace(scope, rules=BASIC_NAMES)
    write("/a")
    for call in (
        lambda: world.files.create_folder(scope, "/n:n/b"),
        lambda: world.files.copy(scope, "/a", "/n:n/b"),
        lambda: world.files.move(scope, "/a", "/n:n/b"),
    ):
        with pytest.raises(IllegalPath) as error:
            call()
        assert error.value.reason == "forbidden_character"
    assert tree(world, scope) == ["/a"]
    write("/n:n/c")
    world.files.copy(scope, "/a", "/n:n/b")
    for call in (
        lambda: world.files.create_folder(scope, "/b:b"),
        lambda: world.files.copy(scope, "/a", "/b:b"),
        lambda: world.files.move(scope, "/a", "/b:b"),
    ):
        with pytest.raises(IllegalPath):
            call()
    world.files.delete(scope, "/n:n")
    with pytest.raises(IllegalPath):
        world.files.create_folder(scope, "/n:n/b")


@pytest.mark.parametrize("name", ['a:?*<>"|b', "\n", "\U0001f60a", "a\u0080"])
def test_operations_accept_every_name_that_uploads_accept(world, scope, write, name):
    """A caller without stricter rules can use all these characters, also in parent folders."""
    write("/a")
    world.files.create_folder(scope, f"/{name}/{name}")
    assert world.files.copy(scope, "/a", f"/{name}/c").path == f"/{name}/c"
    assert world.files.move(scope, "/a", f"/{name} 2/{name}").path == f"/{name} 2/{name}"


def test_folder_gets_another_name_with_autorename(world, scope, write):
    """With `autorename`, a folder at an existing path is created with a number in its name."""
    write("/a")
    assert world.files.create_folder(scope, "/a", autorename=True).path == "/a (1)"


def test_autorename_decides_whether_a_copy_gets_another_name(world, scope, write):
    """`autorename` has priority over the world's setting."""
    write("/a")
    write("/b")
    with pytest.raises(AlreadyExists):
        world.files.copy(scope, "/a", "/b", autorename=False)
    world.settings = replace(world.settings, on_conflict="forbid")
    assert world.files.copy(scope, "/a", "/b", autorename=True).path == "/b (1)"
