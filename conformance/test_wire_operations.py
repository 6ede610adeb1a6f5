"""Raw requests: file operations, links and thumbnails."""

import io
from urllib.parse import urlencode, urlsplit

import pytest
from PIL import Image

from conformance.pictures import picture
from conformance.wire import fetch, follow, place, send, status_of, url_of

# A link that the emulator did not make.
UNKNOWN = "https://www.dropbox.com/s/0123456789abcde/unknown.txt"
BEARER = {"Authorization": "Bearer fakebox-bearer-token"}


@pytest.mark.checks("wire-operations-parameters", "wire-operations-folder")
def test_operations(target):
    """Paths are required, and only a copied or moved folder has its contents."""
    for name in ("copy", "move", "create_folder", "delete"):
        assert send(target, "POST", f"/fileops/{name}", {"root": "auto"}).status == 400
    target.put("folder/file.txt")
    copied = target.client.file_copy(target.path("folder"), target.path("copy"))
    moved = target.client.file_move(target.path("copy"), target.path("moved"))
    for made, name in ((copied, "copy"), (moved, "moved")):
        assert made["hash"]
        assert [entry["path"] for entry in made["contents"]] == [target.path(f"{name}/file.txt")]
    made = target.client.file_create_folder(target.path("new"))
    assert {"hash", "contents"}.isdisjoint(made)


@pytest.mark.checks("wire-operations-parents")
def test_missing_parents(target):
    """Missing parent folders are created."""
    target.put("a.txt")
    target.client.file_copy(target.path("a.txt"), target.path("x/y/a.txt"))
    target.client.file_create_folder(target.path("p/q/r"))
    assert target.client.metadata(target.path("x/y"))["is_dir"]
    assert target.client.metadata(target.path("p/q"))["is_dir"]


@pytest.mark.checks("wire-operations-itself", "wire-operations-root")
def test_forbidden_operations(target):
    """A folder cannot be copied or moved into itself, and the root cannot be moved."""
    target.put("folder/file.txt")
    inside = target.path("folder/inside")
    assert status_of(target.client.file_move, target.path("folder"), inside) == 403
    assert status_of(target.client.file_copy, target.path("folder"), inside) == 403
    root = {"root": "auto", "from_path": "/", "to_path": target.path("r")}
    assert send(target, "POST", "/fileops/move", root).status == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-operations-root")
def test_delete_of_the_root(target):
    """Deleting the root is answered with 403. The case does not run on a live account."""
    assert send(target, "POST", "/fileops/delete", {"root": "auto", "path": "/"}).status == 403


@pytest.mark.checks("wire-operations-case", "wire-create-onto-file")
def test_spelling_and_files_in_the_way(target):
    """A move cannot change only the case of a name; a folder cannot replace a file."""
    target.put("case.txt")
    paths = target.path("case.txt"), target.path("CASE.txt")
    assert status_of(target.client.file_move, *paths) == 403
    assert status_of(target.client.file_create_folder, target.path("case.txt")) == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-operations-limit", "wire-later-conflict", "wire-later-quota")
def test_settings(target):
    """An operation over the limit is answered with 406, and settings change other statuses."""
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
    """An unknown copy reference is answered with 404; a known one copies the current content."""
    assert status_of(target.client.add_copy_ref, "nonsense", target.path("x")) == 404
    target.put("live.txt", "old")
    ref = target.client.create_copy_ref(target.path("live.txt"))["copy_ref"]
    target.put("live.txt", "newer", overwrite=True)
    assert target.client.add_copy_ref(ref, target.path("copied.txt"))["bytes"] == 5


@pytest.mark.checks("wire-shares-visibility", "wire-shares-kept", "wire-shares-long")
def test_links(target):
    """A link is public, stays the same, and has a short and a long form."""
    target.put("linked.txt")
    path = target.path("linked.txt")
    first = target.client.share(path)
    assert (first["visibility"], target.client.share(path)["url"]) == ("PUBLIC", first["url"])
    long_url = target.client.share(path, short_url=False)["url"]
    assert "/s/" in urlsplit(long_url).path
    assert "/s/" not in urlsplit(first["url"]).path
    assert len(first["url"]) < len(long_url)
    redirect = fetch(first["url"])
    assert redirect.status in (301, 302)
    assert urlsplit(redirect.headers["Location"]).path == urlsplit(long_url).path


@pytest.mark.emulator
@pytest.mark.checks("wire-shares-page", "wire-media-lifetime")
def test_following_links(target):
    """A long link has a page and a download; a media link expires after four hours."""
    target.put("page.txt", "content")
    url = target.client.share(target.path("page.txt"), short_url=False)["url"]
    assert b"page.txt" in fetch(url).data
    assert follow(f"{url}?dl=1", statuses=(301, 302)).data == b"content"
    url = target.client.media(target.path("page.txt"))["url"]
    target.box.clock.advance(4 * 3600 - 60)
    assert fetch(url).data == b"content"
    target.box.clock.advance(120)
    assert fetch(url).status == 410


@pytest.mark.emulator
@pytest.mark.checks("wire-hosts-links")
def test_links_of_the_hosts_of_the_service(target):
    """A client that uses a host name of the service gets links with its host names."""
    target.put("hosts.txt", "content")
    base = url_of(target, "").removesuffix("/1")

    def on(host, path, method="GET"):
        return fetch(f"{base}{path}", method, headers={"Host": host, **BEARER})

    share = on("api.dropbox.com", f"/1{place(target, 'shares', 'hosts.txt')}", "POST").json()
    short = urlsplit(share["url"])
    assert (short.scheme, short.netloc) == ("https", "db.tt")
    page = urlsplit(on("db.tt", short.path).headers["Location"])
    assert page.netloc == "www.dropbox.com"
    assert on("www.dropbox.com", page.path).headers["Content-Type"].startswith("text/html")
    for host in ("dl.dropbox.com", "dl.dropboxusercontent.com", "uc1.dl.dropboxusercontent.com"):
        assert on(host, page.path).data == b"content"


@pytest.mark.emulator
@pytest.mark.checks("wire-save_url-hosts")
def test_save_url_of_an_unknown_link(target):
    """A link of the service to nothing is a job that fails."""
    url = f"{url_of(target, place(target, 'save_url', 'copy.txt'))}?{urlencode({'url': UNKNOWN})}"
    job = fetch(url, "POST", headers={"Host": "api.dropbox.com", **BEARER}).json()["job"]
    assert send(target, "GET", f"/save_url_job/{job}").json()["status"] == "FAILED"


@pytest.mark.checks("wire-shared_folders")
def test_shared_folders(target):
    """Shared folders are a list, and an unknown id is answered with 404."""
    assert isinstance(send(target, "GET", "/shared_folders").json(), list)
    assert send(target, "GET", "/shared_folders/12345").status == 404


@pytest.mark.emulator
@pytest.mark.checks("wire-save_url")
def test_save_url(target):
    """save_url starts a job whose status can be read."""
    target.put("saved.txt", "content")
    url = target.client.media(target.path("saved.txt"))["url"]
    job = send(target, "POST", place(target, "save_url", "copy.txt"), {"url": url}).json()["job"]
    assert send(target, "GET", f"/save_url_job/{job}").json()["status"] == "COMPLETE"
    assert target.client.metadata(target.path("copy.txt"))["bytes"] == 7


@pytest.mark.emulator
@pytest.mark.checks("wire-save_url-status")
def test_status_of_save_url(target):
    """Only a failed job of save_url has an error, and an unknown job is answered with 404."""
    target.put("saved.txt", "content")
    known = target.client.media(target.path("saved.txt"))["url"]
    unknown = target.box.url + "/s/unknown/saved.txt"
    for url, status, fields in (
        (known, "COMPLETE", {"status"}),
        (unknown, "FAILED", {"status", "error"}),
    ):
        call = place(target, "save_url", "copy.txt")
        job = send(target, "POST", call, {"url": url}).json()["job"]
        found = send(target, "GET", f"/save_url_job/{job}").json()
        assert (found["status"], set(found)) == (status, fields)
    assert send(target, "GET", "/save_url_job/unknown").status == 404


@pytest.mark.checks("wire-thumbnail-sizes", "wire-thumbnail-never-larger")
@pytest.mark.parametrize(
    ("size", "pixels"),
    [("xs", (32, 24)), ("s", (64, 48)), ("m", (128, 96)), ("l", (640, 480)), ("xl", (800, 600))],
)
def test_thumbnails(target, size, pixels):
    """A thumbnail has the requested size, but is never larger than the original."""
    target.put("photo.jpg", picture(800, 600, "JPEG"), overwrite=True)
    with target.client.thumbnail(target.path("photo.jpg"), size=size) as response:
        assert Image.open(io.BytesIO(response.read())).size == pixels


SIZES = {
    "small": (32, 32),
    "medium": (64, 64),
    "large": (128, 128),
    "xs": (32, 32),
    "s": (64, 64),
    "m": (128, 128),
    "l": (640, 480),
    "xl": (1024, 768),
    "256x256": (256, 256),
    "320x240_bestfit": (320, 240),
    "480x320_bestfit": (480, 320),
    "640x480_bestfit": (640, 480),
    "960x640_bestfit": (960, 640),
    "1024x768_bestfit": (1024, 768),
}


@pytest.mark.checks("wire-thumbnail-sizes", "wire-thumbnail-numbers")
@pytest.mark.parametrize("size", SIZES)
def test_limits_of_a_thumbnail(target, size):
    """Each side of a thumbnail is limited by its own number of pixels."""
    width, height = SIZES[size]
    for name, original in (("wide.png", (1200, 100)), ("tall.png", (100, 1200))):
        target.put(name, picture(*original))
        call, params = place(target, "thumbnails", name), {"size": size}
        response = send(target, "GET", call, params, host="API_CONTENT")
        assert response.status == 200
        found = Image.open(io.BytesIO(response.data)).size
        assert max(found) == (width if name == "wide.png" else height)


@pytest.mark.checks("wire-previews")
def test_previews(target):
    """A text file has a preview; an unknown type is answered with 409."""
    target.put("notes.txt", "content")
    target.put("data.unheard-of", b"\0\1")
    response = send(target, "GET", place(target, "previews", "notes.txt"), host="API_CONTENT")
    assert (response.status, b"content" in response.data) == (200, True)
    response = send(target, "GET", place(target, "previews", "data.unheard-of"), host="API_CONTENT")
    assert response.status == 409
