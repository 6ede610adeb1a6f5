"""delta, revisions, restore and search."""

import json
import threading

import pytest

from fakebox.context import Options


def delta(api, cursor=None, **params):
    """A page of changes."""
    if cursor:
        params["cursor"] = cursor
    response = api.post("/delta", **params)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def test_first_delta_resets_and_has_everything(api):
    """Paths lower-cased, metadata as it is, parents among them."""
    api.upload("/Foo/Bar.txt")
    page = delta(api)
    assert (page["reset"], page["has_more"]) == (True, False)
    assert [path for path, _ in page["entries"]] == ["/foo", "/foo/bar.txt"]
    assert page["entries"][1][1]["path"] == "/Foo/Bar.txt"


def test_later_delta_has_what_changed(api):
    """A deletion is a null."""
    api.upload("/a.txt")
    cursor = delta(api)["cursor"]
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    page = delta(api, cursor)
    assert (page["reset"], page["entries"]) == (False, [["/a.txt", None]])


def test_delta_comes_in_pages(api):
    """`has_more` until all is told, and no path twice."""
    api.configure(delta_page_size=2)
    for name in "abcde":
        api.upload(f"/{name}")
    pages = [delta(api)]
    while pages[-1]["has_more"]:
        pages.append(delta(api, pages[-1]["cursor"]))
    assert [len(page["entries"]) for page in pages] == [2, 2, 1]
    assert [page["reset"] for page in pages] == [True, False, False]


def test_delta_below_a_prefix(api):
    """At or under it; the same prefix with every cursor."""
    api.upload("/in/a.txt")
    api.upload("/out/b.txt")
    page = delta(api, path_prefix="/IN")
    assert [path for path, _ in page["entries"]] == ["/in", "/in/a.txt"]
    wrong = api.post("/delta", cursor=page["cursor"], path_prefix="/out")
    assert wrong.status_code == 400


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "ü", "a" * 500])
def test_cursor_of_nonsense_is_400(api, cursor):
    """Never a guess."""
    assert api.post("/delta", cursor=cursor).status_code == 400
    assert api.get("/longpoll_delta", None, cursor=cursor).status_code == 400


def test_cursor_of_another_user_is_400(api):
    """Nor of another root."""
    from fakebox.core import defaults

    cursor = delta(api)["cursor"]
    for who in (
        (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
        (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
    ):
        assert api.post("/delta", who, cursor=cursor).status_code == 400


def test_altered_cursor_is_400(api):
    """It is signed."""
    cursor = delta(api)["cursor"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    assert api.post("/delta", cursor=flipped).status_code == 400


def test_app_folder_sees_paths_of_its_own(api):
    """Relative to its folder, and nothing outside."""
    from fakebox.core import defaults

    sandbox = (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET)
    api.upload("/outside.txt")
    api.upload("/inside.txt", who=sandbox)
    page = json.loads(api.post("/delta", sandbox).text)
    assert [path for path, _ in page["entries"]] == ["/inside.txt"]
    assert page["entries"][0][1]["root"] == "app_folder"


def test_latest_cursor_has_seen_everything(api):
    """Only what comes later is news to it."""
    api.upload("/a.txt")
    cursor = json.loads(api.post("/delta/latest_cursor").text)["cursor"]
    assert delta(api, cursor)["entries"] == []
    api.upload("/b.txt")
    assert [path for path, _ in delta(api, cursor)["entries"]] == ["/b.txt"]


def test_longpoll_answers_at_once_if_there_is_news(api):
    """Without credentials: the cursor is enough."""
    cursor = delta(api)["cursor"]
    api.upload("/a.txt")
    response = api.get("/longpoll_delta", None, cursor=cursor)
    assert json.loads(response.text) == {"changes": True}


def test_longpoll_wakes_on_a_change(api):
    """It waits until there is one."""
    cursor = delta(api)["cursor"]
    answers = []
    ask = threading.Thread(
        target=lambda: answers.append(api.get("/longpoll_delta", None, cursor=cursor))
    )
    ask.start()
    api.upload("/a.txt")
    ask.join(20)
    assert json.loads(answers[0].text) == {"changes": True}


def test_longpoll_tells_clients_to_back_off_when_asked_to(api):
    """In seconds, beside the answer; unasked it says nothing of it."""
    cursor = json.loads(api.post("/delta/latest_cursor").text)["cursor"]
    api.upload("/news.txt")
    assert json.loads(api.get("/longpoll_delta", None, cursor=cursor).text) == {"changes": True}
    api.options = Options(longpoll_backoff_s=60)
    answer = json.loads(api.get("/longpoll_delta", None, cursor=cursor).text)
    assert answer == {"changes": True, "backoff": 60}


def test_longpoll_refuses_a_cursor_with_media_info(api):
    """As the service did."""
    cursor = delta(api, include_media_info="true")["cursor"]
    assert api.get("/longpoll_delta", None, cursor=cursor).status_code == 400


def test_delta_has_media_info_on_demand(api):
    """In every entry that is a picture."""
    api.upload("/a.jpg")
    (entry,) = delta(api, include_media_info="true")["entries"]
    assert "photo_info" in entry[1]


def test_revisions_are_told_newest_first_with_deletions(api):
    """Three lives and a death."""
    api.upload("/a.txt", b"1")
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    api.upload("/a.txt", b"22")
    api.upload("/a.txt", b"333")
    revisions = json.loads(api.get("/revisions/dropbox/a.txt").text)
    assert [entry["bytes"] for entry in revisions] == [3, 2, 0, 1]
    assert [entry.get("is_deleted", False) for entry in revisions] == [False, False, True, False]


def test_revisions_are_limited(api):
    """Ten on the wire unless asked otherwise."""
    for number in range(12):
        api.upload("/a.txt", str(number).encode())
    assert len(json.loads(api.get("/revisions/dropbox/a.txt").text)) == 10
    assert len(json.loads(api.get("/revisions/dropbox/a.txt", rev_limit=2).text)) == 2


@pytest.mark.parametrize("path", ["/missing", "/folder"])
def test_revisions_of_no_file_are_404(api, path):
    """A folder has none."""
    api.post("/fileops/create_folder", root="dropbox", path="/folder")
    assert api.get(f"/revisions/dropbox{path}").status_code == 404


def test_restore_brings_a_deleted_file_back(api):
    """With a new revision, and its folder if that is gone as well."""
    old = api.upload("/folder/a.txt", b"precious")
    api.post("/fileops/delete", root="dropbox", path="/folder")
    restored = json.loads(api.post("/restore/dropbox/folder/a.txt", rev=old["rev"]).text)
    assert restored["revision"] > old["revision"]
    assert api.get("/files/dropbox/folder/a.txt").data == b"precious"


def test_restore_to_an_unknown_revision_is_404(api):
    """In the documentation's words; folders can't be restored."""
    api.upload("/folder/a.txt")
    for path in ("/folder/a.txt", "/folder", "/missing"):
        assert api.post(f"/restore/dropbox{path}", rev="1029684ff").status_code == 404


def test_search_finds_every_word_in_names(api):
    """Files and folders, at any depth, in any case."""
    api.upload("/Frog jumps.JPG")
    api.upload("/frogs/deep/jumping frog.txt")
    api.upload("/toad.jpg")
    found = json.loads(api.get("/search/dropbox/", query="FROG jump").text)
    assert {entry["path"] for entry in found} == {
        "/Frog jumps.JPG",
        "/frogs/deep/jumping frog.txt",
    }


def test_search_stays_below_its_folder(api):
    """The folder itself isn't found; a missing one is 404."""
    api.upload("/frogs/frog.txt")
    api.upload("/other/frog.txt")
    found = json.loads(api.get("/search/dropbox/frogs/", query="frog").text)
    assert [entry["path"] for entry in found] == ["/frogs/frog.txt"]
    assert api.get("/search/dropbox/missing", query="frog").status_code == 404


def test_search_finds_deleted_files_on_demand(api):
    """`include_deleted`."""
    api.upload("/frog.txt")
    api.post("/fileops/delete", root="dropbox", path="/frog.txt")
    assert json.loads(api.get("/search/dropbox/", query="frog").text) == []
    (gone,) = json.loads(api.get("/search/dropbox/", query="frog", include_deleted="true").text)
    assert gone["is_deleted"] is True


def test_search_is_limited(api):
    """No more than were wanted; short words count too."""
    for number in range(5):
        api.upload(f"/a b c {number}")
    found = json.loads(api.get("/search/dropbox/", query="a b c", file_limit=3).text)
    assert len(found) == 3
