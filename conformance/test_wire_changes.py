"""Raw requests: delta, revisions and search."""

import threading
from urllib.parse import urlencode

import pytest
import urllib3

from conformance.wire import fetch, place, send, status_of, url_of


@pytest.mark.checks("wire-delta-prefix")
def test_delta_below_a_path(target):
    """A path prefix limits the entries and is bound to the cursor."""
    target.put("in/a.txt")
    target.put("out/b.txt")
    *_, page = pages = list(target.client.iter_delta(path_prefix=target.path("in")))
    paths = {path for each in pages for path, _ in each["entries"]}
    assert paths == {target.path("in").lower(), target.path("in/a.txt").lower()}
    options = {"path_prefix": target.path("out")}
    assert status_of(target.client.delta, page["cursor"], **options) == 400


@pytest.mark.checks("wire-delta-subtree")
def test_delta_of_a_deleted_folder(target):
    """The deletion of a folder is one entry that includes its contents."""
    target.put("tree/deep/file.txt")
    *_, page = target.pages()
    target.client.file_delete(target.path("tree"))
    assert dict(target.changes(page["cursor"]))[target.path("tree").lower()] is None


@pytest.mark.emulator
@pytest.mark.checks("wire-delta-pages", "wire-delta-foreign")
def test_delta_pages(target):
    """Pages continue while has_more is true; a cursor of another account is answered with 400."""
    for name in "abc":
        target.put(name)
    target.box.configure(delta_page_size=2)
    first = target.client.delta()
    assert (len(first["entries"]), first["has_more"], first["reset"]) == (2, True, True)
    assert target.client.delta(first["cursor"])["reset"] is False
    other = target.box.client("other@fakebox.example")
    assert status_of(other.delta, first["cursor"]) == 400


@pytest.mark.checks("wire-delta-latest")
def test_latest_cursor(target):
    """The latest cursor skips all earlier changes."""
    target.put("old.txt")
    prefix = {"path_prefix": target.folder}
    cursor = send(target, "POST", "/delta/latest_cursor", prefix).json()["cursor"]
    assert target.changes(cursor) == []
    target.put("new.txt")
    assert [path for path, _ in target.changes(cursor)] == [target.path("new.txt").lower()]


@pytest.mark.checks("wire-longpoll", "wire-longpoll-400")
def test_longpoll(target):
    """longpoll_delta needs no credentials and returns at once if there are changes."""
    *_, page = target.pages()
    target.put("news.txt")
    wait = {"cursor": page["cursor"], "timeout": "30"}
    response = send(target, "GET", "/longpoll_delta", wait, host="API_NOTIFY", signed=False)
    assert response.json()["changes"] is True
    for bad in ({"cursor": "trollcursor"}, {**wait, "timeout": "29"}, {**wait, "timeout": "481"}):
        response = send(target, "GET", "/longpoll_delta", bad, host="API_NOTIFY", signed=False)
        assert response.status == 400


@pytest.mark.checks("wire-longpoll-400")
def test_longpoll_with_a_cursor_for_media_info(target):
    """A cursor of delta with include_media_info is a 400 error of longpoll_delta."""
    params = {"path_prefix": target.folder, "include_media_info": "true"}
    cursor = send(target, "POST", "/delta/latest_cursor", params).json()["cursor"]
    params = {"cursor": cursor, "timeout": "30"}
    response = send(target, "GET", "/longpoll_delta", params, host="API_NOTIFY", signed=False)
    assert response.status == 400


@pytest.mark.checks("wire-longpoll-wakes")
def test_longpoll_returns_on_a_change(target):
    """A longpoll_delta without changes waits, and returns when an entry changes."""
    *_, page = target.pages()
    wait_30_s = {"cursor": page["cursor"], "timeout": "30"}
    url = f"{url_of(target, '/longpoll_delta', 'API_NOTIFY')}?{urlencode(wait_30_s)}"
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        fetch(url, timeout=urllib3.Timeout(connect=20, read=0.5))
    responses = []

    def wait():
        responses.append(target.client.longpoll_delta(page["cursor"], timeout=30))

    waiting = threading.Thread(target=wait)
    waiting.start()
    target.put("wake.txt")
    waiting.join(60)
    assert responses[0]["changes"] is True


@pytest.mark.checks(
    "revisions-maximum", "wire-revisions-deleted", "wire-revisions-limits", "wire-restore-deleted"
)
def test_history(target):
    """A deletion is a revision, and a deleted file can be restored."""
    rev = target.put("past.txt", "old")["rev"]
    target.client.file_delete(target.path("past.txt"))
    history = target.client.revisions(target.path("past.txt"))
    assert [entry.get("is_deleted", False) for entry in history] == [True, False]
    assert len(target.client.revisions(target.path("past.txt"), rev_limit=1000)) == 2
    for limit in (0, 1001):
        assert status_of(target.client.revisions, target.path("past.txt"), rev_limit=limit) == 400
    assert target.client.restore(target.path("past.txt"), rev)["bytes"] == 3


@pytest.mark.checks("wire-revisions-default")
def test_revisions_by_default(target):
    """The default of rev_limit is 10."""
    for number in range(11):
        target.put("ten.txt", str(number), overwrite=True)
    assert len(send(target, "GET", place(target, "revisions", "ten.txt")).json()) == 10


@pytest.mark.checks("wire-restore-rev")
def test_restore_needs_a_rev(target):
    """Restore without a rev is answered with 400."""
    target.put("r.txt")
    assert send(target, "POST", place(target, "restore", "r.txt")).status == 400


@pytest.mark.checks("search-maximum", "wire-search-folders", "wire-search-404", "wire-search-limit")
def test_search(target):
    """A search finds folders, but not the searched folder; a missing folder is a 404 error."""
    target.put("needle/needle in it.txt")
    folder = target.path("needle")
    found = target.eventually(lambda: target.client.search(folder, "needle"), len)
    assert [entry["path"] for entry in found] == [target.path("needle/needle in it.txt")]
    found = target.client.search(target.folder, "needle")
    assert target.path("needle") in [entry["path"] for entry in found]
    assert status_of(target.client.search, target.path("never"), "needle") == 404
    assert len(target.client.search(folder, "needle", file_limit=1000)) == 1
    for limit in (0, 1001):
        assert status_of(target.client.search, target.folder, "needle", file_limit=limit) == 400


@pytest.mark.checks("wire-search-accents")
@pytest.mark.parametrize("query", ["tex", "téx"])
def test_search_with_accents(target, query):
    """A search ignores accents, in the query and in names."""
    for name in ("text.txt", "téxt.txt"):
        target.put(name)
    found = target.eventually(
        lambda: target.client.search(target.folder, query), lambda found: len(found) == 2
    )
    names = sorted(entry["path"].rpartition("/")[2] for entry in found)
    assert names == ["text.txt", "téxt.txt"]


@pytest.mark.emulator
@pytest.mark.checks("wire-search-order")
def test_order_of_a_search(target):
    """Results are in the order in which their names were first used, and file_limit keeps it."""
    for name in ("zebra needle", "apple needle", "mango needle"):
        target.put(f"order/{name}")
    folder = target.path("order")
    names = ["zebra needle", "apple needle", "mango needle"]
    for limit in (3, 2):
        found = target.client.search(folder, "needle", file_limit=limit)
        assert [entry["path"].rpartition("/")[2] for entry in found] == names[:limit]


@pytest.mark.checks("wire-search-deleted")
def test_search_for_a_deleted_file(target):
    """A search finds a deleted file only if include_deleted is true."""
    target.put("gone.txt")
    target.client.file_delete(target.path("gone.txt"))
    call = place(target, "search")
    params = {"query": "gone", "include_deleted": "true"}
    (found,) = target.eventually(
        lambda: send(target, "GET", call, params).json(),
        lambda found: [entry.get("is_deleted") for entry in found] == [True],
    )
    assert found["is_deleted"] is True
    assert send(target, "GET", call, {"query": "gone"}).json() == []
