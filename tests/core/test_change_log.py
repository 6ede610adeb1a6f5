"""The change log as a client follows it, and waiting for it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.cursors import Cursor
from fakebox.core.errors import BadCursor
from tests.transactions import counted_transactions

KEY = b"k" * 32


def paths(page):
    """The paths of a page; those of deletions with a minus."""
    return [change.path if change.entry else f"-{change.path}" for change in page.changes]


def test_first_page_has_all_there_is_and_tells_to_forget(world, scope, write):
    """Folders before what is in them."""
    write("/Folder/A.txt")
    page = world.change_log.page(scope)
    assert page.reset
    assert paths(page) == ["/folder", "/folder/a.txt"]


def test_cursor_sees_what_came_later_once(world, scope, write):
    """And then nothing."""
    write("/a.txt")
    page = world.change_log.page(scope)
    write("/b.txt")
    world.files.delete(scope, "/a.txt")
    page = world.change_log.page(scope, page.cursor)
    assert (paths(page), page.reset, page.has_more) == (["/b.txt", "-/a.txt"], False, False)
    assert paths(world.change_log.page(scope, page.cursor)) == []


def test_pages_go_on_where_the_last_one_ended(world, scope, write):
    """However short they are."""
    world.settings = replace(world.settings, delta_page_size=1)
    for name in "abc":
        write(f"/{name}")
    seen, cursor, has_more = [], None, True
    while has_more:
        page = world.change_log.page(scope, cursor)
        seen += paths(page)
        cursor, has_more = page.cursor, page.has_more
    assert seen == ["/a", "/b", "/c"]


def test_latest_cursor_has_seen_everything(world, scope, write):
    """Only what comes later is news."""
    write("/a.txt")
    cursor = world.change_log.latest_cursor(scope)
    write("/b.txt")
    assert paths(world.change_log.page(scope, cursor)) == ["/b.txt"]


def test_prefix_shows_one_folder_alone(world, scope, write):
    """With its own entry."""
    write("/in/a.txt")
    write("/out/b.txt")
    assert paths(world.change_log.page(scope, prefix="/IN")) == ["/in", "/in/a.txt"]


def test_cursor_is_good_for_its_prefix_alone(world, scope):
    """Another one would leave holes."""
    cursor = world.change_log.page(scope, prefix="/in").cursor
    with pytest.raises(BadCursor) as caught:
        world.change_log.page(scope, cursor, prefix="/out")
    assert caught.value.reason == "prefix"


def test_cursor_is_its_callers_own(world, scope, other, sandbox):
    """Neither another account nor another root may use it."""
    cursor = world.change_log.page(scope).cursor
    for somebody in (other, sandbox):
        with pytest.raises(BadCursor) as caught:
            world.change_log.page(somebody, cursor)
        assert caught.value.reason == "foreign"


def test_reset_makes_every_cursor_start_again(world, scope, write):
    """As the service does on rare occasions."""
    write("/a.txt")
    cursor = world.change_log.page(scope).cursor
    world.change_log.reset(scope.account_id)
    page = world.change_log.page(scope, cursor)
    assert (page.reset, paths(page)) == (True, ["/a.txt"])


def test_app_whose_folder_was_made_anew_starts_again(world, scope, sandbox, write):
    """Its copy is of another folder."""
    write("/a.txt", scope=sandbox)
    cursor = world.change_log.page(sandbox).cursor
    world.files.delete(scope, "/Apps")
    write("/b.txt", scope=sandbox)
    page = world.change_log.page(sandbox, cursor)
    assert (page.reset, paths(page)) == (True, ["/b.txt"])


def test_wait_ends_at_once_where_there_is_news(world, scope, write):
    """What came in between counts."""
    cursor = world.change_log.latest_cursor(scope)
    write("/a.txt")
    assert world.change_log.wait(cursor, 0)


def test_wait_ends_without_news_when_its_time_is_up(world, scope, other, write):
    """Another account's changes are no news."""
    cursor = world.change_log.latest_cursor(scope)
    write("/a.txt", scope=other)
    assert not world.change_log.wait(cursor, 0)


def test_wait_of_an_app_is_not_for_what_is_outside_its_folder(world, sandbox, write):
    """The same account's changes elsewhere are no news to it."""
    cursor = world.change_log.latest_cursor(sandbox)
    write("/outside.txt")
    assert not world.change_log.wait(cursor, 0)


def test_wait_is_woken_by_a_change(world, scope, other, write):
    """And by that one alone."""
    cursor = world.change_log.latest_cursor(scope)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(world.change_log.wait(cursor, 60)))
    waiting.start()
    write("/a.txt", scope=other)
    write("/b.txt")
    waiting.join()
    assert answers == [True]


def test_wait_is_over_for_a_cursor_that_has_to_start_again(world, scope):
    """The client finds out by asking."""
    cursor = world.change_log.latest_cursor(scope)
    world.change_log.reset(scope.account_id)
    assert world.change_log.wait(cursor, 0)


def test_wait_ends_when_the_world_closes(world, scope):
    """Nobody is kept."""
    cursor = world.change_log.latest_cursor(scope)
    world.change_log.close()
    assert not world.change_log.wait(cursor, 60)


def test_wait_is_not_for_cursors_with_media(world, scope):
    """As the service has it."""
    cursor = world.change_log.latest_cursor(scope, with_media=True)
    with pytest.raises(BadCursor) as caught:
        world.change_log.wait(cursor, 0)
    assert caught.value.reason == "media"


names = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(0, 2**63)
cursors = st.builds(Cursor, numbers, numbers, names, names, st.integers(0, 1), *[numbers] * 5)


@given(cursors)
def test_cursor_is_read_as_it_was_written(cursor):
    """Whatever is in it."""
    assert Cursor.decode(KEY, cursor.encode(KEY)) == cursor


@given(cursors, st.data())
def test_cursor_that_was_bent_is_refused(cursor, data):
    """Wherever, and into whatever."""
    word = cursor.encode(KEY)
    place = data.draw(st.integers(0, len(word)))
    bent = (
        word[:place] + data.draw(st.text(max_size=3)) + word[place + data.draw(st.integers(0, 2)) :]
    )
    if bent != word:
        with pytest.raises(BadCursor):
            Cursor.decode(KEY, bent)


def test_cursor_of_another_world_is_refused():
    """It was signed with another key."""
    word = Cursor(1, 1, "", "", 0, 0, 0, 0, 0, 0).encode(KEY)
    with pytest.raises(BadCursor):
        Cursor.decode(b"another", word)


def test_waiting_clients_look_only_when_their_own_files_changed(world, scope, other, write):
    """Not for another account's files, tokens, nonces or quotas."""
    cursor = world.change_log.latest_cursor(scope)
    with counted_transactions() as transactions, ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(world.change_log.wait, cursor, 60) for _ in range(5)]
        while len(world.change_log._news._waiters) < 5:
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
