"""The list_folder routes: listings, cursors and long polls."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakebox.context import Options

# Routes with a cursor of a folder; the long poll is sent without credentials.
CURSOR_ROUTES = {"files/list_folder/continue": None, "files/list_folder/longpoll": ""}
# A long poll has another text for a cursor that is not valid.
CURSOR_TEXTS = {"files/list_folder/longpoll": "request body: cursor: unsupported cursor type"}


def names(page):
    """Return the names of the entries of a page."""
    return [entry["name"] for entry in page["entries"]]


def all_entries(api, **argument):
    """Return all entries of a folder, and the last cursor."""
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
def test_listing_is_complete_for_any_page_size(api, recursive, expected, page_size):
    """A listing is complete with any page size of the client or of the service."""
    entries, _ = all_entries(api, path="/TOP", recursive=recursive, limit=page_size)
    assert sorted(entry["name"] for entry in entries) == expected
    api.configure(delta_page_size=page_size)
    entries, _ = all_entries(api, path="/TOP", recursive=recursive)
    assert sorted(entry["name"] for entry in entries) == expected


@pytest.mark.usefixtures("tree")
def test_non_recursive_listing_excludes_lower_levels(api):
    """Changes at lower levels are not listed by the cursor of a non-recursive listing."""
    _, cursor = all_entries(api, path="/top")
    api.upload("/top/sub/c")
    api.upload("/top/d")
    assert names(api.rpc("files/list_folder/continue", cursor=cursor)) == ["d"]


@pytest.mark.usefixtures("tree")
def test_change_between_two_pages_is_listed(api):
    """An entry added before the current position is listed at the end."""
    page = api.rpc("files/list_folder", path="/top", limit=1)
    api.upload("/top/0 comes first")
    rest, _ = [], None
    while page["has_more"]:
        page = api.rpc("files/list_folder/continue", cursor=page["cursor"])
        rest += names(page)
    rest += names(api.rpc("files/list_folder/continue", cursor=page["cursor"]))
    assert "0 comes first" in rest


@pytest.mark.usefixtures("tree")
def test_deletion_is_listed_with_the_spelled_path(api):
    """The deletion of a folder is listed once, without its contents."""
    api.upload("/top/GONE/x")
    _, cursor = all_entries(api, path="", recursive=True)
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
def test_deleted_entries_are_listed_only_with_include_deleted(api, recursive):
    """A deleted entry is listed only with `include_deleted`."""
    api.rpc("files/delete_v2", path="/top/a")
    argument = {"path": "/top", "recursive": recursive}
    entries, _ = all_entries(api, **argument)
    assert "a" not in [entry["name"] for entry in entries]
    entries, _ = all_entries(api, **argument, include_deleted=True)
    assert {"deleted"} == {entry[".tag"] for entry in entries if entry["name"] == "a"}


@pytest.mark.usefixtures("tree")
def test_latest_cursor_returns_only_later_changes(api):
    """Changes made before the latest cursor are not listed."""
    cursor = api.rpc("files/list_folder/get_latest_cursor", path="/top")["cursor"]
    assert names(api.rpc("files/list_folder/continue", cursor=cursor)) == []
    api.upload("/top/new")
    assert names(api.rpc("files/list_folder/continue", cursor=cursor)) == ["new"]


@pytest.mark.parametrize("recursive", [False, True], ids=["alone", "recursive"])
@pytest.mark.usefixtures("tree")
def test_deleted_folder_is_not_found(api, recursive):
    """A deleted folder is not found by a new listing or by an existing cursor."""
    _, cursor = all_entries(api, path="/top", recursive=recursive)
    api.rpc("files/delete_v2", path="/top")
    not_found = {".tag": "path", "path": {".tag": "not_found"}}
    assert api.fails("files/list_folder", path="/top") == not_found
    assert api.fails("files/list_folder/continue", cursor=cursor) == not_found


@pytest.mark.usefixtures("tree")
def test_listing_a_file_is_an_error(api):
    """Listing a file gives the error "not_folder"."""
    assert api.fails("files/list_folder", path="/top/a")["path"] == {".tag": "not_folder"}


@pytest.mark.usefixtures("tree")
def test_cursor_is_reset_when_the_change_log_is_reset(api):
    """A cursor from before a reset gives the error "reset"."""
    _, cursor = all_entries(api, path="", recursive=True)
    api.world.change_log.reset(1)
    assert api.fails("files/list_folder/continue", cursor=cursor) == {".tag": "reset"}


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "e30", "é"])
def test_malformed_cursor_is_400(api, cursor):
    """A malformed cursor is answered with 400 by each route that accepts a cursor."""
    for route, who in CURSOR_ROUTES.items():
        response = api.post(route, {"cursor": cursor}, who)
        assert response.status_code == 400
        assert CURSOR_TEXTS.get(route, 'Invalid "cursor" parameter') in response.text


@pytest.mark.parametrize("argument", [{}, {"limit": 1}, {"recursive": True}], ids=str)
@pytest.mark.usefixtures("tree")
def test_altered_cursor_is_400(api, argument):
    """A cursor with one changed character is answered with 400."""
    cursor = api.rpc("files/list_folder", path="/top", **argument)["cursor"]
    for index, letter in enumerate(cursor):
        altered = cursor[:index] + ("A" if letter != "A" else "B") + cursor[index + 1 :]
        for route, who in CURSOR_ROUTES.items():
            response = api.post(route, {"cursor": altered}, who)
            text = CURSOR_TEXTS.get(route, 'Invalid "cursor"')
            assert (response.status_code, text in response.text) == (400, True)


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
def test_forged_cursor_is_400(api, values):
    """A cursor that was not signed is answered with 400, even if its values have correct types."""
    cursor = urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
    response = api.post("files/list_folder/continue", {"cursor": cursor})
    assert (response.status_code, 'Invalid "cursor"' in response.text) == (400, True)


@pytest.mark.usefixtures("tree")
def test_cursor_of_another_account_is_400(api):
    """A cursor of another account is answered with 400."""
    _, cursor = all_entries(api, path="", recursive=True)
    response = api.post("files/list_folder/continue", {"cursor": cursor}, api.bearer(2))
    assert response.status_code == 400


@pytest.mark.usefixtures("tree")
def test_longpoll_waits_for_a_change_in_its_folder(api):
    """A long poll needs no credentials, and ignores changes that its cursor does not list."""
    cursor = api.rpc("files/list_folder/get_latest_cursor", path="/top")["cursor"]
    payload = []
    poll = threading.Thread(
        target=lambda: payload.append(api.rpc("files/list_folder/longpoll", "", cursor=cursor))
    )
    poll.start()
    api.upload("/top/sub/too deep")
    assert payload == []
    api.upload("/top/news")
    poll.join()
    assert payload == [{"changes": True}]


@settings(max_examples=25)
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
def test_client_that_applies_all_pages_has_the_current_entries(api, steps, limit):
    """A copy made from pages is correct after any changes and with any page size."""
    copy = {}
    page = apply_all(api, copy, api.rpc("files/list_folder", path="", recursive=True, limit=limit))
    for step, path, other in steps:
        if step == "put":
            api.send("files/upload", {"path": path, "mode": "overwrite"}, other.encode())
        elif step == "folder":
            api.post("files/create_folder_v2", {"path": path})
        elif step == "delete":
            api.post("files/delete_v2", {"path": path})
        else:
            api.post("files/move_v2", {"from_path": path, "to_path": other})
        page = apply_all(api, copy, api.rpc("files/list_folder/continue", cursor=page["cursor"]))
    entries, _ = all_entries(api, path="", recursive=True)
    assert copy == {entry["path_lower"]: entry for entry in entries}


def apply_all(api, copy, page):
    """Apply a page and all following pages to a copy, and return the last page."""
    apply(copy, page)
    while page["has_more"] or page["entries"]:
        page = api.rpc("files/list_folder/continue", cursor=page["cursor"])
        apply(copy, page)
    return page


def apply(copy, page):
    """Apply the entries of a page to a copy, as the documentation describes."""
    for entry in page["entries"]:
        path = entry["path_lower"]
        if entry[".tag"] != "folder" or copy.get(path, entry)[".tag"] != "folder":
            for known in [one for one in copy if one == path or one.startswith(f"{path}/")]:
                del copy[known]
        if entry[".tag"] != "deleted":
            copy[path] = entry


@pytest.mark.usefixtures("tree")
def test_listing_of_a_folder_deleted_between_pages_is_not_found(api):
    """A deleted folder gives "not_found", and a file in its place gives "not_folder"."""
    page = api.rpc("files/list_folder", path="/top", limit=1)
    api.rpc("files/delete_v2", path="/top")
    error = api.fails("files/list_folder/continue", cursor=page["cursor"])
    assert error["path"] == {".tag": "not_found"}
    api.upload("/top")
    error = api.fails("files/list_folder/continue", cursor=page["cursor"])
    assert error["path"] == {".tag": "not_folder"}


@pytest.mark.usefixtures("tree")
def test_longpoll_has_a_backoff_when_configured(api):
    """The response contains the configured backoff; an incomplete listing counts as a change."""
    api.options = Options(longpoll_backoff_s=7)
    cursor = api.rpc("files/list_folder", path="/top", limit=1)["cursor"]
    payload = api.rpc("files/list_folder/longpoll", "", cursor=cursor)
    assert payload == {"changes": True, "backoff": 7}


@pytest.mark.usefixtures("tree")
def test_listing_a_link_to_a_file_or_an_unknown_link_is_an_error(api):
    """A link to a file gives "not_folder", and an unknown link gives "not_found"."""
    url = api.rpc("sharing/create_shared_link_with_settings", path="/top/a")["url"]
    unknown = "http://api.example/s/unknown/x"
    for link_url, tag in ((url, "not_folder"), (unknown, "not_found"), ("x", "not_found")):
        error = api.fails("files/list_folder", path="", shared_link={"url": link_url})
        assert error["path"] == {".tag": tag}
