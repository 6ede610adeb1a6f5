"""Listings, cursors, changes and long polls."""

import json
import threading

import pytest

from conformance.v2.api import JSON, names, rejection
from conformance.v2.shapes import check_deleted, check_entry

LIST = "files/list_folder"
CONTINUE = "files/list_folder/continue"
LATEST = "files/list_folder/get_latest_cursor"
LONGPOLL = "files/list_folder/longpoll"


def tagged(entries):
    """Return the tag and the name of each entry, sorted."""
    return sorted((entry[".tag"], entry["name"]) for entry in entries)


@pytest.mark.checks("v2-list-result")
def test_listing(api):
    """A listing has the entries of a folder with their tags, a cursor and has_more."""
    put, folder = api.put("b.txt"), api.mkdir("A")
    api.put("A/inner")
    page = api.ok(LIST, {"path": api.folder})
    assert set(page) == {"entries", "cursor", "has_more"}
    assert page["has_more"] is False
    by_name = {entry["name"]: entry for entry in page["entries"]}
    assert by_name == {"b.txt": {".tag": "file", **put}, "A": {".tag": "folder", **folder}}
    for entry in page["entries"]:
        check_entry(entry)


@pytest.mark.checks("v2-list-empty")
def test_listing_of_an_empty_folder(api):
    """An empty folder has no entries, and is not in its own listing."""
    api.mkdir("empty")
    page = api.ok(LIST, {"path": api.path("empty")})
    assert (page["entries"], page["has_more"]) == ([], False)
    assert names(api.entries("empty", recursive=True)) == ["empty"]


@pytest.mark.checks("v2-list-root")
def test_listing_of_the_root(api):
    """The root is the empty path."""
    found = [entry for page in _root_pages(api) for entry in page["entries"]]
    top = "/" + api.folder.split("/")[1]
    assert top in [entry["path_display"] for entry in found]
    assert all(entry["path_display"].count("/") == 1 for entry in found)


def _root_pages(api):
    page = api.ok(LIST, {"path": ""})
    return [page, *api.following(page)]


@pytest.mark.checks("v2-list-recursive")
def test_recursive_listing(api):
    """A recursive listing has all descendants, and a folder before its contents."""
    for name in ("z/y/x", "a", "z/b"):
        api.put(name)
    entries = api.entries(recursive=True)
    for entry in entries:
        check_entry(entry)
    paths = [entry["path_display"].removeprefix(api.folder) for entry in entries]
    assert sorted(paths) == ["", "/a", "/z", "/z/b", "/z/y", "/z/y/x"]
    for number, path in enumerate(paths):
        parent = path.rpartition("/")[0]
        assert not path or parent in paths[:number]


@pytest.mark.checks("v2-list-not-recursive")
def test_listing_of_one_level(api):
    """Without recursive a listing has one level, and so do its changes."""
    api.put("z/y")
    cursor = api.cursor()
    assert names(api.entries()) == ["z"]
    api.put("z/deeper")
    assert api.changes(cursor)[0] == []
    api.put("near")
    assert names(api.changes(cursor)[0]) == ["near"]


@pytest.mark.checks("v2-list-limit")
@pytest.mark.parametrize("recursive", [False, True])
def test_pages(api, recursive):
    """A limit makes pages, of which all but the last have has_more, and no entry twice."""
    for number in range(7):
        api.put(f"file {number}")
    pages = api.pages(limit=3, recursive=recursive)
    assert [page["has_more"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert len(pages) > 1
    assert len({page["cursor"] for page in pages}) == len(pages)
    found = [entry["path_lower"] for page in pages for entry in page["entries"]]
    assert len(found) == len(set(found)) == 7 + recursive
    if not api.is_live:
        # The limit is approximate.
        assert all(len(page["entries"]) <= 3 for page in pages)


@pytest.mark.checks("v2-list-cursor-again")
def test_cursor_can_be_used_again(api):
    """The same cursor returns the same page again."""
    for number in range(5):
        api.put(f"file {number}")
    first = api.ok(LIST, {"path": api.folder, "limit": 2})
    pages = [api.ok(CONTINUE, {"cursor": first["cursor"]}) for _ in range(2)]
    assert pages[0]["entries"] == pages[1]["entries"]
    assert len(pages[0]["entries"]) > 0


@pytest.mark.checks("v2-list-change-between-pages")
def test_change_between_pages(api):
    """A file that is written between two pages is not lost."""
    for number in range(5):
        api.put(f"file {number}")
    first = api.ok(LIST, {"path": api.folder, "limit": 2})
    api.put("new")
    api.delete(first["entries"][0]["path_lower"])
    pages = api.following(first)
    later, _ = api.changes(pages[-1]["cursor"])
    found = [entry for page in pages for entry in page["entries"]] + later
    assert "new" in names(found)
    last = [one for one in found if one["name"] == first["entries"][0]["name"]]
    assert [one[".tag"] for one in last] == ["deleted"]


@pytest.mark.checks("v2-list-order")
def test_order_of_a_listing(api):
    """Folders come first, and the order of files is not that of their names."""
    for name in ("b", "a", "c"):
        api.put(name)
    api.mkdir("z")
    found = [(entry[".tag"], entry["name"]) for entry in api.entries()]
    assert found[0] == ("folder", "z")
    if not api.is_live:
        assert [name for _, name in found[1:]] != ["a", "b", "c"]


@pytest.mark.checks("v2-list-not-found")
def test_listing_of_nothing(api):
    """A path without a folder is an error."""
    api.put("file")
    assert api.fails(LIST, {"path": api.path("never")}) == "path/not_found"
    assert api.fails(LIST, {"path": api.path("file")}) == "path/not_folder"
    assert api.fails(LATEST, {"path": api.path("never")}) == "path/not_found"


@pytest.mark.checks("v2-list-id")
def test_listing_by_id(api):
    """A folder can be listed by its id."""
    folder = api.mkdir("folder")
    api.put("folder/file")
    assert names(api.ok(LIST, {"path": folder["id"]})["entries"]) == ["file"]


@pytest.mark.checks("v2-list-deleted")
def test_listing_with_deleted_entries(api):
    """Deleted entries are listed only with include_deleted, and with their names only."""
    api.put("kept")
    api.put("gone")
    api.delete("gone")
    assert tagged(api.entries()) == [("file", "kept")]
    entries = api.entries(include_deleted=True)
    assert tagged(entries) == [("deleted", "gone"), ("file", "kept")]
    check_deleted(next(entry for entry in entries if entry[".tag"] == "deleted"))


@pytest.mark.checks("v2-list-deleted")
def test_recursive_listing_with_deleted_entries(api):
    """A recursive listing has deleted entries only with include_deleted as well."""
    api.put("folder/kept")
    api.put("folder/gone")
    api.delete("folder/gone")
    for include_deleted in (False, True):
        entries = api.entries("folder", recursive=True, include_deleted=include_deleted)
        deleted = [("deleted", "gone")] if include_deleted else []
        assert tagged(entries) == [*deleted, ("file", "kept"), ("folder", "folder")]


@pytest.mark.checks("v2-changes")
def test_changes_since_a_cursor(api):
    """The changes since a cursor are the present metadata of changed entries."""
    api.put("old")
    cursor = api.cursor()
    assert api.changes(cursor)[0] == []
    put, folder = api.put("new"), api.mkdir("made")
    changes, after = api.changes(cursor)
    assert {entry["name"]: entry for entry in changes} == {
        "new": {".tag": "file", **put},
        "made": {".tag": "folder", **folder},
    }
    assert api.changes(after)[0] == []


@pytest.mark.checks("v2-changes")
def test_overwritten_file_is_a_change(api):
    """An overwritten file is a change with its new rev; the same bytes again are none."""
    api.put("file", b"one")
    cursor = api.cursor()
    put = api.put("file", b"two", mode="overwrite")
    changes, after = api.changes(cursor)
    assert changes[-1] == {".tag": "file", **put}
    api.put("file", b"two")
    assert api.changes(after)[0] == []


@pytest.mark.checks("v2-changes-deleted")
@pytest.mark.parametrize("include_deleted", [False, True])
@pytest.mark.parametrize("recursive", [False, True])
def test_deletion_is_a_change(api, include_deleted, recursive):
    """A deletion is a deleted entry, whatever include_deleted was."""
    put = api.put("Gone.txt")
    cursor = api.cursor(include_deleted=include_deleted, recursive=recursive)
    api.delete("Gone.txt")
    (change,), after = api.changes(cursor)
    check_deleted(change)
    assert (change["name"], change["path_lower"]) == ("Gone.txt", put["path_lower"])
    assert api.changes(after)[0] == []


@pytest.mark.checks("v2-changes-deleted")
def test_deletion_of_a_folder_is_a_change(api):
    """A deleted folder is a deleted entry for the folder and its contents."""
    api.put("folder/inner")
    cursor = api.cursor(recursive=True)
    api.delete("folder")
    changes, _ = api.changes(cursor)
    assert api.path("folder").lower() in [change["path_lower"] for change in changes]
    assert {change[".tag"] for change in changes} == {"deleted"}


@pytest.mark.checks("v2-changes-moved")
def test_move_is_a_deletion_and_a_file(api):
    """A move is a deleted entry and a new file with the same id."""
    put = api.put("from")
    cursor = api.cursor()
    api.relocate("move", "from", "to")
    changes, _ = api.changes(cursor)
    by_name = {change["name"]: change for change in changes}
    assert by_name["from"][".tag"] == "deleted"
    assert by_name["to"]["id"] == put["id"]


@pytest.mark.checks("v2-changes-moved")
def test_move_of_a_folder_is_in_the_changes(api):
    """A moved folder is a deleted entry, and a folder with its contents at the new path."""
    inner = api.put("from/deep/file")
    cursor = api.cursor(recursive=True)
    api.relocate("move", "from", "to")
    changes, _ = api.changes(cursor)
    by_path = {change["path_lower"]: change for change in changes}
    assert by_path[api.path("from").lower()][".tag"] == "deleted"
    assert by_path[api.path("to").lower()][".tag"] == "folder"
    assert by_path[api.path("to/deep/file").lower()]["id"] == inner["id"]


@pytest.mark.checks("v2-changes")
def test_copies_and_restored_files_are_changes(api):
    """A copy and a restored file are changes with their new metadata."""
    put = api.put("file", b"one")
    api.put("file", b"two", mode="overwrite")
    cursor = api.cursor()
    copied = api.relocate("copy", "file", "copy")
    argument = {"path": api.path("file"), "rev": put["rev"]}
    restored = api.ok("files/restore", argument)
    changes, _ = api.changes(cursor)
    assert {change["name"]: change for change in changes} == {
        "copy": copied,
        "file": {".tag": "file", **restored},
    }


@pytest.mark.checks("v2-list-case")
def test_listing_in_another_case(api):
    """A folder is listed by a path in another case, with the display of its entries."""
    put = api.put("Folder/File")
    (entry,) = api.entries("fOLDER")
    assert entry["path_display"] == put["path_display"]
    cursor = api.cursor("FOLDER")
    api.put("folder/New")
    assert names(api.changes(cursor)[0]) == ["New"]


@pytest.mark.checks("v2-changes-recreated")
def test_file_that_was_deleted_and_written_again(api):
    """A file that exists again is a file in the changes, and not deleted."""
    api.put("back", b"one")
    cursor = api.cursor()
    api.delete("back")
    put = api.put("back", b"two")
    changes, _ = api.changes(cursor)
    assert changes[-1] == {".tag": "file", **put}


@pytest.mark.checks("v2-changes-transient")
def test_file_that_was_written_and_deleted(api):
    """A file that was written and deleted is not a file in the changes."""
    cursor = api.cursor()
    api.put("brief")
    api.delete("brief")
    changes, _ = api.changes(cursor)
    assert {change[".tag"] for change in changes} <= {"deleted"}


@pytest.mark.checks("v2-changes-scope")
def test_changes_outside_the_folder(api):
    """A cursor has the changes of its folder only, also beside a name that begins like it."""
    api.mkdir("in")
    cursor = api.cursor("in", recursive=True)
    api.put("out/file")
    api.put("in side/file")
    assert api.changes(cursor)[0] == []
    api.put("in/side/file")
    assert names(api.changes(cursor)[0]) == ["file", "side"]


@pytest.mark.checks("v2-changes-pages")
def test_pages_of_changes(api):
    """Changes come in pages of the listing's limit."""
    cursor = api.cursor(limit=2)
    for number in range(5):
        api.put(f"file {number}")
    page = api.ok(CONTINUE, {"cursor": cursor})
    assert page["has_more"] is True
    found = page["entries"] + [one for more in api.following(page) for one in more["entries"]]
    assert names(found) == [f"file {number}" for number in range(5)]


@pytest.mark.checks("v2-latest-cursor")
def test_latest_cursor(api):
    """The latest cursor has no present entries, and has the changes after it."""
    api.put("old")
    result = api.ok(LATEST, {"path": api.folder})
    assert set(result) == {"cursor"}
    assert api.changes(result["cursor"])[0] == []
    api.put("new")
    api.delete("old")
    changes, _ = api.changes(result["cursor"])
    assert tagged(changes) == [("deleted", "old"), ("file", "new")]


@pytest.mark.checks("v2-latest-cursor")
def test_recursive_latest_cursor(api):
    """The latest cursor takes the options of a listing."""
    api.mkdir("deep")
    flat = api.ok(LATEST, {"path": api.folder})["cursor"]
    deep = api.ok(LATEST, {"path": api.folder, "recursive": True})["cursor"]
    api.put("deep/file")
    assert api.changes(flat)[0] == []
    assert names(api.changes(deep)[0]) == ["file"]


@pytest.mark.checks("v2-cursor-form")
def test_form_of_a_cursor(api):
    """A cursor is text that is safe in URLs."""
    assert api.cursor().replace("-", "").replace("_", "").replace("=", "").isalnum()


@pytest.mark.checks("v2-cursor-form")
def test_beginning_of_a_cursor(api):
    """A cursor begins with AA and has more than 100 characters."""
    cursor = api.cursor()
    assert cursor.startswith("AA")
    assert len(cursor) > 100


@pytest.mark.checks("v2-cursor-malformed")
@pytest.mark.parametrize("cursor", ["nonsense", "AAAA"])
def test_text_that_is_no_cursor(api, cursor):
    """A text that is no cursor is rejected."""
    assert "cursor" in api.rejects(CONTINUE, {"cursor": cursor})


@pytest.mark.checks("v2-cursor-malformed")
def test_empty_cursor(api):
    """An empty cursor is too short."""
    text = api.rejects(CONTINUE, {"cursor": ""})
    assert "must be at least 1 character" in text


@pytest.mark.checks("v2-cursor-malformed")
def test_cursor_of_another_route(api):
    """A cursor of a search is rejected."""
    for number in range(3):
        api.put(f"needle {number}")
    argument = {"query": "needle", "options": {"path": api.folder, "max_results": 1}}
    found = api.eventually(
        lambda: api.ok("files/search_v2", argument), lambda page: page["has_more"]
    )
    assert api.call(CONTINUE, {"cursor": found["cursor"]}).status == 400


@pytest.mark.checks("v2-cursor-malformed")
@pytest.mark.not_live("needs a second account")
def test_cursor_of_another_account(api):
    """A cursor of another account is rejected."""
    argument = {"cursor": api.cursor()}
    text = rejection(api.call(CONTINUE, argument, authorization=api.other()), CONTINUE)
    assert "cursor" in text


@pytest.mark.checks("v2-cursor-reset")
@pytest.mark.not_live("needs a planned fault")
def test_cursor_that_was_reset(api):
    """An invalidated cursor is reset; a new listing works."""
    cursor = api.cursor()
    api.box.faults.add(endpoint=CONTINUE, delta_reset=True)
    assert api.fails(CONTINUE, {"cursor": cursor}) == "reset"
    api.cursor()


@pytest.mark.checks("v2-list-app-auth")
@pytest.mark.not_live("needs a public shared link")
def test_listing_of_a_link_by_an_app(api, app):
    """An app lists the folder of a shared link without a user."""
    api.put("shared/file")
    link = api.ok("sharing/create_shared_link_with_settings", {"path": api.path("shared")})
    argument = {"path": "", "shared_link": {"url": link["url"]}}
    response = api.call(LIST, argument, authorization=app)
    assert response.status == 200
    assert names(response.json()["entries"]) == ["file"]


@pytest.mark.checks("v2-list-shared-link")
def test_listing_of_an_own_link(api):
    """A listing through one's own link has the owner's paths and ids."""
    put = api.put("shared/file")
    link = api.ok("sharing/create_shared_link_with_settings", {"path": api.path("shared")})
    page = api.ok(LIST, {"path": "", "shared_link": {"url": link["url"]}})
    (entry,) = page["entries"]
    assert (entry["id"], entry["path_display"]) == (put["id"], put["path_display"])
    assert entry["content_hash"] == put["content_hash"]


@pytest.mark.checks("v2-list-shared-link-errors")
def test_listing_of_other_links(api):
    """A link that is unknown, or is not to a folder, cannot be listed."""
    api.put("file")
    link = api.ok("sharing/create_shared_link_with_settings", {"path": api.path("file")})
    found = api.fails(LIST, {"path": "", "shared_link": {"url": link["url"]}})
    assert found.startswith("path/not_")
    unknown = "https://www.dropbox.com/sh/abcdefghijklmno/ABCDEFGHIJKLMNOPQRSTUVWXY?dl=0"
    found = api.fails(LIST, {"path": "", "shared_link": {"url": unknown}})
    assert found == "path/not_found"


@pytest.mark.checks("v2-list-shared-link-changes")
def test_changes_of_a_link(api):
    """The cursor of a link's folder has its changes, and waits for them."""
    api.put("shared/file")
    link = api.ok("sharing/create_shared_link_with_settings", {"path": api.path("shared")})
    page = api.ok(LIST, {"path": "", "shared_link": {"url": link["url"]}})
    found = []
    waiting = threading.Thread(
        target=lambda: found.append(has_changes(longpoll(api, page["cursor"])))
    )
    waiting.start()
    waiting.join(timeout=0.3 if not api.is_live else 5)
    assert waiting.is_alive()
    api.put("shared/new")
    waiting.join(timeout=60)
    assert found == [True]
    changes, _ = api.changes(page["cursor"])
    assert names(changes) == ["new"]


@pytest.mark.checks("v2-list-shared-link-recursive")
def test_recursive_listing_of_a_link(api):
    """A shared link cannot be listed recursively."""
    api.put("shared/file")
    link = api.ok("sharing/create_shared_link_with_settings", {"path": api.path("shared")})
    argument = {"path": "", "recursive": True, "shared_link": {"url": link["url"]}}
    assert "not supported" in api.rejects(LIST, argument)


def longpoll(api, cursor, timeout_s=30, authorization=None, **headers):
    """Return the response of a long poll; without a timeout for `None`."""
    argument = {"cursor": cursor} | ({} if timeout_s is None else {"timeout": timeout_s})
    headers = {"Content-Type": JSON, **headers}
    return api.send(LONGPOLL, json.dumps(argument), headers, authorization=authorization)


def has_changes(response):
    """Check the response of a long poll, and return whether there are changes."""
    assert response.status == 200
    assert response.headers["Content-Type"] == JSON
    body = response.json()
    assert {"changes"} <= set(body) <= {"changes", "backoff"}
    assert isinstance(body.get("backoff", 0), int)
    return body["changes"]


@pytest.mark.checks("v2-longpoll")
def test_longpoll_with_changes(api):
    """A long poll returns at once if there are changes, and needs no credentials."""
    cursor = api.cursor()
    api.put("new")
    assert has_changes(longpoll(api, cursor)) is True


@pytest.mark.checks("v2-longpoll-wakes")
def test_longpoll_that_waits(api):
    """A long poll that waits returns when a change is made."""
    cursor = api.cursor()
    found = []
    waiting = threading.Thread(target=lambda: found.append(has_changes(longpoll(api, cursor))))
    waiting.start()
    # No response shows that the request waits on the server, so the case waits for a short time.
    waiting.join(timeout=0.3 if not api.is_live else 5)
    assert waiting.is_alive()
    api.put("new")
    waiting.join(timeout=60)
    assert found == [True]


@pytest.mark.checks("v2-longpoll-timeout")
@pytest.mark.timeout(240)
def test_longpoll_without_changes(api):
    """A long poll without changes ends after its timeout, and the cursor has no changes."""
    cursor = api.cursor()
    # The default is the shortest timeout. The service adds up to 90 seconds. The time limit of the
    # case is shorter than the longest timeout.
    assert has_changes(longpoll(api, cursor, None)) is False
    assert api.changes(cursor)[0] == []


@pytest.mark.checks("v2-longpoll-deletion")
def test_longpoll_after_a_deletion(api):
    """A deletion is a change for a long poll."""
    api.put("gone")
    cursor = api.cursor()
    api.delete("gone")
    assert has_changes(longpoll(api, cursor)) is True


@pytest.mark.checks("v2-longpoll-scope")
def test_longpoll_of_another_folder(api):
    """A change outside the folder, or below a subfolder, does not end a long poll."""
    api.mkdir("in/deep")
    cursor = api.cursor("in")
    api.put("out")
    api.put("in/deep/file")
    found = []
    waiting = threading.Thread(target=lambda: found.append(has_changes(longpoll(api, cursor))))
    waiting.start()
    waiting.join(timeout=0.3 if not api.is_live else 5)
    # The service may wake up for other changes.
    assert api.is_live or waiting.is_alive()
    api.put("in/file")
    waiting.join(timeout=60)
    assert found == [True]


@pytest.mark.checks("v2-longpoll-range")
@pytest.mark.parametrize("timeout_s", [29, 481])
def test_timeout_out_of_range(api, timeout_s):
    """The timeout is from 30 to 480 seconds."""
    response = longpoll(api, api.cursor(), timeout_s)
    assert response.status == 400
    assert "is not within range [30, 480]" in response.text


@pytest.mark.checks("v2-longpoll-malformed")
def test_longpoll_with_a_text_that_is_no_cursor(api):
    """A text that is no cursor is rejected with the recorded text."""
    response = longpoll(api, "nonsense")
    assert response.status == 400
    assert response.text == (
        f'Error in call to API function "{LONGPOLL}": request body: cursor: unsupported cursor type'
    )


@pytest.mark.checks("v2-longpoll-credentials")
def test_longpoll_with_credentials(api):
    """A long poll with credentials is rejected."""
    cursor = api.cursor()
    api.put("new")
    response = longpoll(api, cursor, authorization=f"Bearer {api.token}")
    assert response.status == 400
