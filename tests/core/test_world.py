"""A world as a whole: what a fresh one has, what lasts, and which directories it takes."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from fakebox.core import defaults
from fakebox.core.errors import BadCursor, DataDirectoryError, NotFound, ReadOnly
from fakebox.core.settings import Settings
from fakebox.core.world import World


def dropbox(world):
    """Who sees the whole Dropbox of the first account."""
    return world.tokens.scope(world.tokens.find(defaults.TOKEN))


def test_fresh_world_has_what_a_newcomer_needs(world):
    """Two accounts with numbers 1 and 2, an app, and tokens for every way in."""
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
    assert world.files.list(dropbox(world), "/").children == ()


def test_worlds_share_nothing(world, write):
    """A file in one isn't in the other, nor does the other know its cursors."""
    write("/f")
    another = World()
    with pytest.raises(NotFound):
        another.files.metadata(dropbox(another), "/f")
    with pytest.raises(BadCursor):
        another.change_log.page(dropbox(another), world.change_log.page(dropbox(world)).cursor)
    another.close()


def test_world_draws_the_same_words_when_it_is_seeded():
    """A recorded exchange can be repeated."""
    words = []
    for _ in range(2):
        world = World(seed=7)
        app = world.apps.create("another")
        upload = world.upload_sessions.append(dropbox(world), [])
        words.append((app.key, app.secret, upload.id, world.tokens.request(app).token))
        world.close()
    assert words[0] == words[1]


def test_reset_makes_a_world_fresh(world, scope, write):
    """Files, accounts, settings and the clock are as at the start; old cursors are worth
    nothing.
    """
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


def test_reset_leaves_the_settings_that_the_world_was_made_with():
    """Only what was changed since is taken back."""
    world = World(settings=Settings(delta_page_size=5))
    world.settings = Settings(delta_page_size=6)
    world.reset()
    assert world.settings.delta_page_size == 5
    world.close()


def test_world_takes_no_changes_while_it_is_read_only(world, scope, write):
    """Whatever would change files is refused; looking goes on."""
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


def test_directory_keeps_everything_across_restarts(tmp_path):
    """Files, past revisions, tokens and cursors; `--data` in one sentence."""
    directory = tmp_path / "deep" / "data"
    first = World(directory)
    scope = dropbox(first)
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


def test_directory_drops_contents_that_nothing_names(tmp_path):
    """What a killed process stored without a row goes when the directory is opened."""
    World(tmp_path).close()
    orphan = tmp_path / "content" / "ab" / "abcdef"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    World(tmp_path).close()
    assert not orphan.exists()


def test_directory_is_refused_while_another_world_uses_it(tmp_path):
    """Two would destroy each other's files."""
    first = World(tmp_path)
    with pytest.raises(DataDirectoryError, match="another fakebox uses it"):
        World(tmp_path)
    first.close()
    World(tmp_path).close()


def test_directory_is_refused_when_a_newer_version_wrote_it(tmp_path):
    """The refusal names both formats, and nothing is touched."""
    World(tmp_path).close()
    db = sqlite3.connect(tmp_path / "world.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DataDirectoryError, match=r"format is 99 .* accepts only 3"):
        World(tmp_path)


@pytest.mark.parametrize("damage", ["overwritten", "truncated", "emptied"])
def test_directory_is_refused_when_its_database_is_damaged(tmp_path, damage):
    """Damage is found when the directory is opened, not in the middle of the work."""
    world = World(tmp_path)
    for number in range(200):
        world.files.upload(dropbox(world), f"/{number}", [b"x"])
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


def test_directory_is_refused_when_it_is_a_file(tmp_path):
    """A file of that name can't hold a world."""
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(DataDirectoryError, match="cannot be created"):
        World(tmp_path / "data")


def test_world_may_be_closed_twice():
    """Whoever makes sure does no harm."""
    world = World()
    world.close()
    world.close()


def test_world_tells_whether_it_is_closed():
    """A world is open until `close` is called."""
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


def test_directory_is_free_again_after_a_start_that_failed(tmp_path, monkeypatch):
    """If an unfinished content can't be removed, the database is closed."""
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


def test_directory_with_a_symbolic_link_among_its_contents_is_refused(tmp_path):
    """A link could lead to files outside of the directory."""
    World(tmp_path).close()
    (tmp_path / "content" / "ab").symlink_to(tmp_path)
    with pytest.raises(DataDirectoryError, match="content/ab is a symbolic link"):
        World(tmp_path)
