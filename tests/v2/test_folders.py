"""Listing folders, and waiting for news of them."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakebox.context import Options


def names(page):
    """The names of a page's entries."""
    return [entry["name"] for entry in page["entries"]]


def everything(api, **argument):
    """All the entries of a folder, and the last cursor."""
    page = api.rpc("files/list_folder", **argument)
    entries = page["entries"]
    while page["has_more"]:
        page = api.rpc("files/list_folder/continue", cursor=page["cursor"])
        entries = entries + page["entries"]
    return entries, page["cursor"]


@pytest.mark.parametrize(
    ("recursive", "expected"),
    [(False, ["a", "sub"]), (True, ["a", "b", "sub", "top"])],
    ids=["alone", "recursive"],
)
@pytest.mark.parametrize("page_size", [1, 2, 2000])
@pytest.mark.usefixtures("tree")
def test_listing_is_whole_whatever_the_size_of_its_pages(api, recursive, expected, page_size):
    """By the client's limit or by the service's own."""
    entries, _ = everything(api, path="/TOP", recursive=recursive, limit=page_size)
    assert sorted(entry["name"] for entry in entries) == expected
    api.configure(delta_page_size=page_size)
    entries, _ = everything(api, path="/TOP", recursive=recursive)
    assert sorted(entry["name"] for entry in entries) == expected


@pytest.mark.usefixtures("tree")
def test_listing_alone_tells_of_nothing_further_down(api):
    """Neither at first nor when it changes there."""
    _, cursor = everything(api, path="/top")
    api.upload("/top/sub/c")
    api.upload("/top/d")
    assert names(api.rpc("files/list_folder/continue", cursor=cursor)) == ["d"]


@pytest.mark.usefixtures("tree")
def test_change_between_two_pages_is_not_lost(api):
    """What came before the place where the listing stands is told at its end."""
    page = api.rpc("files/list_folder", path="/top", limit=1)
    api.upload("/top/0 comes first")
    rest, _ = [], None
    while page["has_more"]:
        page = api.rpc("files/list_folder/continue", cursor=page["cursor"])
        rest += names(page)
    rest += names(api.rpc("files/list_folder/continue", cursor=page["cursor"]))
    assert "0 comes first" in rest


@pytest.mark.usefixtures("tree")
def test_deletion_is_told_with_its_spelling(api):
    """And what was in a folder goes with it."""
    api.upload("/top/GONE/x")
    _, cursor = everything(api, path="", recursive=True)
    api.rpc("files/delete_v2", path="/top/gone")
    entries = api.rpc("files/list_folder/continue", cursor=cursor)["entries"]
    assert entries == [
        {
            ".tag": "deleted",
            "name": "GONE",
            "path_lower": "/top/gone",
            "path_display": "/top/GONE",
        }
    ]


@pytest.mark.parametrize("recursive", [False, True], ids=["alone", "recursive"])
@pytest.mark.usefixtures("tree")
def test_listing_tells_of_what_is_gone_if_that_is_asked_for(api, recursive):
    """Otherwise only of what is there."""
    api.rpc("files/delete_v2", path="/top/a")
    sent = {"path": "/top", "recursive": recursive}
    entries, _ = everything(api, **sent)
    assert "a" not in [entry["name"] for entry in entries]
    entries, _ = everything(api, **sent, include_deleted=True)
    assert {"deleted"} == {entry[".tag"] for entry in entries if entry["name"] == "a"}


@pytest.mark.usefixtures("tree")
def test_latest_cursor_has_seen_everything(api):
    """Only what comes after it is told."""
    cursor = api.rpc("files/list_folder/get_latest_cursor", path="/top")["cursor"]
    assert names(api.rpc("files/list_folder/continue", cursor=cursor)) == []
    api.upload("/top/new")
    assert names(api.rpc("files/list_folder/continue", cursor=cursor)) == ["new"]


@pytest.mark.parametrize("recursive", [False, True], ids=["alone", "recursive"])
@pytest.mark.usefixtures("tree")
def test_folder_that_is_gone_is_not_found_any_more(api, recursive):
    """At the beginning, and when one goes on."""
    _, cursor = everything(api, path="/top", recursive=recursive)
    api.rpc("files/delete_v2", path="/top")
    gone = {".tag": "path", "path": {".tag": "not_found"}}
    assert api.fails("files/list_folder", path="/top") == gone
    assert api.fails("files/list_folder/continue", cursor=cursor) == gone


@pytest.mark.usefixtures("tree")
def test_file_has_no_listing(api):
    """It is no folder."""
    assert api.fails("files/list_folder", path="/top/a")["path"] == {".tag": "not_folder"}


@pytest.mark.usefixtures("tree")
def test_cursor_that_has_to_begin_again_is_reset(api):
    """With its own tag."""
    _, cursor = everything(api, path="", recursive=True)
    api.world.change_log.reset(1)
    assert api.fails("files/list_folder/continue", cursor=cursor) == {".tag": "reset"}


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "e30", "é"])
def test_cursor_that_nobody_issued_is_a_bad_request(api, cursor):
    """For each of the calls that take one."""
    for route in ("files/list_folder/continue", "files/list_folder/longpoll"):
        answer = api.ask(route, {"cursor": cursor})
        assert answer.status_code == 400
        assert 'Invalid "cursor" parameter' in answer.text


@pytest.mark.parametrize("sent", [{}, {"limit": 1}, {"recursive": True}], ids=str)
@pytest.mark.usefixtures("tree")
def test_cursor_that_was_altered_is_a_bad_request(api, sent):
    """Wherever it was."""
    cursor = api.rpc("files/list_folder", path="/top", **sent)["cursor"]
    for at, letter in enumerate(cursor):
        altered = cursor[:at] + ("A" if letter != "A" else "B") + cursor[at + 1 :]
        for route in ("files/list_folder/continue", "files/list_folder/longpoll"):
            answer = api.ask(route, {"cursor": altered})
            assert (answer.status_code, 'Invalid "cursor"' in answer.text) == (400, True)


@pytest.mark.parametrize(
    "values",
    [
        ["/top", False, False, -1, "", ""],
        ["/top", False, False, 10**30, None, ""],
        ["\ud800", False, False, 0, "", ""],
        ["top", False, False, 0, None, ""],
        ["/top", False, False, 0, "\ud800", "\0"],
    ],
    ids=["negative limit", "big limit", "surrogate", "no path", "no text"],
)
@pytest.mark.usefixtures("tree")
def test_cursor_that_a_client_made_up_is_a_bad_request(api, values):
    """Even of the right kinds of values."""
    cursor = urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
    answer = api.ask("files/list_folder/continue", {"cursor": cursor})
    assert (answer.status_code, 'Invalid "cursor"' in answer.text) == (400, True)


@pytest.mark.usefixtures("tree")
def test_cursor_of_another_account_is_refused(api):
    """It leads to nobody else's changes."""
    _, cursor = everything(api, path="", recursive=True)
    answer = api.ask("files/list_folder/continue", {"cursor": cursor}, api.bearer(2))
    assert answer.status_code == 400


@pytest.mark.usefixtures("tree")
def test_longpoll_wakes_up_for_news(api):
    """Without credentials, and only for what its cursor would tell."""
    cursor = api.rpc("files/list_folder/get_latest_cursor", path="/top")["cursor"]
    payload = []
    waiting = threading.Thread(
        target=lambda: payload.append(api.rpc("files/list_folder/longpoll", "", cursor=cursor))
    )
    waiting.start()
    api.upload("/top/sub/too deep")
    assert payload == []
    api.upload("/top/news")
    waiting.join()
    assert payload == [{"changes": True}]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["put", "folder", "delete", "move"]),
            st.sampled_from(["/a", "/B", "/a/c", "/B/c", "/a/c/d"]),
            st.sampled_from(["/x", "/X/y", "/b"]),
        ),
        max_size=12,
    ),
    limit=st.integers(1, 3),
)
def test_follower_ends_with_what_is_there(api, steps, limit):
    """Whatever happens, and however small the pages."""
    copy = {}
    page = follow(api, copy, api.rpc("files/list_folder", path="", recursive=True, limit=limit))
    for step, path, other in steps:
        if step == "put":
            api.send("files/upload", {"path": path, "mode": "overwrite"}, other.encode())
        elif step == "folder":
            api.ask("files/create_folder_v2", {"path": path})
        elif step == "delete":
            api.ask("files/delete_v2", {"path": path})
        else:
            api.ask("files/move_v2", {"from_path": path, "to_path": other})
        page = follow(api, copy, api.rpc("files/list_folder/continue", cursor=page["cursor"]))
    entries, _ = everything(api, path="", recursive=True)
    assert copy == {entry["path_lower"]: entry for entry in entries}


def follow(api, copy, page):
    """Do to a copy what a page and all after it say; the last one."""
    apply(copy, page)
    while page["has_more"] or page["entries"]:
        page = api.rpc("files/list_folder/continue", cursor=page["cursor"])
        apply(copy, page)
    return page


def apply(copy, page):
    """Do what a page says, as the documentation has it."""
    for entry in page["entries"]:
        path = entry["path_lower"]
        if entry[".tag"] != "folder" or copy.get(path, entry)[".tag"] != "folder":
            for known in [one for one in copy if one == path or one.startswith(f"{path}/")]:
                del copy[known]
        if entry[".tag"] != "deleted":
            copy[path] = entry


@pytest.mark.usefixtures("tree")
def test_listing_that_is_gone_while_it_is_read_is_not_found(api):
    """A file that came in its place is no folder."""
    page = api.rpc("files/list_folder", path="/top", limit=1)
    api.rpc("files/delete_v2", path="/top")
    gone = api.fails("files/list_folder/continue", cursor=page["cursor"])
    assert gone["path"] == {".tag": "not_found"}
    api.upload("/top")
    there = api.fails("files/list_folder/continue", cursor=page["cursor"])
    assert there["path"] == {".tag": "not_folder"}


@pytest.mark.usefixtures("tree")
def test_longpoll_that_asks_for_a_rest_says_so(api):
    """If the emulator is set to; a listing that isn't through counts as news."""
    api.options = Options(longpoll_backoff_s=7)
    cursor = api.rpc("files/list_folder", path="/top", limit=1)["cursor"]
    payload = api.rpc("files/list_folder/longpoll", "", cursor=cursor)
    assert payload == {"changes": True, "backoff": 7}


@pytest.mark.usefixtures("tree")
def test_folder_that_a_link_shows_is_listed(api):
    """Only that: a file is no folder, and a link that there is none of shows nothing."""
    url = api.rpc("sharing/create_shared_link_with_settings", path="/top/a")["url"]
    unknown = "http://api.example/s/unknown/x"
    for given_url, tag in ((url, "not_folder"), (unknown, "not_found"), ("x", "not_found")):
        error = api.fails("files/list_folder", path="", shared_link={"url": given_url})
        assert error["path"] == {".tag": tag}
