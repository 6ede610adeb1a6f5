"""shares, media, copy_ref, thumbnails, previews, chunked uploads and save_url."""

import io
import json
from base64 import b64decode

import pytest
from PIL import Image

from fakebox.core import defaults

OTHER = (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET)


def payload(response):
    """A decoded success."""
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def picture(width=600, height=400, kind="JPEG"):
    """A real picture's bytes."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), "orange").save(data, kind)
    return data.getvalue()


def test_share_keeps_its_link(api):
    """The same path, the same URL, on the host that was asked."""
    api.upload("/a.txt")
    link = payload(api.get("/shares/dropbox/a.txt"))
    assert link["url"].startswith("http://api.example/")
    assert link["expires"] == "Tue, 01 Jan 2030 00:00:00 +0000"
    assert link == payload(api.post("/shares/dropbox/a.txt"))


def test_share_has_a_long_form(api):
    """With the file's name in it."""
    api.upload("/ü.txt")
    link = payload(api.get("/shares/dropbox/%C3%BC.txt", short_url="false"))
    assert link["url"].endswith("/%C3%BC.txt")


@pytest.mark.parametrize("call", ["shares", "media", "copy_ref"])
def test_link_to_nothing_is_404(api, call):
    """For every kind."""
    assert api.get(f"/{call}/dropbox/missing").status_code == 404


def test_media_lasts_four_hours(api):
    """Then it ends."""
    api.world.clock.set(1_000_000_000)
    api.world.clock.freeze()
    api.upload("/folder/a.mov")
    link = payload(api.get("/media/dropbox/folder/a.mov"))
    assert link["expires"] == "Sun, 09 Sep 2001 05:46:40 +0000"


@pytest.mark.parametrize("path", ["/folder", "/"])
def test_media_of_a_folder_is_400(api, path):
    """Folders are not supported."""
    api.upload("/folder/a.mov")
    assert api.get(f"/media/dropbox{path}").status_code == 400


@pytest.mark.parametrize("call", ["shares", "media", "copy_ref"])
def test_root_is_never_linked_to(api, call):
    """400, in the words of a form."""
    response = api.get(f"/{call}/dropbox/")
    assert response.status_code == 400
    assert json.loads(response.text) == {"error": {"path": "The root path is not allowed."}}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("small", (32, 21)),
        ("medium", (64, 43)),
        ("large", (128, 85)),
        ("xs", (32, 21)),
        ("s", (64, 43)),
        ("m", (128, 85)),
        ("l", (600, 400)),
        ("xl", (600, 400)),
    ],
)
def test_thumbnail_fits_its_size(api, size, expected):
    """In proportion, never enlarged."""
    api.upload("/a.jpg", picture())
    response = api.get("/thumbnails/dropbox/a.jpg", size=size, format="PNG")
    assert response.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(response.data)).size == expected
    assert json.loads(response.headers["x-dropbox-metadata"])["path"] == "/a.jpg"


def test_thumbnail_of_another_type_is_404(api):
    """In the service's words, its last blank included."""
    api.upload("/a.pdf")
    response = api.get("/thumbnails/dropbox/a.pdf")
    text = "No thumbnail available for the file type '.pdf' "
    assert (response.status_code, json.loads(response.text)["error"]) == (404, text)


def test_thumbnail_of_a_damaged_picture_is_415(api):
    """Cut in the middle, or no picture at all."""
    api.upload("/half.jpg", picture()[:300])
    api.upload("/none.png", b"no picture")
    assert api.get("/thumbnails/dropbox/half.jpg").status_code == 415
    assert api.get("/thumbnails/dropbox/none.png").status_code == 415


def test_thumbnail_of_nothing_is_404(api):
    """As is a folder's."""
    api.upload("/folder.jpg/a.txt")
    assert api.get("/thumbnails/dropbox/missing.jpg").status_code == 404
    assert api.get("/thumbnails/dropbox/folder.jpg").status_code == 404


def test_photo_info_tells_when_a_photo_was_taken(api):
    """From its Exif."""
    exif = Image.Exif()
    exif[0x0132] = "2012:08:15 10:20:30"
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "JPEG", exif=exif)
    api.upload("/a.jpg", data.getvalue())
    fields = payload(api.get("/metadata/dropbox/a.jpg", include_media_info="true"))
    assert fields["photo_info"]["time_taken"] == "Wed, 15 Aug 2012 10:20:30 +0000"


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.json", "a.svg"])
def test_preview_of_a_text_is_a_page(api, name):
    """Escaped, whatever it would do in a browser."""
    stored = api.upload(f"/{name}", b"<b>bold</b>")
    response = api.get(f"/previews/dropbox/{name}")
    assert response.headers["Content-Type"].startswith("text/html")
    assert "&lt;b&gt;" in response.text
    assert json.loads(response.headers["x-dropbox-metadata"]) == stored


def test_preview_of_a_picture_is_a_page_with_the_picture(api):
    """In the page itself, no larger than a screen."""
    api.upload("/a.jpg", picture(2048, 1024))
    page = api.get("/previews/dropbox/a.jpg").text
    data = b64decode(page.partition("data:image/png;base64,")[2].partition('"')[0])
    assert Image.open(io.BytesIO(data)).size == (1024, 512)


def test_preview_of_an_earlier_revision(api):
    """By its rev."""
    old = api.upload("/a.txt", b"old")
    api.upload("/a.txt", b"new")
    assert "<pre>old</pre>" in api.get("/previews/dropbox/a.txt", rev=old["rev"]).text


@pytest.mark.parametrize(
    ("name", "status"), [("a.bin", 409), ("a.mov", 409), ("broken.jpg", 415), ("missing.txt", 404)]
)
def test_preview_of_what_cannot_be_shown_is_refused(api, name, status):
    """By its type, or because it is damaged or not there."""
    if status != 404:
        api.upload(f"/{name}", b"no picture")
    assert api.get(f"/previews/dropbox/{name}").status_code == status


def test_chunks_become_a_file(api):
    """Each answer says how far it is, and until when."""
    first = payload(api.put("/chunked_upload", b"0123"))
    assert first["offset"] == 4
    assert len(first["expires"]) == 31
    second = payload(api.put("/chunked_upload", b"45", upload_id=first["upload_id"], offset=4))
    assert second["offset"] == 6
    fields = payload(api.post("/commit_chunked_upload/dropbox/a.txt", upload_id=first["upload_id"]))
    assert (fields["path"], fields["bytes"]) == ("/a.txt", 6)
    assert api.get("/files/dropbox/a.txt").data == b"012345"


def test_chunk_at_the_wrong_offset_is_400_with_the_right_one(api):
    """So that the client can go on; nothing is stored."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    response = api.put("/chunked_upload", b"x", upload_id=upload_id, offset=9)
    fields = json.loads(response.text)
    assert response.status_code == 400
    assert (fields["offset"], fields["upload_id"]) == (4, upload_id)
    assert fields["error"] == "Submitted input out of alignment: got [9] expected [4]"


def test_unknown_upload_is_404_for_chunks_and_400_for_commits(api):
    """As the service's clients saw."""
    assert api.put("/chunked_upload", b"x", upload_id="unknown", offset=0).status_code == 404
    response = api.post("/commit_chunked_upload/dropbox/a", upload_id="unknown")
    assert response.status_code == 400


def test_upload_expires_after_a_day_of_the_emulated_clock(api):
    """Then it is unknown."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    api.world.clock.advance(24 * 3600)
    response = api.put("/chunked_upload", b"x", upload_id=upload_id, offset=4)
    assert response.status_code == 404


def test_upload_belongs_to_its_account(api):
    """Nobody else can take it up."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    assert api.put("/chunked_upload", b"x", OTHER, upload_id=upload_id, offset=4).status_code == 404


def test_upload_is_spent_by_its_commit(api):
    """Once."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    payload(api.post("/commit_chunked_upload/dropbox/a", upload_id=upload_id))
    again = api.post("/commit_chunked_upload/dropbox/b", upload_id=upload_id)
    assert again.status_code == 400


def test_chunk_that_ends_early_is_not_kept(api):
    """The offset stays, and the chunk can come again."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    query = {"upload_id": upload_id, "offset": 4}
    assert api.stream("PUT", "/chunked_upload", b"45", 10, **query).status_code == 400
    assert payload(api.put("/chunked_upload", b"4567", **query))["offset"] == 8


def test_save_url_takes_over_what_a_link_shows(api):
    """PENDING at first; the job tells the rest."""
    api.upload("/a.txt", b"shared")
    url = payload(api.get("/shares/dropbox/a.txt", short_url="false"))["url"]
    job = payload(api.post("/save_url/dropbox/copy.txt", url=url))
    assert job["status"] == "PENDING"
    assert payload(api.get(f"/save_url_job/{job['job']}")) == {"status": "COMPLETE"}
    assert api.get("/files/dropbox/copy.txt").data == b"shared"


@pytest.mark.parametrize("call", ["media", "shares"])
def test_save_url_takes_over_a_temporary_link(api, call):
    """And a shared link's short form."""
    api.upload("/a.txt", b"shared")
    url = payload(api.get(f"/{call}/dropbox/a.txt"))["url"]
    job = payload(api.post("/save_url/dropbox/copy.txt", url=url))
    assert payload(api.get(f"/save_url_job/{job['job']}"))["status"] == "COMPLETE"


def test_save_url_over_quota_fails(api):
    """The job says so, since the call itself was in order."""
    api.upload("/a.txt", b"12345")
    url = payload(api.get("/media/dropbox/a.txt"))["url"]
    api.world.accounts.configure(1, quota_bytes=8)
    job = payload(api.post("/save_url/dropbox/copy.txt", url=url))
    assert payload(api.get(f"/save_url_job/{job['job']}"))["status"] == "FAILED"


def test_save_url_job_belongs_to_its_account(api):
    """Nobody else hears of it."""
    job = payload(api.post("/save_url/dropbox/a", url="http://api.example/s/unknown/a"))
    assert api.get(f"/save_url_job/{job['job']}", OTHER).status_code == 404


@pytest.mark.parametrize("link", ["s/unknown/a", "s/unknown", "0/view/unknown/a", "db.tt/unknown"])
def test_save_url_of_a_dead_link_fails(api, link):
    """The job says so."""
    job = payload(api.post("/save_url/dropbox/a", url=f"http://api.example/{link}"))
    assert payload(api.get(f"/save_url_job/{job['job']}"))["status"] == "FAILED"
    assert api.get("/save_url_job/unknown").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.example/s/a/b",
        "https://api.example/s/a/b",
        "http://api.example.evil/s/a/b",
        "http://api.example@evil/s/a/b",
        "http://api.example/other",
        "http://api.example/other/a/b",
        "http://api.example/s/",
        "http://[",
        "file:///etc/passwd",
        "nonsense",
    ],
)
def test_save_url_never_fetches_from_elsewhere(api, url):
    """The emulator opens no connection."""
    assert api.post("/save_url/dropbox/a", url=url).status_code == 400


def test_there_are_no_shared_folders(api):
    """An empty list, and 404 for each."""
    assert payload(api.get("/shared_folders")) == []
    assert api.get("/shared_folders/12").status_code == 404


def test_account_info_counts_what_is_stored(api):
    """The figures move with the files."""
    before = payload(api.get("/account/info"))
    assert (before["uid"], before["email"]) == (1, "user@fakebox.example")
    api.upload("/a.txt", b"12345")
    api.upload("/a.txt", b"123", overwrite="true")
    after = payload(api.post("/account/info"))
    assert after["quota_info"]["normal"] == 3
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    assert payload(api.get("/account/info"))["quota_info"]["normal"] == 0
