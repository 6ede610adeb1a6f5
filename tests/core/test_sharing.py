"""What others may see: links and copy references."""

import pytest

from fakebox.core.errors import (
    CopyRefNotFound,
    IllegalPath,
    LinkNotFound,
    NotAFile,
    NotFound,
)
from fakebox.core.settings import DAY_S

YEARS_S = 40 * 365 * DAY_S


def test_shared_link_is_the_same_each_time_and_shows_what_is_there_now(world, scope, write):
    """Whatever was there when it was made."""
    write("/a.txt", "old")
    link = world.sharing.share(scope, "/a.txt")
    assert world.sharing.share(scope, "/A.TXT") == link
    world.files.delete(scope, "/a.txt")
    write("/a.txt", "newer")
    assert world.sharing.look(link.token).size_bytes == 5
    with world.sharing.open(link.token)[1] as file:
        assert file.read() == b"newer"


def test_shared_link_is_found_by_its_token_and_its_short_code(world, scope, write):
    """Either leads to it."""
    write("/a.txt")
    link = world.sharing.share(scope, "/a.txt")
    assert world.sharing.find(link.token) == world.sharing.expand(link.short_code) == link


def test_shared_folder_is_looked_into(world, scope, write):
    """As far down as it goes."""
    write("/folder/sub/a.txt", "deep")
    token = world.sharing.share(scope, "/folder").token
    assert [child.path for child in world.sharing.look(token).children] == ["/sub"]
    assert world.sharing.look(token, "/sub/a.txt").path == "/sub/a.txt"
    with world.sharing.open(token, "/sub/a.txt")[1] as file:
        assert file.read() == b"deep"


def test_shared_folder_has_no_bytes(world, scope, write):
    """They are its files'."""
    write("/folder/a.txt")
    token = world.sharing.share(scope, "/folder").token
    with pytest.raises(NotAFile):
        world.sharing.open(token)


@pytest.mark.parametrize("path", ["/never.txt", "/gone.txt"])
def test_link_shows_nothing_where_nothing_is(world, scope, write, path):
    """Whether there ever was or not."""
    write("/folder/gone.txt")
    token = world.sharing.share(scope, "/folder").token
    world.files.delete(scope, "/folder/gone.txt")
    with pytest.raises(LinkNotFound):
        world.sharing.look(token, path)
    with pytest.raises(LinkNotFound):
        world.sharing.open(token, path)


def test_link_to_what_was_deleted_shows_nothing(world, scope, write):
    """Until something stands there again."""
    write("/a.txt")
    token = world.sharing.share(scope, "/a.txt").token
    world.files.delete(scope, "/a.txt")
    with pytest.raises(LinkNotFound):
        world.sharing.look(token)


@pytest.mark.parametrize("make", ["share", "media", "make_copy_ref"])
def test_root_is_not_handed_out(world, scope, make):
    """Only what is in it."""
    with pytest.raises(IllegalPath):
        getattr(world.sharing, make)(scope, "/")


@pytest.mark.parametrize("make", ["share", "media", "make_copy_ref"])
def test_what_is_not_there_is_not_handed_out(world, scope, make):
    """Not ahead of time either."""
    with pytest.raises(NotFound):
        getattr(world.sharing, make)(scope, "/nothing")


def test_temporary_link_is_to_a_file_and_lapses(world, scope, write):
    """After four hours of the emulated clock."""
    write("/folder/a.txt")
    with pytest.raises(NotAFile):
        world.sharing.media(scope, "/folder")
    token = world.sharing.media(scope, "/folder/a.txt").token
    world.sharing.open(token, kind="media")[1].close()
    world.clock.advance(world.settings.media_lifetime_s)
    with pytest.raises(LinkNotFound):
        world.sharing.open(token, kind="media")


def test_temporary_link_is_no_shared_one(world, scope, write):
    """One kind's token never opens the other."""
    write("/a.txt")
    media, shared = world.sharing.media(scope, "/a.txt"), world.sharing.share(scope, "/a.txt")
    with pytest.raises(LinkNotFound):
        world.sharing.look(media.token)
    with pytest.raises(LinkNotFound):
        world.sharing.look(shared.token, kind="media")


def test_shared_link_that_has_expired_is_made_anew(world, scope, write):
    """Decades later."""
    write("/a.txt")
    link = world.sharing.share(scope, "/a.txt")
    world.clock.advance(YEARS_S)
    with pytest.raises(LinkNotFound):
        world.sharing.find(link.token)
    assert world.sharing.share(scope, "/a.txt").token != link.token


@pytest.mark.parametrize("way", ["find", "expand", "look", "open"])
def test_token_of_nobody_leads_nowhere(world, way):
    """Whichever way it is tried."""
    with pytest.raises(LinkNotFound):
        getattr(world.sharing, way)("nobody")


def test_copy_reference_copies_into_any_account(world, scope, other, write, read):
    """What is there when it is used."""
    write("/folder/a.txt", "shared")
    ref = world.sharing.make_copy_ref(scope, "/folder").ref
    assert world.sharing.copy_from_ref(other, ref, "/mine").path == "/mine"
    assert read("/mine/a.txt", scope=other) == b"shared"


def test_copy_reference_to_what_was_deleted_copies_nothing(world, scope, other, write):
    """There is nothing to copy."""
    write("/a.txt")
    ref = world.sharing.make_copy_ref(scope, "/a.txt").ref
    world.files.delete(scope, "/a.txt")
    with pytest.raises(CopyRefNotFound):
        world.sharing.copy_from_ref(other, ref, "/mine")


def test_copy_reference_lapses(world, scope, other, write):
    """After thirty years."""
    write("/a.txt")
    made = world.sharing.make_copy_ref(scope, "/a.txt")
    world.clock.set(made.expires_s)
    with pytest.raises(CopyRefNotFound):
        world.sharing.copy_from_ref(other, made.ref, "/mine")
