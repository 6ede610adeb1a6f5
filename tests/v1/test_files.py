"""files and files_put: the bytes, up and down."""

import io
import json

import pytest
from PIL import Image

from fakebox.context import Options


def read(api, path, **params):
    """The bytes of a file."""
    response = api.get(f"/files/dropbox{path}", **params)
    assert response.status_code in (200, 206), response.text
    return response.data


def test_upload_is_downloaded_again(api):
    """With its type, its length and its metadata in a header."""
    stored = api.upload("/a/b.txt", b"hello")
    response = api.get("/files/dropbox/a/b.txt")
    assert response.data == b"hello"
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["Content-Length"] == "5"
    assert json.loads(response.headers["x-dropbox-metadata"]) == stored


def test_metadata_header_is_ascii(api):
    """Whatever the name."""
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
def test_download_of_a_part(api, header, status, content):
    """One range, open at either end; several are answered with the whole."""
    api.upload("/a.txt", b"0123456789")
    response = api.get("/files/dropbox/a.txt", headers={"Range": header})
    assert (response.status_code, response.data) == (status, content)


def test_download_behind_the_end_is_416(api):
    """With the size, so that the client can do better."""
    api.upload("/a.txt", b"0123456789")
    response = api.get("/files/dropbox/a.txt", headers={"Range": "bytes=10-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */10"


def test_download_of_what_the_client_has_is_304(api):
    """The ETag is the revision's."""
    api.upload("/a.txt")
    etag = api.get("/files/dropbox/a.txt").headers["ETag"]
    response = api.get("/files/dropbox/a.txt", headers={"If-None-Match": etag})
    assert (response.status_code, response.data) == (304, b"")


def test_head_has_the_headers_alone(api):
    """HEAD is GET without the bytes."""
    api.upload("/a.txt", b"12345")
    response = api.send("HEAD", "/files/dropbox/a.txt", {})
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == "5"


@pytest.mark.parametrize("path", ["/missing.txt", "/folder", "/deleted.txt"])
def test_download_of_no_file_is_404(api, path):
    """Nothing there, a folder, or something deleted."""
    api.post("/fileops/create_folder", root="dropbox", path="/folder")
    api.upload("/deleted.txt")
    api.post("/fileops/delete", root="dropbox", path="/deleted.txt")
    assert api.get(f"/files/dropbox{path}").status_code == 404


def test_download_of_an_earlier_revision(api):
    """By its rev; an unknown one is 404."""
    old = api.upload("/a.txt", b"old")
    api.upload("/a.txt", b"new", overwrite="true")
    assert read(api, "/a.txt", rev=old["rev"]) == b"old"
    assert api.get("/files/dropbox/a.txt", rev="ffff029684ff").status_code == 404


def test_upload_to_a_taken_name_is_renamed(api):
    """Overwriting has to be asked for by the SDK; the counter goes before the extension."""
    api.upload("/a.tar.gz", b"1")
    assert api.upload("/a.tar.gz", b"2", overwrite="false")["path"] == "/a.tar (1).gz"
    assert api.upload("/a.tar.gz", b"3", overwrite="false")["path"] == "/a.tar (2).gz"


def test_upload_overwrites_by_default_on_the_wire(api):
    """The wire's default differs from the SDK's."""
    api.upload("/a.txt", b"1")
    assert api.upload("/a.txt", b"2")["path"] == "/a.txt"
    assert read(api, "/a.txt") == b"2"


def test_upload_of_the_same_bytes_changes_nothing(api):
    """The revision stays."""
    first = api.upload("/a.txt", b"same")
    assert api.upload("/A.TXT", b"same") == first


def test_upload_of_the_same_bytes_without_overwrite_is_renamed_all_the_same(api):
    """The service did so, as its clients' tests showed."""
    api.upload("/a", b"same")
    assert api.upload("/a", b"same", overwrite="false")["path"] == "/a (1)"


def test_upload_with_the_current_parent_replaces(api):
    """`overwrite` says nothing then."""
    parent = api.upload("/a.txt", b"1")["rev"]
    stored = api.upload("/a.txt", b"2", parent_rev=parent, overwrite="false")
    assert stored["path"] == "/a.txt"


def test_upload_with_a_stale_parent_spins_off_a_conflict(api):
    """Named after the user, never overwriting."""
    parent = api.upload("/a.txt", b"1")["rev"]
    api.upload("/a.txt", b"2")
    stored = api.upload("/a.txt", b"3", parent_rev=parent, overwrite="true")
    assert stored["path"] == "/a (Fakebox User's conflicted copy).txt"
    assert read(api, "/a.txt") == b"2"
    again = api.upload("/a.txt", b"4", parent_rev=parent)
    assert again["path"] == "/a (Fakebox User's conflicted copy) (1).txt"


def test_upload_with_an_unknown_parent_is_400(api):
    """A rev that was never issued for this path."""
    other = api.upload("/b.txt")["rev"]
    api.upload("/a.txt")
    for rev in (other, "nonsense"):
        assert api.put("/files_put/dropbox/a.txt", b"x", parent_rev=rev).status_code == 400


def test_upload_that_may_not_be_renamed_is_409(api):
    """`autorename=false`."""
    api.upload("/a.txt", b"1")
    params = {"overwrite": "false", "autorename": "false"}
    assert api.put("/files_put/dropbox/a.txt", b"2", **params).status_code == 409


def test_upload_onto_a_folder_never_replaces_it(api):
    """Refused with overwrite, renamed without."""
    api.upload("/folder/a.txt")
    assert api.put("/files_put/dropbox/folder", b"x", overwrite="true").status_code == 400
    assert api.upload("/folder", b"x", overwrite="false")["path"] == "/folder (1)"


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_upload_takes_a_body_that_is_typed_as_a_form(api, method):
    """Some clients type every body so; it is content all the same."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response = api.send(method, "/files_put/dropbox/a.txt", {}, data=b"root=1&x=%FF", headers=kind)
    assert response.status_code == 200
    assert read(api, "/a.txt") == b"root=1&x=%FF"


def test_upload_below_a_file_is_400(api):
    """A file has no children."""
    api.upload("/a.txt")
    response = api.put("/files_put/dropbox/a.txt/b.txt", b"x")
    assert response.status_code == 400
    assert "'/a.txt' is a file" in json.loads(response.text)["error"]


def test_upload_to_the_root_is_400(api):
    """The root is no file."""
    assert api.put("/files_put/dropbox/", b"x").status_code == 400


def test_upload_without_a_length_is_411(api):
    """The service took no content in chunks."""
    overrides = {"HTTP_TRANSFER_ENCODING": "chunked"}
    response = api.send("PUT", "/files_put/dropbox/a.txt", {}, overrides=overrides)
    assert response.status_code == 411


def test_upload_that_is_too_large_is_413(api):
    """Before a byte is read."""
    api.configure(upload_limit_bytes=3)
    assert api.put("/files_put/dropbox/a.txt", b"1234").status_code == 413


def test_upload_that_ends_early_stores_nothing(api):
    """Half a file is no file."""
    response = api.stream("PUT", "/files_put/dropbox/a.txt", b"12345", 10)
    assert response.status_code == 400
    assert api.get("/metadata/dropbox/a.txt").status_code == 404


@pytest.mark.parametrize("status", [503, 507])
def test_upload_over_quota_tells_developer_and_user(api, status):
    """503 as documented first, 507 as later; the user's text follows the locale."""
    api.options = Options(quota_status=status)
    api.world.accounts.configure(1, quota_bytes=3)
    response = api.put("/files_put/dropbox/a.txt", b"1234", locale="de")
    assert response.status_code == status
    fields = json.loads(response.text)
    assert "quota" in fields["error"]
    assert "Speicherplatz" in fields["user_error"]
    assert api.get("/metadata/dropbox/a.txt").status_code == 404


def test_read_only_world_refuses_uploads(api):
    """And keeps answering reads."""
    api.configure(read_only=True)
    assert api.put("/files_put/dropbox/a.txt", b"x").status_code == 503
    assert api.get("/metadata/dropbox/").status_code == 200


def form(api, parts, **params):
    """A multipart POST to the folder /up."""
    return api.send("POST", "/files/dropbox/up", params, data=parts)


def test_form_upload_takes_the_files_own_name(api):
    """The URL names the folder."""
    response = form(api, {"file": (io.BytesIO(b"from a form"), "photo.txt")})
    assert response.status_code == 200
    assert json.loads(response.text)["path"] == "/up/photo.txt"
    assert read(api, "/up/photo.txt") == b"from a form"


@pytest.mark.parametrize("parts", [{}, {"other": (io.BytesIO(b"x"), "a.txt")}, {"file": "text"}])
def test_form_without_a_file_is_400(api, parts):
    """The field is called `file` and has a file's name."""
    response = api.send(
        "POST", "/files/dropbox/up", {}, data=parts, content_type="multipart/form-data"
    )
    assert response.status_code == 400


@pytest.mark.parametrize("name", ["sub/a.txt", "/a.txt", ".."])
def test_form_cannot_name_another_folder(api, name):
    """The file's name is a name, not a path."""
    assert form(api, {"file": (io.BytesIO(b"x"), name)}).status_code == 400
    assert api.get("/metadata/dropbox/up").status_code == 404


def test_form_that_ends_early_stores_nothing(api):
    """Wherever it ends: the file may look complete by then."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    whole = head + b"bytes\r\n--x--"
    for end in (len(head) + 2, len(whole) - 2):
        overrides = {"CONTENT_LENGTH": str(len(whole))}
        kind = {"data": whole[:end], "content_type": "multipart/form-data; boundary=x"}
        response = api.send("POST", "/files/dropbox/up", {}, overrides=overrides, **kind)
        assert response.status_code == 400
        assert "ended before" in json.loads(response.text)["error"]
        assert api.get("/metadata/dropbox/up/a.txt").status_code == 404


def test_form_with_two_files_stores_neither(api):
    """One call, one file."""
    parts = {"file": [(io.BytesIO(b"1"), "a.txt"), (io.BytesIO(b"2"), "b.txt")]}
    assert form(api, parts).status_code == 400
    assert api.get("/metadata/dropbox/up/a.txt").status_code == 404


@pytest.mark.parametrize("call", ["thumbnails", "previews"])
def test_picture_with_too_many_pixels_is_415(api, call):
    """The limit is a setting."""
    made = io.BytesIO()
    Image.new("RGB", (40, 20)).save(made, "PNG")
    api.upload("/a.png", made.getvalue())
    api.options = Options(thumbnail_pixel_limit=799)
    response = api.get(f"/{call}/dropbox/a.png")
    assert response.status_code == 415
    assert json.loads(response.text) == {
        "error": "The image is too large and cannot be thumbnailed."
    }
    api.options = Options(thumbnail_pixel_limit=800)
    assert api.get(f"/{call}/dropbox/a.png").status_code == 200
