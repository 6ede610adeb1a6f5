"""Arguments, defaults and errors of the SDK's calls that the other modules do not cover."""

import io
import re
from urllib.parse import urlencode

import pytest
from PIL import Image

from conformance.pictures import picture
from conformance.wire import follow, status_of, url_of
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
    """An illegal path raises status 400 with an error text."""
    with pytest.raises(ErrorResponse) as caught:
        getattr(target.client, call)(target.path("back\\slash.jpg"))
    assert (caught.value.status, bool(caught.value.error)) == (400, True)


@pytest.mark.checks("copy-400", "move-400", "restore-400", "search-400")
def test_illegal_path_of_two_arguments(target):
    """Calls with two arguments check both paths."""
    target.put("legal.txt")
    client, legal, illegal = target.client, target.path("legal.txt"), target.path("back\\slash")
    assert status_of(client.file_copy, legal, illegal) == 400
    assert status_of(client.file_move, legal, illegal) == 400
    assert status_of(client.restore, illegal, "1") == 400
    assert status_of(client.search, illegal, "query") == 400


@pytest.mark.checks("metadata-file", "metadata-fields")
def test_metadata_of_a_file(target):
    """metadata() returns every documented field, equal to the result of put_file()."""
    put = target.put("fields/one.txt")
    metadata = target.client.metadata(target.path("fields/one.txt"))
    assert set(metadata) >= FILE_FIELDS
    assert metadata == put
    target.client.file_create_folder(target.path("fields/sub"))
    listed = target.client.metadata(target.path("fields"))
    assert set(listed) >= FILE_FIELDS - {"mime_type"} | {"contents", "hash"}
    file, folder = sorted(listed["contents"], key=lambda entry: entry["path"])
    assert file == put
    assert set(folder) >= FILE_FIELDS - {"mime_type"}


@pytest.mark.version_1("version 2 has no such requests")
@pytest.mark.checks("metadata-file_limit-default", "metadata-list-default")
def test_metadata_defaults(target):
    """metadata() requests a listing with a limit of 25,000 entries by default."""
    urls = []
    client = DropboxClient(target.client.session, _Recording(urls, {"path": "/"}))
    client.metadata("/")
    assert "file_limit=25000" in urls[0]
    assert "list=true" in urls[0].lower()


@pytest.mark.checks("metadata-file_limit-maximum")
def test_metadata_beyond_the_limit(target):
    """The largest accepted file_limit is 25,000."""
    target.put("limit/a")
    folder = target.path("limit")
    assert target.client.metadata(folder, file_limit=25000)["contents"]
    assert status_of(target.client.metadata, folder, file_limit=25001) == 400


@pytest.mark.checks("metadata-hash-ignored-for-files")
def test_hash_with_a_file(target):
    """metadata() ignores the hash for a file."""
    target.put("hashless.txt")
    assert target.client.metadata(target.path("hashless.txt"), hash="0" * 32)["bytes"] == 7


@pytest.mark.checks("put_file-file_obj")
def test_put_file_of_an_open_file(target, tmp_path):
    """put_file() uploads the bytes of an open file."""
    (tmp_path / "draft").write_bytes(b"draft")
    with (tmp_path / "draft").open("rb") as file:
        assert target.put("draft.txt", file)["bytes"] == 5
    with target.client.get_file(target.path("draft.txt")) as response:
        assert response.read() == b"draft"


@pytest.mark.checks("put_file-overwrite-default")
def test_put_file_does_not_overwrite(target):
    """put_file() does not overwrite an existing file by default."""
    target.put("default.txt", "first")
    assert target.put("default.txt", "second")["path"] != f"{target.folder}/default.txt"


@pytest.mark.checks("chunked-finish-overwrite", "chunked-finish-default", "chunked-finish-metadata")
def test_finish(target):
    """finish() renames the file by default and overwrites if `overwrite` is true."""
    target.put("finished.bin", b"old")
    path = target.path("finished.bin")
    renamed = _uploaded(target, b"new").finish(path)
    assert (renamed["path"], renamed["bytes"]) == (f"{target.folder}/finished (1).bin", 3)
    assert _uploaded(target, b"newer").finish(path, overwrite=True)["path"] == path
    assert target.client.metadata(path)["bytes"] == 5


@pytest.mark.checks(
    "chunked-finish-parent_rev",
    "chunked-finish-parent_rev-current",
    "chunked-finish-parent_rev-stale",
)
def test_finish_with_a_parent(target):
    """finish() overwrites with the current parent_rev; an older one makes a conflicted copy."""
    rev = target.put("parent.bin", b"old")["rev"]
    path = target.path("parent.bin")
    assert _uploaded(target, b"new").finish(path, parent_rev=rev)["path"] == path
    late = _uploaded(target, b"late").finish(path, overwrite=True, parent_rev=rev)
    assert late["path"] != path


@pytest.mark.checks("chunked-chunk_size", "chunked-chunk_size-default")
def test_chunk_size():
    """Chunks have the given size in bytes; the default is 4 MiB."""
    assert _sizes(9, chunk_size=4) == [4, 4, 1]
    assert _sizes(4194304 + 1) == [4194304, 1]


@pytest.mark.checks("chunked-resume")
def test_upload_continues_after_an_error():
    """A second call of upload_chunked() continues at the offset of the failed chunk."""
    client = _Chunks(fails_at=4)
    uploader = DropboxClient.ChunkedUploader(client, io.BytesIO(b"0123456789"), 10)
    with pytest.raises(OSError, match="broken"):
        uploader.upload_chunked(chunk_size=4)
    assert uploader.offset == 4
    uploader.upload_chunked(chunk_size=4)
    assert (uploader.offset, client.data) == (10, b"0123456789")


@pytest.mark.checks("chunked-loop")
def test_documented_loop(target):
    """The documented loop uploads the whole file, although a request fails."""
    with pytest.raises(ErrorResponse) as caught:
        target.client.metadata(target.path("never"))
    client = _Failing(target.client, caught.value)
    uploader = DropboxClient.ChunkedUploader(client, io.BytesIO(b"0123456789"), 10)
    errors = 0
    while uploader.offset < 10 and errors < 3:
        try:
            uploader.upload_chunked(chunk_size=4)
        except ErrorResponse:
            errors += 1
    assert errors == 1
    uploader.finish(target.path("looped.bin"))
    with target.client.get_file(target.path("looped.bin")) as response:
        assert response.read() == b"0123456789"


@pytest.mark.checks("chunked-chunk-offset")
def test_upload_chunk_continues_an_upload(target):
    """upload_chunk() continues an upload with `offset` and `upload_id`."""
    first = target.client.upload_chunk(io.BytesIO(b"0123"), 4)
    options = {"offset": 4, "upload_id": first["upload_id"]}
    second = target.client.upload_chunk(io.BytesIO(b"4567"), 2, **options)
    assert (second["upload_id"], second["offset"]) == (first["upload_id"], 6)


@pytest.mark.checks("copy-metadata", "move-metadata", "delete-metadata", "restore-metadata")
def test_operations_return_metadata(target):
    """File operations return the metadata of the created or deleted entry."""
    rev = target.put("a.txt")["rev"]
    client, path = target.client, target.path
    assert client.file_copy(path("a.txt"), path("b.txt"))["path"] == path("b.txt")
    assert client.file_move(path("b.txt"), path("c.txt"))["path"] == path("c.txt")
    assert client.file_delete(path("a.txt"))["is_deleted"] is True
    assert client.restore(path("a.txt"), rev)["path"] == path("a.txt")


@pytest.mark.emulator
@pytest.mark.checks("move-503", "chunked-finish-503")
def test_over_quota(target):
    """Committing an upload over quota raises 503, as does a move in an account over quota."""
    uploader = _uploaded(target, b"x" * 10)
    target.put("a", b"x" * 10)
    target.box.set_quota(10)
    assert status_of(uploader.finish, target.path("large.bin")) == 503
    target.client.file_move(target.path("a"), target.path("b"))
    target.box.set_quota(9)
    assert status_of(target.client.file_move, target.path("b"), target.path("c")) == 503
    assert target.box.read(target.path("b")) == b"x" * 10


@pytest.mark.checks("delete-folder")
def test_delete_a_folder(target):
    """Deleting a folder deletes its contents."""
    target.put("gone/deep/file.txt")
    target.client.file_delete(target.path("gone"))
    assert status_of(target.client.get_file, target.path("gone/deep/file.txt")) == 404


@pytest.mark.checks("move-folder")
def test_move_a_folder(target):
    """Moving a folder moves its contents."""
    target.put("from/box/file.txt")
    target.client.file_move(target.path("from"), target.path("to"))
    assert target.client.metadata(target.path("to/box/file.txt"))["bytes"] == 7


@pytest.mark.checks("create_folder-metadata")
def test_folder_fields(target):
    """The metadata of a new folder has the documented fields."""
    metadata = target.client.file_create_folder(target.path("fields"))
    assert FILE_FIELDS - {"mime_type"} <= set(metadata)
    assert (metadata["bytes"], metadata["size"], metadata["icon"]) == (0, "0 bytes", "folder")


@pytest.mark.emulator
@pytest.mark.checks("copy_ref-instant", "copy_ref-account")
def test_copy_ref_of_another_account(target):
    """A copy reference works for another account."""
    target.put("given.txt", "content")
    ref = target.client.create_copy_ref(target.path("given.txt"))["copy_ref"]
    other = target.box.client("other@fakebox.example")
    assert other.add_copy_ref(ref, "/taken.txt")["bytes"] == 7


@pytest.mark.checks("delta-fields", "delta-cursor-default", "delta-has_more")
def test_delta_fields(target):
    """A delta page has entries, reset, cursor, and has_more, which is false on the last page."""
    page = target.client.delta(None, target.folder)
    assert {"entries", "reset", "cursor", "has_more"} <= set(page)
    *_, last = target.pages()
    assert last["has_more"] is False
    assert target.changes(last["cursor"]) == []


@pytest.mark.checks("delta-metadata", "delta-folder")
def test_delta_of_a_new_folder(target):
    """Parent folders get entries too, with the same metadata as metadata()."""
    *_, page = target.pages()
    target.put("parent/child.txt")
    entries = dict(target.changes(page["cursor"]))
    folder = target.path("parent")
    # The paths of entries are in lower case.
    key = folder.lower()
    assert entries[key] == target.client.metadata(folder, list=False)
    assert entries[key]["is_dir"] is True
    assert entries[f"{key}/child.txt"] == target.client.metadata(f"{folder}/child.txt")


@pytest.mark.version_1("version 2 has no such requests")
@pytest.mark.checks("revisions-default", "search-default")
def test_limits_by_default(target):
    """The default limits of revisions() and search() are 1,000."""
    urls = []
    client = DropboxClient(target.client.session, _Recording(urls, []))
    client.revisions("/a")
    client.search("/", "query")
    assert "rev_limit=1000" in urls[0]
    assert "file_limit=1000" in urls[1]


@pytest.mark.checks("revisions-folder", "restore-folder", "media-folder")
def test_folders_are_not_supported(target):
    """Folders have no revisions, cannot be restored, and have no media link."""
    folder = target.client.file_create_folder(target.path("folder"))
    assert status_of(target.client.revisions, target.path("folder")) == 404
    assert status_of(target.client.restore, target.path("folder"), folder["rev"]) == 404
    assert status_of(target.client.media, target.path("folder")) == 400


@pytest.mark.checks("search-include_deleted")
def test_search_for_deleted_files(target):
    """search() finds deleted files only if `include_deleted` is true."""
    target.put("deleted/ghost.txt")
    target.client.file_delete(target.path("deleted/ghost.txt"))
    folder = target.path("deleted")
    (found,) = target.eventually(
        lambda: target.client.search(folder, "ghost", include_deleted=True),
        lambda found: [entry.get("is_deleted") for entry in found] == [True],
    )
    assert found["is_deleted"] is True
    assert target.client.search(folder, "ghost") == []


@pytest.mark.checks("share-folder", "share-no-authentication")
def test_share_a_folder(target):
    """The link of a shared folder leads to a page about it, without credentials."""
    target.put("open/file.txt")
    link = target.client.share(target.path("open"))
    assert DATE.fullmatch(link["expires"])
    page = follow(link["url"])
    assert (page.status, b"file.txt" in page.data) == (200, True)


@pytest.mark.checks("media-fields", "media-expires")
def test_media_expires(target):
    """The expiry of a media link is some hours ahead, in the documented date format."""
    target.put("film.mov")
    link = target.client.media(target.path("film.mov"))
    assert set(link) == {"url", "expires"}
    expires = link["expires"]
    assert DATE.fullmatch(expires)
    assert target.is_close(expires, 4 * 3600)


@pytest.mark.checks("thumbnail-format", "thumbnail-size-default", "thumbnail-response")
def test_thumbnail_format(target):
    """Thumbnails are large JPEG images by default, and PNG if requested."""
    target.put("formats.png", picture(300, 200))
    for options, kind in (({}, "JPEG"), ({"format": "PNG"}, "PNG")):
        with target.client.thumbnail(target.path("formats.png"), **options) as response:
            image = Image.open(io.BytesIO(response.read()))
        assert (image.format, image.width) == (kind, 128)


@pytest.mark.checks("thumbnail_and_metadata-defaults", "thumbnail-downloads")
def test_thumbnail_and_metadata_format(target):
    """thumbnail_and_metadata() has the arguments and defaults of thumbnail()."""
    target.put("defaults.png", picture(300, 200))
    path = target.path("defaults.png")
    for options, shown in (({}, ("JPEG", 128)), ({"size": "small", "format": "PNG"}, ("PNG", 32))):
        response, _ = target.client.thumbnail_and_metadata(path, **options)
        with response, target.client.thumbnail(path, **options) as alone:
            image, same = (Image.open(io.BytesIO(each.read())) for each in (response, alone))
        assert (image.format, image.width) == (same.format, same.width) == shown


@pytest.mark.checks("get_file_and_metadata-404", "thumbnail_and_metadata-404")
def test_download_of_a_missing_file(target):
    """Downloading a missing file with its metadata raises status 404."""
    assert status_of(target.client.get_file_and_metadata, target.path("never.jpg")) == 404
    assert status_of(target.client.thumbnail_and_metadata, target.path("never.jpg")) == 404


@pytest.mark.checks("get_file_and_metadata-rev", "thumbnail_and_metadata-415")
def test_download_with_metadata(target):
    """An older revision can be downloaded with its metadata; an invalid image raises 415."""
    rev = target.put("old.jpg", "old")["rev"]
    target.put("old.jpg", "newer", overwrite=True)
    response, metadata = target.client.get_file_and_metadata(target.path("old.jpg"), rev=rev)
    with response:
        assert (response.read(), metadata["rev"]) == (b"old", rev)
    assert status_of(target.client.thumbnail_and_metadata, target.path("old.jpg")) == 415


@pytest.mark.checks("request-params", "request-content_server", "request-method")
def test_request_of_the_content_server(target):
    """request() puts GET parameters into the URL and returns POST parameters separately."""
    url, params, _ = target.client.request("/files", {"a": "b"}, "GET", content_server=True)
    assert url.partition("?")[0] == url_of(target, "/files", "API_CONTENT")
    assert "a=b" in url.partition("?")[2].split("&")
    url, params, _ = target.client.request("/files", {"a": "b"})
    assert (url, params["a"]) == (url_of(target, "/files"), "b")


class _Recording:
    """A REST client that records URLs and returns a fixed result."""

    def __init__(self, urls, result):
        self.urls, self.result = urls, result

    def GET(self, url, *args, **options):
        self.urls.append(url)
        return self.result

    def POST(self, url, params=None, *args, **options):
        return self.GET(f"{url}?{urlencode(params)}")


class _Failing:
    """A client whose second chunk fails once."""

    def __init__(self, client, error):
        self.client, self.error, self.calls = client, error, 0

    def upload_chunk(self, *args, **options):
        self.calls += 1
        if self.calls == 2:
            raise self.error
        return self.client.upload_chunk(*args, **options)

    def __getattr__(self, name):
        return getattr(self.client, name)


class _Chunks:
    """A client that accepts chunks and fails once."""

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
