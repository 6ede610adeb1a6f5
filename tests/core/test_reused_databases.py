"""Worlds in memory use the databases of closed worlds again, without a trace of them."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakebox.core import defaults
from fakebox.core.accounts import Scope
from fakebox.core.files import WriteMode
from fakebox.core.world import World

FILES_WITH_AN_INDEX = 200


def whole(world):
    """Return the scope of the first account's whole Dropbox."""
    return Scope(world.accounts.all()[0].id, 0)


def rows(world):
    """Return all rows of a world, without its secret."""
    db = world._context.database.copy()
    names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    tables = [name for (name,) in names if name != "world"]
    return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


def upload(world, path):
    """Store a file."""
    world.files.upload(whole(world), path, [b"x"], WriteMode(overwrite=True))


@pytest.fixture(scope="module")
def fresh():
    """The rows of a world whose database is new."""
    worlds = [World() for _ in range(10)]
    found = rows(worlds[-1])
    for world in worlds:
        world.close()
    return found


@pytest.mark.parametrize("files", [1, FILES_WITH_AN_INDEX])
def test_world_after_another_is_empty(fresh, files):
    """Nothing of a closed world is in the next ones, whatever it contained."""
    world = World()
    for number in range(files):
        upload(world, f"/name-{number}.txt")
    world.shared_links.create(whole(world), "/name-0.txt")
    world.accounts.create("third@fakebox.example", "secret")
    world.tokens.issue_bearer(
        world.apps.find(defaults.APP_KEY).id, world.accounts.all()[0].id, "dropbox"
    )
    world.close()
    following = [World() for _ in range(3)]
    for other in following:
        assert rows(other) == fresh
        other.close()


@pytest.mark.parametrize("change", ["account", "app", "token"])
def test_each_changed_table_is_restored(fresh, change):
    """A ready-made account, app or token that a closed world has changed is as in a new world."""
    world = World()
    if change == "account":
        world.accounts.configure(1, quota_bytes=1)
    elif change == "app":
        world.apps.configure(defaults.APP_KEY, auto_approve=True)
    else:
        world.tokens.revoke(defaults.TOKEN)
    world.close()
    following = [World() for _ in range(3)]
    for other in following:
        assert rows(other) == fresh
        other.close()


def test_each_world_has_a_secret_of_its_own():
    """A value that a closed world has signed is not valid in the next one."""
    secrets = set()
    for _ in range(3):
        world = World()
        secrets.add(world._context.key())
        world.close()
    assert len(secrets) == 3


def test_random_values_of_a_seed_do_not_depend_on_earlier_worlds():
    """A seeded world draws the same values, whether or not its database is new."""
    drawn = []
    for _ in range(3):
        world = World(seed=7)
        upload(world, "/a")
        drawn.append(world.sign("test", b"value"))
        world.close()
    assert len(set(drawn)) == 1


def test_changes_notify_the_world_that_has_the_database():
    """A long poll of a world that uses a database again sees its changes."""
    World().close()
    world = World()
    cursor = world.change_log.latest_cursor(whole(world))
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(world.change_log.wait, cursor, 30)
        upload(world, "/a")
        assert waiting.result()
    world.close()


def test_closed_world_does_not_use_the_database_of_the_next():
    """A call to a closed world is an error, also when another world has its database."""
    world = World()
    world.close()
    other = World()
    with pytest.raises(sqlite3.ProgrammingError):
        upload(world, "/a")
    assert not other.files.descendants(whole(other))
    other.close()


def test_world_that_is_closed_within_a_transaction_is_not_used_again(fresh):
    """A world that is closed during a unit of work leaves nothing in the next ones."""
    world = World()

    def close_within():
        with world.unit_of_work():
            upload(world, "/a")
            world.close()

    with pytest.raises(sqlite3.ProgrammingError):
        close_within()
    other = World()
    assert rows(other) == fresh
    other.close()


def test_database_that_its_thread_reads_is_not_used_again():
    """A world that is closed by the thread that reads it leaves its database closed."""
    world = World()
    with world._context.database.reading() as db:
        world.close()
        other = World()
        with pytest.raises(sqlite3.ProgrammingError):
            db.execute("SELECT 1")
    other.close()


def test_database_that_another_thread_uses_is_not_used_again(fresh):
    """A world that is closed during a transaction of another thread leaves nothing behind."""
    world = World()
    is_closed = threading.Event()

    def insert():
        with world._context.database.transaction() as db:
            begun.set()
            is_closed.wait()
            db.execute("INSERT INTO world VALUES (x'')")

    begun = threading.Event()
    with ThreadPoolExecutor() as threads:
        insertion = threads.submit(insert)
        begun.wait()
        world.close(limit_s=0)
        is_closed.set()
        insertion.exception()
    other = World()
    assert rows(other) == fresh
    assert other._context.key()
    other.close()


def test_restored_snapshot_is_not_in_the_next_world(fresh):
    """A world that has restored a snapshot leaves nothing in the next one."""
    world = World()
    upload(world, "/a")
    snapshot = world.snapshot()
    world.restore(snapshot)
    world.close()
    other = World()
    assert rows(other) == fresh
    other.close()


def test_worlds_that_exist_at_the_same_time_are_separate():
    """Two open worlds never have the same database."""
    World().close()
    worlds = [World() for _ in range(8)]
    for number, world in enumerate(worlds):
        upload(world, f"/{number}")
    for number, world in enumerate(worlds):
        assert [entry.path for entry in world.files.descendants(whole(world))] == [f"/{number}"]
        world.close()
