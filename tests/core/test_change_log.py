"""The change log as clients read it, and waiting for changes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.change_log import Cursor
from fakebox.core.errors import BadCursor
from tests.transactions import counted_transactions

KEY = b"k" * 32


def paths(page):
    """Return the paths of a page; a deleted path has a minus sign in front."""
    return [change.path if change.entry else f"-{change.path}" for change in page.changes]


def test_first_page_resets_and_lists_everything(world, scope, write):
    """The first page has `reset` set and lists each folder before its contents."""
    write("/Folder/A.txt")
    page = world.change_log.page(scope)
    assert page.reset
    assert paths(page) == ["/folder", "/folder/a.txt"]


def test_cursor_returns_later_changes_once(world, scope, write):
    """A cursor returns the changes since its page, and the next cursor returns none."""
    write("/a.txt")
    page = world.change_log.page(scope)
    write("/b.txt")
    world.files.delete(scope, "/a.txt")
    page = world.change_log.page(scope, page.cursor)
    assert (paths(page), page.reset, page.has_more) == (["/b.txt", "-/a.txt"], False, False)
    assert paths(world.change_log.page(scope, page.cursor)) == []


def test_next_page_starts_after_the_previous_one(world, scope, write):
    """Pages of size one together list every change once and in order."""
    world.settings = replace(world.settings, delta_page_size=1)
    for name in "abc":
        write(f"/{name}")
    seen, cursor, has_more = [], None, True
    while has_more:
        page = world.change_log.page(scope, cursor)
        seen += paths(page)
        cursor, has_more = page.cursor, page.has_more
    assert seen == ["/a", "/b", "/c"]


def test_latest_cursor_returns_only_later_changes(world, scope, write):
    """The latest cursor does not return changes made before it."""
    write("/a.txt")
    cursor = world.change_log.latest_cursor(scope)
    write("/b.txt")
    assert paths(world.change_log.page(scope, cursor)) == ["/b.txt"]


def test_prefix_limits_changes_to_one_folder(world, scope, write):
    """A path prefix limits the changes to that folder, including the folder's own entry."""
    write("/in/a.txt")
    write("/out/b.txt")
    assert paths(world.change_log.page(scope, prefix="/IN")) == ["/in", "/in/a.txt"]


def test_cursor_is_rejected_with_another_prefix(world, scope):
    """A cursor used with another path prefix raises BadCursor."""
    cursor = world.change_log.page(scope, prefix="/in").cursor
    with pytest.raises(BadCursor) as caught:
        world.change_log.page(scope, cursor, prefix="/out")
    assert caught.value.reason == "prefix"


def test_cursor_is_rejected_for_another_caller(world, scope, other, sandbox):
    """Another account or another root cannot use the cursor."""
    cursor = world.change_log.page(scope).cursor
    for caller in (other, sandbox):
        with pytest.raises(BadCursor) as caught:
            world.change_log.page(caller, cursor)
        assert caught.value.reason == "foreign"


def test_reset_restarts_existing_cursors(world, scope, write):
    """After a reset, an existing cursor returns a page with `reset` set and all entries."""
    write("/a.txt")
    cursor = world.change_log.page(scope).cursor
    world.change_log.reset(scope.account_id)
    page = world.change_log.page(scope, cursor)
    assert (page.reset, paths(page)) == (True, ["/a.txt"])


def test_cursor_restarts_when_the_app_folder_is_recreated(world, scope, sandbox, write):
    """The cursor of an app restarts when its folder was deleted and created again."""
    write("/a.txt", scope=sandbox)
    cursor = world.change_log.page(sandbox).cursor
    world.files.delete(scope, "/Apps")
    write("/b.txt", scope=sandbox)
    page = world.change_log.page(sandbox, cursor)
    assert (page.reset, paths(page)) == (True, ["/b.txt"])


def test_wait_returns_at_once_when_there_are_changes(world, scope, write):
    """A wait returns at once if there were changes after the cursor and before the wait."""
    cursor = world.change_log.latest_cursor(scope)
    write("/a.txt")
    assert world.change_log.wait(cursor, 0)


def test_wait_times_out_without_changes(world, scope, other, write):
    """A change of another account does not end the wait."""
    cursor = world.change_log.latest_cursor(scope)
    write("/a.txt", scope=other)
    assert not world.change_log.wait(cursor, 0)


def test_wait_of_an_app_ignores_changes_outside_its_folder(world, sandbox, write):
    """A change outside the app folder does not end the wait of the app."""
    cursor = world.change_log.latest_cursor(sandbox)
    write("/outside.txt")
    assert not world.change_log.wait(cursor, 0)


def test_wait_ends_when_a_change_is_made(world, scope, other, write):
    """A change of the same account ends the wait before its timeout."""
    cursor = world.change_log.latest_cursor(scope)
    results = []
    waiting = threading.Thread(target=lambda: results.append(world.change_log.wait(cursor, 60)))
    waiting.start()
    write("/a.txt", scope=other)
    write("/b.txt")
    waiting.join()
    assert results == [True]


def test_wait_returns_at_once_after_a_reset(world, scope):
    """After a reset, the wait reports changes, so that the client reads the reset page."""
    cursor = world.change_log.latest_cursor(scope)
    world.change_log.reset(scope.account_id)
    assert world.change_log.wait(cursor, 0)


def test_wait_ends_when_the_world_closes(world, scope):
    """Closing the change log ends a wait without changes."""
    cursor = world.change_log.latest_cursor(scope)
    world.change_log.close()
    assert not world.change_log.wait(cursor, 60)


def test_wait_rejects_cursors_with_media_info(world, scope):
    """A cursor with media info raises BadCursor, as the service does."""
    cursor = world.change_log.latest_cursor(scope, with_media=True)
    with pytest.raises(BadCursor) as caught:
        world.change_log.wait(cursor, 0)
    assert caught.value.reason == "media"


names = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\x1f"), max_size=20)
numbers = st.integers(0, 2**63)
cursors = st.builds(Cursor, numbers, numbers, names, names, st.integers(0, 1), *[numbers] * 5)


@given(cursors)
def test_cursor_round_trips(cursor):
    """Any cursor decodes to the value that was encoded."""
    assert Cursor.decode(KEY, cursor.encode(KEY)) == cursor


@given(cursors, st.data())
def test_modified_cursor_is_rejected(cursor, data):
    """A cursor changed at any position raises BadCursor."""
    text = cursor.encode(KEY)
    position = data.draw(st.integers(0, len(text)))
    modified = (
        text[:position]
        + data.draw(st.text(max_size=3))
        + text[position + data.draw(st.integers(0, 2)) :]
    )
    if modified != text:
        with pytest.raises(BadCursor):
            Cursor.decode(KEY, modified)


def test_cursor_of_another_world_is_rejected():
    """A cursor signed with another key raises BadCursor."""
    text = Cursor(1, 1, "", "", 0, 0, 0, 0, 0, 0).encode(KEY)
    with pytest.raises(BadCursor):
        Cursor.decode(b"another", text)


def test_waiting_clients_read_only_when_their_own_files_change(world, scope, other, write):
    """Files of other accounts, nonces and quotas cause no reads by waiting clients."""
    cursor = world.change_log.latest_cursor(scope)
    with counted_transactions() as transactions, ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(world.change_log.wait, cursor, 60) for _ in range(5)]
        while len(world.change_log._condition._waiters) < 5:
            pass
        for number in range(100):
            world.tokens.check_nonce("key", "token", world.clock.now_s(), str(number))
        write("/of another", scope=other)
        world.accounts.configure(scope.account_id, quota_bytes=10**9)
        before = transactions.count
        assert before == 5 + 100 + 2
        write("/news")
        assert all(future.result() for future in waiting)
        assert transactions.count == before + 1 + 5


def test_cursor_of_another_app_is_rejected(world, scope):
    """A cursor is valid only for the app that it was issued to."""
    cursor = world.change_log.page(scope).cursor
    with pytest.raises(BadCursor, match="foreign"):
        world.change_log.page(replace(scope, app_id=99), cursor)


def test_full_last_page_has_no_more_changes(world, scope, write):
    """A page that is full and the last one has `has_more` unset."""
    for name in ("a", "b", "c", "d"):
        write(f"/{name}")
    page = world.change_log.page(scope, limit=2)
    assert (paths(page), page.has_more) == (["/a", "/b"], True)
    page = world.change_log.page(scope, page.cursor, limit=2)
    assert (paths(page), page.has_more) == (["/c", "/d"], False)


def test_cursor_that_starts_again_keeps_its_media_info(world, scope):
    """A cursor with media info that starts again has media info, so it cannot be waited for."""
    cursor = world.change_log.page(scope, with_media=True).cursor
    world.change_log.reset(scope.account_id)
    page = world.change_log.page(scope, cursor)
    assert page.reset
    with pytest.raises(BadCursor, match="media"):
        world.change_log.wait(page.cursor, 0)
