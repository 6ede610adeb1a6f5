"""Thumbnails, previews, and what pictures tell."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from fakebox.context import Options


@pytest.fixture
def picture():
    """A PNG of 400 by 200 pixels."""
    made = io.BytesIO()
    Image.new("RGB", (400, 200), "red").save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("mode", "size"),
    [
        ("strict", (128, 64)),
        ("bestfit", (128, 64)),
        ("fitone_bestfit", (256, 128)),
        ("original", (400, 200)),
    ],
)
def test_thumbnail_fits_as_its_mode_says(api, picture, mode, size):
    """In the proportions of the picture."""
    api.upload("/p.png", picture)
    options = {"resource": {".tag": "path", "path": "/p.png"}, "size": "w128h128", "mode": mode}
    answer = api.send("files/get_thumbnail_v2", {**options, "format": "webp"})
    assert answer.content_type == "image/webp"
    assert Image.open(io.BytesIO(answer.data)).size == size


def test_thumbnail_of_a_path_comes_with_the_file(api, picture, failed):
    """Which is told as it is, not as one of several."""
    payload = api.upload("/p.png", picture)
    answer = api.send("files/get_thumbnail", {"path": "/p.png", "size": "w32h32"})
    assert (answer.content_type, Image.open(io.BytesIO(answer.data)).size) == (
        "image/jpeg",
        (32, 16),
    )
    assert json.loads(answer.headers["Dropbox-API-Result"]) == payload
    missing = failed(api.send("files/get_thumbnail", {"path": "/nothing"}))
    assert missing == {".tag": "path", "path": {".tag": "not_found"}}


def test_thumbnails_come_in_batches(api, picture):
    """Each with its own outcome."""
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


def test_preview_shows_texts_and_pictures(api, picture, failed):
    """As a page; what is neither has none."""
    api.upload("/a.txt", b"<text>")
    api.upload("/p.png", picture)
    api.upload("/b.bin")
    assert "&lt;text&gt;" in api.send("files/get_preview", {"path": "/a.txt"}).text
    assert "data:image/png" in api.send("files/get_preview", {"path": "/p.png"}).text
    assert failed(api.send("files/get_preview", {"path": "/b.bin"})) == {
        ".tag": "unsupported_extension"
    }


def test_picture_tells_its_size_if_that_is_asked_for(api, picture):
    """A text has none."""
    api.upload("/p.png", picture)
    payload = api.rpc("files/get_metadata", path="/p.png", include_media_info=True)
    assert payload["media_info"]["metadata"]["dimensions"] == {"height": 200, "width": 400}
    api.upload("/a.txt")
    payload = api.rpc("files/get_metadata", path="/a.txt", include_media_info=True)
    assert "media_info" not in payload


def test_preview_of_a_damaged_picture_fails(api, failed):
    """And so does its media information, silently."""
    api.upload("/p.png", b"no picture")
    error = failed(api.send("files/get_preview", {"path": "/p.png"}))
    assert error == {".tag": "unsupported_content"}
    payload = api.rpc("files/get_metadata", path="/p.png", include_media_info=True)
    assert "media_info" not in payload


def test_photo_tells_when_it_was_taken_and_where(api):
    """From what its camera wrote."""
    exif = Image.Exif()
    exif[0x0132] = "2020:02:03 04:05:06"
    exif[0x8825] = {1: "N", 2: (1.0, 30.0, 0.0), 3: "E", 4: (2.0, 0.0, 0.0)}
    made = io.BytesIO()
    Image.new("RGB", (2, 1)).save(made, "JPEG", exif=exif)
    api.upload("/p.jpg", made.getvalue())
    info = api.rpc("files/get_metadata", path="/p.jpg", include_media_info=True)["media_info"]
    assert info["metadata"]["time_taken"] == "2020-02-03T04:05:06Z"
    assert info["metadata"]["location"] == {"latitude": 1.5, "longitude": 2.0}


def test_upright_thumbnail_of_a_lying_picture_fits_the_box_turned(api):
    """`bestfit` takes the box either way."""
    made = io.BytesIO()
    Image.new("RGB", (100, 400)).save(made, "PNG")
    api.upload("/p.png", made.getvalue())
    options = {
        "resource": {".tag": "path", "path": "/p.png"},
        "size": "w480h320",
        "mode": "bestfit",
    }
    answer = api.send("files/get_thumbnail_v2", options)
    assert Image.open(io.BytesIO(answer.data)).size == (100, 400)


def test_thumbnail_of_what_a_link_shows_tells_the_link_and_the_revision(api, picture):
    """To anybody, the picture's owner or not, and by the link of its folder too."""
    rev = api.upload("/folder/p.png", picture)["rev"]
    share = "sharing/create_shared_link_with_settings"
    for path, below in (("/folder/p.png", {}), ("/folder", {"path": "/p.png"})):
        url = api.rpc(share, path=path)["url"]
        for who in (api.user, api.bearer(2)):
            options = {"resource": {".tag": "link", "url": url, **below}}
            answer = api.send("files/get_thumbnail_v2", options, who=who)
            assert Image.open(io.BytesIO(answer.data)).format == "JPEG"
            payload = json.loads(answer.headers["Dropbox-API-Result"])
            assert payload == {"link_metadata": {"url": url, "rev": rev}}


def test_thumbnail_of_a_path_tells_of_the_file(api, picture):
    """All that there is to tell."""
    rev = api.upload("/p.png", picture)["rev"]
    options = {"resource": {".tag": "path", "path": "/p.png"}}
    answer = api.send("files/get_thumbnail_v2", options)
    payload = json.loads(answer.headers["Dropbox-API-Result"])
    assert (list(payload), payload["file_metadata"]["rev"]) == (["file_metadata"], rev)


def test_picture_with_too_many_pixels_is_a_conversion_error(api, picture, failed):
    """The limit is a setting; the picture's own size is still told."""
    api.upload("/a.png", picture)
    api.options = Options(thumbnail_pixel_limit=400 * 200 - 1)
    resource = {".tag": "path", "path": "/a.png"}
    sent = {"files/get_thumbnail_v2": {"resource": resource}, "files/get_thumbnail": None}
    for route, argument in sent.items():
        answer = api.send(route, argument or {"path": "/a.png"}, b"")
        assert failed(answer) == {".tag": "conversion_error"}
    batch = api.rpc("files/get_thumbnail_batch", entries=[{"path": "/a.png"}])
    failure = {".tag": "failure", "failure": {".tag": "conversion_error"}}
    assert batch == {"entries": [failure]}
    payload = api.rpc("files/get_metadata", path="/a.png", include_media_info=True)
    dimensions = payload["media_info"]["metadata"]["dimensions"]
    assert dimensions == {"height": 200, "width": 400}
    api.options = Options(thumbnail_pixel_limit=400 * 200)
    assert api.send("files/get_thumbnail", {"path": "/a.png"}, b"").status_code == 200
