"""The wire, call by call: files, chunks, changes, history, operations, links and pictures."""

import io
import json
import threading

import pytest

from conformance.wire import ask, fetch, status_of


def place(target, call, name=""):
    """A call about a place of the run's folder."""
    return f"/{call}/{target.client.session.root}{target.path(name)}"


def put(target, name, body=b"content", **params):
    """Upload by a raw request."""
    return ask(target, "PUT", place(target, "files_put", name), params, body, host="API_CONTENT")


def get(target, name, **headers):
    """Download by a raw request."""
    call = place(target, "files", name)
    return ask(target, "GET", call, headers=headers, host="API_CONTENT")


@pytest.mark.checks("wire-files-headers")
def test_headers_of_a_download(target):
    """What the bytes are."""
    stored = target.put("ä.txt", "content")
    answer = get(target, "ä.txt")
    header = answer.headers["x-dropbox-metadata"]
    assert header.isascii()
    assert json.loads(header) == stored
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Content-Length"] == "7"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert stored["rev"] in answer.headers["ETag"]


@pytest.mark.checks("wire-files-range")
def test_ranges(target):
    """206 within the file, 416 outside."""
    target.put("range.bin", b"0123456789")
    part = get(target, "range.bin", Range="bytes=2-4")
    assert (part.status, part.data) == (206, b"234")
    assert get(target, "range.bin", Range="bytes=50-60").status == 416


@pytest.mark.checks("wire-files-head")
def test_head(target):
    """Like GET, without the content."""
    target.put("head.txt", "content")
    answer = ask(target, "HEAD", place(target, "files", "head.txt"), host="API_CONTENT")
    assert (answer.status, answer.data, answer.headers["Content-Length"]) == (200, b"", "7")


@pytest.mark.checks("wire-files-404")
def test_nothing_to_download(target):
    """A folder, or another file's rev."""
    target.put("folder/file.txt")
    rev = target.put("other.txt")["rev"]
    assert status_of(target.client.get_file, target.path("folder")) == 404
    assert status_of(target.client.get_file, target.path("folder/file.txt"), rev=rev) == 404


@pytest.mark.checks("wire-put-default")
def test_put_overwrites_by_default(target):
    """On the wire, unlike in the SDK."""
    put(target, "over.txt", b"first")
    assert put(target, "over.txt", b"second").json()["path"] == target.path("over.txt")


@pytest.mark.checks("wire-put-post")
def test_post_puts(target):
    """As PUT does."""
    call = place(target, "files_put", "posted.txt")
    headers = {"Content-Type": "application/octet-stream"}
    answer = ask(target, "POST", call, {}, b"content", headers, host="API_CONTENT")
    assert answer.json()["bytes"] == 7


@pytest.mark.checks("wire-put-autorename", "wire-409")
def test_put_without_another_name(target):
    """A conflict instead."""
    put(target, "taken.txt", b"first")
    answer = put(target, "taken.txt", b"second", overwrite="false", autorename="false")
    assert answer.status == 409


@pytest.mark.checks("wire-put-same-bytes-renamed")
def test_put_of_the_same_bytes(target):
    """Renamed all the same when overwrite is false."""
    put(target, "twin.txt")
    assert put(target, "twin.txt", overwrite="false").json()["path"].endswith("/twin (1).txt")


@pytest.mark.checks("wire-put-unknown-parent")
def test_put_with_a_rev_that_never_was(target):
    """A bad request."""
    put(target, "here.txt")
    assert put(target, "here.txt", parent_rev="123456789abc").status == 400


@pytest.mark.checks("wire-put-folder")
def test_put_onto_a_folder(target):
    """Renamed, or refused."""
    target.client.file_create_folder(target.path("folder"))
    assert put(target, "folder", overwrite="true").status == 400
    assert put(target, "folder", overwrite="false").json()["path"].endswith("/folder (1)")


@pytest.mark.checks("wire-411")
def test_put_without_length(target):
    """Refused."""
    headers = {"Transfer-Encoding": "chunked"}
    call = place(target, "files_put", "endless")
    answer = ask(target, "PUT", call, body=iter([b"ab"]), headers=headers, host="API_CONTENT")
    assert answer.status == 411


@pytest.mark.emulator
@pytest.mark.checks("wire-413")
def test_put_too_much(target):
    """What is over the limit of one upload."""
    target.box.configure(upload_limit_bytes=10)
    assert put(target, "large", b"x" * 11).status == 413


@pytest.mark.checks("wire-files-post")
def test_form_upload(target):
    """One part, called file; another is refused."""
    import urllib3

    for field, status in (("file", 200), ("upload", 400)):
        body, kind = urllib3.encode_multipart_formdata({field: ("form.txt", b"content")})
        call, headers = place(target, "files"), {"Content-Type": kind}
        answer = ask(target, "POST", call, {}, body, headers, host="API_CONTENT")
        assert answer.status == status
    assert target.client.metadata(target.path("form.txt"))["bytes"] == 7


@pytest.mark.checks("wire-chunk-404", "wire-chunk-empty", "wire-chunk-commit")
def test_chunked_uploads(target):
    """Unknown, empty, and used up once committed."""
    client = target.client
    options = {"offset": 5, "upload_id": "trollcursor"}
    assert status_of(client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404
    upload = client.upload_chunk(io.BytesIO(b""), 0)
    assert upload["offset"] == 0
    client.commit_chunked_upload(target.path("empty.bin"), upload["upload_id"])
    options = {"offset": 0, "upload_id": upload["upload_id"]}
    assert status_of(client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404


@pytest.mark.checks("wire-commit-unknown")
def test_commit_of_nothing(target):
    """A bad request."""
    assert status_of(target.client.commit_chunked_upload, target.path("x"), "trollcursor") == 400


@pytest.mark.checks("wire-delta-prefix")
def test_delta_below_a_path(target):
    """Nothing else is told, and the prefix belongs to the cursor."""
    target.put("in/a.txt")
    target.put("out/b.txt")
    page = target.client.delta(path_prefix=target.path("in"))
    told = {path for path, _ in page["entries"]}
    assert told == {target.path("in"), target.path("in/a.txt")}
    options = {"path_prefix": target.path("out")}
    assert status_of(target.client.delta, page["cursor"], **options) == 400


@pytest.mark.checks("wire-delta-subtree")
def test_delta_of_a_deleted_folder(target):
    """Applied as documented, it leaves nothing."""
    target.put("tree/deep/file.txt")
    *_, page = target.client.iter_delta()
    target.client.file_delete(target.path("tree"))
    (page,) = target.client.iter_delta(page["cursor"])
    assert dict(page["entries"])[target.path("tree")] is None


@pytest.mark.emulator
@pytest.mark.checks("wire-delta-pages", "wire-delta-foreign")
def test_delta_pages(target):
    """More follows while has_more says so; a cursor is its account's."""
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
    """As if everything had been read."""
    target.put("old.txt")
    cursor = ask(target, "POST", "/delta/latest_cursor").json()["cursor"]
    assert target.client.delta(cursor)["entries"] == []


@pytest.mark.checks("wire-longpoll", "wire-longpoll-400")
def test_longpoll(target):
    """Without authorisation; at once if there is news."""
    *_, page = target.client.iter_delta()
    target.put("news.txt")
    wait = {"cursor": page["cursor"], "timeout": "30"}
    answer = ask(target, "GET", "/longpoll_delta", wait, host="API_NOTIFY", signed=False)
    assert answer.json()["changes"] is True
    for bad in ({"cursor": "trollcursor"}, {**wait, "timeout": "29"}, {**wait, "timeout": "481"}):
        answer = ask(target, "GET", "/longpoll_delta", bad, host="API_NOTIFY", signed=False)
        assert answer.status == 400


@pytest.mark.checks("wire-longpoll-wakes")
def test_longpoll_wakes(target):
    """As soon as something changes."""
    *_, page = target.client.iter_delta()
    answers = []

    def wait():
        answers.append(target.client.longpoll_delta(page["cursor"], timeout=30))

    waiting = threading.Thread(target=wait)
    waiting.start()
    target.put("wake.txt")
    waiting.join(60)
    assert answers[0]["changes"] is True


@pytest.mark.checks("wire-revisions-deleted", "wire-revisions-limits", "wire-restore-deleted")
def test_history(target):
    """A deletion is a revision, and can be undone."""
    rev = target.put("past.txt", "old")["rev"]
    target.client.file_delete(target.path("past.txt"))
    history = target.client.revisions(target.path("past.txt"))
    assert [entry.get("is_deleted", False) for entry in history] == [True, False]
    for limit in (0, 1001):
        assert status_of(target.client.revisions, target.path("past.txt"), rev_limit=limit) == 400
    assert target.client.restore(target.path("past.txt"), rev)["bytes"] == 3


@pytest.mark.checks("wire-revisions-default")
def test_revisions_by_default(target):
    """Ten."""
    for number in range(11):
        target.put("ten.txt", str(number), overwrite=True)
    assert len(ask(target, "GET", place(target, "revisions", "ten.txt")).json()) == 10


@pytest.mark.checks("wire-restore-rev")
def test_restore_needs_a_rev(target):
    """It is required."""
    target.put("r.txt")
    assert ask(target, "POST", place(target, "restore", "r.txt")).status == 400


@pytest.mark.checks("wire-search-folders", "wire-search-404", "wire-search-limit")
def test_search(target):
    """Folders count, the one searched doesn't; it has to be there."""
    target.put("needle/needle in it.txt")
    found = target.client.search(target.path("needle"), "needle")
    assert [entry["path"] for entry in found] == [target.path("needle/needle in it.txt")]
    found = target.client.search(target.folder, "needle")
    assert target.path("needle") in [entry["path"] for entry in found]
    assert status_of(target.client.search, target.path("never"), "needle") == 404
    for limit in (0, 1001):
        assert status_of(target.client.search, target.folder, "needle", file_limit=limit) == 400


@pytest.mark.checks("wire-operations-parameters", "wire-operations-folder")
def test_operations(target):
    """Paths are required; a folder's metadata comes bare."""
    for name in ("copy", "move", "create_folder", "delete"):
        assert ask(target, "POST", f"/fileops/{name}", {"root": "auto"}).status == 400
    target.put("folder/file.txt")
    made = target.client.file_copy(target.path("folder"), target.path("copy"))
    assert {"hash", "contents"}.isdisjoint(made)


@pytest.mark.checks("wire-operations-parents")
def test_missing_parents(target):
    """They are made."""
    target.put("a.txt")
    target.client.file_copy(target.path("a.txt"), target.path("x/y/a.txt"))
    target.client.file_create_folder(target.path("p/q/r"))
    assert target.client.metadata(target.path("x/y"))["is_dir"]
    assert target.client.metadata(target.path("p/q"))["is_dir"]


@pytest.mark.checks("wire-operations-itself", "wire-operations-root")
def test_forbidden_operations(target):
    """Into itself, and of the root."""
    target.put("folder/file.txt")
    inside = target.path("folder/inside")
    assert status_of(target.client.file_move, target.path("folder"), inside) == 403
    assert status_of(target.client.file_copy, target.path("folder"), inside) == 403
    root = {"root": "auto", "from_path": "/", "to_path": target.path("r")}
    assert ask(target, "POST", "/fileops/move", root).status == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-operations-root")
def test_delete_of_the_root(target):
    """Refused; a live account isn't asked, in case it did it."""
    assert ask(target, "POST", "/fileops/delete", {"root": "auto", "path": "/"}).status == 403


@pytest.mark.checks("wire-operations-case", "wire-create-onto-file")
def test_spelling_and_files_in_the_way(target):
    """A move may change case alone; a folder isn't made over a file."""
    target.put("case.txt")
    moved = target.client.file_move(target.path("case.txt"), target.path("CASE.txt"))
    assert moved["path"] == target.path("CASE.txt")
    assert status_of(target.client.file_create_folder, target.path("case.txt")) == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-operations-limit", "wire-later-conflict", "wire-later-quota")
def test_settings(target):
    """The limit of an operation, and what the later service answered."""
    target.put("many/a", "x" * 10)
    target.put("many/b", "x" * 10)
    target.box.configure(operation_limit=2)
    assert status_of(target.client.file_delete, target.path("many")) == 406
    target.box.configure(on_conflict="forbid", quota_status=507)
    paths = target.path("many/a"), target.path("many/b")
    assert status_of(target.client.file_copy, *paths) == 403
    target.box.set_quota(25)
    assert status_of(target.put, "more", "x" * 10) == 507


@pytest.mark.checks("wire-copy_ref-404", "wire-copy_ref-now")
def test_copy_refs(target):
    """Unknown ones are refused; what is copied is the file as it is by then."""
    assert status_of(target.client.add_copy_ref, "nonsense", target.path("x")) == 404
    target.put("live.txt", "old")
    ref = target.client.create_copy_ref(target.path("live.txt"))["copy_ref"]
    target.put("live.txt", "newer", overwrite=True)
    assert target.client.add_copy_ref(ref, target.path("copied.txt"))["bytes"] == 5


@pytest.mark.checks("wire-shares-visibility", "wire-shares-kept", "wire-shares-long")
def test_links(target):
    """Public, short or long, and kept."""
    target.put("linked.txt")
    path = target.path("linked.txt")
    first = target.client.share(path)
    assert (first["visibility"], target.client.share(path)["url"]) == ("PUBLIC", first["url"])
    assert "/s/" in target.client.share(path, short_url=False)["url"]


@pytest.mark.emulator
@pytest.mark.checks("wire-shares-page", "wire-media-lifetime")
def test_following_links(target):
    """The long link has a page and a download; media ends after four hours."""
    target.put("page.txt", "content")
    url = target.client.share(target.path("page.txt"), short_url=False)["url"]
    assert b"page.txt" in fetch(url).data
    assert fetch(f"{url}?dl=1").data == b"content"
    url = target.client.media(target.path("page.txt"))["url"]
    target.box.clock.advance(4 * 3600 - 60)
    assert fetch(url).data == b"content"
    target.box.clock.advance(120)
    assert fetch(url).status == 404


@pytest.mark.checks("wire-shared_folders")
def test_shared_folders(target):
    """A list, and no folder of an unknown id."""
    assert isinstance(ask(target, "GET", "/shared_folders").json(), list)
    assert ask(target, "GET", "/shared_folders/12345").status == 404


@pytest.mark.emulator
@pytest.mark.checks("wire-save_url")
def test_save_url(target):
    """A job, which says how it went."""
    target.put("saved.txt", "content")
    url = target.client.media(target.path("saved.txt"))["url"]
    job = ask(target, "POST", place(target, "save_url", "copy.txt"), {"url": url}).json()["job"]
    assert ask(target, "GET", f"/save_url_job/{job}").json()["status"] == "COMPLETE"
    assert target.client.metadata(target.path("copy.txt"))["bytes"] == 7


@pytest.mark.checks("wire-thumbnail-sizes", "wire-thumbnail-never-larger")
@pytest.mark.parametrize(
    ("size", "pixels"),
    [("xs", (32, 24)), ("s", (64, 48)), ("m", (128, 96)), ("l", (640, 480)), ("xl", (800, 600))],
)
def test_thumbnails(target, size, pixels):
    """Every letter, and never larger than the original."""
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(data, "JPEG")
    target.put("photo.jpg", data.getvalue(), overwrite=True)
    with target.client.thumbnail(target.path("photo.jpg"), size=size) as response:
        assert Image.open(io.BytesIO(response.read())).size == pixels


@pytest.mark.checks("wire-previews")
def test_previews(target):
    """A page for a text, none for what can't be shown."""
    target.put("notes.txt", "content")
    target.put("data.unheard-of", b"\0\1")
    answer = ask(target, "GET", place(target, "previews", "notes.txt"), host="API_CONTENT")
    assert (answer.status, b"content" in answer.data) == (200, True)
    answer = ask(target, "GET", place(target, "previews", "data.unheard-of"), host="API_CONTENT")
    assert answer.status == 409
