"""File operations, delta, search, links, thumbnails, chunked uploads and credentials."""

import io
import time

import pytest
from PIL import Image

from conformance.calls import CALLS
from conformance.live import set_hosts
from conformance.pictures import picture
from conformance.targets import seconds
from conformance.wire import fetch, follow, status_of
from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse
from dropbox.session import DropboxSession

DAY_S = 24 * 3600
# A token that has the form of a token, so that the service looks it up.
UNKNOWN_TOKEN = "sl." + "A" * 64


@pytest.mark.checks("create_folder-creates")
def test_create_folder(target):
    """file_create_folder() returns the metadata of the folder."""
    metadata = target.client.file_create_folder(target.path("created"))
    assert (metadata["is_dir"], metadata["path"]) == (True, f"{target.folder}/created")


@pytest.mark.checks("create_folder-403")
def test_create_folder_twice(target):
    """Creating an existing folder raises status 403."""
    target.client.file_create_folder(target.path("twice"))
    assert status_of(target.client.file_create_folder, target.path("twice")) == 403


@pytest.mark.checks("delete-404")
def test_delete_a_missing_file(target):
    """Deleting a missing file raises status 404."""
    assert status_of(target.client.file_delete, target.path("never")) == 404


@pytest.mark.checks("copy-name", "copy-copies")
def test_copy(target):
    """Copying a folder copies its contents and keeps the source."""
    target.put("source/deep/file.txt", "content")
    target.client.file_copy(target.path("source"), target.path("target"))
    with target.client.get_file(target.path("target/deep/file.txt")) as response:
        assert response.read() == b"content"
    assert not target.client.metadata(target.path("source")).get("is_deleted")


@pytest.mark.checks("copy-rename")
def test_copy_to_an_existing_path(target):
    """A copy to an existing path gets another name."""
    target.put("a.txt", "a")
    target.put("b.txt", "b")
    path = target.client.file_copy(target.path("a.txt"), target.path("b.txt"))["path"]
    assert path == f"{target.folder}/b (1).txt"


@pytest.mark.checks("copy-404", "move-404")
def test_copy_or_move_a_missing_file(target):
    """Copying or moving a missing file raises status 404."""
    paths = target.path("never"), target.path("there")
    assert status_of(target.client.file_copy, *paths) == 404
    assert status_of(target.client.file_move, *paths) == 404


@pytest.mark.checks("move-name", "move-moves")
def test_move(target):
    """A moved file exists at the new path only."""
    target.put("from.txt", "content")
    target.client.file_move(target.path("from.txt"), target.path("sub/to.txt"))
    assert target.client.metadata(target.path("sub/to.txt"))["bytes"] == 7
    assert status_of(target.client.get_file, target.path("from.txt")) == 404


@pytest.mark.checks("move-rename")
def test_move_to_an_existing_path(target):
    """A file moved to an existing path gets another name."""
    target.put("c.txt", "c")
    target.put("d.txt", "d")
    path = target.client.file_move(target.path("c.txt"), target.path("d.txt"))["path"]
    assert path == f"{target.folder}/d (1).txt"


@pytest.mark.checks("copy_ref-metadata", "copy_ref-create", "copy_ref-fields", "copy_ref-add")
def test_copy_ref(target):
    """A copy reference has an expiry and can be added at another path."""
    target.put("original.txt", "content")
    reference = target.client.create_copy_ref(target.path("original.txt"))
    assert set(reference) == {"copy_ref", "expires"}
    assert seconds(reference["expires"]) > time.time() + DAY_S
    metadata = target.client.add_copy_ref(reference["copy_ref"], target.path("added.txt"))
    assert (metadata["path"], metadata["bytes"]) == (f"{target.folder}/added.txt", 7)


@pytest.mark.checks("delta-first", "delta-lower-case")
def test_first_delta(target):
    """delta() without a cursor returns all entries, with reset."""
    target.put("Delta.TXT")
    pages = target.pages()
    assert pages[0]["reset"] is True
    entries = dict(entry for page in pages for entry in page["entries"])
    path = f"{target.folder}/Delta.TXT"
    assert entries[path.lower()]["path"] == path


@pytest.mark.checks("delta-keeps-up", "delta-cursor", "delta-reset-rare", "delta-entries")
def test_later_delta(target):
    """delta() with a cursor returns only changes."""
    path = f"{target.folder}/changed.txt"
    *_, page = target.pages()
    target.put("changed.txt")
    *_, page = pages = target.pages(page["cursor"])
    assert [each["reset"] for each in pages] == [False] * len(pages)
    assert path.lower() in [changed for each in pages for changed, _ in each["entries"]]
    target.client.file_delete(path)
    assert target.changes(page["cursor"]) == [[path.lower(), None]]


@pytest.mark.checks("delta-bad-cursor")
def test_delta_with_a_cursor_that_is_invalid(target):
    """delta() with an invalid cursor raises status 400."""
    assert status_of(target.client.delta, "trollcursor") == 400


@pytest.mark.checks("search-finds")
def test_search(target):
    """search() finds entries by words in their names, in any case."""
    target.put("deep/Frog jumps.txt")
    for query in ("frog JUMP", "fro"):
        found = target.eventually(
            lambda query=query: target.client.search(target.folder, query), len
        )
        assert [entry["path"] for entry in found] == [f"{target.folder}/deep/Frog jumps.txt"]


@pytest.mark.checks("search-finds")
def test_search_for_a_word_of_a_content(target):
    """search() finds no file by its content."""
    target.put("jumping.txt", "a frog")
    found = target.eventually(lambda: target.client.search(target.folder, "jumping"), len)
    assert len(found) == 1
    assert target.client.search(target.folder, "frog") == []


@pytest.mark.checks("search-minimum")
def test_search_with_a_short_query(target):
    """A query of fewer than three characters raises status 400."""
    assert target.client.search(target.folder, "abc") == []
    assert status_of(target.client.search, target.folder, "ab") == 400


@pytest.mark.checks("search-limit")
def test_search_with_a_limit(target):
    """search() returns at most file_limit entries."""
    for number in range(3):
        target.put(f"toads/toad {number}")
    folder = target.path("toads")
    target.eventually(lambda: target.client.search(folder, "toad"), lambda found: len(found) == 3)
    assert len(target.client.search(folder, "toad", file_limit=2)) == 2


@pytest.mark.checks("share-a-day", "share-link")
def test_share(target):
    """share() returns the URL of a page about the file, and an expiry of a day or later."""
    target.put("shared.txt")
    link = target.client.share(target.path("shared.txt"))
    page = follow(link["url"])
    assert (page.status, b"shared.txt" in page.data) == (200, True)
    assert seconds(link["expires"]) >= time.time() + DAY_S
    assert target.client.share(target.path("shared.txt"))["url"] == link["url"]


@pytest.mark.checks("share-404", "media-404")
def test_links_to_a_missing_file(target):
    """share() and media() of a missing file raise status 404."""
    assert status_of(target.client.share, target.path("never")) == 404
    assert status_of(target.client.media, target.path("never")) == 404


@pytest.mark.checks("media-link")
def test_media(target):
    """A media link works without credentials and supports range requests."""
    target.put("film.mov", b"0123456789")
    link = target.client.media(target.path("film.mov"))
    response = fetch(link["url"], headers={"Range": "bytes=2-4"})
    assert (response.status, response.data) == (206, b"234")


@pytest.mark.checks("thumbnail-sizes")
@pytest.mark.parametrize(("size", "pixels"), [("small", 32), ("medium", 64), ("large", 128)])
def test_thumbnail(target, size, pixels):
    """A thumbnail fits the requested size and keeps the proportions."""
    target.put("photo.jpg", picture(300, 200, "JPEG"), overwrite=True)
    with target.client.thumbnail(target.path("photo.jpg"), size=size) as response:
        width, height = Image.open(io.BytesIO(response.read())).size
    assert max(width, height) == pixels
    assert abs(width / height - 1.5) < 0.1


@pytest.mark.checks("thumbnail-404", "thumbnail-415")
def test_thumbnail_of_invalid_files(target):
    """Thumbnails of missing files and other types raise 404, and of invalid images 415."""
    client = target.client
    target.put("text.txt")
    target.put("damaged.jpg", picture(300, 200, "JPEG")[:200])
    assert status_of(client.thumbnail, target.path("never.jpg")) == 404
    assert status_of(client.thumbnail, target.path("text.txt")) == 404
    assert status_of(client.thumbnail, target.path("damaged.jpg")) == 415


@pytest.mark.checks("thumbnail_and_metadata-both")
def test_thumbnail_and_metadata(target):
    """thumbnail_and_metadata() returns the metadata of the original image."""
    data = picture(300, 200, "JPEG")
    target.put("both.jpg", data)
    response, metadata = target.client.thumbnail_and_metadata(target.path("both.jpg"))
    response.close()
    assert (metadata["bytes"], metadata["mime_type"]) == (len(data), "image/jpeg")


@pytest.mark.checks("chunked-finish", "chunked-upload", "chunked-get_uploader")
def test_chunked_uploader(target):
    """A file uploaded in chunks has the whole content."""
    content = bytes(range(256)) * 40
    uploader = target.client.get_chunked_uploader(io.BytesIO(content), len(content))
    uploader.upload_chunked(chunk_size=4096)
    assert uploader.offset == len(content)
    uploader.finish(target.path("chunked.bin"))
    with target.client.get_file(target.path("chunked.bin")) as response:
        assert response.read() == content


@pytest.mark.checks("chunked-finish")
def test_chunked_uploader_of_an_empty_file(target):
    """An empty file is uploaded without a chunk."""
    uploader = target.client.get_chunked_uploader(io.BytesIO(b""), 0)
    uploader.upload_chunked()
    assert uploader.finish(target.path("empty.bin"))["bytes"] == 0


@pytest.mark.checks("chunked-chunk", "chunked-offset")
def test_upload_chunk(target):
    """A chunk at a wrong offset raises status 400 with the correct offset."""
    client = target.client
    chunk = client.upload_chunk(io.BytesIO(b"01234"), 5)
    assert (set(chunk), chunk["offset"]) == ({"upload_id", "offset", "expires"}, 5)
    assert seconds(chunk["expires"]) > time.time() + DAY_S - 60
    with pytest.raises(ErrorResponse) as caught:
        client.upload_chunk(io.BytesIO(b"x"), 1, offset=9, upload_id=chunk["upload_id"])
    assert (caught.value.status, caught.value.body["offset"]) == (400, 5)


@pytest.mark.checks("chunked-offset-of-service")
def test_chunked_uploader_resumes(target):
    """After an error for a chunk that has arrived before, the uploader has the correct offset."""
    client, content = target.client, b"0123456789"
    chunk = client.upload_chunk(io.BytesIO(content[:5]), 5)
    uploader = client.get_chunked_uploader(io.BytesIO(content), len(content))
    uploader.upload_id = chunk["upload_id"]
    assert status_of(uploader.upload_chunked, chunk_size=4) == 400
    assert uploader.offset == 5
    uploader.upload_chunked(chunk_size=4)
    assert uploader.offset == len(content)
    uploader.finish(target.path("resumed.bin"))
    with client.get_file(target.path("resumed.bin")) as response:
        assert response.read() == content


@pytest.mark.emulator
@pytest.mark.version_1("an upload session of version 2 is kept for seven days")
@pytest.mark.checks("chunked-expiry")
def test_upload_expires(target):
    """An upload expires after one day."""
    chunk = target.client.upload_chunk(io.BytesIO(b"01234"), 5)
    target.box.clock.advance(24 * 3600)
    options = {"offset": 5, "upload_id": chunk["upload_id"]}
    assert status_of(target.client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404


@pytest.mark.version_1("version 2 has no such requests")
@pytest.mark.checks("request-signed", "request-parts")
def test_request(target):
    """request() returns a signed URL that another HTTP client can send."""
    url, params, headers = target.client.request("/account/info", method="GET")
    assert "oauth_signature" in params
    assert fetch(url, headers=headers).status == 200


@pytest.mark.checks("unauthorized-401")
@pytest.mark.parametrize("call", CALLS)
def test_unknown_token(target, call):
    """An unknown token raises status 401 with every call."""
    good = target.client.session
    session = DropboxSession(
        good.consumer_creds.key, good.consumer_creds.secret, "dropbox", api=target.api
    )
    set_hosts(session, good.API_HOST if "://" in good.API_HOST else None)
    session.set_token(UNKNOWN_TOKEN, "not-a-secret" if target.api == "v1" else "")
    client = DropboxClient(session, target.client.rest_client)
    assert status_of(getattr(client, call), *CALLS[call]) == 401


@pytest.mark.checks("delta-replay")
def test_local_state_follows_every_entry(target):
    """A local state that applies every entry as documented equals the folder."""
    local = {}
    cursor = replay(target, None, local)
    target.put("kept/deep/file.txt", "one")
    target.put("gone/file.txt")
    target.put("becomes a folder")
    target.put("Becomes A File/child.txt")
    cursor = replay(target, cursor, local)
    assert local == tree(target, target.folder)
    target.put("kept/deep/file.txt", "two", overwrite=True)
    target.client.file_delete(target.path("gone"))
    target.client.file_delete(target.path("becomes a folder"))
    target.put("becomes a folder/child.txt")
    target.client.file_delete(target.path("Becomes A File"))
    target.put("becomes a file")
    replay(target, cursor, local)
    assert local == tree(target, target.folder)


def replay(target, cursor, local):
    """Apply the entries since a cursor to a local state, and return the new cursor."""
    pages = target.pages(cursor)
    for page in pages:
        if page["reset"]:
            local.clear()
        for path, metadata in page["entries"]:
            is_folder = metadata is not None and metadata["is_dir"]
            if not (is_folder and local.get(path, ("",))[0] == "folder"):
                for below in [name for name in local if f"{name}/".startswith(f"{path}/")]:
                    del local[below]
            if metadata is not None:
                local[path] = kind(metadata)
    return pages[-1]["cursor"]


def tree(target, path):
    """Return the state of a folder and everything below it, by lower-cased path."""
    listed = target.client.metadata(path)
    found = {path.lower(): kind(listed)}
    for entry in listed["contents"]:
        if entry["is_dir"]:
            found |= tree(target, entry["path"])
        else:
            found[entry["path"].lower()] = kind(entry)
    return found


def kind(metadata):
    """Return what a local state stores about an entry."""
    return ("folder",) if metadata["is_dir"] else ("file", metadata["rev"])
