"""Shared links, temporary links and copy references."""

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


def test_shared_link_is_reused_and_shows_the_current_file(world, scope, write):
    """A shared link of a path stays the same and opens the current file at that path."""
    write("/a.txt", "old")
    link = world.sharing.share(scope, "/a.txt")
    assert world.sharing.share(scope, "/A.TXT") == link
    world.files.delete(scope, "/a.txt")
    write("/a.txt", "newer")
    assert world.sharing.look(link.token).size_bytes == 5
    with world.sharing.open(link.token)[1] as file:
        assert file.read() == b"newer"


def test_shared_link_is_found_by_its_token_and_its_short_code(world, scope, write):
    """A shared link is found by its token and by its short code."""
    write("/a.txt")
    link = world.sharing.share(scope, "/a.txt")
    assert world.sharing.find(link.token) == world.sharing.expand(link.short_code) == link


def test_link_to_a_folder_opens_its_contents(world, scope, write):
    """A link to a folder lists and opens the entries at every level below it."""
    write("/folder/sub/a.txt", "deep")
    token = world.sharing.share(scope, "/folder").token
    assert [child.path for child in world.sharing.look(token).children] == ["/sub"]
    assert world.sharing.look(token, "/sub/a.txt").path == "/sub/a.txt"
    with world.sharing.open(token, "/sub/a.txt")[1] as file:
        assert file.read() == b"deep"


def test_link_to_a_folder_cannot_be_opened_as_a_file(world, scope, write):
    """Opening a link to a folder without a path raises NotAFile."""
    write("/folder/a.txt")
    token = world.sharing.share(scope, "/folder").token
    with pytest.raises(NotAFile):
        world.sharing.open(token)


@pytest.mark.parametrize("path", ["/never.txt", "/gone.txt"])
def test_link_does_not_find_a_missing_path_in_its_folder(world, scope, write, path):
    """A path that never existed or was deleted is not found through a link to its folder."""
    write("/folder/gone.txt")
    token = world.sharing.share(scope, "/folder").token
    world.files.delete(scope, "/folder/gone.txt")
    with pytest.raises(LinkNotFound):
        world.sharing.look(token, path)
    with pytest.raises(LinkNotFound):
        world.sharing.open(token, path)


def test_link_to_a_deleted_file_is_not_found(world, scope, write):
    """A link to a file is not found while the file is deleted."""
    write("/a.txt")
    token = world.sharing.share(scope, "/a.txt").token
    world.files.delete(scope, "/a.txt")
    with pytest.raises(LinkNotFound):
        world.sharing.look(token)


@pytest.mark.parametrize("make", ["share", "media", "make_copy_ref"])
def test_root_cannot_be_shared(world, scope, make):
    """No kind of link or reference can be made for the root."""
    with pytest.raises(IllegalPath):
        getattr(world.sharing, make)(scope, "/")


@pytest.mark.parametrize("make", ["share", "media", "make_copy_ref"])
def test_missing_path_cannot_be_shared(world, scope, make):
    """No kind of link or reference can be made for a missing path."""
    with pytest.raises(NotFound):
        getattr(world.sharing, make)(scope, "/nothing")


def test_temporary_link_is_only_for_files_and_expires(world, scope, write):
    """A temporary link expires after four hours of the world's clock."""
    write("/folder/a.txt")
    with pytest.raises(NotAFile):
        world.sharing.media(scope, "/folder")
    token = world.sharing.media(scope, "/folder/a.txt").token
    world.sharing.open(token, kind="media")[1].close()
    world.clock.advance(world.settings.media_lifetime_s)
    with pytest.raises(LinkNotFound):
        world.sharing.open(token, kind="media")


def test_temporary_and_shared_links_are_not_interchangeable(world, scope, write):
    """The token of one kind of link is not found as the other kind."""
    write("/a.txt")
    media, shared = world.sharing.media(scope, "/a.txt"), world.sharing.share(scope, "/a.txt")
    with pytest.raises(LinkNotFound):
        world.sharing.look(media.token)
    with pytest.raises(LinkNotFound):
        world.sharing.look(shared.token, kind="media")


def test_expired_shared_link_is_replaced(world, scope, write):
    """A shared link expires after decades, and sharing the file again returns a new link."""
    write("/a.txt")
    link = world.sharing.share(scope, "/a.txt")
    world.clock.advance(YEARS_S)
    with pytest.raises(LinkNotFound):
        world.sharing.find(link.token)
    assert world.sharing.share(scope, "/a.txt").token != link.token


@pytest.mark.parametrize("method", ["find", "expand", "look", "open"])
def test_unknown_token_is_not_found(world, method):
    """Each method that takes a token or short code raises LinkNotFound for an unknown one."""
    with pytest.raises(LinkNotFound):
        getattr(world.sharing, method)("nobody")


def test_copy_reference_copies_into_another_account(world, scope, other, write, read):
    """A copy reference can be used by another account."""
    write("/folder/a.txt", "shared")
    ref = world.sharing.make_copy_ref(scope, "/folder").ref
    assert world.sharing.copy_from_ref(other, ref, "/mine").path == "/mine"
    assert read("/mine/a.txt", scope=other) == b"shared"


def test_copy_reference_to_a_deleted_file_is_not_found(world, scope, other, write):
    """A copy reference whose file was deleted raises CopyRefNotFound."""
    write("/a.txt")
    ref = world.sharing.make_copy_ref(scope, "/a.txt").ref
    world.files.delete(scope, "/a.txt")
    with pytest.raises(CopyRefNotFound):
        world.sharing.copy_from_ref(other, ref, "/mine")


def test_copy_reference_expires(world, scope, other, write):
    """A copy reference is not found after its expiry."""
    write("/a.txt")
    made = world.sharing.make_copy_ref(scope, "/a.txt")
    world.clock.set(made.expires_s)
    with pytest.raises(CopyRefNotFound):
        world.sharing.copy_from_ref(other, made.ref, "/mine")
