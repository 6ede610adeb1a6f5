"""Shared links: creating, listing, limiting and revoking them."""

import pytest

from fakebox.core.errors import IllegalPath, LinkNotFound, NotAllowed, NotFound


def test_existing_link_is_returned_with_its_expiry(world, scope, write):
    """Making a link for a path that has one returns the existing link with its expiry."""
    write("/a.txt")
    expires_s = world.clock.now_s() + 60
    made, is_new = world.shared_links.make(scope, "/a.txt", expires_s)
    again, is_new_again = world.shared_links.make(scope, "/A.txt")
    assert (is_new, is_new_again) == (True, False)
    assert made == again
    assert (made.expires_s, made.entry.path, made.owner_id) == (
        expires_s,
        "/a.txt",
        scope.account_id,
    )


def test_link_to_the_root_or_a_missing_path_is_rejected(world, scope):
    """A link to the root or to a missing path cannot be made."""
    with pytest.raises(IllegalPath):
        world.shared_links.make(scope, "/")
    with pytest.raises(NotFound):
        world.shared_links.make(scope, "/nothing")


def test_links_of_a_path_include_links_of_its_parents(world, scope, write):
    """The links that give access to a path are its own and those of its parent folders."""
    write("/folder/a.txt")
    write("/other.txt")
    for path in ("/folder", "/folder/a.txt", "/other.txt"):
        world.shared_links.make(scope, path)

    def paths(path=None):
        return sorted(one.entry.path for one in world.shared_links.all(scope, path))

    assert paths() == ["/folder", "/folder/a.txt", "/other.txt"]
    assert paths("/folder/a.txt") == ["/folder", "/folder/a.txt"]
    assert paths("/folder") == ["/folder"]
    with pytest.raises(NotFound):
        paths("/nothing")


def test_app_lists_only_links_in_its_folder(world, scope, sandbox, write):
    """An app lists the links to entries in its folder, with paths relative to the folder."""
    write("/outside.txt")
    write("/inside.txt", scope=sandbox)
    world.shared_links.make(scope, "/outside.txt")
    made, _ = world.shared_links.make(sandbox, "/inside.txt")
    assert [one.entry.path for one in world.shared_links.all(sandbox)] == ["/inside.txt"]
    full_path = world.shared_links.find(made.link.token, scope).entry.path
    assert full_path.endswith("/inside.txt")
    assert full_path != "/inside.txt"


def test_link_expires_unless_its_expiry_was_removed(world, scope, write):
    """A link is not found after its expiry, unless its owner removed the expiry before."""
    write("/a.txt")
    write("/b.txt")
    expires_s = world.clock.now_s() + 60
    expiring, permanent = (
        world.shared_links.make(scope, path, expires_s)[0].link.token
        for path in ("/a.txt", "/b.txt")
    )
    assert world.shared_links.limit(scope, permanent, None).expires_s is None
    world.clock.advance(61)
    with pytest.raises(LinkNotFound):
        world.shared_links.find(expiring)
    assert world.shared_links.find(permanent).entry.path == "/b.txt"


def test_revoked_link_is_not_found(world, scope, write):
    """A revoked link is not found, and the next link to the path has another token."""
    write("/a.txt")
    token = world.shared_links.make(scope, "/a.txt")[0].link.token
    world.shared_links.revoke(scope, token)
    with pytest.raises(LinkNotFound):
        world.sharing.look(token)
    assert world.shared_links.make(scope, "/a.txt")[0].link.token != token


def test_link_of_another_account_can_be_read_but_not_changed(world, scope, other, write):
    """Another account can read a link, but cannot revoke it or change its expiry."""
    write("/a.txt")
    token = world.shared_links.make(scope, "/a.txt")[0].link.token
    for attempt in (
        lambda: world.shared_links.revoke(other, token),
        lambda: world.shared_links.limit(other, token, None),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert world.shared_links.find(token, other).link.token == token


def test_link_to_a_deleted_file_is_not_found(world, scope, write):
    """A link to a deleted file and an unknown token are not found."""
    write("/a.txt")
    token = world.shared_links.make(scope, "/a.txt")[0].link.token
    world.files.delete(scope, "/a.txt")
    for unknown_token in (token, "nonsense"):
        with pytest.raises(LinkNotFound):
            world.shared_links.find(unknown_token)
