"""The calls files and files_put: downloads and uploads."""

import io
import json

import pytest
from PIL import Image

from fakebox.context import Options


def read(api, path, **params):
    """Return the bytes of a file."""
    response = api.get(f"/files/dropbox{path}", **params)
    assert response.status_code in (200, 206), response.text
    return response.data


def test_download_has_the_uploaded_bytes_and_metadata(api):
    """A download has its content type, its length, and the metadata in a header."""
    stored = api.upload("/a/b.txt", b"hello")
    response = api.get("/files/dropbox/a/b.txt")
    assert response.data == b"hello"
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["Content-Length"] == "5"
    assert json.loads(response.headers["x-dropbox-metadata"]) == stored


def test_metadata_header_is_ascii(api):
    """The metadata header contains only ASCII characters for any name."""
    api.upload("/ü.txt")
    response = api.get("/files/dropbox/%C3%BC.txt")
    assert response.headers["x-dropbox-metadata"].isascii()


@pytest.mark.parametrize(
    ("header", "status", "content"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=0-99", 206, b"0123456789"),
        ("bytes=1-2,4-5", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
def test_range_request_returns_a_part(api, header, status, content):
    """A single range is answered with 206, and several ranges with the whole file."""
    api.upload("/a.txt", b"0123456789")
    response = api.get("/files/dropbox/a.txt", headers={"Range": header})
    assert (response.status_code, response.data) == (status, content)


def test_range_after_the_end_is_416(api):
    """A range after the end is answered with 416 and the size of the file."""
    api.upload("/a.txt", b"0123456789")
    response = api.get("/files/dropbox/a.txt", headers={"Range": "bytes=10-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */10"


def test_download_with_a_matching_etag_is_304(api):
    """A download with a matching `If-None-Match` header is answered with 304."""
    api.upload("/a.txt")
    etag = api.get("/files/dropbox/a.txt").headers["ETag"]
    response = api.get("/files/dropbox/a.txt", headers={"If-None-Match": etag})
    assert (response.status_code, response.data) == (304, b"")


def test_head_returns_only_headers(api):
    """A HEAD request has the headers of GET and no body."""
    api.upload("/a.txt", b"12345")
    response = api.send("HEAD", "/files/dropbox/a.txt", {})
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == "5"


@pytest.mark.parametrize("path", ["/missing.txt", "/folder", "/deleted.txt"])
def test_download_of_a_missing_path_or_a_folder_is_404(api, path):
    """A missing path, a folder and a deleted file are answered with 404."""
    api.post("/fileops/create_folder", root="dropbox", path="/folder")
    api.upload("/deleted.txt")
    api.post("/fileops/delete", root="dropbox", path="/deleted.txt")
    assert api.get(f"/files/dropbox{path}").status_code == 404


def test_download_with_a_rev_returns_the_earlier_revision(api):
    """An earlier revision is downloaded by rev; an unknown rev is answered with 404."""
    old = api.upload("/a.txt", b"old")
    api.upload("/a.txt", b"new", overwrite="true")
    assert read(api, "/a.txt", rev=old["rev"]) == b"old"
    assert api.get("/files/dropbox/a.txt", rev="ffff029684ff").status_code == 404


def test_upload_without_overwrite_is_renamed_at_an_existing_path(api):
    """A number is inserted before the last extension."""
    api.upload("/a.tar.gz", b"1")
    assert api.upload("/a.tar.gz", b"2", overwrite="false")["path"] == "/a.tar (1).gz"
    assert api.upload("/a.tar.gz", b"3", overwrite="false")["path"] == "/a.tar (2).gz"


def test_upload_overwrites_by_default(api):
    """Without the parameter `overwrite`, an upload overwrites, unlike in the SDK."""
    api.upload("/a.txt", b"1")
    assert api.upload("/a.txt", b"2")["path"] == "/a.txt"
    assert read(api, "/a.txt") == b"2"


def test_upload_of_the_same_bytes_changes_nothing(api):
    """An upload of the current bytes returns the current metadata."""
    first = api.upload("/a.txt", b"same")
    assert api.upload("/A.TXT", b"same") == first


def test_upload_of_the_same_bytes_without_overwrite_is_renamed(api):
    """Equal bytes are stored under another name, as the tests of real clients expect."""
    api.upload("/a", b"same")
    assert api.upload("/a", b"same", overwrite="false")["path"] == "/a (1)"


def test_upload_with_the_current_parent_rev_replaces_the_file(api):
    """A current `parent_rev` replaces the file even with `overwrite=false`."""
    parent = api.upload("/a.txt", b"1")["rev"]
    stored = api.upload("/a.txt", b"2", parent_rev=parent, overwrite="false")
    assert stored["path"] == "/a.txt"


def test_upload_with_a_stale_parent_rev_creates_a_conflicted_copy(api):
    """The conflicted copy is named after the account, even with `overwrite=true`."""
    parent = api.upload("/a.txt", b"1")["rev"]
    api.upload("/a.txt", b"2")
    stored = api.upload("/a.txt", b"3", parent_rev=parent, overwrite="true")
    assert stored["path"] == "/a (Fakebox User's conflicted copy).txt"
    assert read(api, "/a.txt") == b"2"
    again = api.upload("/a.txt", b"4", parent_rev=parent)
    assert again["path"] == "/a (Fakebox User's conflicted copy) (1).txt"


def test_upload_with_an_unknown_parent_rev_is_400(api):
    """A `parent_rev` that is not a rev of this path is answered with 400."""
    other = api.upload("/b.txt")["rev"]
    api.upload("/a.txt")
    for rev in (other, "nonsense"):
        assert api.put("/files_put/dropbox/a.txt", b"x", parent_rev=rev).status_code == 400


def test_upload_without_autorename_is_409_at_an_existing_path(api):
    """With `autorename=false`, an upload to an existing path is answered with 409."""
    api.upload("/a.txt", b"1")
    params = {"overwrite": "false", "autorename": "false"}
    assert api.put("/files_put/dropbox/a.txt", b"2", **params).status_code == 409


def test_upload_does_not_replace_a_folder(api):
    """At the path of a folder, an upload with overwrite is rejected, and others are renamed."""
    api.upload("/folder/a.txt")
    assert api.put("/files_put/dropbox/folder", b"x", overwrite="true").status_code == 400
    assert api.upload("/folder", b"x", overwrite="false")["path"] == "/folder (1)"


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_upload_stores_a_body_with_a_form_content_type(api, method):
    """Some clients send this content type with every body, which is stored as content."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = api.send(
        method, "/files_put/dropbox/a.txt", {}, data=b"root=1&x=%FF", headers=headers
    )
    assert response.status_code == 200
    assert read(api, "/a.txt") == b"root=1&x=%FF"


def test_upload_below_a_file_is_400(api):
    """An upload below a file is answered with 400 and the path of the file."""
    api.upload("/a.txt")
    response = api.put("/files_put/dropbox/a.txt/b.txt", b"x")
    assert response.status_code == 400
    assert "'/a.txt' is a file" in json.loads(response.text)["error"]


def test_upload_to_the_root_is_400(api):
    """An upload to the root is answered with 400."""
    assert api.put("/files_put/dropbox/", b"x").status_code == 400


def test_upload_without_a_length_is_411(api):
    """A request without a Content-Length is answered with 411, like the service does."""
    overrides = {"HTTP_TRANSFER_ENCODING": "chunked"}
    response = api.send("PUT", "/files_put/dropbox/a.txt", {}, overrides=overrides)
    assert response.status_code == 411


def test_upload_that_is_too_large_is_413(api):
    """An upload over the size limit is answered with 413."""
    api.configure(upload_limit_bytes=3)
    assert api.put("/files_put/dropbox/a.txt", b"1234").status_code == 413


def test_upload_that_ends_early_stores_nothing(api):
    """A body shorter than its Content-Length is answered with 400, and no file is created."""
    response = api.stream("PUT", "/files_put/dropbox/a.txt", b"12345", 10)
    assert response.status_code == 400
    assert api.get("/metadata/dropbox/a.txt").status_code == 404


@pytest.mark.parametrize("status", [503, 507])
def test_error_for_an_upload_over_quota_has_developer_and_user_messages(api, status):
    """The status is configurable, and the message for the user is localized."""
    api.options = Options(quota_status=status)
    api.world.accounts.configure(1, quota_bytes=3)
    response = api.put("/files_put/dropbox/a.txt", b"1234", locale="de")
    assert response.status_code == status
    fields = json.loads(response.text)
    assert "quota" in fields["error"]
    assert "Speicherplatz" in fields["user_error"]
    assert api.get("/metadata/dropbox/a.txt").status_code == 404


def test_read_only_world_rejects_uploads(api):
    """A read-only world answers uploads with 503, and metadata can still be read."""
    api.configure(read_only=True)
    assert api.put("/files_put/dropbox/a.txt", b"x").status_code == 503
    assert api.get("/metadata/dropbox/").status_code == 200


def form(api, parts, **params):
    """Send a multipart POST request to the folder /up."""
    return api.send("POST", "/files/dropbox/up", params, data=parts)


def test_form_upload_uses_the_file_name_of_the_part(api):
    """The URL contains the path of the folder, and the form contains the file name."""
    response = form(api, {"file": (io.BytesIO(b"from a form"), "photo.txt")})
    assert response.status_code == 200
    assert json.loads(response.text)["path"] == "/up/photo.txt"
    assert read(api, "/up/photo.txt") == b"from a form"


@pytest.mark.parametrize("parts", [{}, {"other": (io.BytesIO(b"x"), "a.txt")}, {"file": "text"}])
def test_form_without_a_file_is_400(api, parts):
    """A form must contain a part `file` that has a file name."""
    response = api.send(
        "POST", "/files/dropbox/up", {}, data=parts, content_type="multipart/form-data"
    )
    assert response.status_code == 400


@pytest.mark.parametrize("name", ["sub/a.txt", "/a.txt", ".."])
def test_form_with_a_path_as_file_name_is_400(api, name):
    """A file name that contains a slash or is `..` is answered with 400."""
    assert form(api, {"file": (io.BytesIO(b"x"), name)}).status_code == 400
    assert api.get("/metadata/dropbox/up").status_code == 404


def test_form_that_ends_early_stores_nothing(api):
    """A form that ends early is answered with 400, even if the file seems complete."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    whole = head + b"bytes\r\n--x--"
    for end in (len(head) + 2, len(whole) - 2):
        overrides = {"CONTENT_LENGTH": str(len(whole))}
        headers = {"data": whole[:end], "content_type": "multipart/form-data; boundary=x"}
        response = api.send("POST", "/files/dropbox/up", {}, overrides=overrides, **headers)
        assert response.status_code == 400
        assert "ended before" in json.loads(response.text)["error"]
        assert api.get("/metadata/dropbox/up/a.txt").status_code == 404


def test_form_with_two_files_stores_neither(api):
    """A form with two files is answered with 400, and none is stored."""
    parts = {"file": [(io.BytesIO(b"1"), "a.txt"), (io.BytesIO(b"2"), "b.txt")]}
    assert form(api, parts).status_code == 400
    assert api.get("/metadata/dropbox/up/a.txt").status_code == 404


@pytest.mark.parametrize("call", ["thumbnails", "previews"])
def test_picture_with_too_many_pixels_is_415(api, call):
    """Thumbnails and previews of pictures over the configured pixel limit are answered with 415."""
    image_file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(image_file, "PNG")
    api.upload("/a.png", image_file.getvalue())
    api.options = Options(thumbnail_pixel_limit=799)
    response = api.get(f"/{call}/dropbox/a.png")
    assert response.status_code == 415
    assert json.loads(response.text) == {
        "error": "The image is too large and cannot be thumbnailed."
    }
    api.options = Options(thumbnail_pixel_limit=800)
    assert api.get(f"/{call}/dropbox/a.png").status_code == 200
