"""Copies and moves of folders with much in them: each is one transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakebox.core.errors import OverQuota, ParentIsAFile, TooManyItems
from tests.core.delta_client import Follower

FILES = ["/d/a", "/d/b", "/d/e/c", "/d/e/f/g", "/d/h"]
MOVED = ["/x", "/x/a", "/x/b", "/x/e", "/x/e/c", "/x/e/f", "/x/e/f/g", "/x/h"]
UNMOVED = [path.replace("/x", "/d") for path in MOVED]


@pytest.fixture
def big(write):
    """A folder with files and folders in it."""
    for path in FILES:
        write(path, path)


def tree(world, scope, path="/"):
    """All the paths below a folder."""
    found = []
    for entry in world.files.list(scope, path).children:
        found.append(entry.path)
        if entry.is_folder:
            found += tree(world, scope, entry.path)
    return found


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_copy_or_move_is_announced_once(world, scope, big, operation):
    """Clients that wait for changes are woken by one commit, after which all of it is there."""
    seen = []
    world._context.database.after_commit(lambda _: seen.append(tree(world, scope)))
    getattr(world.files, operation)(scope, "/d", "/x")
    assert seen == [tree(world, scope)]


def test_follower_has_a_moved_folder_under_its_new_path_alone(world, scope, big):
    """After it has read the changes that the move made."""
    follower = Follower(world, scope)
    follower.catch_up()
    world.files.move(scope, "/d", "/x")
    follower.catch_up()
    assert sorted(path for path, _ in follower.copy.values()) == MOVED


def test_copy_that_is_refused_leaves_nothing(world, scope, big, write):
    """No entry, no change and no folder above the target."""
    write("/y")
    world.accounts.configure(scope.account_id, quota_bytes=50)
    cursor = world.change_log.latest_cursor(scope)
    for path, error in (("/y/x", ParentIsAFile), ("/new/x", OverQuota)):
        with pytest.raises(error):
            world.files.copy(scope, "/d", path)
    assert world.change_log.page(scope, cursor).changes == ()
    assert tree(world, scope) == [*UNMOVED, "/y"]


def test_operation_that_is_too_big_is_refused(world, scope, big):
    """Before anything is written."""
    world.settings = replace(world.settings, operation_limit=5)
    with pytest.raises(TooManyItems):
        world.files.move(scope, "/d", "/x")
    assert tree(world, scope) == UNMOVED


def test_past_of_the_target_is_kept(world, scope, big, write, read):
    """What once stood where a folder comes to stand has its revisions, links and references."""
    old = write("/x/a", "old")
    write("/x/gone/deep", "deep")
    write("/x/before")
    world.files.delete(scope, "/x/before")
    write("/x/e")
    dead = world.files.delete(scope, "/x/gone/deep")
    link = world.sharing.share(scope, "/x/a")
    ref = world.sharing.make_copy_ref(scope, "/x")
    world.files.delete(scope, "/x")
    follower = Follower(world, scope)
    world.files.copy(scope, "/d", "/x")
    assert read("/x/a", old.rev) == b"old"
    assert [entry.is_deleted for entry in world.revisions.list(scope, "/x/a", 10)] == [
        False,
        True,
        False,
    ]
    assert world.files.metadata(scope, "/x/gone/deep") == dead
    assert world.sharing.look(link.token).path == "/a"
    assert world.sharing.copy_from_ref(scope, ref.ref, "/y").path == "/y"
    listed = world.files.list(scope, "/x", include_deleted=True).children
    assert [entry.name for entry in listed] == ["a", "b", "before", "e", "gone", "h"]
    follower.catch_up()
    assert sorted(path for path, _ in follower.copy.values()) == sorted(tree(world, scope))


@pytest.mark.parametrize("prefix", ["", "/x", "/x/e"])
def test_follower_of_a_path_that_is_taken_again_ends_with_what_is_there(
    world, scope, big, write, prefix
):
    """Entries of the old folder are gone, whether or not the client read of the deletion."""
    for path in ("/x/e/old", "/x/e/f/old", "/x/z/old", "/x/a"):
        write(path)
    followers = [Follower(world, scope, prefix) for _ in range(2)]
    for follower in followers:
        follower.catch_up()
    world.files.delete(scope, "/x")
    followers[0].catch_up()
    world.files.move(scope, "/d", "/x")
    for follower in followers:
        follower.catch_up()
        copied = [path for path, _ in follower.copy.values() if path.startswith(prefix)]
        assert sorted(copied) == [path for path in MOVED if path.startswith(prefix)]


def test_folder_goes_to_another_account_by_reference(world, scope, other, big):
    """With everything in it; the other account's change log lists each entry."""
    cursor = world.change_log.latest_cursor(other)
    ref = world.sharing.make_copy_ref(scope, "/d")
    world.sharing.copy_from_ref(other, ref.ref, "/x")
    assert tree(world, other) == MOVED
    assert len(world.change_log.page(other, cursor).changes) == len(MOVED)
