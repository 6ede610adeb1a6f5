"""Downloads, listings, search and file operations over version 2."""

from __future__ import annotations

import json

import urllib3

from dropbox.v2 import file_types
from fakebox.core.defaults import BEARER_TOKEN

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c6360606000000004000127340a0d0000000049454e44ae426082"
)


def test_part_of_a_file_is_downloaded(client):
    """`start` and `length` return a part of the file with status 206."""
    client.put_file("/a", b"0123456789")
    with client.get_file("/a", start=2, length=3) as response:
        assert (response.status, response.read()) == (206, b"234")


def test_thumbnail_has_the_metadata(client, error_of):
    """The sizes of version 1 are accepted; a file that is not an image has no thumbnail."""
    client.put_file("/p.png", PIXEL)
    response, metadata = client.thumbnail_and_metadata("/p.png", "SMALL", "PNG")
    with response:
        assert response.read().startswith(b"\x89PNG")
    assert (metadata["mime_type"], metadata["thumb_exists"]) == ("image/png", True)
    client.put_file("/a.txt", b"x")
    assert error_of(client.thumbnail, "/a.txt").status == 404
    client.put_file("/broken.png", b"x")
    assert error_of(client.thumbnail, "/broken.png").status == 415


def test_folder_that_is_unchanged_is_a_304(client, error_of):
    """A folder with the same hash raises status 304; a changed folder is listed."""
    client.put_file("/folder/a", b"x")
    digest = client.metadata("/folder")["hash"]
    assert error_of(client.metadata, "/folder", hash=digest).status == 304
    client.put_file("/folder/b", b"x")
    assert client.metadata("/folder", hash=digest)["hash"] != digest


def test_listing_joins_all_pages(box, client, error_of):
    """A listing has all pages; more entries than `file_limit` raise status 406."""
    box.configure(delta_page_size=2)
    for number in range(5):
        client.put_file(f"/folder/{number}", b"x")
    assert len(client.metadata("/folder")["contents"]) == 5
    assert error_of(client.metadata, "/folder", file_limit=4).status == 406


def test_search_finds_names(client, error_of):
    """Deleted files are included on request; a query that is too short is an error."""
    client.put_file("/needle", b"x")
    client.put_file("/needles", b"x")
    client.file_delete("/needles")
    assert [found["path"] for found in client.search("/", "needle")] == ["/needle"]
    assert len(client.search("/", "needle", include_deleted=True)) == 2
    assert error_of(client.search, "/", "ne").status == 400


def _page_of(names, cursor=None):
    matches = [
        {"metadata": {".tag": "metadata", "metadata": {".tag": "folder", **_folder(name)}}}
        for name in names
    ]
    more = {} if cursor is None else {"cursor": cursor}
    return json.dumps({"matches": matches, "has_more": cursor is not None, **more})


def _folder(name):
    return {"name": name, "path_display": f"/{name}", "id": f"id:{name}"}


def test_search_joins_all_pages_without_duplicates(scripted, script):
    """All pages are requested, and an entry that is on two pages is returned once."""
    for page in (_page_of("ab", "1"), _page_of("", "2"), _page_of("bc", "3"), _page_of("Cd")):
        script.respond(page)
    assert [found["path"] for found in scripted.search("/", "abc")] == ["/a", "/b", "/c", "/d"]
    assert [json.loads(request.body).get("cursor") for request in script.requests[1:]] == [
        "1",
        "2",
        "3",
    ]


def test_search_stops_at_its_limit(scripted, script):
    """No page is requested after the requested number of entries."""
    script.respond(_page_of("abc", "1"))
    assert len(scripted.search("/", "abc", file_limit=2)) == 2
    assert len(script.requests) == 1


def test_search_with_a_repeated_cursor_is_an_error(scripted, script, error_of):
    """Pages with the same cursor would never end, so they are an error."""
    for _ in range(2):
        script.respond(_page_of("a", "1"))
    assert error_of(scripted.search, "/", "abc").status == 200


def test_search_joins_the_pages_of_the_emulator(client):
    """More entries than one page of the service are found."""
    for number in range(15):
        client.put_file(f"/needle {number}", b"x")
    assert len(client.search("/", "needle")) == 15


NAMES = ["a", "a.b.c", "a.unknown", ".txt", "A.TXT", "ü.JPG"]


def test_types_and_icons_are_those_of_version_1(box, client):
    """MIME types, icons and thumbnails are the same over both versions, for all extensions."""
    names = NAMES + [f"x.{extension}" for extension in file_types._TYPES]
    for name in names:
        client.put_file(f"/{name}", b"x")
    for folder in ("/Photos", "/Apps", "/Public", "/Camera Uploads", "/b/Photos"):
        client.file_create_folder(folder)
    fields = ("path", "mime_type", "icon", "thumb_exists")

    def listed(by):
        return sorted(
            [entry.get(field) for field in fields] for entry in by.walk() if "path" in entry
        )

    assert listed(client) == listed(box.client())


def test_limit_out_of_the_range_of_version_1_is_rejected(client, error_of):
    """A limit outside of the documented range raises status 400."""
    assert error_of(client.metadata, "/", file_limit=25_001).status == 400
    assert error_of(client.revisions, "/a", rev_limit=0).status == 400


def test_file_operations_return_metadata(client, error_of):
    """A copy or move to an existing path is renamed; other conflicts are errors."""
    client.put_file("/a", b"x")
    assert client.file_copy("/a", "/b")["path"] == "/b"
    assert client.file_move("/b", "/a")["path"] == "/a (1)"
    assert client.file_create_folder("/folder")["is_dir"]
    assert error_of(client.file_create_folder, "/folder").status == 403
    assert error_of(client.file_move, "/folder", "/folder/below").status == 403
    deleted = client.file_delete("/a")
    assert (deleted["is_deleted"], deleted["bytes"]) == (True, 0)
    assert error_of(client.file_delete, "/a").status == 404


def test_date_before_the_year_1000_is_converted(box, client):
    """A file with a date before the year 1000 has a valid `client_mtime`."""
    argument = json.dumps({"path": "/a", "client_modified": "0900-01-02T03:04:05Z"})
    headers = {
        "Authorization": f"Bearer {BEARER_TOKEN}",
        "Content-Type": "application/octet-stream",
        "Dropbox-API-Arg": argument,
    }
    urllib3.request("POST", f"{box.url}/2/files/upload", body=b"x", headers=headers)
    assert client.metadata("/a")["client_mtime"].endswith(" Jan 0900 03:04:05 +0000")
