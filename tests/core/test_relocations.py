"""Copies and moves that are too big for one turn: others act in between, or everything stops."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from fakebox.core import defaults
from fakebox.core.errors import NotFound, OverQuota, ParentIsAFile, ReadOnly, TooManyItems
from fakebox.core.files import WriteMode
from fakebox.core.settings import Settings
from fakebox.core.world import World
from tests.core.follower import Follower

FILES = ["/d/a", "/d/b", "/d/e/c", "/d/e/f/g", "/d/h"]


@pytest.fixture
def between(world):
    """Have something done after so many slices of the next copy or move; 1 is its beginning."""
    world.settings = replace(world.settings, slice_size=1)

    def register(turn, call):
        turns = []

        def others():
            turns.append(None)
            if len(turns) == turn:
                call()

        world._ground.store.after_commit(others)

    return register


@pytest.fixture
def big(write):
    """A folder that needs many slices."""
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


READ_ONLY = Settings(read_only=True)
MOVED = ["/x", "/x/a", "/x/b", "/x/e", "/x/e/c", "/x/e/f", "/x/e/f/g", "/x/h"]
UNMOVED = [path.replace("/x", "/d") for path in MOVED]


@pytest.mark.parametrize("turn", range(1, 9))
def test_nobody_sees_half_of_a_move(world, scope, big, between, turn):
    """Until it is done everything is where it was, for lookups, searches and delta alike."""
    follower = Follower(world, scope)
    follower.catch_up()
    seen = []

    def look():
        seen.append(tree(world, scope))
        seen.append(world.search.find(scope, "/", "g", limit=10, include_deleted=True))
        seen.append(follower.catch_up())

    between(turn, look)
    world.files.move(scope, "/d", "/x")
    assert seen[0] == UNMOVED
    assert [entry.path for entry in seen[1]] == ["/d/e/f/g"]
    assert seen[2] == []
    assert tree(world, scope) == MOVED
    follower.catch_up()
    assert sorted(path for path, _ in follower.copy.values()) == MOVED


def test_log_of_others_changes_waits_until_the_move_is_done(world, scope, big, between, write):
    """No cursor gets past what is still to come."""
    follower = Follower(world, scope)
    follower.catch_up()
    latest = []

    def act():
        write("/other")
        follower.catch_up()
        latest.append(world.changes.latest_cursor(scope))
        assert not world.changes.wait(latest[0], 0)

    between(3, act)
    world.files.move(scope, "/d", "/x")
    assert world.changes.wait(latest[0], 0)
    paths = [change.path for change in world.changes.page(scope, latest[0]).changes]
    assert {"/other", "/x", "/x/e/f/g", "/d"} <= set(paths)
    follower.catch_up()
    assert sorted(path for path, _ in follower.copy.values()) == ["/other", *MOVED]


@pytest.mark.parametrize("turn", [1, 4, 8])
def test_what_others_do_in_the_source_meanwhile_comes_along(
    world, scope, big, between, write, read, turn
):
    """Files that are written, replaced, deleted or made again, and folders with what is in them."""

    def act():
        write("/d/new/deep", "new")
        write("/d/a", "changed", WriteMode(overwrite=True))
        world.files.delete(scope, "/d/b")
        world.files.delete(scope, "/d/e/f")
        write("/d/e/f/again", "again")
        world.files.move(scope, "/d/h", "/d/e/h")

    world.accounts.configure(scope.account_id, quota_bytes=10_000)
    between(turn, lambda: with_slices(world, 1_000, act))
    copy = world.files.copy(scope, "/d", "/x")
    assert tree(world, scope, "/x") == [
        "/x/a",
        "/x/e",
        "/x/e/c",
        "/x/e/f",
        "/x/e/f/again",
        "/x/e/h",
        "/x/new",
        "/x/new/deep",
    ]
    assert (read("/x/a"), read("/x/new/deep")) == (b"changed", b"new")
    assert [old.path for old in world.revisions.list(scope, "/x/a", 10)] == ["/x/a"]
    half = world.accounts.get(scope.account_id).used_bytes
    world.files.delete(scope, copy.path)
    assert world.accounts.get(scope.account_id).used_bytes == half / 2


def test_folder_that_comes_and_goes_in_the_source_meanwhile_leaves_nothing(
    world, scope, big, between, write
):
    """Nor does what was in it."""

    def act():
        write("/d/new/deep")
        world.files.delete(scope, "/d/new")

    between(1, lambda: with_slices(world, 1_000, act))
    world.files.copy(scope, "/d", "/x")
    assert tree(world, scope, "/x") == MOVED[1:]


def with_slices(world, slice_size, act):
    """Act with slices of another size, and have as much caught up with."""
    world.settings = replace(world.settings, slice_size=slice_size)
    act()


def test_source_that_others_changed_too_much_is_moved_all_the_same(
    world, scope, big, between, write
):
    """In one go then, for which others wait."""

    def act():
        world.files.delete(scope, "/d")
        for number in range(5):
            write(f"/d/{number}")

    between(5, act)
    world.files.move(scope, "/d", "/x")
    assert tree(world, scope) == ["/x", *(f"/x/{number}" for number in range(5))]


def test_source_that_others_deleted_is_not_found(world, scope, big, between):
    """And nothing comes to stand at the target."""
    between(4, lambda: world.files.delete(scope, "/d"))
    with pytest.raises(NotFound):
        world.files.copy(scope, "/d", "/x")
    assert tree(world, scope) == []
    assert Follower(world, scope).catch_up() == []


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda world, write: write("/y"), ParentIsAFile),
        (lambda world, write: world.accounts.configure(1, quota_bytes=1), OverQuota),
        (lambda world, write: setattr(world, "settings", READ_ONLY), ReadOnly),
        (lambda world, write: world.reset(), NotFound),
    ],
    ids=["a file in the way", "no room", "read only", "reset"],
)
def test_copy_that_is_refused_in_the_end_leaves_nothing(
    world, scope, big, between, write, act, refusal
):
    """What stood at the beginning is looked at again at the end."""
    between(4, lambda: act(world, write))
    with pytest.raises(refusal):
        world.files.copy(scope, "/d", "/y/x")
    world.settings = replace(world.settings, read_only=False)
    before = tree(world, scope)
    assert not [path for path in before if path.startswith("/y/")]
    write("/z/new", "")
    follower = Follower(world, scope)
    follower.catch_up()
    assert sorted(path for path, _ in follower.copy.values()) == [*before, "/z", "/z/new"]


def test_target_that_others_take_is_avoided(world, scope, big, between, write):
    """The name is chosen at the end."""
    between(4, lambda: write("/x"))
    assert world.files.move(scope, "/d", "/x").path == "/x (1)"


def test_operation_that_is_too_big_is_refused_before_it_begins(world, scope, big, between):
    """A limit is a limit, in slices too."""
    world.settings = replace(world.settings, operation_limit=5, slice_size=1)
    with pytest.raises(TooManyItems):
        world.files.move(scope, "/d", "/x")


def test_past_of_the_target_is_kept(world, scope, big, between, write, read):
    """What once stood where a big folder comes to stand has its revisions, links and references."""
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
    world.settings = replace(world.settings, slice_size=1)
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
@pytest.mark.parametrize("turn", range(7, 16))
def test_follower_misses_no_death_while_a_past_goes_over(
    world, scope, big, between, write, prefix, turn
):
    """Whoever reads while the old folder's entries are handed over ends with the right copy."""
    for path in ("/x/e/old", "/x/e/f/old", "/x/z/old", "/x/a"):
        write(path)
    follower = Follower(world, scope, prefix)
    follower.catch_up()
    world.files.delete(scope, "/x")
    between(turn, follower.catch_up)
    world.files.move(scope, "/d", "/x")
    follower.catch_up()
    expected = [path for path in MOVED if path.startswith(prefix)]
    copied = [path for path, _ in follower.copy.values() if path.startswith(prefix)]
    assert sorted(copied) == expected


@pytest.mark.parametrize("turn", [1, 5, 9, 10, 12, 14])
def test_process_that_is_killed_leaves_a_move_whole_or_undone(tmp_path, turn):
    """A copy of the directory, taken at any moment, opens with one of the two."""
    world = World(tmp_path / "data")
    world.settings = replace(world.settings, slice_size=1)
    scope = world.tokens.scope(world.tokens.find(defaults.TOKEN))
    for path in (*FILES, "/x/e/old", "/x/a"):
        world.files.upload(scope, path, [b"x"])
    world.files.delete(scope, "/x")
    turns = []

    def kill():
        turns.append(None)
        if len(turns) == turn:
            shutil.copytree(tmp_path / "data", tmp_path / "killed")

    world._ground.store.after_commit(kill)
    world.files.move(scope, "/d", "/x")
    world.close()
    again = World(tmp_path / "killed")
    assert tree(again, scope) in (UNMOVED, MOVED)
    assert again.files.metadata(scope, "/x/e/old").is_deleted
    follower = Follower(again, scope)
    follower.catch_up()
    assert sorted(path for path, _ in follower.copy.values()) == tree(again, scope)
    again.files.move(scope, "/d" if tree(again, scope) == UNMOVED else "/x", "/x")
    again.close()


@pytest.mark.parametrize("turn", [3, 10, 12])
def test_snapshot_taken_meanwhile_is_whole(world, scope, big, between, write, turn):
    """It has the folder at one of its places, and a log that goes on."""
    write("/x/e/old")
    world.files.delete(scope, "/x")
    taken = []
    between(turn, lambda: taken.append(world.snapshot()))
    world.files.move(scope, "/d", "/x")
    world.restore(taken[0])
    assert tree(world, scope) in (UNMOVED, MOVED)
    follower = Follower(world, scope)
    follower.catch_up()
    assert sorted(path for path, _ in follower.copy.values()) == tree(world, scope)


def test_big_folder_goes_to_another_account_by_reference(world, scope, other, big, between):
    """In slices as well; the other account's log waits for it."""
    cursor = world.changes.latest_cursor(other)
    seen = []
    between(4, lambda: seen.append(world.changes.page(other, cursor).changes))
    ref = world.sharing.make_copy_ref(scope, "/d")
    world.sharing.copy_from_ref(other, ref.ref, "/x")
    assert seen == [()]
    assert tree(world, other) == MOVED
    assert len(world.changes.page(other, cursor).changes) == len(MOVED)
