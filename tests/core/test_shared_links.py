"""Shared links and temporary links."""

from __future__ import annotations

import pytest

from fakebox.core.accounts import Scope
from fakebox.core.errors import (
    DownloadNotAllowed,
    IllegalPath,
    InvalidLinkSettings,
    LinkNotFound,
    LinkPasswordRequired,
    LinkSettingNotAllowed,
    LinkSpent,
    NotAFile,
    NotAllowed,
    NotFound,
    NotInAudience,
)
from fakebox.core.link_settings import LinkSettings, LinkVisitor
from fakebox.core.settings import DAY_S
from fakebox.core.world import World
from tests.core.cost import steps_of

YEARS_S = 40 * 365 * DAY_S
REMOVED = LinkSettings(removes_expiry=True)


@pytest.fixture
def share(world, scope):
    """Create the shared link to a path, and return the parts of its URL."""

    def create(path, expires_s=None, scope=scope):
        return world.shared_links.create(scope, path, LinkSettings(expires_s=expires_s))[0].link

    return create


@pytest.fixture
def listed(world, scope):
    """The paths of a caller's shared links, read in pages of a given size."""

    def read(scope=scope, size=100):
        paths, after = [], 0
        while after is not None:
            page = world.shared_links.list_page(scope, after=after, limit=size)
            assert len(page.links) <= size
            paths += [one.entry.path for one in page.links]
            after = page.after
        return paths

    return read


def test_second_link_to_an_entry_is_the_existing_link(world, scope, write):
    """Creating a link again returns the existing one, for any spelling of the path."""
    write("/a.txt")
    expires_s = world.clock.now_s() + 60
    made, is_new = world.shared_links.create(scope, "/a.txt", LinkSettings(expires_s=expires_s))
    again, is_new_again = world.shared_links.create(scope, "/A.txt")
    assert (is_new, is_new_again) == (True, False)
    assert made == again
    assert (made.expires_s, made.link.expires_s) == (expires_s, expires_s)
    assert (made.entry.path, made.owner_id) == ("/a.txt", scope.account_id)


@pytest.mark.parametrize("method", ["create", "create_temporary"])
def test_link_is_created_only_for_an_entry_below_the_root(world, scope, method):
    """The root and a path without an entry have no link."""
    create = getattr(world.shared_links, method)
    with pytest.raises(IllegalPath):
        create(scope, "/")
    with pytest.raises(NotFound):
        create(scope, "/nothing")


def test_shared_link_shows_the_current_file(world, scope, write, share):
    """A link shows the current file at its path, even if an earlier file was deleted."""
    write("/a.txt", "old")
    link = share("/a.txt")
    world.files.delete(scope, "/a.txt")
    write("/a.txt", "newer")
    assert world.shared_links.look(link.token).size_bytes == 5
    with world.shared_links.open(link.token)[1] as file:
        assert file.read() == b"newer"


def test_shared_link_follows_its_file_when_it_is_moved(world, scope, write, share):
    """The link of a moved file refers to the new path, and the old path gets another link."""
    write("/a.txt", "first")
    link = share("/a.txt")
    world.files.move(scope, "/a.txt", "/new/b.txt")
    assert world.shared_links.find(link.token).entry.path == "/new/b.txt"
    assert share("/new/b.txt").token == link.token
    write("/a.txt", "second")
    assert world.shared_links.look(link.token).size_bytes == 5
    assert share("/a.txt").token != link.token
    world.files.move(scope, "/new/b.txt", "/c.txt")
    world.files.move(scope, "/c.txt", "/C.TXT")
    assert world.shared_links.find(link.token).entry.path == "/C.TXT"
    world.files.delete(scope, "/c.txt")
    with pytest.raises(LinkNotFound):
        world.shared_links.find(link.token)


def test_shared_links_follow_their_entries_when_a_folder_is_moved(world, scope, write, share):
    """The links of a folder and of everything below it are moved, and no others."""
    paths = ["/top", "/top/sub", "/top/sub/a", "/top/b", "/beside/a"]
    write("/top/sub/a")
    write("/top/b")
    write("/beside/a")
    links = {path: share(path) for path in paths}
    world.files.move(scope, "/top", "/beside/top")
    world.files.move(scope, "/beside/top/sub", "/sub")
    expected = ["/beside/top", "/sub", "/sub/a", "/beside/top/b", "/beside/a"]
    found = [world.shared_links.find(links[path].token).entry.path for path in paths]
    assert found == expected
    world.files.move(scope, "/beside", "/last")
    assert world.shared_links.find(links["/top/b"].token).entry.path == "/last/top/b"


def test_copy_of_a_linked_file_has_no_link(world, scope, write, share):
    """A copy leaves the link with the file that was copied."""
    write("/folder/a")
    link = share("/folder/a")
    world.files.copy(scope, "/folder", "/copy")
    assert world.shared_links.find(link.token).entry.path == "/folder/a"
    assert world.shared_links.list_for_path(scope, "/copy/a") == []


def test_moved_link_replaces_the_link_of_a_deleted_file(world, scope, write, share):
    """If a file at the new path had a link and was deleted, that link is not found any more."""
    write("/folder/a")
    write("/folder/b")
    moved, kept = share("/folder/a"), share("/folder")
    write("/new/a")
    replaced = share("/new/a")
    world.files.delete(scope, "/new")
    world.files.move(scope, "/folder", "/new")
    assert world.shared_links.find(moved.token).entry.path == "/new/a"
    assert world.shared_links.find(kept.token).entry.path == "/new"
    with pytest.raises(LinkNotFound):
        world.shared_links.find(replaced.token)


def test_temporary_link_stays_with_its_path(world, scope, write):
    """A temporary link to a file that was moved is not found."""
    write("/a")
    token = world.shared_links.create_temporary(scope, "/a").token
    world.files.move(scope, "/a", "/b")
    with pytest.raises(LinkNotFound):
        world.shared_links.open(token, kind="media")


def test_cost_of_a_move_does_not_depend_on_links_elsewhere(world, scope, write, share):
    """A move reads the links of what it moves, and no others."""

    def cost(source, target):
        return steps_of(world, lambda: world.files.move(scope, source, target))

    write("/a")
    share("/a")
    few = cost("/a", "/b")
    for number in range(300):
        write(f"/many/{number}")
        share(f"/many/{number}")
    assert cost("/b", "/a") < few * 1.3


def test_shared_link_is_found_by_its_token_and_its_short_code(world, write, share):
    """The token and the short code lead to the same link."""
    write("/a.txt")
    link = share("/a.txt")
    assert world.shared_links.find(link.token).link == link
    assert world.shared_links.expand(link.short_code).link == link


def test_shared_folder_shows_everything_below_it(world, write, share):
    """A link to a folder gives access to entries at any depth, and has no content itself."""
    write("/folder/sub/a.txt", "deep")
    token = share("/folder").token
    assert [child.path for child in world.shared_links.look(token).children] == ["/sub"]
    assert world.shared_links.look(token, "/sub/a.txt").path == "/sub/a.txt"
    assert world.shared_links.metadata(token, "/sub").path == "/sub"
    assert world.shared_links.scope(token) == Scope(1, 0, ("folder",))
    with world.shared_links.open(token, "/sub/a.txt")[1] as file:
        assert file.read() == b"deep"
    with pytest.raises(NotAFile):
        world.shared_links.open(token)


def test_shared_file_has_no_scope(world, write, share):
    """Only a folder can be listed through a link."""
    write("/a.txt")
    assert world.shared_links.scope(share("/a.txt").token) is None


@pytest.mark.parametrize("path", ["/never.txt", "/gone.txt"])
@pytest.mark.parametrize("method", ["look", "metadata", "open"])
def test_link_does_not_show_missing_entries(world, scope, write, share, method, path):
    """A path within a shared folder that is deleted or never existed is `LinkNotFound`."""
    write("/folder/gone.txt")
    token = share("/folder").token
    world.files.delete(scope, "/folder/gone.txt")
    with pytest.raises(LinkNotFound):
        getattr(world.shared_links, method)(token, path)


@pytest.mark.parametrize("method", ["find", "look", "metadata", "open", "scope"])
def test_link_to_a_deleted_entry_is_not_found(world, scope, write, share, method):
    """A link stops working when its entry is deleted, and works again if the path is used again."""
    write("/a.txt")
    token = share("/a.txt").token
    world.files.delete(scope, "/a.txt")
    with pytest.raises(LinkNotFound):
        getattr(world.shared_links, method)(token)
    write("/a.txt")
    assert world.shared_links.find(token).entry.path == "/a.txt"


@pytest.mark.parametrize("method", ["find", "expand", "look", "metadata", "open", "scope"])
def test_unknown_token_is_not_found(world, method):
    """A token that was never issued raises `LinkNotFound`."""
    with pytest.raises(LinkNotFound):
        getattr(world.shared_links, method)("unknown")


def test_temporary_link_to_a_file_expires(world, scope, write):
    """A temporary link works for `media_lifetime_s`, and only for a file."""
    write("/folder/a.txt")
    with pytest.raises(NotAFile):
        world.shared_links.create_temporary(scope, "/folder")
    token = world.shared_links.create_temporary(scope, "/folder/a.txt").token
    world.shared_links.open(token, kind="media")[1].close()
    world.clock.advance(world.settings.media_lifetime_s)
    with pytest.raises(LinkNotFound):
        world.shared_links.open(token, kind="media")


def test_expired_temporary_links_are_deleted(world, scope, write):
    """An expired link raises `LinkSpent`, and is deleted a day later by the next link."""
    write("/a.txt")
    world.clock.freeze()
    token = world.shared_links.create_temporary(scope, "/a.txt").token
    kept_s = world.settings.media_lifetime_s + DAY_S
    world.clock.advance(kept_s - 1)
    world.shared_links.create_temporary(scope, "/a.txt")
    with pytest.raises(LinkSpent):
        world.shared_links.open(token, kind="media")
    world.clock.advance(1)
    world.shared_links.create_temporary(scope, "/a.txt")
    world.clock.advance(-kept_s)
    with pytest.raises(LinkNotFound):
        world.shared_links.open(token, kind="media")


def test_temporary_and_shared_links_have_separate_tokens(world, scope, write, share):
    """A token of one kind is not accepted as the other kind, and temporary links are not listed."""
    write("/a.txt")
    temporary = world.shared_links.create_temporary(scope, "/a.txt")
    assert world.shared_links.list_page(scope, limit=5).links == ()
    shared = share("/a.txt")
    with pytest.raises(LinkNotFound):
        world.shared_links.look(temporary.token)
    with pytest.raises(LinkNotFound):
        world.shared_links.open(shared.token, kind="media")


def test_expired_link_is_replaced_by_a_new_one(world, scope, write, share):
    """An expired link is not found, and creating a link then returns another one."""
    write("/a.txt")
    link = share("/a.txt")
    world.clock.advance(YEARS_S)
    with pytest.raises(LinkNotFound):
        world.shared_links.find(link.token)
    assert world.shared_links.list_page(scope, limit=5).links == ()
    made, is_new = world.shared_links.create(scope, "/a.txt")
    assert is_new
    assert made.link.token != link.token


def test_expiry_of_a_link_is_set_and_removed(world, scope, write, share):
    """A link works until its expiry, unless the expiry is removed."""
    write("/a.txt")
    write("/b.txt")
    expires_s = world.clock.now_s() + 60
    ending, lasting = (share(path, expires_s).token for path in ("/a.txt", "/b.txt"))
    assert world.shared_links.configure(scope, lasting, REMOVED).expires_s is None
    world.clock.advance(61)
    with pytest.raises(LinkNotFound):
        world.shared_links.find(ending)
    assert world.shared_links.find(lasting).entry.path == "/b.txt"


def test_revoked_link_is_not_found(world, scope, write, share):
    """After a link is revoked, creating a link returns another token."""
    write("/a.txt")
    token = share("/a.txt").token
    world.shared_links.revoke(scope, token)
    with pytest.raises(LinkNotFound):
        world.shared_links.look(token)
    assert share("/a.txt").token != token


def test_link_of_another_account_is_found_and_not_changed(world, other, write, share):
    """Only the owner of a link may revoke it or set its expiry."""
    write("/a.txt")
    token = share("/a.txt").token
    with pytest.raises(NotAllowed):
        world.shared_links.revoke(other, token)
    with pytest.raises(NotAllowed):
        world.shared_links.configure(other, token, REMOVED)
    assert world.shared_links.find(token, other).link.token == token


def test_links_for_a_path_include_links_to_its_parent_folders(world, scope, write, share):
    """The nearest link comes first; `direct_only` leaves out the folders."""
    write("/folder/sub/a.txt")
    write("/other.txt")
    for path in ("/folder", "/folder/sub/a.txt", "/other.txt"):
        share(path)

    def paths(path, **options):
        return [one.entry.path for one in world.shared_links.list_for_path(scope, path, **options)]

    assert paths("/FOLDER/sub/a.txt") == ["/folder/sub/a.txt", "/folder"]
    assert paths("/folder/sub/a.txt", direct_only=True) == ["/folder/sub/a.txt"]
    assert paths("/folder/sub") == ["/folder"]
    assert paths("/folder/sub", direct_only=True) == []
    with pytest.raises(NotFound):
        paths("/nothing")


def test_app_lists_only_links_to_entries_in_its_folder(world, scope, sandbox, write, share, listed):
    """An app lists links with paths relative to its folder, and no other links of the account."""
    write("/outside.txt")
    write("/inside.txt", scope=sandbox)
    outside, inside = share("/outside.txt"), share("/inside.txt", scope=sandbox)
    assert listed(sandbox) == ["/inside.txt"]
    path = world.shared_links.find(inside.token, scope).entry.path
    assert (path != "/inside.txt", path.endswith("/inside.txt")) == (True, True)
    above = path.removesuffix("/inside.txt")
    folder = share(above)
    found = world.shared_links.list_for_path(sandbox, "/inside.txt")
    assert [one.link for one in found] == [inside, folder]
    with pytest.raises(LinkNotFound):
        world.shared_links.find(outside.token, sandbox)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_of_links_have_each_link_once_and_the_oldest_first(
    world, scope, other, write, share, listed, size
):
    """Links to deleted entries and links of other accounts are left out."""
    paths = [f"/{name}" for name in "dgbaec"]
    for path in paths:
        write(path)
        share(path)
    write("/d", scope=other)
    share("/d", scope=other)
    world.files.delete(scope, "/g")
    assert listed(size=size) == ["/d", "/b", "/a", "/e", "/c"]


def test_page_of_links_reads_a_bounded_number_of_rows(world, scope, sandbox, write, share):
    """A page is shorter than its limit if too many links have to be skipped."""
    for number in range(11):
        write(f"/{number}")
        share(f"/{number}")
    write("/last", scope=sandbox)
    share("/last", scope=sandbox)
    first = world.shared_links.list_page(sandbox, limit=2)
    second = world.shared_links.list_page(sandbox, after=first.after, limit=2)
    assert (first.links, second.after) == ((), None)
    assert [one.entry.path for one in second.links] == ["/last"]


def test_cost_of_links_does_not_depend_on_the_number_of_links(world, scope, write, share):
    """Pages, lookups and changes take the same number of SQLite steps with ten times the links."""

    def costs():
        middle = world.shared_links.list_page(scope, limit=20).after
        token = world.shared_links.list_for_path(scope, "/11")[0].link.token
        calls = (
            lambda: world.shared_links.list_page(scope, limit=10),
            lambda: world.shared_links.list_page(scope, after=middle, limit=10),
            lambda: world.shared_links.list_for_path(scope, "/11"),
            lambda: world.shared_links.find(token, scope),
            lambda: world.shared_links.create(scope, "/11"),
            lambda: world.shared_links.configure(scope, token, REMOVED),
            lambda: world.shared_links.create_temporary(scope, "/11"),
            lambda: world.shared_links.open(token),
        )
        return [steps_of(world, call) for call in calls]

    for number in range(40):
        write(f"/{number}")
        share(f"/{number}")
    few = costs()
    for number in range(40, 400):
        write(f"/{number}")
        share(f"/{number}")
        world.shared_links.create_temporary(scope, f"/{number}")
    for many, before in zip(costs(), few, strict=True):
        assert many < before * 1.2


def test_cost_of_a_shared_folder_does_not_depend_on_its_size(world, write, share):
    """The metadata of a shared folder is read without the entries of the folder."""
    for number in range(300):
        write(f"/big/{number}")
    write("/small/0")

    def cost(path):
        token = share(path).token
        return steps_of(world, lambda: world.shared_links.metadata(token))

    assert cost("/big") < cost("/small") * 1.2


def test_link_created_between_two_pages_is_listed_after_links_were_revoked(world, scope, write):
    """A new link comes after all earlier ones, even if the last ones were revoked."""
    for name in "abcd":
        write(f"/{name}")
    tokens = [world.shared_links.create(scope, f"/{name}")[0].link.token for name in "abc"]
    page = world.shared_links.list_page(scope, limit=2)
    for token in tokens[1:]:
        world.shared_links.revoke(scope, token)
    new, _ = world.shared_links.create(scope, "/d")
    following = world.shared_links.list_page(scope, after=page.after, limit=2)
    assert following.links == (new,)


def test_password_of_a_link_is_stored_as_a_hash(tmp_path, scope):
    """The data directory and the `repr` of settings do not contain the password."""
    world = World(tmp_path / "data")
    world.files.create_folder(scope, "/a")
    settings = LinkSettings(requires_password=True, password="hunter-two")
    made, _ = world.shared_links.create(scope, "/a", settings)
    world.close()
    assert made.has_password
    visitor = LinkVisitor(password="hunter-two", access_key="a-key")
    for shown in (repr(settings), repr(made), repr(visitor)):
        assert "hunter-two" not in shown
        assert "a-key" not in shown
    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    assert made.link.token.encode() in stored
    assert b"hunter-two" not in stored


def test_access_key_is_valid_until_the_settings_change(world, scope, write):
    """A client with the key needs no password, until the password is changed."""
    write("/a.txt")
    settings = LinkSettings(password="one")
    token = world.shared_links.create(scope, "/a.txt", settings)[0].link.token
    with pytest.raises(LinkPasswordRequired):
        world.shared_links.access_key(token, LinkVisitor(password="two"))
    key = world.shared_links.access_key(token, LinkVisitor(password="one"))
    visitor = LinkVisitor(access_key=key)
    assert world.shared_links.look(token, visitor=visitor).path == "/a.txt"
    world.shared_links.configure(scope, token, LinkSettings(password="two"))
    with pytest.raises(LinkPasswordRequired):
        world.shared_links.look(token, visitor=visitor)
    world.shared_links.configure(scope, token, LinkSettings(requires_password=False))
    assert world.shared_links.access_key(token, LinkVisitor()) == ""


def test_link_for_nobody_is_for_its_owner(world, scope, other, write):
    """Only the account of the owner is in an audience other than the public."""
    write("/a.txt")
    settings = LinkSettings(audience="no_one")
    token = world.shared_links.create(scope, "/a.txt", settings)[0].link.token
    for account_id in (None, other.account_id):
        with pytest.raises(NotInAudience):
            world.shared_links.look(token, visitor=LinkVisitor(account_id))
    visitor = LinkVisitor(scope.account_id)
    assert world.shared_links.look(token, visitor=visitor).path == "/a.txt"


def test_link_without_downloads_shows_and_previews_its_file(world, scope, write):
    """The content is not opened, except for a preview."""
    write("/a.txt")
    settings = LinkSettings(allows_download=False)
    token = world.shared_links.create(scope, "/a.txt", settings)[0].link.token
    with pytest.raises(DownloadNotAllowed):
        world.shared_links.open(token)
    assert world.shared_links.metadata(token).path == "/a.txt"
    world.shared_links.open(token, is_preview=True)[1].close()


@pytest.mark.parametrize(
    "settings",
    [
        LinkSettings(password=""),
        LinkSettings(requires_password=True),
        LinkSettings(requires_password=False, password="one"),
        LinkSettings(expires_s=1),
    ],
    ids=["empty", "missing", "contradictory", "past"],
)
def test_invalid_settings_create_no_link(world, scope, write, settings):
    """Settings without their password, and expiries in the past, are rejected as a whole."""
    write("/a.txt")
    with pytest.raises(InvalidLinkSettings):
        world.shared_links.create(scope, "/a.txt", settings)
    assert world.shared_links.list_page(scope, limit=10).links == ()


def test_settings_stay_when_the_account_gets_a_smaller_plan(world, scope, write):
    """A link keeps its settings, which can be removed but not be set again."""
    write("/a.txt")
    token = world.shared_links.create(scope, "/a.txt", LinkSettings(password="one"))[0].link.token
    world.accounts.configure(scope.account_id, type="basic")
    with pytest.raises(LinkSettingNotAllowed):
        world.shared_links.configure(scope, token, LinkSettings(password="two"))
    with pytest.raises(LinkPasswordRequired):
        world.shared_links.look(token)
    removed = world.shared_links.configure(scope, token, LinkSettings(requires_password=False))
    assert not removed.has_password
