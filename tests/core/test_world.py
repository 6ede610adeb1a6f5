"""A world as a whole: initial contents, persistence, and checks of data directories."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from fakebox.core import defaults
from fakebox.core.errors import BadCursor, DataDirectoryError, NotFound, ReadOnly
from fakebox.core.settings import Settings
from fakebox.core.world import World


def full_scope(world):
    """Return a scope for the whole Dropbox of the first account."""
    return world.tokens.scope(world.tokens.find(defaults.TOKEN))


def test_new_world_has_default_accounts_app_and_tokens(world):
    """A new world has two accounts with the IDs 1 and 2, an app, and a token of each kind."""
    assert [account.email for account in world.accounts.all()] == [
        "user@fakebox.example",
        "other@fakebox.example",
    ]
    assert [account.id for account in world.accounts.all()] == [1, 2]
    assert world.accounts.sign_in("user@fakebox.example", "fakebox").id == 1
    world.apps.find("fakebox-app-key").check_secret("fakebox-app-secret")
    assert world.tokens.find("fakebox-token").access == "dropbox"
    assert world.tokens.find("fakebox-sandbox-token").access == "app_folder"
    assert world.tokens.find("fakebox-other-token").account_id == 2
    assert world.tokens.find("fakebox-bearer-token", bearer=True).access == "dropbox"
    assert world.files.list(full_scope(world), "/").children == ()


def test_worlds_share_nothing(world, write):
    """A file and a cursor of one world are unknown in another world."""
    write("/f")
    another = World()
    with pytest.raises(NotFound):
        another.files.metadata(full_scope(another), "/f")
    with pytest.raises(BadCursor):
        another.change_log.page(
            full_scope(another), world.change_log.page(full_scope(world)).cursor
        )
    another.close()


def test_seeded_worlds_have_the_same_random_values():
    """Worlds with the same seed create the same keys, IDs and tokens."""
    values = []
    for _ in range(2):
        world = World(seed=7)
        app = world.apps.create("another")
        upload = world.upload_sessions.append(full_scope(world), [])
        values.append((app.key, app.secret, upload.id, world.tokens.request(app).token))
        world.close()
    assert values[0] == values[1]


def test_reset_restores_the_initial_state(world, scope, write):
    """A reset removes files, accounts and settings, resets the clock and invalidates cursors."""
    write("/f", "large" * 20_000)
    world.accounts.create("third@fakebox.example", "x")
    world.settings = replace(world.settings, read_only=True)
    world.clock.freeze()
    cursor = world.change_log.page(scope).cursor
    world.reset()
    assert len(world.accounts.all()) == 2
    assert world.settings == Settings()
    assert not world.clock.is_frozen
    with pytest.raises(NotFound):
        world.files.metadata(scope, "/f")
    with pytest.raises(BadCursor):
        world.change_log.page(scope, cursor)


def test_reset_keeps_the_initial_settings():
    """A reset restores the settings that the world was created with."""
    world = World(settings=Settings(delta_page_size=5))
    world.settings = Settings(delta_page_size=6)
    world.reset()
    assert world.settings.delta_page_size == 5
    world.close()


def test_read_only_world_rejects_changes(world, scope, write):
    """A read-only world rejects calls that change files, and still returns metadata."""
    entry = write("/f")
    world.settings = replace(world.settings, read_only=True)
    for change in (
        lambda: write("/g"),
        lambda: world.files.create_folder(scope, "/d"),
        lambda: world.files.copy(scope, "/f", "/g"),
        lambda: world.files.move(scope, "/f", "/g"),
        lambda: world.files.delete(scope, "/f"),
        lambda: world.revisions.restore(scope, "/f", entry.rev),
    ):
        with pytest.raises(ReadOnly):
            change()
    assert world.files.metadata(scope, "/f") == entry


def test_directory_keeps_the_world_across_restarts(tmp_path):
    """Files, earlier revisions, tokens and cursors are valid after a restart."""
    directory = tmp_path / "deep" / "data"
    first = World(directory)
    scope = full_scope(first)
    old = first.files.upload(scope, "/f", [b"text"])
    cursor = first.change_log.page(scope).cursor
    first.files.delete(scope, "/f")
    first.close()
    second = World(directory)
    assert second.files.metadata(scope, "/f").is_deleted
    assert [change.entry for change in second.change_log.page(scope, cursor).changes] == [None]
    with second.files.open(scope, "/f", old.rev)[1] as file:
        assert file.read() == b"text"
    second.close()


def test_opening_a_directory_deletes_unreferenced_contents(tmp_path):
    """Contents that a killed process stored without a row are deleted."""
    World(tmp_path).close()
    orphan = tmp_path / "content" / "ab" / "abcdef"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    World(tmp_path).close()
    assert not orphan.exists()


def test_directory_in_use_is_rejected(tmp_path):
    """A directory that another world uses is rejected until that world is closed."""
    first = World(tmp_path)
    with pytest.raises(DataDirectoryError, match="it is in use by another fakebox process"):
        World(tmp_path)
    first.close()
    World(tmp_path).close()


def test_directory_with_another_format_is_rejected(tmp_path):
    """The error contains the format of the directory and the accepted format."""
    World(tmp_path).close()
    db = sqlite3.connect(tmp_path / "world.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DataDirectoryError, match=r"format is 99 .* accepts only 4"):
        World(tmp_path)


@pytest.mark.parametrize("damage", ["overwritten", "truncated", "emptied"])
def test_directory_with_a_damaged_database_is_rejected(tmp_path, damage):
    """Damage is detected when the directory is opened."""
    world = World(tmp_path)
    for number in range(200):
        world.files.upload(full_scope(world), f"/{number}", [b"x"])
    world.close()
    path = tmp_path / "world.sqlite3"
    data = path.read_bytes()
    if damage == "overwritten":
        path.write_bytes(b"this was a database once" * 500)
    elif damage == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        db = sqlite3.connect(path)
        db.execute("DELETE FROM world")
        db.commit()
        db.close()
    with pytest.raises(DataDirectoryError, match="damaged") as error:
        World(tmp_path)
    assert error.value.directory == str(tmp_path)


def test_file_is_rejected_as_directory(tmp_path):
    """A path of an existing file is rejected as data directory."""
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(DataDirectoryError, match="it is not a directory"):
        World(tmp_path / "data")


def test_world_can_be_closed_twice():
    """Closing a closed world does nothing."""
    world = World()
    world.close()
    world.close()


def test_is_closed_is_true_after_close():
    """`is_closed` is false until `close` is called."""
    world = World()
    assert not world.is_closed
    world.close()
    assert world.is_closed


def test_units_of_work_are_kept_whole(world, scope):
    """Calls in a unit of work are one transaction, which is kept even if its block raises."""

    def fail():
        with world.unit_of_work():
            world.files.create_folder(scope, "/a")
            world.files.create_folder(scope, "/b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [entry.path for entry in world.files.list(scope, "/").children] == ["/a", "/b"]


def test_directory_is_released_after_a_failed_start(tmp_path, monkeypatch):
    """If an unfinished content cannot be removed, the database is closed."""
    World(tmp_path).close()
    unfinished = tmp_path / "content" / "incoming-1"
    unfinished.touch()

    def fail(path):
        raise PermissionError(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fail)
        with pytest.raises(PermissionError):
            World(tmp_path)
    World(tmp_path).close()
    assert not unfinished.exists()


def test_directory_with_a_symbolic_link_in_its_contents_is_rejected(tmp_path):
    """A symbolic link is rejected, because it could refer to files outside of the directory."""
    World(tmp_path).close()
    (tmp_path / "content" / "ab").symlink_to(tmp_path)
    with pytest.raises(DataDirectoryError, match="content/ab is a symbolic link"):
        World(tmp_path)


def test_close_does_not_wait_for_a_long_transaction(tmp_path):
    """`close` returns at its limit; the other thread commits, and then closes the directory."""
    world = World(tmp_path)
    began, goes_on = threading.Event(), threading.Event()
    apps = []

    def write():
        with world.unit_of_work():
            apps.append(world.apps.create("First"))
            began.set()
            goes_on.wait(20)
            apps.append(world.apps.create("Second"))

    writer = threading.Thread(target=write)
    writer.start()
    assert began.wait(20)
    world.close(0)
    assert len(apps) == 1
    with pytest.raises(DataDirectoryError, match="in use by another fakebox"):
        World(tmp_path)
    goes_on.set()
    writer.join(20)
    with pytest.raises(sqlite3.ProgrammingError, match="the database is closed"):
        world.apps.create("Third")
    again = World(tmp_path)
    assert [again.apps.find(app.key).name for app in apps] == ["First", "Second"]
    again.close()
