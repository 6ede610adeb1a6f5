"""Links to contents, copy references, saved URLs, tags, thumbnails, previews and archives."""

import base64
import io
import re
import struct
import zipfile
import zlib

import pytest

from conformance.pictures import picture
from conformance.v2.api import OCTETS, names
from conformance.v2.shapes import check_error, check_file, check_folder, content_hash, when

TEMPORARY = "files/get_temporary_link"
UPLOAD_LINK = "files/get_temporary_upload_link"
GET_REFERENCE = "files/copy_reference/get"
SAVE_REFERENCE = "files/copy_reference/save"
SAVE_URL = "files/save_url"
CHECK_URL = "files/save_url/check_job_status"
THUMBNAIL = "files/get_thumbnail_v2"
OLD_THUMBNAIL = "files/get_thumbnail"
THUMBNAILS = "files/get_thumbnail_batch"
PREVIEW = "files/get_preview"
ZIP = "files/download_zip"
JPEG, PNG_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


def png(width, height, pixel=b"\x20\x80\xe0"):
    """Return a PNG picture of one colour; a pixel has three bytes, or four with transparency."""

    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    rows = (b"\x00" + pixel * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[len(pixel)], 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return PNG_START + chunks


def size_of(picture):
    """Return the width and height of a PNG picture."""
    assert picture.startswith(PNG_START)
    return struct.unpack(">II", picture[16:24])


@pytest.mark.checks("v2-temporary-link")
def test_temporary_link(api):
    """A temporary link returns the content without credentials, with the file's metadata."""
    put = api.put("a.txt", b"12345")
    result = api.ok(TEMPORARY, {"path": api.path("a.txt")})
    assert set(result) == {"metadata", "link"}
    assert result["metadata"] == put
    response = api.fetch(api.reachable(result["link"]))
    assert (response.status, response.data) == (200, b"12345")
    api.put("a.txt", b"changed", mode="overwrite")
    assert api.fetch(api.reachable(result["link"])).status in (200, 410)


@pytest.mark.checks("v2-temporary-link")
def test_temporary_link_to_nothing(api):
    """A temporary link to a missing file or to a folder is an error."""
    api.mkdir("folder")
    assert api.fails(TEMPORARY, {"path": api.path("never")}) == "path/not_found"
    assert api.fails(TEMPORARY, {"path": api.path("folder")}) == "path/not_file"


@pytest.mark.checks("v2-temporary-link-url")
def test_host_of_a_temporary_link(api):
    """A temporary link is on a content host, or at the one address that serves all hosts."""
    api.put("a.txt")
    link = api.ok(TEMPORARY, {"path": api.path("a.txt")})["link"]
    if len(set(api.hosts.values())) == 1:
        assert link.startswith(f"{api.hosts['content']}/")
    else:
        assert re.match(r"https://[\w.]*dl\.dropboxusercontent\.com/", link)


@pytest.mark.checks("v2-temporary-link-expiry")
@pytest.mark.not_live("needs four hours")
def test_expired_temporary_link(api):
    """A temporary link is valid for four hours, and is 410 afterwards."""
    api.put("a.txt")
    link = api.reachable(api.ok(TEMPORARY, {"path": api.path("a.txt")})["link"])
    api.box.clock.advance(4 * 3600 - 60)
    assert api.fetch(link).status == 200
    api.box.clock.advance(120)
    assert api.fetch(link).status == 410


def upload_link(api, name, **argument):
    """Return a link that accepts one upload."""
    commit = {"path": api.path(name), **argument.pop("commit", {})}
    return api.reachable(api.ok(UPLOAD_LINK, {"commit_info": commit, **argument})["link"])


@pytest.mark.checks("v2-upload-link")
def test_temporary_upload_link(api):
    """An upload link stores one body without credentials, and is 410 afterwards."""
    link = upload_link(api, "a.txt", duration=600)
    assert "/apitul/" in link
    response = api.fetch(link, "POST", b"12345", {"Content-Type": OCTETS})
    assert response.status == 200
    assert response.json() == {"content-hash": content_hash(b"12345")}
    assert api.content("a.txt") == b"12345"
    assert api.fetch(link, "POST", b"x", {"Content-Type": OCTETS}).status == 410
    assert api.content("a.txt") == b"12345"


@pytest.mark.checks("v2-upload-link")
def test_conflict_of_a_temporary_upload_link(api):
    """A conflict is found when the link is used."""
    api.put("a.txt", b"old")
    link = upload_link(api, "a.txt")
    assert api.fetch(link, "POST", b"new", {"Content-Type": OCTETS}).status == 409
    link = upload_link(api, "a.txt", commit={"autorename": True})
    assert api.fetch(link, "POST", b"new", {"Content-Type": OCTETS}).status == 200
    assert names(api.entries()) == ["a (1).txt", "a.txt"]


@pytest.mark.checks("v2-upload-link-expiry")
@pytest.mark.not_live("needs a minute and more")
def test_expired_temporary_upload_link(api):
    """An upload link is 410 after its duration."""
    link = upload_link(api, "a.txt", duration=60)
    api.box.clock.advance(61)
    assert api.fetch(link, "POST", b"x", {"Content-Type": OCTETS}).status == 410
    assert api.entries() == []


@pytest.mark.checks("v2-upload-link-expiry")
@pytest.mark.parametrize("duration", [59, 14401])
def test_duration_of_a_temporary_upload_link(api, duration):
    """The duration is from 60 to 14400 seconds."""
    argument = {"commit_info": {"path": api.path("a")}, "duration": duration}
    text = api.rejects(UPLOAD_LINK, argument)
    assert text.startswith("request body: duration: ")


@pytest.mark.checks("v2-copy-reference")
def test_copy_reference(api):
    """A copy reference has the metadata with its tag, and expires in 30 years."""
    put = api.put("a.txt", b"12345")
    result = api.ok(GET_REFERENCE, {"path": api.path("a.txt")})
    assert set(result) == {"metadata", "copy_reference", "expires"}
    assert result["metadata"] == {".tag": "file", **put}
    years = (when(result["expires"]) - when(put["server_modified"])).days / 365.25
    assert 29.9 < years < 30.1
    argument = {"copy_reference": result["copy_reference"], "path": api.path("b.txt")}
    saved = api.ok(SAVE_REFERENCE, argument)["metadata"]
    check_file(saved, b"12345", "file")
    assert saved["id"] != put["id"]
    assert saved["name"] == "b.txt"
    again = api.ok(SAVE_REFERENCE, {**argument, "path": api.path("c.txt")})["metadata"]
    check_file(again, b"12345", "file")


@pytest.mark.checks("v2-copy-reference")
def test_copy_reference_to_a_folder(api):
    """A copy reference to a folder copies its contents."""
    api.put("from/deep/file", b"12345")
    reference = api.ok(GET_REFERENCE, {"path": api.path("from")})["copy_reference"]
    argument = {"copy_reference": reference, "path": api.path("to")}
    check_folder(api.ok(SAVE_REFERENCE, argument)["metadata"], "folder")
    assert api.content("to/deep/file") == b"12345"


@pytest.mark.checks("v2-copy-reference-errors")
def test_errors_of_copy_references(api):
    """A missing source, an existing target and an unknown reference are errors."""
    api.put("a.txt", b"12345")
    api.put("taken.txt", b"old")
    assert api.fails(GET_REFERENCE, {"path": api.path("never")}) == "path/not_found"
    reference = api.ok(GET_REFERENCE, {"path": api.path("a.txt")})["copy_reference"]
    argument = {"copy_reference": reference, "path": api.path("taken.txt")}
    assert api.fails(SAVE_REFERENCE, argument) == "path/conflict/file"
    argument = {"copy_reference": "z1X6ATl6aWtzOGq0c3g5Ng", "path": api.path("b")}
    assert api.fails(SAVE_REFERENCE, argument) == "invalid_copy_reference"


@pytest.mark.checks("v2-copy-reference-gone")
def test_copy_reference_to_a_deleted_file(api):
    """A reference to a file that was deleted is not found."""
    api.put("a.txt")
    reference = api.ok(GET_REFERENCE, {"path": api.path("a.txt")})["copy_reference"]
    api.delete("a.txt")
    argument = {"copy_reference": reference, "path": api.path("b")}
    assert api.fails(SAVE_REFERENCE, argument) == "not_found"


@pytest.mark.checks("v2-copy-reference-path")
def test_two_slashes_of_a_copy(api):
    """Two slashes at the beginning are a malformed path."""
    api.put("a.txt")
    reference = api.ok(GET_REFERENCE, {"path": api.path("a.txt")})["copy_reference"]
    argument = {"copy_reference": reference, "path": "/" + api.path("b")}
    assert api.fails(SAVE_REFERENCE, argument) == "path/malformed_path"


@pytest.mark.checks("v2-copy-reference-other")
@pytest.mark.not_live("needs a second account")
def test_copy_to_another_account(api):
    """Another account of the same app can save a copy reference."""
    api.put("a.txt", b"12345")
    reference = api.ok(GET_REFERENCE, {"path": api.path("a.txt")})["copy_reference"]
    argument = {"copy_reference": reference, "path": "/saved.txt"}
    response = api.call(SAVE_REFERENCE, argument, authorization=api.other())
    assert response.json()["metadata"]["size"] == 5


@pytest.mark.checks("v2-save-url")
def test_save_url(api):
    """The content of a URL is saved by a job."""
    api.put("a.txt", b"12345")
    link = api.ok(TEMPORARY, {"path": api.path("a.txt")})["link"]
    launch = api.ok(SAVE_URL, {"path": api.path("saved.txt"), "url": link})
    assert set(launch) == {".tag", "async_job_id"}
    done = api.done(CHECK_URL, launch["async_job_id"])
    assert done.pop(".tag") == "complete"
    check_file(done, b"12345")
    assert api.content("saved.txt") == b"12345"


@pytest.mark.checks("v2-save-url-errors")
@pytest.mark.parametrize("url", ["nothing", "ftp://files.example/a", "http://"])
def test_invalid_url(api, url):
    """A URL without a host, or with a scheme other than http and https, is invalid."""
    assert api.fails(SAVE_URL, {"path": api.path("a"), "url": url}) == "invalid_url"


@pytest.mark.checks("v2-save-url-errors")
def test_url_that_cannot_be_fetched(api):
    """A URL that cannot be fetched makes a job that fails."""
    url = "https://www.dropbox.com/s/never/never?dl=1"
    launch = api.ok(SAVE_URL, {"path": api.path("a"), "url": url})
    done = api.done(CHECK_URL, launch["async_job_id"])
    assert (done[".tag"], done["failed"][".tag"]) == ("failed", "download_failed")
    assert api.entries() == []


@pytest.mark.checks("v2-tags")
def test_tags(api):
    """Tags are added, listed in the order of the paths, and removed."""
    api.put("a.txt")
    api.put("b.txt")
    a, b = api.path("a.txt"), api.path("b.txt")
    assert api.ok("files/tags/add", {"path": a, "tag_text": "todo"}) is None
    result = api.ok("files/tags/get", {"paths": [b, a]})
    assert result == {
        "paths_to_tags": [
            {"path": b, "tags": []},
            {"path": a, "tags": [{".tag": "user_generated_tag", "tag_text": "todo"}]},
        ]
    }
    assert api.ok("files/tags/remove", {"path": a, "tag_text": "todo"}) is None
    assert api.ok("files/tags/get", {"paths": [a]})["paths_to_tags"][0]["tags"] == []


@pytest.mark.checks("v2-tags-errors")
def test_errors_of_tags(api):
    """A missing path, a tag that is not there, and too many tags are errors."""
    api.put("a.txt")
    path = api.path("a.txt")
    for route in ("files/tags/add", "files/tags/remove"):
        argument = {"path": api.path("never"), "tag_text": "todo"}
        assert api.fails(route, argument) == "path/not_found"
    found = api.fails("files/tags/remove", {"path": path, "tag_text": "todo"})
    assert found == "tag_not_present"
    for number in range(20):
        api.ok("files/tags/add", {"path": path, "tag_text": f"tag{number}"})
    found = api.fails("files/tags/add", {"path": path, "tag_text": "one_more"})
    assert found == "too_many_tags"
    text = api.rejects("files/tags/add", {"path": path, "tag_text": "x" * 33})
    assert text.startswith("request body: tag_text: ")
    text = api.rejects("files/tags/add", {"path": path, "tag_text": "two words"})
    assert text.startswith("request body: tag_text: 'two words' did not match pattern ")


def thumbnail(api, name, **argument):
    """Return the response of a thumbnail of a file."""
    resource = {".tag": "path", "path": api.path(name)}
    return api.call(THUMBNAIL, {"resource": resource, **argument})


@pytest.mark.checks("v2-thumbnail")
def test_thumbnail(api):
    """A thumbnail is a JPEG of 64 by 64 by default, with the file's metadata."""
    put = api.put("picture.png", png(200, 100))
    response = thumbnail(api, "picture.png")
    assert response.status == 200
    assert response.headers["Content-Type"] in (OCTETS, "image/jpeg")
    assert response.data.startswith(JPEG)
    shown = response.result()["file_metadata"]
    assert (shown["id"], shown["rev"]) == (put["id"], put["rev"])


@pytest.mark.checks("v2-thumbnail-size")
@pytest.mark.parametrize(
    ("size", "mode", "expected"),
    [
        ("w32h32", "strict", (32, 16)),
        ("w64h64", "strict", (64, 32)),
        ("w128h128", "strict", (128, 64)),
        ("w480h320", "strict", (480, 240)),
        ("w64h64", "fitone_bestfit", (128, 64)),
    ],
)
def test_size_of_a_thumbnail(api, size, mode, expected):
    """A thumbnail has its size and mode, and the shape of the picture."""
    api.put("picture.png", png(1000, 500))
    response = thumbnail(api, "picture.png", format="png", size=size, mode=mode)
    assert size_of(response.data) == expected


@pytest.mark.checks("v2-thumbnail-size")
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("strict", (160, 320)),
        ("bestfit", (240, 480)),
        ("fitone_bestfit", (320, 640)),
        ("original", (500, 1000)),
    ],
)
def test_thumbnail_of_an_upright_picture(api, mode, expected):
    """The modes except strict may transpose the size, and original does not resize."""
    api.put("picture.png", png(500, 1000))
    response = thumbnail(api, "picture.png", format="png", size="w480h320", mode=mode)
    assert size_of(response.data) == expected


@pytest.mark.checks("v2-thumbnail-size")
def test_thumbnail_of_a_small_picture(api):
    """A picture is not enlarged."""
    api.put("picture.png", png(20, 10))
    response = thumbnail(api, "picture.png", format="png", size="w640h480")
    assert size_of(response.data) == (20, 10)


@pytest.mark.checks("v2-media-info-photo")
def test_media_info_of_a_photo(api):
    """A photo has its dimensions on request only, and none in a listing."""
    api.put("picture.png", png(60, 40))
    photo = thumbnail(api, "picture.png", format="jpeg").data
    api.put("photo.jpg", photo)
    assert "media_info" not in api.metadata("photo.jpg")
    info = api.metadata("photo.jpg", include_media_info=True)["media_info"]
    # The service extracts the information after the upload.
    assert info[".tag"] in ("metadata", "pending")
    if not api.is_live:
        assert info["metadata"][".tag"] == "photo"
        assert info["metadata"]["dimensions"] == {"height": 40, "width": 60}
    assert all("media_info" not in one for one in api.entries(include_media_info=True))


@pytest.mark.checks("v2-media-info-exif")
def test_time_and_place_of_a_photo(api):
    """A photo has the time and the place of its Exif data; degrees of the west are negative."""
    place = (37, 46, 30), (122, 25, 0)
    photo = picture(40, 30, "JPEG", taken="2010:08:21 22:31:20", place=place)
    api.put("photo.jpg", photo)
    info = api.metadata("photo.jpg", include_media_info=True)["media_info"]
    if api.is_live and info[".tag"] == "pending":
        return
    assert info["metadata"]["time_taken"] == "2010-08-21T22:31:20Z"
    found = info["metadata"]["location"]
    assert (round(found["latitude"], 4), round(found["longitude"], 4)) == (37.775, -122.4167)


@pytest.mark.checks("v2-media-info-png")
def test_media_info_of_a_png_picture(api):
    """A PNG picture has no media information."""
    api.put("picture.png", png(60, 40))
    assert "media_info" not in api.metadata("picture.png", include_media_info=True)


@pytest.mark.checks("v2-thumbnail-format")
def test_format_of_a_thumbnail(api):
    """A thumbnail is a JPEG, PNG or WebP picture."""
    api.put("picture.png", png(100, 100))
    assert thumbnail(api, "picture.png", format="jpeg").data.startswith(JPEG)
    assert thumbnail(api, "picture.png", format="png").data.startswith(PNG_START)
    webp = thumbnail(api, "picture.png", format={".tag": "webp"}).data
    assert (webp[:4], webp[8:12]) == (b"RIFF", b"WEBP")


@pytest.mark.checks("v2-thumbnail-size")
def test_default_size_of_a_thumbnail(api):
    """A thumbnail fits into 64 by 64 by default."""
    api.put("picture.png", png(1000, 500))
    assert size_of(thumbnail(api, "picture.png", format="png").data) == (64, 32)


@pytest.mark.checks("v2-thumbnail-media-info")
def test_media_info_of_a_thumbnail(api):
    """A thumbnail of a photo has its media information, unless it is excluded."""
    api.put("picture.png", png(60, 40))
    api.put("photo.jpg", thumbnail(api, "picture.png").data)
    shown = thumbnail(api, "photo.jpg").result()["file_metadata"]
    # The service extracts the information after the upload.
    assert "media_info" in shown or api.is_live
    shown = thumbnail(api, "photo.jpg", exclude_media_info=True).result()["file_metadata"]
    assert "media_info" not in shown


@pytest.mark.checks("v2-thumbnail-transparency")
@pytest.mark.parametrize("name", ["png", "webp"])
def test_transparency_of_a_thumbnail(api, name):
    """A thumbnail keeps the transparency of the picture only on request."""
    api.put("picture.png", png(100, 100, b"\x20\x80\xe0\x40"))
    opaque = thumbnail(api, "picture.png", format=name)
    clear = thumbnail(api, "picture.png", format=name, preserve_transparency=True)
    assert (opaque.status, clear.status) == (200, 200)
    assert opaque.data != clear.data


@pytest.mark.checks("v2-thumbnail-transparency")
@pytest.mark.parametrize("options", [{}, {"format": "jpeg"}], ids=["default", "jpeg"])
def test_transparency_of_a_jpeg(api, options):
    """A JPEG has no transparency to keep, so the request for it is an error."""
    api.put("picture.png", png(100, 100, b"\x20\x80\xe0\x40"))
    response = thumbnail(api, "picture.png", preserve_transparency=True, **options)
    assert response.status == 409


@pytest.mark.checks("v2-thumbnail-errors")
def test_errors_of_thumbnails(api):
    """A missing file, another type and a damaged picture are errors."""
    api.put("a.txt")
    api.put("damaged.png", b"no picture")
    assert check_error(thumbnail(api, "never.png")) == "path/not_found"
    assert check_error(thumbnail(api, "a.txt")) == "unsupported_extension"
    found = check_error(thumbnail(api, "damaged.png"))
    assert found in ("conversion_error", "unsupported_image")


@pytest.mark.checks("v2-thumbnail-errors")
def test_errors_of_thumbnails_of_the_first_version(api):
    """The first version has the same errors."""
    api.put("a.txt")
    response = api.call(OLD_THUMBNAIL, {"path": api.path("a.txt")})
    assert check_error(response) == "unsupported_extension"
    response = api.call(OLD_THUMBNAIL, {"path": api.path("never.png")})
    assert check_error(response) == "path/not_found"


@pytest.mark.checks("v2-old-thumbnail")
def test_thumbnail_of_the_first_version(api):
    """The first version has the file's metadata without a tag."""
    put = api.put("picture.png", png(100, 100))
    for name, start in (("jpeg", JPEG), ("png", PNG_START)):
        argument = {"path": api.path("picture.png"), "format": name, "size": "w64h64"}
        response = api.call(OLD_THUMBNAIL, argument)
        assert response.data.startswith(start)
        assert response.headers["Content-Type"] in (OCTETS, f"image/{name}")
        assert response.result()["rev"] == put["rev"]
        assert ".tag" not in response.result()


@pytest.mark.checks("v2-thumbnail-content-type")
def test_content_type_of_a_thumbnail(api):
    """A thumbnail has the recorded content type."""
    api.put("picture.png", png(100, 100))
    response = api.call(OLD_THUMBNAIL, {"path": api.path("picture.png")})
    assert response.headers["Content-Type"] == OCTETS


@pytest.mark.checks("v2-thumbnail-extensions")
@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.png", "a.tiff", "a.tif", "a.gif", "a.bmp"])
def test_extensions_of_pictures(api, name):
    """The documented extensions have thumbnails, whatever the content."""
    api.put(name, png(10, 10))
    response = thumbnail(api, name)
    assert response.status == 200 or check_error(response) != "unsupported_extension"


@pytest.mark.checks("v2-thumbnail-extensions")
@pytest.mark.parametrize("name", ["a.webp", "a.ppm"])
def test_newer_extensions_of_pictures(api, name):
    """The extensions that were added later have thumbnails."""
    api.put(name, png(10, 10))
    response = thumbnail(api, name)
    assert response.status == 200 or check_error(response) != "unsupported_extension"


@pytest.mark.checks("v2-thumbnail-link")
def test_thumbnail_of_a_link(api, app):
    """A thumbnail can be that of a shared link, also for an app."""
    api.put("picture.png", png(100, 100))
    argument = {"path": api.path("picture.png")}
    url = api.ok("sharing/create_shared_link_with_settings", argument)["url"]
    argument = {"resource": {".tag": "link", "url": url}}
    for authorization in ("", app):
        response = api.call(THUMBNAIL, argument, authorization=authorization)
        assert response.data.startswith(JPEG)
        assert "link_metadata" in response.result()


@pytest.mark.checks("v2-thumbnail-link-path")
def test_thumbnail_in_a_linked_folder(api):
    """With a path, a thumbnail is that of a file in the folder of the link."""
    api.put("folder/picture.png", png(100, 100))
    argument = {"path": api.path("folder")}
    url = api.ok("sharing/create_shared_link_with_settings", argument)["url"]
    link = {".tag": "link", "url": url}
    response = api.call(THUMBNAIL, {"resource": {**link, "path": "/picture.png"}})
    assert response.status == 200
    assert response.data.startswith(JPEG)
    assert api.call(THUMBNAIL, {"resource": link}).status == 409


@pytest.mark.checks("v2-thumbnail-batch")
def test_batch_of_thumbnails(api):
    """A batch has a result for each picture, with metadata without a tag."""
    put = api.put("picture.png", png(100, 100))
    entries = [{"path": api.path(name)} for name in ("picture.png", "never.png")]
    good, missing = api.ok(THUMBNAILS, {"entries": entries})["entries"]
    assert set(good) == {".tag", "metadata", "thumbnail"}
    assert good[".tag"] == "success"
    assert good["metadata"]["rev"] == put["rev"]
    assert ".tag" not in good["metadata"]
    assert base64.b64decode(good["thumbnail"]).startswith(JPEG)
    assert missing == {
        ".tag": "failure",
        "failure": {".tag": "path", "path": {".tag": "not_found"}},
    }


@pytest.mark.checks("v2-thumbnail-batch")
def test_large_batch_of_thumbnails(api):
    """A batch has 25 pictures at most."""
    entries = [{"path": api.path(f"{number}.png")} for number in range(26)]
    assert api.fails(THUMBNAILS, {"entries": entries}) == "too_many_files"
    assert len(api.ok(THUMBNAILS, {"entries": entries[:25]})["entries"]) == 25


@pytest.mark.checks("v2-preview-errors")
def test_errors_of_previews(api):
    """A missing file and an unknown type are errors."""
    api.put("a.bin")
    response = api.call(PREVIEW, {"path": api.path("never.pdf")})
    assert check_error(response) == "path/not_found"
    response = api.call(PREVIEW, {"path": api.path("a.bin")})
    assert check_error(response) == "unsupported_extension"


@pytest.mark.checks("v2-preview-types")
def test_preview_of_a_text(api):
    """A text file has no preview."""
    api.put("a.txt")
    response = api.call(PREVIEW, {"path": api.path("a.txt")})
    assert check_error(response) == "unsupported_extension"


@pytest.mark.checks("v2-preview")
def test_preview_of_a_table(api):
    """A table has a preview in HTML, with the file's metadata."""
    put = api.put("a.csv", b"one,two\n1,2\n")
    response = api.call(PREVIEW, {"path": api.path("a.csv")})
    assert response.status == 200
    assert b"two" in response.data
    assert response.result()["rev"] == put["rev"]


@pytest.mark.checks("v2-zip")
def test_folder_as_an_archive(api):
    """A folder is downloaded as a ZIP archive, with the folder's metadata."""
    api.put("folder/deep/Ünï.txt", b"12345")
    api.put("folder/deep/deeper/still/c", b"c")
    api.put("folder/b", b"")
    api.mkdir("folder/empty")
    response = api.call(ZIP, {"path": api.path("folder")})
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("application/zip")
    check_folder(response.result()["metadata"])
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        found = {name.rstrip("/") for name in archive.namelist()}
        expected = {"folder/deep/Ünï.txt", "folder/deep/deeper/still/c", "folder/b", "folder/empty"}
        assert expected <= found
        assert archive.read("folder/deep/Ünï.txt") == b"12345"


@pytest.mark.checks("v2-zip-errors")
def test_errors_of_archives(api):
    """A missing folder and a file are errors."""
    api.put("a.txt")
    assert check_error(api.call(ZIP, {"path": api.path("never")})) == "path/not_found"
    assert check_error(api.call(ZIP, {"path": api.path("a.txt")})) == "path/not_folder"


@pytest.mark.checks("v2-path-forms")
@pytest.mark.parametrize("route", [TEMPORARY, GET_REFERENCE])
def test_rev_in_place_of_a_path(api, route):
    """A rev is accepted in place of a path."""
    put = api.put("a.txt")
    assert api.ok(route, {"path": f"rev:{put['rev']}"})["metadata"]["rev"] == put["rev"]


@pytest.mark.checks("v2-path-forms")
def test_content_of_an_old_rev(api):
    """A temporary link, a copy reference and a thumbnail are those of the rev in the path."""
    old = api.put("a.png", png(50, 100))
    api.put("a.png", png(100, 50), mode="overwrite")
    path = {"path": f"rev:{old['rev']}"}
    link = api.reachable(api.ok(TEMPORARY, path)["link"])
    assert api.fetch(link).data == png(50, 100)
    reference = api.ok(GET_REFERENCE, path)["copy_reference"]
    argument = {"copy_reference": reference, "path": api.path("copy.png")}
    check_file(api.ok(SAVE_REFERENCE, argument)["metadata"], png(50, 100), "file")
    resource = {"resource": {".tag": "path", **path}, "format": "png"}
    assert size_of(api.call(THUMBNAIL, resource).data) == (32, 64)


@pytest.mark.checks("v2-path-forms")
def test_rev_as_an_argument(api):
    """The deprecated argument rev selects the rev of a download and of a preview."""
    old = api.put("a.csv", b"one,two\n1,2\n")
    api.put("a.csv", b"three,four\n3,4\n", mode="overwrite")
    argument = {"path": api.path("a.csv"), "rev": old["rev"]}
    assert api.call("files/download", argument).data == b"one,two\n1,2\n"
    preview = api.call(PREVIEW, argument)
    assert (b"two" in preview.data, b"four" in preview.data) == (True, False)
