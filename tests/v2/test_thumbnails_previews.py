"""Thumbnails, previews and media information."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from fakebox.context import Options


def encoded(kind="PNG", size=(400, 200), mode="RGB", color="red"):
    """Return the bytes of a picture of one color."""
    image_file = io.BytesIO()
    Image.new(mode, size, color).save(image_file, kind)
    return image_file.getvalue()


@pytest.fixture
def picture():
    """The bytes of a PNG picture of 400 by 200 pixels."""
    return encoded()


@pytest.mark.parametrize(
    ("mode", "size"),
    [
        ("strict", (128, 64)),
        ("bestfit", (128, 64)),
        ("fitone_bestfit", (256, 128)),
        ("original", (400, 200)),
    ],
)
def test_thumbnail_has_the_size_that_its_mode_defines(api, picture, mode, size):
    """A thumbnail keeps the proportions of the picture in every mode."""
    api.upload("/p.png", picture)
    options = {"resource": {".tag": "path", "path": "/p.png"}, "size": "w128h128", "mode": mode}
    response = api.send("files/get_thumbnail_v2", {**options, "format": "webp"})
    thumbnail = Image.open(io.BytesIO(response.data))
    assert (thumbnail.format, thumbnail.size) == ("WEBP", size)


def test_get_thumbnail_returns_the_metadata_in_a_header(api, picture, failed):
    """The first version of the route returns the metadata of the file in a header."""
    payload = api.upload("/p.png", picture)
    response = api.send("files/get_thumbnail", {"path": "/p.png", "size": "w32h32"})
    thumbnail = Image.open(io.BytesIO(response.data))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (32, 16))
    assert json.loads(response.headers["Dropbox-API-Result"]) == payload
    missing = failed(api.send("files/get_thumbnail", {"path": "/nothing"}))
    assert missing == {".tag": "path", "path": {".tag": "not_found"}}


def test_thumbnail_batch_has_a_result_for_each_entry(api, picture):
    """Each entry of a batch succeeds or fails separately, and too many entries are an error."""
    api.upload("/p.png", picture)
    api.upload("/broken.png", b"no picture")
    api.upload("/text.txt")
    paths = ["/p.png", "/broken.png", "/text.txt", "/nothing"]
    entries = [{"path": path} for path in paths]
    payload = api.rpc("files/get_thumbnail_batch", entries=entries)["entries"]
    assert [one.get("failure", one)[".tag"] for one in payload] == [
        "success",
        "unsupported_image",
        "unsupported_extension",
        "path",
    ]
    many = api.fails("files/get_thumbnail_batch", entries=entries * 7)
    assert many == {".tag": "too_many_files"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "PPM"])
@pytest.mark.parametrize(
    "extension", ["jpg", "jpeg", "png", "tiff", "tif", "gif", "webp", "ppm", "bmp", "WebP"]
)
def test_documented_extensions_have_thumbnails(api, kind, extension):
    """A picture of each format has a thumbnail with each extension, in any case."""
    api.upload(f"/p.{extension}", encoded(kind))
    for route, argument in (
        ("files/get_thumbnail", {"path": f"/p.{extension}"}),
        ("files/get_thumbnail_v2", {"resource": {".tag": "path", "path": f"/p.{extension}"}}),
    ):
        response = api.send(route, argument)
        assert response.content_type == "application/octet-stream"
        thumbnail = Image.open(io.BytesIO(response.data))
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (64, 32))
    (result,) = api.rpc("files/get_thumbnail_batch", entries=[{"path": f"/p.{extension}"}])[
        "entries"
    ]
    assert result[".tag"] == "success"


@pytest.mark.parametrize("route", ["files/get_thumbnail", "files/get_thumbnail_v2"])
@pytest.mark.parametrize("excluded", [None, False, True])
def test_thumbnail_has_the_media_info_unless_it_is_excluded(api, route, excluded):
    """The metadata of a photo has its dimensions; with `exclude_media_info` it has none."""
    api.upload("/p.jpg", encoded("JPEG"))
    is_first = route == "files/get_thumbnail"
    resource = {"path": "/p.jpg"} if is_first else {"resource": {".tag": "path", "path": "/p.jpg"}}
    response = api.send(route, {**resource, "exclude_media_info": excluded})
    payload = json.loads(response.headers["Dropbox-API-Result"])
    metadata = payload if is_first else payload["file_metadata"]
    assert ("media_info" in metadata) is (excluded is not True)
    entries = [{"path": "/p.jpg", "exclude_media_info": excluded}]
    (result,) = api.rpc("files/get_thumbnail_batch", entries=entries)["entries"]
    assert ("media_info" in result["metadata"]) is (excluded is not True)


def test_quality_of_a_thumbnail_changes_its_size(api):
    """A JPEG of a higher quality has more bytes."""
    image_file = io.BytesIO()
    Image.effect_noise((400, 200), 90).save(image_file, "PNG")
    api.upload("/p.png", image_file.getvalue())

    def size_bytes(**options):
        resource = {".tag": "path", "path": "/p.png"}
        return len(api.send("files/get_thumbnail_v2", {"resource": resource, **options}).data)

    assert size_bytes() == size_bytes(quality="quality_80") < size_bytes(quality="quality_90")


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_transparency_is_kept_on_request(api, kind):
    """Transparent pixels are white, or stay transparent with `preserve_transparency`."""
    api.upload("/p.png", encoded(mode="RGBA", color=(255, 0, 0, 0)))
    argument = {"resource": {".tag": "path", "path": "/p.png"}, "format": kind}
    opaque = api.send("files/get_thumbnail_v2", argument)
    image = Image.open(io.BytesIO(opaque.data)).convert("RGBA")
    assert image.getpixel((5, 5)) == (255, 255, 255, 255)
    kept = api.send("files/get_thumbnail_v2", {**argument, "preserve_transparency": True})
    assert Image.open(io.BytesIO(kept.data)).convert("RGBA").getpixel((5, 5))[3] == 0


def test_jpeg_thumbnail_cannot_keep_transparency(api, picture, failed):
    """`preserve_transparency` with the format JPEG is an error."""
    api.upload("/p.png", picture)
    argument = {"resource": {".tag": "path", "path": "/p.png"}, "preserve_transparency": True}
    for options in ({}, {"format": "jpeg"}, {"format": None}):
        response = api.send("files/get_thumbnail_v2", {**argument, **options})
        assert failed(response) == {".tag": "unsupported_output_format"}


_PDF = "ai doc docm docx eps gdoc gslides odp odt pps ppsm ppsx ppt pptm pptx rtf"


@pytest.mark.parametrize("extension", [*_PDF.split(), "DocX"])
def test_preview_of_a_document_is_a_pdf(api, extension):
    """Documents have a PDF of one page, whatever their content and name."""
    name = f"Ünï \u65e5 <a>.{extension}"
    rev = api.upload(f"/{name}", b"no document")["rev"]
    response = api.send("files/get_preview", {"path": f"/{name}"})
    assert response.content_type == "application/pdf"
    assert response.data.startswith(b"%PDF-")
    assert response.data == api.send("files/get_preview", {"path": f"/{name}"}).data
    assert json.loads(response.headers["Dropbox-API-Result"])["rev"] == rev


@pytest.mark.parametrize("extension", ["csv", "ods", "xls", "xlsm", "gsheet", "xlsx"])
def test_preview_of_a_table_is_a_page(api, extension):
    """Tables have an HTML page, which escapes the name and the text."""
    api.upload(f"/<a>.{extension}", b"<text>")
    response = api.send("files/get_preview", {"path": f"/<a>.{extension}"})
    assert response.content_type == "text/html; charset=utf-8"
    assert f"&lt;a&gt;.{extension}" in response.text
    assert ("&lt;text&gt;" in response.text) is (extension == "csv")
    assert "<text>" not in response.text


@pytest.mark.parametrize("name", ["a.txt", "a.png", "a.pdf", "a.bin", "csv", "a.docx.zip"])
def test_other_files_have_no_preview(api, failed, name):
    """Texts, pictures and all other files have no preview."""
    api.upload(f"/{name}", encoded())
    error = failed(api.send("files/get_preview", {"path": f"/{name}"}))
    assert error == {".tag": "unsupported_extension"}


def test_media_info_has_the_dimensions_when_requested(api):
    """A photo has media info with `include_media_info`; a text and a PNG picture have none."""
    api.upload("/p.jpg", encoded("JPEG"))
    payload = api.rpc("files/get_metadata", path="/p.jpg", include_media_info=True)
    assert payload["media_info"]["metadata"]["dimensions"] == {"height": 200, "width": 400}
    for name, content in (("a.txt", b""), ("p.png", encoded()), ("q.PNG", encoded("JPEG"))):
        api.upload(f"/{name}", content)
        payload = api.rpc("files/get_metadata", path=f"/{name}", include_media_info=True)
        assert "media_info" not in payload


def test_damaged_picture_has_no_media_info(api):
    """The metadata of a damaged picture has no media info."""
    api.upload("/p.jpg", b"no picture")
    payload = api.rpc("files/get_metadata", path="/p.jpg", include_media_info=True)
    assert "media_info" not in payload


def test_media_info_has_the_date_and_location_of_the_exif_data(api):
    """The media info has the date and location of the Exif data."""
    exif = Image.Exif()
    exif[0x0132] = "2020:02:03 04:05:06"
    exif[0x8825] = {1: "N", 2: (1.0, 30.0, 0.0), 3: "E", 4: (2.0, 0.0, 0.0)}
    image_file = io.BytesIO()
    Image.new("RGB", (2, 1)).save(image_file, "JPEG", exif=exif)
    api.upload("/p.jpg", image_file.getvalue())
    info = api.rpc("files/get_metadata", path="/p.jpg", include_media_info=True)["media_info"]
    assert info["metadata"]["time_taken"] == "2020-02-03T04:05:06Z"
    assert info["metadata"]["location"] == {"latitude": 1.5, "longitude": 2.0}


def test_bestfit_thumbnail_fits_the_rotated_box(api):
    """In the mode `bestfit`, the box is rotated for an upright picture."""
    image_file = io.BytesIO()
    Image.new("RGB", (100, 400)).save(image_file, "PNG")
    api.upload("/p.png", image_file.getvalue())
    options = {
        "resource": {".tag": "path", "path": "/p.png"},
        "size": "w480h320",
        "mode": "bestfit",
    }
    response = api.send("files/get_thumbnail_v2", options)
    assert Image.open(io.BytesIO(response.data)).size == (100, 400)


def test_thumbnail_of_a_link_has_the_url_and_the_rev_in_a_header(api, picture):
    """The header has the URL and rev, for links to the picture and to its folder."""
    rev = api.upload("/folder/p.png", picture)["rev"]
    share = "sharing/create_shared_link_with_settings"
    for path, subpath in (("/folder/p.png", {}), ("/folder", {"path": "/p.png"})):
        url = api.rpc(share, path=path)["url"]
        for who in (api.user, api.bearer(2)):
            options = {"resource": {".tag": "link", "url": url, **subpath}}
            response = api.send("files/get_thumbnail_v2", options, who=who)
            assert Image.open(io.BytesIO(response.data)).format == "JPEG"
            payload = json.loads(response.headers["Dropbox-API-Result"])
            assert payload == {"link_metadata": {"url": url, "rev": rev}}


def test_thumbnail_of_a_path_has_the_file_metadata_in_a_header(api, picture):
    """The header of get_thumbnail_v2 contains `file_metadata`."""
    rev = api.upload("/p.png", picture)["rev"]
    options = {"resource": {".tag": "path", "path": "/p.png"}}
    response = api.send("files/get_thumbnail_v2", options)
    payload = json.loads(response.headers["Dropbox-API-Result"])
    assert (list(payload), payload["file_metadata"]["rev"]) == (["file_metadata"], rev)


def test_picture_with_too_many_pixels_is_a_conversion_error(api, failed):
    """A picture over the pixel limit has no thumbnail, but still has its dimensions."""
    api.upload("/a.jpg", encoded("JPEG"))
    api.options = Options(thumbnail_pixel_limit=400 * 200 - 1)
    resource = {".tag": "path", "path": "/a.jpg"}
    arguments = {"files/get_thumbnail_v2": {"resource": resource}, "files/get_thumbnail": None}
    for route, argument in arguments.items():
        response = api.send(route, argument or {"path": "/a.jpg"}, b"")
        assert failed(response) == {".tag": "conversion_error"}
    batch = api.rpc("files/get_thumbnail_batch", entries=[{"path": "/a.jpg"}])
    failure = {".tag": "failure", "failure": {".tag": "conversion_error"}}
    assert batch == {"entries": [failure]}
    payload = api.rpc("files/get_metadata", path="/a.jpg", include_media_info=True)
    dimensions = payload["media_info"]["metadata"]["dimensions"]
    assert dimensions == {"height": 200, "width": 400}
    api.options = Options(thumbnail_pixel_limit=400 * 200)
    assert api.send("files/get_thumbnail", {"path": "/a.jpg"}, b"").status_code == 200
