"""Thumbnails, previews and media information."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from fakebox.context import Options


@pytest.fixture
def picture():
    """The bytes of a PNG picture of 400 by 200 pixels."""
    image_file = io.BytesIO()
    Image.new("RGB", (400, 200), "red").save(image_file, "PNG")
    return image_file.getvalue()


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
    assert response.content_type == "image/webp"
    assert Image.open(io.BytesIO(response.data)).size == size


def test_get_thumbnail_returns_the_metadata_in_a_header(api, picture, failed):
    """The first version of the route returns the metadata of the file in a header."""
    payload = api.upload("/p.png", picture)
    response = api.send("files/get_thumbnail", {"path": "/p.png", "size": "w32h32"})
    assert (response.content_type, Image.open(io.BytesIO(response.data)).size) == (
        "image/jpeg",
        (32, 16),
    )
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


def test_preview_of_a_text_or_a_picture_is_a_page(api, picture, failed):
    """Texts and pictures have an HTML page as preview, and other files have none."""
    api.upload("/a.txt", b"<text>")
    api.upload("/p.png", picture)
    api.upload("/b.bin")
    assert "&lt;text&gt;" in api.send("files/get_preview", {"path": "/a.txt"}).text
    assert "data:image/png" in api.send("files/get_preview", {"path": "/p.png"}).text
    assert failed(api.send("files/get_preview", {"path": "/b.bin"})) == {
        ".tag": "unsupported_extension"
    }


def test_media_info_has_the_dimensions_when_requested(api, picture):
    """A picture has media info with `include_media_info`, and a text has none."""
    api.upload("/p.png", picture)
    payload = api.rpc("files/get_metadata", path="/p.png", include_media_info=True)
    assert payload["media_info"]["metadata"]["dimensions"] == {"height": 200, "width": 400}
    api.upload("/a.txt")
    payload = api.rpc("files/get_metadata", path="/a.txt", include_media_info=True)
    assert "media_info" not in payload


def test_damaged_picture_has_no_preview_and_no_media_info(api, failed):
    """The preview of a damaged picture is an error, and its metadata has no media info."""
    api.upload("/p.png", b"no picture")
    error = failed(api.send("files/get_preview", {"path": "/p.png"}))
    assert error == {".tag": "unsupported_content"}
    payload = api.rpc("files/get_metadata", path="/p.png", include_media_info=True)
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


def test_picture_with_too_many_pixels_is_a_conversion_error(api, picture, failed):
    """A picture over the pixel limit has no thumbnail, but still has its dimensions."""
    api.upload("/a.png", picture)
    api.options = Options(thumbnail_pixel_limit=400 * 200 - 1)
    resource = {".tag": "path", "path": "/a.png"}
    arguments = {"files/get_thumbnail_v2": {"resource": resource}, "files/get_thumbnail": None}
    for route, argument in arguments.items():
        response = api.send(route, argument or {"path": "/a.png"}, b"")
        assert failed(response) == {".tag": "conversion_error"}
    batch = api.rpc("files/get_thumbnail_batch", entries=[{"path": "/a.png"}])
    failure = {".tag": "failure", "failure": {".tag": "conversion_error"}}
    assert batch == {"entries": [failure]}
    payload = api.rpc("files/get_metadata", path="/a.png", include_media_info=True)
    dimensions = payload["media_info"]["metadata"]["dimensions"]
    assert dimensions == {"height": 200, "width": 400}
    api.options = Options(thumbnail_pixel_limit=400 * 200)
    assert api.send("files/get_thumbnail", {"path": "/a.png"}, b"").status_code == 200
