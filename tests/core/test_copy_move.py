"""Copies and moves of folders with several entries: each is one transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakebox.core.errors import OverQuota, ParentIsAFile, TooManyItems
from tests.core.delta_client import DeltaClient
from tests.core.tree import tree

FILES = ["/d/a", "/d/b", "/d/e/c", "/d/e/f/g", "/d/h"]
MOVED = ["/x", "/x/a", "/x/b", "/x/e", "/x/e/c", "/x/e/f", "/x/e/f/g", "/x/h"]
UNMOVED = [path.replace("/x", "/d") for path in MOVED]


@pytest.fixture
def big(write):
    """A folder with files and folders in it."""
    for path in FILES:
        write(path, path)


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_copy_or_move_commits_once(world, scope, big, operation):
    """A copy or move is one commit, and its notification is sent when the whole result exists."""
    seen = []
    world._context.database.after_commit(lambda _: seen.append(tree(world, scope)))
    getattr(world.files, operation)(scope, "/d", "/x")
    assert seen == [tree(world, scope)]


def test_delta_client_has_a_moved_folder_only_at_its_new_path(world, scope, big):
    """A client that applies the changes of a move has the folder only at its new path."""
    client = DeltaClient(world, scope)
    client.catch_up()
    world.files.move(scope, "/d", "/x")
    client.catch_up()
    assert sorted(path for path, _ in client.copy.values()) == MOVED


def test_rejected_copy_creates_nothing(world, scope, big, write):
    """A rejected copy creates no entry, no change and no parent folder."""
    write("/y")
    world.accounts.configure(scope.account_id, quota_bytes=50)
    cursor = world.change_log.latest_cursor(scope)
    for path, error in (("/y/x", ParentIsAFile), ("/new/x", OverQuota)):
        with pytest.raises(error):
            world.files.copy(scope, "/d", path)
    assert world.change_log.page(scope, cursor).changes == ()
    assert tree(world, scope) == [*UNMOVED, "/y"]


def test_move_over_the_operation_limit_changes_nothing(world, scope, big):
    """A move of more entries than `operation_limit` is rejected before anything is written."""
    world.settings = replace(world.settings, operation_limit=5)
    with pytest.raises(TooManyItems):
        world.files.move(scope, "/d", "/x")
    assert tree(world, scope) == UNMOVED


def test_copy_keeps_the_history_of_the_target_path(world, scope, big, write, read):
    """Revisions, links and copy references of the deleted entries at the target path stay valid."""
    old = write("/x/a", "old")
    write("/x/gone/deep", "deep")
    write("/x/before")
    world.files.delete(scope, "/x/before")
    write("/x/e")
    tombstone = world.files.delete(scope, "/x/gone/deep")
    link = world.shared_links.create(scope, "/x/a")[0].link
    ref = world.copy_references.create(scope, "/x")
    world.files.delete(scope, "/x")
    client = DeltaClient(world, scope)
    world.files.copy(scope, "/d", "/x")
    assert read("/x/a", old.rev) == b"old"
    assert [entry.is_deleted for entry in world.revisions.list(scope, "/x/a", 10)] == [
        False,
        True,
        False,
    ]
    assert world.files.metadata(scope, "/x/gone/deep") == tombstone
    assert world.shared_links.look(link.token).path == "/a"
    assert world.copy_references.save(scope, ref.reference, "/y").path == "/y"
    listed = world.files.list(scope, "/x", include_deleted=True).children
    assert [entry.name for entry in listed] == ["a", "b", "before", "e", "gone", "h"]
    client.catch_up()
    assert sorted(path for path, _ in client.copy.values()) == sorted(tree(world, scope))


@pytest.mark.parametrize("prefix", ["", "/x", "/x/e"])
def test_delta_client_has_only_the_new_folder_after_a_replacement(world, scope, big, write, prefix):
    """A client has no entries of the replaced folder, even if it did not read the deletion."""
    for path in ("/x/e/old", "/x/e/f/old", "/x/z/old", "/x/a"):
        write(path)
    clients = [DeltaClient(world, scope, prefix) for _ in range(2)]
    for client in clients:
        client.catch_up()
    world.files.delete(scope, "/x")
    clients[0].catch_up()
    world.files.move(scope, "/d", "/x")
    for client in clients:
        client.catch_up()
        copied = [path for path, _ in client.copy.values() if path.startswith(prefix)]
        assert sorted(copied) == [path for path in MOVED if path.startswith(prefix)]


def test_copy_reference_copies_a_folder_to_another_account(world, scope, other, big):
    """A folder is copied by reference, and the other account's change log lists each entry."""
    cursor = world.change_log.latest_cursor(other)
    ref = world.copy_references.create(scope, "/d")
    world.copy_references.save(other, ref.reference, "/x")
    assert tree(world, other) == MOVED
    assert len(world.change_log.page(other, cursor).changes) == len(MOVED)


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_copy_or_move_leaves_out_deleted_entries(world, scope, big, operation):
    """The copy of a folder has no deleted entries."""
    world.files.delete(scope, "/d/a")
    world.files.delete(scope, "/d/e/c")
    getattr(world.files, operation)(scope, "/d", "/x")
    for path in ("/x", "/x/e"):
        shown = world.files.list(scope, path, include_deleted=True).children
        assert not any(entry.is_deleted for entry in shown)
