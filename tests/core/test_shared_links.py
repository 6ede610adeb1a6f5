"""Lasting links as their owner keeps them."""

import pytest

from fakebox.core.errors import IllegalPath, LinkNotFound, NotAllowed, NotFound


def test_link_is_made_once(world, scope, write):
    """Whoever asks again is given the one that is there, with its end."""
    write("/a.txt")
    ends_s = world.clock.now_s() + 60
    made, is_new = world.shared_links.make(scope, "/a.txt", ends_s)
    again, is_new_again = world.shared_links.make(scope, "/A.txt")
    assert (is_new, is_new_again) == (True, False)
    assert made == again
    assert (made.expires_s, made.entry.path, made.owner_id) == (
        ends_s,
        "/a.txt",
        scope.account_id,
    )


def test_link_to_the_root_or_to_nothing_is_refused(world, scope):
    """There has to be something to share."""
    with pytest.raises(IllegalPath):
        world.shared_links.make(scope, "/")
    with pytest.raises(NotFound):
        world.shared_links.make(scope, "/nothing")


def test_links_of_a_path_are_its_own_and_those_of_the_folders_above(world, scope, write):
    """Whoever has those gets at it too."""
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


def test_folder_of_an_app_has_the_links_to_what_is_in_it(world, scope, sandbox, write):
    """Under the paths that the app sees."""
    write("/outside.txt")
    write("/inside.txt", scope=sandbox)
    world.shared_links.make(scope, "/outside.txt")
    made, _ = world.shared_links.make(sandbox, "/inside.txt")
    assert [one.entry.path for one in world.shared_links.all(sandbox)] == ["/inside.txt"]
    seen_whole = world.shared_links.find(made.link.token, scope).entry.path
    assert seen_whole.endswith("/inside.txt")
    assert seen_whole != "/inside.txt"


def test_link_ends_when_its_owner_has_it_end(world, scope, write):
    """Unless its end was taken back."""
    write("/a.txt")
    write("/b.txt")
    soon_s = world.clock.now_s() + 60
    ending, lasting = (
        world.shared_links.make(scope, path, soon_s)[0].link.token for path in ("/a.txt", "/b.txt")
    )
    assert world.shared_links.limit(scope, lasting, None).expires_s is None
    world.clock.advance(61)
    with pytest.raises(LinkNotFound):
        world.shared_links.find(ending)
    assert world.shared_links.find(lasting).entry.path == "/b.txt"


def test_revoked_link_leads_nowhere(world, scope, write):
    """The next one is another."""
    write("/a.txt")
    token = world.shared_links.make(scope, "/a.txt")[0].link.token
    world.shared_links.revoke(scope, token)
    with pytest.raises(LinkNotFound):
        world.sharing.look(token)
    assert world.shared_links.make(scope, "/a.txt")[0].link.token != token


def test_link_of_another_is_seen_and_not_changed(world, scope, other, write):
    """Only its owner may end it."""
    write("/a.txt")
    token = world.shared_links.make(scope, "/a.txt")[0].link.token
    for attempt in (
        lambda: world.shared_links.revoke(other, token),
        lambda: world.shared_links.limit(other, token, None),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert world.shared_links.find(token, other).link.token == token


def test_link_to_what_was_deleted_leads_nowhere(world, scope, write):
    """Nor does one that never was."""
    write("/a.txt")
    token = world.shared_links.make(scope, "/a.txt")[0].link.token
    world.files.delete(scope, "/a.txt")
    for word in (token, "nonsense"):
        with pytest.raises(LinkNotFound):
            world.shared_links.find(word)
