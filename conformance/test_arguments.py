"""Arguments, defaults and refusals of the SDK's calls that the other modules leave out."""

import io
import re
from urllib.parse import urlencode

import pytest

from conformance.wire import fetch, status_of
from dropbox.client import DropboxClient
from dropbox.rest import ErrorResponse

DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000")
FILE_FIELDS = {
    "bytes", "icon", "is_dir", "mime_type", "modified", "path", "rev", "revision", "root", "size",
    "thumb_exists",
}  # fmt: skip
CALLS_OF_ONE_PATH = [
    "get_file",
    "get_file_and_metadata",
    "metadata",
    "file_create_folder",
    "file_delete",
    "revisions",
    "share",
    "media",
    "thumbnail",
    "thumbnail_and_metadata",
    "create_copy_ref",
]


@pytest.mark.checks(
    "get_file-400",
    "get_file_and_metadata-400",
    "metadata-400",
    "create_folder-400",
    "delete-400",
    "revisions-400",
    "share-400",
    "media-400",
    "thumbnail-400",
    "thumbnail_and_metadata-400",
    "copy_ref-400",
)
@pytest.mark.parametrize("call", CALLS_OF_ONE_PATH)
def test_illegal_path(target, call):
    """A bad request, and `error` says why."""
    with pytest.raises(ErrorResponse) as caught:
        getattr(target.client, call)(target.path("back\\slash.jpg"))
    assert (caught.value.status, bool(caught.value.error)) == (400, True)


@pytest.mark.checks("copy-400", "move-400", "restore-400", "search-400")
def test_illegal_path_of_two_arguments(target):
    """In either of them."""
    target.put("fine.txt")
    client, fine, bad = target.client, target.path("fine.txt"), target.path("back\\slash")
    assert status_of(client.file_copy, fine, bad) == 400
    assert status_of(client.file_move, fine, bad) == 400
    assert status_of(client.restore, bad, "1") == 400
    assert status_of(client.search, bad, "query") == 400


@pytest.mark.checks("metadata-file", "metadata-fields")
def test_metadata_of_a_file(target):
    """Every documented field, as put answered it."""
    put = target.put("one.txt")
    metadata = target.client.metadata(target.path("one.txt"))
    assert set(metadata) >= FILE_FIELDS
    assert metadata == put


@pytest.mark.version_1("the requests are version 1's own")
@pytest.mark.checks("metadata-file_limit-default", "metadata-list-default")
def test_metadata_defaults(target):
    """A listing, of up to 25,000."""
    asked = []
    client = DropboxClient(target.client.session, _Recording(asked, {"path": "/"}))
    client.metadata("/")
    assert "file_limit=25000" in asked[0]
    assert "list=true" in asked[0].lower()


@pytest.mark.checks("metadata-file_limit-maximum")
def test_metadata_beyond_the_limit(target):
    """25,000 is the most that may be asked for."""
    target.put("limit/a")
    folder = target.path("limit")
    assert target.client.metadata(folder, file_limit=25000)["contents"]
    assert status_of(target.client.metadata, folder, file_limit=25001) == 400


@pytest.mark.checks("metadata-hash-ignored-for-files")
def test_hash_with_a_file(target):
    """A file is answered whatever the hash."""
    target.put("hashless.txt")
    assert target.client.metadata(target.path("hashless.txt"), hash="0" * 32)["bytes"] == 7


@pytest.mark.checks("put_file-file_obj")
def test_put_file_of_an_open_file(target, tmp_path):
    """Its bytes are uploaded."""
    (tmp_path / "draft").write_bytes(b"draft")
    with (tmp_path / "draft").open("rb") as file:
        assert target.put("draft.txt", file)["bytes"] == 5


@pytest.mark.checks("put_file-overwrite-default")
def test_put_file_does_not_overwrite(target):
    """Unless told to."""
    target.put("default.txt", "first")
    assert target.put("default.txt", "second")["path"] != f"{target.folder}/default.txt"


@pytest.mark.checks("chunked-finish-overwrite", "chunked-finish-default", "chunked-finish-metadata")
def test_finish(target):
    """It renames by default, and overwrites when told to."""
    target.put("finished.bin", b"old")
    path = target.path("finished.bin")
    renamed = _uploaded(target, b"new").finish(path)
    assert (renamed["path"], renamed["bytes"]) == (f"{target.folder}/finished (1).bin", 3)
    assert _uploaded(target, b"newer").finish(path, overwrite=True)["path"] == path
    assert target.client.metadata(path)["bytes"] == 5


@pytest.mark.checks("chunked-finish-parent_rev-current", "chunked-finish-parent_rev-stale")
def test_finish_with_a_parent(target):
    """The current one overwrites, an older one makes a conflict, whatever `overwrite` says."""
    rev = target.put("parent.bin", b"old")["rev"]
    path = target.path("parent.bin")
    assert _uploaded(target, b"new").finish(path, parent_rev=rev)["path"] == path
    late = _uploaded(target, b"late").finish(path, overwrite=True, parent_rev=rev)
    assert late["path"] != path


@pytest.mark.checks("chunked-chunk_size", "chunked-chunk_size-default")
def test_chunk_size():
    """Bytes in each chunk; 4 MiB by default."""
    assert _sizes(9, chunk_size=4) == [4, 4, 1]
    assert _sizes(4194304 + 1) == [4194304, 1]


@pytest.mark.checks("chunked-resume")
def test_upload_goes_on_after_an_error():
    """Called again, it resumes where the error occurred."""
    client = _Chunks(fails_at=4)
    uploader = DropboxClient.ChunkedUploader(client, io.BytesIO(b"0123456789"), 10)
    with pytest.raises(OSError, match="broken"):
        uploader.upload_chunked(chunk_size=4)
    assert uploader.offset == 4
    uploader.upload_chunked(chunk_size=4)
    assert (uploader.offset, client.data) == (10, b"0123456789")


@pytest.mark.checks("chunked-chunk-offset")
def test_chunks_by_hand(target):
    """`offset` and `upload_id` go on with an upload."""
    first = target.client.upload_chunk(io.BytesIO(b"0123"), 4)
    options = {"offset": 4, "upload_id": first["upload_id"]}
    second = target.client.upload_chunk(io.BytesIO(b"4567"), 2, **options)
    assert (second["upload_id"], second["offset"]) == (first["upload_id"], 6)


@pytest.mark.checks("copy-metadata", "move-metadata", "delete-metadata", "restore-metadata")
def test_operations_answer_metadata(target):
    """Of what they made, or removed."""
    rev = target.put("a.txt")["rev"]
    client, path = target.client, target.path
    assert client.file_copy(path("a.txt"), path("b.txt"))["path"] == path("b.txt")
    assert client.file_move(path("b.txt"), path("c.txt"))["path"] == path("c.txt")
    assert client.file_delete(path("a.txt"))["is_deleted"] is True
    assert client.restore(path("a.txt"), rev)["path"] == path("a.txt")


@pytest.mark.emulator
@pytest.mark.checks("move-503", "chunked-finish-503")
def test_over_quota(target):
    """A commit is refused, and so is a move by a service that counts it."""
    target.box.set_quota(5)
    uploader = _uploaded(target, b"x" * 10)
    assert status_of(uploader.finish, target.path("large.bin")) == 503
    move = {"v1": "fileops/move", "v2": "files/move_v2"}[target.api]
    target.box.faults.add(endpoint=move, status=503)
    assert status_of(target.client.file_move, target.path("a"), target.path("b")) == 503


@pytest.mark.checks("delete-folder")
def test_delete_a_folder(target):
    """With all that is in it."""
    target.put("gone/deep/file.txt")
    target.client.file_delete(target.path("gone"))
    assert status_of(target.client.get_file, target.path("gone/deep/file.txt")) == 404


@pytest.mark.checks("move-folder")
def test_move_a_folder(target):
    """With all that is in it."""
    target.put("van/box/file.txt")
    target.client.file_move(target.path("van"), target.path("house"))
    assert target.client.metadata(target.path("house/box/file.txt"))["bytes"] == 7


@pytest.mark.checks("create_folder-metadata")
def test_folder_fields(target):
    """The documented ones of a folder."""
    metadata = target.client.file_create_folder(target.path("fields"))
    assert FILE_FIELDS - {"mime_type"} <= set(metadata)
    assert (metadata["bytes"], metadata["size"], metadata["icon"]) == (0, "0 bytes", "folder")


@pytest.mark.emulator
@pytest.mark.checks("copy_ref-account")
def test_copy_ref_of_another_account(target):
    """Any account may use it."""
    target.put("given.txt", "content")
    ref = target.client.create_copy_ref(target.path("given.txt"))["copy_ref"]
    other = target.box.client("other@fakebox.example")
    assert other.add_copy_ref(ref, "/taken.txt")["bytes"] == 7


@pytest.mark.checks("delta-fields", "delta-cursor-default", "delta-has_more")
def test_delta_fields(target):
    """Entries, reset, cursor, and has_more, which is false at the end."""
    page = target.client.delta(None)
    assert {"entries", "reset", "cursor", "has_more"} <= set(page)
    *_, last = target.client.iter_delta()
    assert last["has_more"] is False
    assert target.client.delta(last["cursor"])["entries"] == []


@pytest.mark.checks("delta-folder")
def test_delta_of_a_new_folder(target):
    """Parents get entries too, and metadata is that of metadata()."""
    *_, page = target.client.iter_delta()
    target.put("parent/child.txt")
    (page,) = target.client.iter_delta(page["cursor"])
    told = dict(page["entries"])
    folder = target.path("parent")
    assert told[folder]["is_dir"] is True
    assert told[f"{folder}/child.txt"] == target.client.metadata(f"{folder}/child.txt")


@pytest.mark.version_1("the requests are version 1's own")
@pytest.mark.checks("revisions-default", "search-default")
def test_limits_by_default(target):
    """The most that there is: 1,000."""
    asked = []
    client = DropboxClient(target.client.session, _Recording(asked, []))
    client.revisions("/a")
    client.search("/", "query")
    assert "rev_limit=1000" in asked[0]
    assert "file_limit=1000" in asked[1]


@pytest.mark.checks("revisions-folder", "restore-folder", "media-folder")
def test_folders_are_not_supported(target):
    """No revisions, no restoring, no media."""
    folder = target.client.file_create_folder(target.path("folder"))
    assert status_of(target.client.revisions, target.path("folder")) == 404
    assert status_of(target.client.restore, target.path("folder"), folder["rev"]) in (400, 404)
    assert status_of(target.client.media, target.path("folder")) == 400


@pytest.mark.checks("search-include_deleted")
def test_search_for_deleted_files(target):
    """On demand alone."""
    target.put("ghosts/ghost.txt")
    target.client.file_delete(target.path("ghosts/ghost.txt"))
    folder = target.path("ghosts")
    assert target.client.search(folder, "ghost") == []
    (found,) = target.client.search(folder, "ghost", include_deleted=True)
    assert found["is_deleted"] is True


@pytest.mark.checks("share-folder", "share-no-authentication")
def test_share_a_folder(target):
    """Its link is open to anybody."""
    target.put("open/file.txt")
    link = target.client.share(target.path("open"))
    assert DATE.fullmatch(link["expires"])
    assert fetch(link["url"]).status in (200, 302)


@pytest.mark.checks("media-expires")
def test_media_expires(target):
    """The date is as in the documented example."""
    target.put("film.mov")
    assert DATE.fullmatch(target.client.media(target.path("film.mov"))["expires"])


@pytest.mark.checks("thumbnail-format", "thumbnail-size-default", "thumbnail-response")
def test_thumbnail_format(target):
    """JPEG and large by default; PNG too."""
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(data, "PNG")
    target.put("formats.png", data.getvalue())
    for options, kind in (({}, "JPEG"), ({"format": "PNG"}, "PNG")):
        with target.client.thumbnail(target.path("formats.png"), **options) as response:
            image = Image.open(io.BytesIO(response.read()))
        assert (image.format, image.width) == (kind, 128)


@pytest.mark.checks("get_file_and_metadata-404", "thumbnail_and_metadata-404")
def test_nothing_to_fetch(target):
    """There is none."""
    assert status_of(target.client.get_file_and_metadata, target.path("never.jpg")) == 404
    assert status_of(target.client.thumbnail_and_metadata, target.path("never.jpg")) == 404


@pytest.mark.checks("get_file_and_metadata-rev", "thumbnail_and_metadata-415")
def test_other_ways_of_fetching(target):
    """An older revision; an image that is none."""
    rev = target.put("old.jpg", "old")["rev"]
    target.put("old.jpg", "newer", overwrite=True)
    response, metadata = target.client.get_file_and_metadata(target.path("old.jpg"), rev=rev)
    with response:
        assert (response.read(), metadata["rev"]) == (b"old", rev)
    assert status_of(target.client.thumbnail_and_metadata, target.path("old.jpg")) == 415


@pytest.mark.checks("request-content_server", "request-method")
def test_request_of_the_content_server(target):
    """Another host; parameters of a GET are in the URL, those of a POST beside it."""
    session = target.client.session
    url, params, _ = target.client.request("/files", {"a": "b"}, "GET", content_server=True)
    assert url.startswith(session.build_url(session.API_CONTENT_HOST, "/files"))
    assert "a=b" in url
    url, params, _ = target.client.request("/files", {"a": "b"})
    assert ("a=b" in url, params["a"]) == (False, "b")


class _Recording:
    """A REST client that notes URLs and gives one answer."""

    def __init__(self, asked, answer):
        self.asked, self.answer = asked, answer

    def GET(self, url, *args, **options):
        self.asked.append(url)
        return self.answer

    def POST(self, url, params=None, *args, **options):
        return self.GET(f"{url}?{urlencode(params)}")


class _Chunks:
    """A client that takes chunks, and fails once."""

    def __init__(self, fails_at=None):
        self.data, self.sizes, self.fails_at = b"", [], fails_at

    def upload_chunk(self, file_obj, length, offset=0, upload_id=None):
        if offset == self.fails_at:
            self.fails_at = None
            raise OSError("broken")
        self.data += file_obj
        self.sizes.append(length)
        return {"upload_id": "id", "offset": offset + length}


def _sizes(length, **options):
    client = _Chunks()
    DropboxClient.ChunkedUploader(client, io.BytesIO(b"x" * length), length).upload_chunked(
        **options
    )
    return client.sizes


def _uploaded(target, content):
    uploader = target.client.get_chunked_uploader(io.BytesIO(content), len(content))
    uploader.upload_chunked()
    return uploader
