"""Operations, changes, search, links, pictures, chunks and credentials."""

import io

import pytest
import urllib3
from PIL import Image

from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse
from dropbox.session import DropboxSession


def status_of(call, *args, **options):
    """The status that a call is refused with."""
    with pytest.raises(ErrorResponse) as caught:
        call(*args, **options)
    return caught.value.status


def picture():
    """A JPEG of 300 by 200."""
    data = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(data, "JPEG")
    return data.getvalue()


@pytest.mark.checks("create_folder-creates")
def test_create_folder(target):
    """Its metadata comes back."""
    metadata = target.client.file_create_folder(target.path("created"))
    assert (metadata["is_dir"], metadata["path"]) == (True, f"{target.folder}/created")


@pytest.mark.checks("create_folder-403")
def test_create_folder_twice(target):
    """It is there already."""
    target.client.file_create_folder(target.path("twice"))
    assert status_of(target.client.file_create_folder, target.path("twice")) == 403


@pytest.mark.checks("delete-404")
def test_delete_nothing(target):
    """There was none."""
    assert status_of(target.client.file_delete, target.path("never")) == 404


@pytest.mark.checks("copy-copies")
def test_copy(target):
    """A folder with everything in it."""
    target.put("source/deep/file.txt", "content")
    target.client.file_copy(target.path("source"), target.path("target"))
    with target.client.get_file(target.path("target/deep/file.txt")) as response:
        assert response.read() == b"content"
    assert not target.client.metadata(target.path("source")).get("is_deleted")


@pytest.mark.checks("copy-rename")
def test_copy_to_a_taken_path(target):
    """Renamed to be unique."""
    target.put("a.txt", "a")
    target.put("b.txt", "b")
    path = target.client.file_copy(target.path("a.txt"), target.path("b.txt"))["path"]
    assert path == f"{target.folder}/b (1).txt"


@pytest.mark.checks("copy-404", "move-404")
def test_copy_or_move_nothing(target):
    """There is none."""
    paths = target.path("never"), target.path("there")
    assert status_of(target.client.file_copy, *paths) == 404
    assert status_of(target.client.file_move, *paths) == 404


@pytest.mark.checks("move-moves")
def test_move(target):
    """Here, no longer there."""
    target.put("from.txt", "content")
    target.client.file_move(target.path("from.txt"), target.path("sub/to.txt"))
    assert target.client.metadata(target.path("sub/to.txt"))["bytes"] == 7
    assert status_of(target.client.get_file, target.path("from.txt")) == 404


@pytest.mark.checks("move-rename")
def test_move_to_a_taken_path(target):
    """Renamed to be unique."""
    target.put("c.txt", "c")
    target.put("d.txt", "d")
    path = target.client.file_move(target.path("c.txt"), target.path("d.txt"))["path"]
    assert path == f"{target.folder}/d (1).txt"


@pytest.mark.checks("copy_ref-fields", "copy_ref-add")
def test_copy_ref(target):
    """From one path to another, or one account to another."""
    target.put("referred.txt", "content")
    reference = target.client.create_copy_ref(target.path("referred.txt"))
    assert set(reference) == {"copy_ref", "expires"}
    metadata = target.client.add_copy_ref(reference["copy_ref"], target.path("added.txt"))
    assert (metadata["path"], metadata["bytes"]) == (f"{target.folder}/added.txt", 7)


@pytest.mark.checks("delta-first", "delta-lower-case")
def test_first_delta(target):
    """Everything, from the beginning."""
    target.put("Delta.TXT")
    pages = list(target.client.iter_delta())
    assert pages[0]["reset"] is True
    entries = dict(entry for page in pages for entry in page["entries"])
    path = f"{target.folder}/Delta.TXT"
    assert entries[path.lower()]["path"] == path


@pytest.mark.checks("delta-entries")
def test_later_delta(target):
    """Only what has changed."""
    *_, page = target.client.iter_delta()
    target.put("changed.txt")
    (page,) = target.client.iter_delta(page["cursor"])
    told = dict(page["entries"])
    assert (page["reset"], f"{target.folder}/changed.txt" in told) == (False, True)
    target.client.file_delete(target.path("changed.txt"))
    (page,) = target.client.iter_delta(page["cursor"])
    assert page["entries"] == [[f"{target.folder}/changed.txt", None]]


@pytest.mark.checks("delta-bad-cursor")
def test_delta_with_a_cursor_of_nonsense(target):
    """Refused."""
    assert status_of(target.client.delta, "trollcursor") == 400


@pytest.mark.checks("search-finds")
def test_search(target):
    """By words of the name, in any case."""
    target.put("deep/Frog jumps.txt")
    found = [entry["path"] for entry in target.client.search(target.folder, "frog JUMP")]
    assert found == [f"{target.folder}/deep/Frog jumps.txt"]


@pytest.mark.checks("search-minimum")
def test_search_for_too_little(target):
    """Three characters at least."""
    assert status_of(target.client.search, target.folder, "ab") == 400


@pytest.mark.checks("search-limit")
def test_search_for_a_few(target):
    """No more than wanted."""
    for number in range(3):
        target.put(f"toads/toad {number}")
    assert len(target.client.search(target.path("toads"), "toad", file_limit=2)) == 2


@pytest.mark.checks("share-link")
def test_share(target):
    """A URL and its end."""
    target.put("shared.txt")
    link = target.client.share(target.path("shared.txt"))
    assert link["url"].startswith("http")
    assert link["expires"].endswith("+0000")


@pytest.mark.checks("share-404", "media-404")
def test_links_to_nothing(target):
    """There is none."""
    assert status_of(target.client.share, target.path("never")) == 404
    assert status_of(target.client.media, target.path("never")) == 404


@pytest.mark.checks("media-link")
def test_media(target):
    """Anybody may fetch it, in parts as well."""
    target.put("film.mov", b"0123456789")
    link = target.client.media(target.path("film.mov"))
    with urllib3.PoolManager() as pool:
        answer = pool.request("GET", link["url"], headers={"Range": "bytes=2-4"})
    assert (answer.status, answer.data) == (206, b"234")


@pytest.mark.checks("thumbnail-sizes")
@pytest.mark.parametrize(("size", "pixels"), [("small", 32), ("medium", 64), ("large", 128)])
def test_thumbnail(target, size, pixels):
    """Within the square, in proportion."""
    target.put("photo.jpg", picture(), overwrite=True)
    with target.client.thumbnail(target.path("photo.jpg"), size=size) as response:
        width, height = Image.open(io.BytesIO(response.read())).size
    assert max(width, height) <= pixels
    assert abs(width / height - 1.5) < 0.1


@pytest.mark.checks("thumbnail-404", "thumbnail-415")
def test_thumbnail_of_no_picture(target):
    """Missing, of another type, or damaged."""
    client = target.client
    target.put("text.txt")
    target.put("damaged.jpg", picture()[:200])
    assert status_of(client.thumbnail, target.path("never.jpg")) == 404
    assert status_of(client.thumbnail, target.path("text.txt")) == 404
    assert status_of(client.thumbnail, target.path("damaged.jpg")) == 415


@pytest.mark.checks("thumbnail_and_metadata-both")
def test_thumbnail_and_metadata(target):
    """The metadata is the picture's."""
    data = picture()
    target.put("both.jpg", data)
    response, metadata = target.client.thumbnail_and_metadata(target.path("both.jpg"))
    response.close()
    assert (metadata["bytes"], metadata["mime_type"]) == (len(data), "image/jpeg")


@pytest.mark.checks("chunked-upload", "chunked-get_uploader")
def test_chunked_uploader(target):
    """In pieces, then whole."""
    content = bytes(range(256)) * 40
    uploader = target.client.get_chunked_uploader(io.BytesIO(content), len(content))
    uploader.upload_chunked(chunk_size=4096)
    assert uploader.offset == len(content)
    uploader.finish(target.path("chunked.bin"))
    with target.client.get_file(target.path("chunked.bin")) as response:
        assert response.read() == content


@pytest.mark.checks("chunked-chunk", "chunked-offset")
def test_upload_chunk(target):
    """The server tells where it is."""
    client = target.client
    reply = client.upload_chunk(io.BytesIO(b"01234"), 5)
    assert (set(reply), reply["offset"]) == ({"upload_id", "offset", "expires"}, 5)
    with pytest.raises(ErrorResponse) as caught:
        client.upload_chunk(io.BytesIO(b"x"), 1, offset=9, upload_id=reply["upload_id"])
    assert (caught.value.status, caught.value.body["offset"]) == (400, 5)


@pytest.mark.emulator
@pytest.mark.checks("chunked-expiry")
def test_upload_expires(target):
    """After a day."""
    reply = target.client.upload_chunk(io.BytesIO(b"01234"), 5)
    target.box.clock.advance(24 * 3600)
    options = {"offset": 5, "upload_id": reply["upload_id"]}
    assert status_of(target.client.upload_chunk, io.BytesIO(b"x"), 1, **options) == 404


@pytest.mark.version_1("the requests are version 1's own")
@pytest.mark.checks("request-parts")
def test_request(target):
    """Signed, and ready to be sent by other means."""
    url, params, headers = target.client.request("/account/info", method="GET")
    assert "oauth_signature" in params
    with urllib3.PoolManager() as pool:
        assert pool.request("GET", url, headers=headers).status == 200


@pytest.mark.checks("unauthorized-401")
def test_bad_token(target):
    """The user has to be authenticated anew."""
    good = target.client.session
    session = DropboxSession(
        good.consumer_creds.key, good.consumer_creds.secret, "dropbox", api=target.api
    )
    session.API_HOST = good.API_HOST
    session.set_token("not-a-token", "not-a-secret" if target.api == "v1" else "")
    client = DropboxClient(session, target.client.rest_client)
    assert status_of(client.account_info) == 401
