"""Making folders, copying, moving and deleting."""

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


def tree(world, scope, path="/"):
    """All the paths below a folder."""
    found = []
    for entry in world.files.list(scope, path).children:
        found.append(entry.path)
        if entry.is_folder:
            found += tree(world, scope, entry.path)
    return found


def test_folder_is_made_with_those_above_it(world, scope):
    """Missing parents come with it."""
    entry = world.files.create_folder(scope, "/A/b")
    assert (entry.path, entry.is_folder, entry.size_bytes) == ("/A/b", True, 0)
    assert tree(world, scope) == ["/A", "/A/b"]


def test_folder_is_refused_where_something_stands(world, scope, sandbox, write):
    """A folder, a file, or the root, even an app's that isn't made yet."""
    write("/d/a")
    for caller, path in ((scope, "/D"), (scope, "/d/A"), (scope, "/"), (sandbox, "/")):
        with pytest.raises(AlreadyExists):
            world.files.create_folder(caller, path)


def test_folder_that_was_deleted_comes_back_empty(world, scope, write):
    """What was in it stays deleted."""
    write("/d/e/a")
    world.files.delete(scope, "/d")
    world.files.create_folder(scope, "/d")
    assert tree(world, scope) == ["/d"]
    world.files.create_folder(scope, "/d/e")
    assert tree(world, scope) == ["/d", "/d/e"]
    assert world.files.metadata(scope, "/d/e/a").is_deleted


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_target_that_can_not_be_is_refused(world, scope, write, operation):
    """Illegal and ignored names, files on the way, and the root; nothing changes."""
    write("/a", "content")
    write("/file")
    before = tree(world, scope)
    for path, error in (
        ("/x:y", IllegalPath),
        ("/d/thumbs.db", IgnoredName),
        ("/file/x", ParentIsAFile),
        ("/", RootNotAllowed),
    ):
        with pytest.raises(error):
            getattr(world.files, operation)(scope, "/a", path)
    for path, error in (("/x?y", IllegalPath), ("/.dropbox", IgnoredName)):
        with pytest.raises(error):
            world.files.create_folder(scope, path)
    assert tree(world, scope) == before


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_source_that_is_not_there_is_not_found(world, scope, write, operation):
    """Whether it never was or is deleted."""
    write("/gone")
    world.files.delete(scope, "/gone")
    for path in ("/never", "/gone"):
        with pytest.raises(NotFound):
            getattr(world.files, operation)(scope, path, "/x")


def test_copy_of_a_file_is_a_file_of_its_own(world, scope, write, read):
    """Same bytes and age, another rev, and no history."""
    entry = world.files.upload(scope, "/a", [b"text"], client_mtime_s=5)
    copy = world.files.copy(scope, "/a", "/new/b")
    assert (copy.path, copy.size_bytes, copy.client_mtime_s) == ("/new/b", 4, 5)
    assert copy.rev != entry.rev
    assert world.revisions.list(scope, "/new/b", 10) == [copy]
    assert read("/a") == read("/new/b") == b"text"


def test_copy_of_a_folder_has_everything_in_it(world, scope, write, read):
    """All that lives there, in its spelling; the deleted stays behind."""
    write("/D/E/a", "deep")
    write("/D/b")
    write("/D/gone")
    world.files.delete(scope, "/D/gone")
    copy = world.files.copy(scope, "/d", "/New")
    assert copy.path == "/New"
    assert tree(world, scope, "/New") == ["/New/b", "/New/E", "/New/E/a"]
    assert read("/new/e/a") == b"deep"


def test_copy_counts_what_it_adds(world, scope, write):
    """Over the quota nothing is copied."""
    write("/d/a", "1234")
    world.accounts.configure(scope.account_id, quota_bytes=10)
    world.files.copy(scope, "/d", "/e")
    assert world.accounts.get(scope.account_id).used_bytes == 8
    with pytest.raises(OverQuota):
        world.files.copy(scope, "/d", "/f/g")
    assert tree(world, scope) == ["/d", "/d/a", "/e", "/e/a"]


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_result_gets_another_name_when_the_target_is_taken(world, scope, write, operation):
    """Files and folders alike."""
    write("/a.txt")
    write("/d/x")
    write("/b.txt", "b")
    write("/e/y")
    run = getattr(world.files, operation)
    assert run(scope, "/b.txt", "/a.txt").path == "/a (1).txt"
    assert run(scope, "/e", "/d").path == "/d (1)"
    assert tree(world, scope, "/d (1)") == ["/d (1)/y"]


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_taken_target_is_refused_when_the_world_forbids_it(world, scope, write, operation):
    """The later service's rule."""
    write("/a")
    write("/b")
    world.settings = replace(world.settings, on_conflict="forbid")
    with pytest.raises(AlreadyExists) as error:
        getattr(world.files, operation)(scope, "/a", "/b")
    assert error.value.path == "/b"


def test_copy_onto_itself_gets_another_name(world, scope, write):
    """In any spelling."""
    write("/a.txt")
    assert world.files.copy(scope, "/a.txt", "/A.txt").path == "/A (1).txt"


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_folder_does_not_go_into_itself(world, scope, write, operation):
    """Nor below itself, in any spelling; a neighbour with a longer name is no part of it."""
    write("/d/e/a")
    for path in ("/d/x", "/D/E/x", "/d/new/x"):
        with pytest.raises(IntoItself):
            getattr(world.files, operation)(scope, "/d", path)
    assert getattr(world.files, operation)(scope, "/d", "/d2/x").path == "/d2/x"


def test_whole_dropbox_does_not_go_anywhere(world, scope, sandbox, write):
    """The root can't be moved nor deleted, and a copy of it would be within itself."""
    write("/a", scope=sandbox)
    for caller in (scope, sandbox):
        with pytest.raises(RootNotAllowed):
            world.files.move(caller, "/", "/x")
        with pytest.raises(RootNotAllowed):
            world.files.delete(caller, "/")
        with pytest.raises(IntoItself):
            world.files.copy(caller, "/", "/x")


def test_move_leaves_a_deleted_entry_behind(world, scope, write, read):
    """The history stays with the path, the bytes go."""
    entry = write("/a", "text")
    moved = world.files.move(scope, "/a", "/new/b")
    assert read("/new/b") == b"text"
    assert moved.rev != entry.rev
    assert world.files.metadata(scope, "/a").is_deleted
    assert [old.is_deleted for old in world.revisions.list(scope, "/a", 10)] == [True, False]
    assert world.revisions.list(scope, "/new/b", 10) == [moved]


def test_move_of_a_folder_takes_everything_along(world, scope, write):
    """And uses no more room than before."""
    write("/D/E/a")
    write("/D/b")
    world.files.move(scope, "/d", "/new/D2")
    assert tree(world, scope) == ["/new", "/new/D2", "/new/D2/b", "/new/D2/E", "/new/D2/E/a"]
    assert world.accounts.get(scope.account_id).used_bytes == 8
    assert world.files.metadata(scope, "/D/E/a").is_deleted


def test_folders_move_back_and_forth(world, scope, write):
    """What stands at a path is what was last moved there, however often that happened."""
    write("/d/e/a")
    write("/d/b")
    for _ in range(2):
        world.files.move(scope, "/d", "/x")
        world.files.delete(scope, "/x/b")
        write("/x/c")
        world.files.move(scope, "/x", "/d")
        assert tree(world, scope) == ["/d", "/d/c", "/d/e", "/d/e/a"]
        world.files.move(scope, "/d/c", "/d/b")


def test_move_to_another_spelling_changes_the_spelling(world, scope, write):
    """Of a file, and of a folder with the paths of all that is in it; history and room stay."""
    write("/d/e/a")
    assert world.files.move(scope, "/d/e/a", "/D/e/A").path == "/d/e/A"
    cursor = world.change_log.latest_cursor(scope)
    assert world.files.move(scope, "/d", "/D").path == "/D"
    assert tree(world, scope) == ["/D", "/D/e", "/D/e/A"]
    assert len(world.revisions.list(scope, "/d/e/a", 10)) == 3
    payload = {
        change.path: change.entry.path for change in world.change_log.page(scope, cursor).changes
    }
    assert payload == {"/d": "/D", "/d/e": "/D/e", "/d/e/a": "/D/e/A"}


def test_move_to_the_same_spelling_changes_nothing(world, scope, write):
    """The answer is what stands there."""
    entry = write("/a")
    assert world.files.move(scope, "/a", "/a") == entry


@pytest.mark.parametrize("limit", [2, 3])
def test_operation_is_refused_when_it_would_touch_too_much(world, scope, write, limit):
    """The folder itself counts; what is deleted doesn't."""
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


def test_deleting_what_is_not_there_is_not_found(world, scope, write):
    """Never there, or not any more."""
    write("/d/a")
    world.files.delete(scope, "/d")
    for path in ("/never", "/d", "/d/a"):
        with pytest.raises(NotFound):
            world.files.delete(scope, path)


def test_deleting_a_folder_gives_its_room_back(world, scope, write):
    """All that was in it."""
    write("/d/e/a", "1234")
    write("/d/b", "56")
    tombstone = world.files.delete(scope, "/d")
    assert (tombstone.path, tombstone.is_folder, tombstone.is_deleted) == ("/d", True, True)
    assert world.accounts.get(scope.account_id).used_bytes == 0


def test_operation_makes_no_folder_of_a_name_that_only_uploads_may_use(world, scope, write):
    """On the way to its target; one that an upload has made is good enough."""
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
    world.files.delete(scope, "/n:n")
    with pytest.raises(IllegalPath):
        world.files.create_folder(scope, "/n:n/b")


def test_folder_gets_another_name_if_the_caller_says_so(world, scope, write):
    """With `autorename`, a folder is created beside what has its name."""
    write("/a")
    assert world.files.create_folder(scope, "/a", autorename=True).path == "/a (1)"


def test_caller_decides_whether_a_taken_target_is_renamed(world, scope, write):
    """`autorename` has priority over the world's setting."""
    write("/a")
    write("/b")
    with pytest.raises(AlreadyExists):
        world.files.copy(scope, "/a", "/b", autorename=False)
    world.settings = replace(world.settings, on_conflict="forbid")
    assert world.files.copy(scope, "/a", "/b", autorename=True).path == "/b (1)"
