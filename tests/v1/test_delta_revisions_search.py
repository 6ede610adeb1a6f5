"""The calls delta, longpoll_delta, revisions, restore and search."""

import json
import threading

import pytest

from fakebox.context import Options


def delta(api, cursor=None, **params):
    """Return a page of changes."""
    if cursor:
        params["cursor"] = cursor
    response = api.post("/delta", **params)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def test_first_delta_resets_and_has_everything(api):
    """The first page has lower-case paths, metadata with the spelled paths, and parent folders."""
    api.upload("/Foo/Bar.txt")
    page = delta(api)
    assert (page["reset"], page["has_more"]) == (True, False)
    assert [path for path, _ in page["entries"]] == ["/foo", "/foo/bar.txt"]
    assert page["entries"][1][1]["path"] == "/Foo/Bar.txt"


def test_later_delta_has_only_changes(api):
    """A later page contains only changes, and a deletion has null as its metadata."""
    api.upload("/a.txt")
    cursor = delta(api)["cursor"]
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    page = delta(api, cursor)
    assert (page["reset"], page["entries"]) == (False, [["/a.txt", None]])


def test_delta_is_paginated(api):
    """Pages have `has_more` set until all entries are returned, each once."""
    api.configure(delta_page_size=2)
    for name in "abcde":
        api.upload(f"/{name}")
    pages = [delta(api)]
    while pages[-1]["has_more"]:
        pages.append(delta(api, pages[-1]["cursor"]))
    assert [len(page["entries"]) for page in pages] == [2, 2, 1]
    assert [page["reset"] for page in pages] == [True, False, False]


def test_delta_with_a_path_prefix_lists_only_that_folder(api):
    """A cursor must be used with its path prefix; another prefix is answered with 400."""
    api.upload("/in/a.txt")
    api.upload("/out/b.txt")
    page = delta(api, path_prefix="/IN")
    assert [path for path, _ in page["entries"]] == ["/in", "/in/a.txt"]
    wrong = api.post("/delta", cursor=page["cursor"], path_prefix="/out")
    assert wrong.status_code == 400


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "ü", "a" * 500])
def test_malformed_cursor_is_400(api, cursor):
    """A malformed cursor is answered with 400 by delta and longpoll_delta."""
    assert api.post("/delta", cursor=cursor).status_code == 400
    assert api.get("/longpoll_delta", None, cursor=cursor).status_code == 400


def test_cursor_of_another_account_or_root_is_400(api):
    """A cursor is answered with 400 for another account or another root."""
    from fakebox.core import defaults

    cursor = delta(api)["cursor"]
    for who in (
        (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
        (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
    ):
        assert api.post("/delta", who, cursor=cursor).status_code == 400


def test_altered_cursor_is_400(api):
    """A cursor with a changed character fails the check of its signature."""
    cursor = delta(api)["cursor"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    assert api.post("/delta", cursor=flipped).status_code == 400


def test_delta_of_an_app_has_paths_relative_to_its_folder(api):
    """An app receives only entries of its folder, with relative paths."""
    from fakebox.core import defaults

    sandbox = (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET)
    api.upload("/outside.txt")
    api.upload("/inside.txt", who=sandbox)
    page = json.loads(api.post("/delta", sandbox).text)
    assert [path for path, _ in page["entries"]] == ["/inside.txt"]
    assert page["entries"][0][1]["root"] == "app_folder"


def test_latest_cursor_returns_only_later_changes(api):
    """Changes made before the latest cursor are not returned."""
    api.upload("/a.txt")
    cursor = json.loads(api.post("/delta/latest_cursor").text)["cursor"]
    assert delta(api, cursor)["entries"] == []
    api.upload("/b.txt")
    assert [path for path, _ in delta(api, cursor)["entries"]] == ["/b.txt"]


def test_longpoll_returns_at_once_when_there_are_changes(api):
    """A long poll needs no credentials, and returns at once if there are changes."""
    cursor = delta(api)["cursor"]
    api.upload("/a.txt")
    response = api.get("/longpoll_delta", None, cursor=cursor)
    assert json.loads(response.text) == {"changes": True}


def test_longpoll_waits_for_a_change(api):
    """A long poll without changes waits until a change is made."""
    cursor = delta(api)["cursor"]
    responses = []
    poll = threading.Thread(
        target=lambda: responses.append(api.get("/longpoll_delta", None, cursor=cursor))
    )
    poll.start()
    api.upload("/a.txt")
    poll.join(20)
    assert json.loads(responses[0].text) == {"changes": True}


def test_longpoll_has_a_backoff_only_when_configured(api):
    """The response contains `backoff`, in seconds, only if the option is set."""
    cursor = json.loads(api.post("/delta/latest_cursor").text)["cursor"]
    api.upload("/news.txt")
    assert json.loads(api.get("/longpoll_delta", None, cursor=cursor).text) == {"changes": True}
    api.options = Options(longpoll_backoff_s=60)
    response = json.loads(api.get("/longpoll_delta", None, cursor=cursor).text)
    assert response == {"changes": True, "backoff": 60}


def test_longpoll_rejects_a_cursor_with_media_info(api):
    """A cursor with media info is answered with 400, like the service does."""
    cursor = delta(api, include_media_info="true")["cursor"]
    assert api.get("/longpoll_delta", None, cursor=cursor).status_code == 400


def test_delta_has_media_info_only_when_requested(api):
    """With `include_media_info`, entries of pictures contain `photo_info`."""
    api.upload("/a.jpg")
    (entry,) = delta(api, include_media_info="true")["entries"]
    assert "photo_info" in entry[1]


def test_revisions_are_listed_newest_first_with_deletions(api):
    """The revisions of a file include its deletion."""
    api.upload("/a.txt", b"1")
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    api.upload("/a.txt", b"22")
    api.upload("/a.txt", b"333")
    revisions = json.loads(api.get("/revisions/dropbox/a.txt").text)
    assert [entry["bytes"] for entry in revisions] == [3, 2, 0, 1]
    assert [entry.get("is_deleted", False) for entry in revisions] == [False, False, True, False]


def test_revisions_are_limited(api):
    """By default, ten revisions are listed; `rev_limit` changes the number."""
    for number in range(12):
        api.upload("/a.txt", str(number).encode())
    assert len(json.loads(api.get("/revisions/dropbox/a.txt").text)) == 10
    assert len(json.loads(api.get("/revisions/dropbox/a.txt", rev_limit=2).text)) == 2


@pytest.mark.parametrize("path", ["/missing", "/folder"])
def test_revisions_of_a_missing_path_or_a_folder_are_404(api, path):
    """Revisions of a missing path or a folder are answered with 404."""
    api.post("/fileops/create_folder", root="dropbox", path="/folder")
    assert api.get(f"/revisions/dropbox{path}").status_code == 404


def test_restore_recreates_a_deleted_file_and_its_folder(api):
    """Restoring creates a new revision and the deleted parent folder."""
    old = api.upload("/folder/a.txt", b"precious")
    api.post("/fileops/delete", root="dropbox", path="/folder")
    restored = json.loads(api.post("/restore/dropbox/folder/a.txt", rev=old["rev"]).text)
    assert restored["revision"] > old["revision"]
    assert api.get("/files/dropbox/folder/a.txt").data == b"precious"


def test_restore_to_an_unknown_revision_is_404(api):
    """An unknown rev of a file, a folder or a missing path is answered with 404."""
    api.upload("/folder/a.txt")
    for path in ("/folder/a.txt", "/folder", "/missing"):
        assert api.post(f"/restore/dropbox{path}", rev="1029684ff").status_code == 404


def test_search_finds_names_that_contain_every_word(api):
    """Search finds files and folders at any level and in any case."""
    api.upload("/Frog jumps.JPG")
    api.upload("/frogs/deep/jumping frog.txt")
    api.upload("/toad.jpg")
    found = json.loads(api.get("/search/dropbox/", query="FROG jump").text)
    assert {entry["path"] for entry in found} == {
        "/Frog jumps.JPG",
        "/frogs/deep/jumping frog.txt",
    }


def test_search_is_limited_to_its_folder(api):
    """Search in a folder does not find the folder itself; a missing folder is answered with 404."""
    api.upload("/frogs/frog.txt")
    api.upload("/other/frog.txt")
    found = json.loads(api.get("/search/dropbox/frogs/", query="frog").text)
    assert [entry["path"] for entry in found] == ["/frogs/frog.txt"]
    assert api.get("/search/dropbox/missing", query="frog").status_code == 404


def test_search_finds_deleted_files_with_include_deleted(api):
    """Deleted files are found only with `include_deleted`."""
    api.upload("/frog.txt")
    api.post("/fileops/delete", root="dropbox", path="/frog.txt")
    assert json.loads(api.get("/search/dropbox/", query="frog").text) == []
    (deleted,) = json.loads(api.get("/search/dropbox/", query="frog", include_deleted="true").text)
    assert deleted["is_deleted"] is True


def test_search_returns_at_most_file_limit_entries(api):
    """A search for short words returns at most `file_limit` entries."""
    for number in range(5):
        api.upload(f"/a b c {number}")
    found = json.loads(api.get("/search/dropbox/", query="a b c", file_limit=3).text)
    assert len(found) == 3
