"""The calls shares, media, copy_ref, thumbnails, previews, chunked uploads and save_url."""

import io
import json
from base64 import b64decode

import pytest
from PIL import Image

from fakebox.core import defaults

OTHER = (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET)


def payload(response):
    """Return the decoded JSON of a 200 response."""
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def picture(width=600, height=400, image_format="JPEG"):
    """Return the bytes of a valid picture."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), "orange").save(data, image_format)
    return data.getvalue()


def test_shares_returns_the_same_link_for_a_path(api):
    """The link has the host of the request, and stays the same for the same path."""
    api.upload("/a.txt")
    link = payload(api.get("/shares/dropbox/a.txt"))
    assert link["url"].startswith("http://api.example/")
    assert link["expires"] == "Tue, 01 Jan 2030 00:00:00 +0000"
    assert link == payload(api.post("/shares/dropbox/a.txt"))


def test_shares_without_short_url_returns_a_link_with_the_file_name(api):
    """With `short_url=false`, the link ends with the encoded file name."""
    api.upload("/ü.txt")
    link = payload(api.get("/shares/dropbox/%C3%BC.txt", short_url="false"))
    assert link["url"].endswith("/%C3%BC.txt")


@pytest.mark.parametrize("call", ["shares", "media", "copy_ref"])
def test_link_to_a_missing_path_is_404(api, call):
    """A link of each kind to a missing path is answered with 404."""
    assert api.get(f"/{call}/dropbox/missing").status_code == 404


def test_media_link_expires_after_four_hours(api):
    """The expiry of a media link is four hours after the request."""
    api.world.clock.set(1_000_000_000)
    api.world.clock.freeze()
    api.upload("/folder/a.mov")
    link = payload(api.get("/media/dropbox/folder/a.mov"))
    assert link["expires"] == "Sun, 09 Sep 2001 05:46:40 +0000"


@pytest.mark.parametrize("path", ["/folder", "/"])
def test_media_of_a_folder_is_400(api, path):
    """A media link to a folder is answered with 400."""
    api.upload("/folder/a.mov")
    assert api.get(f"/media/dropbox{path}").status_code == 400


@pytest.mark.parametrize("call", ["shares", "media", "copy_ref"])
def test_link_to_the_root_is_400(api, call):
    """A link of each kind to the root is answered with 400 and an error for the parameter."""
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
    """A thumbnail keeps the proportions and is never larger than the picture."""
    api.upload("/a.jpg", picture())
    response = api.get("/thumbnails/dropbox/a.jpg", size=size, format="PNG")
    assert response.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(response.data)).size == expected
    assert json.loads(response.headers["x-dropbox-metadata"])["path"] == "/a.jpg"


def test_thumbnail_of_an_unsupported_type_is_404(api):
    """The error text of the service has a trailing space."""
    api.upload("/a.pdf")
    response = api.get("/thumbnails/dropbox/a.pdf")
    text = "No thumbnail available for the file type '.pdf' "
    assert (response.status_code, json.loads(response.text)["error"]) == (404, text)


def test_thumbnail_of_a_damaged_picture_is_415(api):
    """A thumbnail of a truncated picture or of other bytes is answered with 415."""
    api.upload("/half.jpg", picture()[:300])
    api.upload("/none.png", b"no picture")
    assert api.get("/thumbnails/dropbox/half.jpg").status_code == 415
    assert api.get("/thumbnails/dropbox/none.png").status_code == 415


def test_thumbnail_of_a_missing_path_or_a_folder_is_404(api):
    """A thumbnail of a missing path or of a folder is answered with 404."""
    api.upload("/folder.jpg/a.txt")
    assert api.get("/thumbnails/dropbox/missing.jpg").status_code == 404
    assert api.get("/thumbnails/dropbox/folder.jpg").status_code == 404


def test_photo_info_has_the_date_of_the_exif_data(api):
    """The date in the Exif data of a picture is its `time_taken`."""
    exif = Image.Exif()
    exif[0x0132] = "2012:08:15 10:20:30"
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "JPEG", exif=exif)
    api.upload("/a.jpg", data.getvalue())
    fields = payload(api.get("/metadata/dropbox/a.jpg", include_media_info="true"))
    assert fields["photo_info"]["time_taken"] == "Wed, 15 Aug 2012 10:20:30 +0000"


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.json", "a.svg"])
def test_preview_of_a_text_file_is_an_escaped_page(api, name):
    """The preview of a text is an HTML page in which the text is escaped."""
    stored = api.upload(f"/{name}", b"<b>bold</b>")
    response = api.get(f"/previews/dropbox/{name}")
    assert response.headers["Content-Type"].startswith("text/html")
    assert "&lt;b&gt;" in response.text
    assert json.loads(response.headers["x-dropbox-metadata"]) == stored


def test_preview_of_a_picture_is_a_page_with_a_reduced_picture(api):
    """The page contains the picture, reduced to 1024 pixels, as a data URL."""
    api.upload("/a.jpg", picture(2048, 1024))
    page = api.get("/previews/dropbox/a.jpg").text
    data = b64decode(page.partition("data:image/png;base64,")[2].partition('"')[0])
    assert Image.open(io.BytesIO(data)).size == (1024, 512)


def test_preview_with_a_rev_shows_the_earlier_revision(api):
    """An earlier revision is previewed by its rev."""
    old = api.upload("/a.txt", b"old")
    api.upload("/a.txt", b"new")
    assert "<pre>old</pre>" in api.get("/previews/dropbox/a.txt", rev=old["rev"]).text


@pytest.mark.parametrize(
    ("name", "status"), [("a.bin", 409), ("a.mov", 409), ("broken.jpg", 415), ("missing.txt", 404)]
)
def test_preview_of_an_unsupported_damaged_or_missing_file_is_an_error(api, name, status):
    """The status is 409 for unsupported types, 415 for damaged pictures and 404 otherwise."""
    if status != 404:
        api.upload(f"/{name}", b"no picture")
    assert api.get(f"/previews/dropbox/{name}").status_code == status


def test_committed_chunks_form_a_file(api):
    """Each response to a chunk contains the offset and the expiry of the upload."""
    first = payload(api.put("/chunked_upload", b"0123"))
    assert first["offset"] == 4
    assert len(first["expires"]) == 31
    second = payload(api.put("/chunked_upload", b"45", upload_id=first["upload_id"], offset=4))
    assert second["offset"] == 6
    fields = payload(api.post("/commit_chunked_upload/dropbox/a.txt", upload_id=first["upload_id"]))
    assert (fields["path"], fields["bytes"]) == ("/a.txt", 6)
    assert api.get("/files/dropbox/a.txt").data == b"012345"


def test_chunk_with_a_wrong_offset_is_400_with_the_correct_offset(api):
    """The response contains the correct offset and the upload ID."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    response = api.put("/chunked_upload", b"x", upload_id=upload_id, offset=9)
    fields = json.loads(response.text)
    assert response.status_code == 400
    assert (fields["offset"], fields["upload_id"]) == (4, upload_id)
    assert fields["error"] == "Submitted input out of alignment: got [9] expected [4]"


def test_unknown_upload_is_404_for_chunks_and_400_for_commits(api):
    """The statuses for an unknown upload ID are the same as in recorded responses."""
    assert api.put("/chunked_upload", b"x", upload_id="unknown", offset=0).status_code == 404
    response = api.post("/commit_chunked_upload/dropbox/a", upload_id="unknown")
    assert response.status_code == 400


def test_chunked_upload_expires_after_a_day(api):
    """A chunk for an upload that has expired is answered with 404."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    api.world.clock.advance(24 * 3600)
    response = api.put("/chunked_upload", b"x", upload_id=upload_id, offset=4)
    assert response.status_code == 404


def test_chunked_upload_of_another_account_is_404(api):
    """Another account cannot continue a chunked upload."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    assert api.put("/chunked_upload", b"x", OTHER, upload_id=upload_id, offset=4).status_code == 404


def test_second_commit_of_a_chunked_upload_is_400(api):
    """A chunked upload can be committed once."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    payload(api.post("/commit_chunked_upload/dropbox/a", upload_id=upload_id))
    again = api.post("/commit_chunked_upload/dropbox/b", upload_id=upload_id)
    assert again.status_code == 400


def test_chunk_that_ends_early_is_not_stored(api):
    """After a chunk that ended early, the offset is unchanged and the chunk can be sent again."""
    upload_id = payload(api.put("/chunked_upload", b"0123"))["upload_id"]
    query = {"upload_id": upload_id, "offset": 4}
    assert api.stream("PUT", "/chunked_upload", b"45", 10, **query).status_code == 400
    assert payload(api.put("/chunked_upload", b"4567", **query))["offset"] == 8


def test_save_url_saves_the_file_of_a_shared_link(api):
    """The first response has the status PENDING, and the finished job has COMPLETE."""
    api.upload("/a.txt", b"shared")
    url = payload(api.get("/shares/dropbox/a.txt", short_url="false"))["url"]
    job = payload(api.post("/save_url/dropbox/copy.txt", url=url))
    assert job["status"] == "PENDING"
    assert payload(api.get(f"/save_url_job/{job['job']}")) == {"status": "COMPLETE"}
    assert api.get("/files/dropbox/copy.txt").data == b"shared"


@pytest.mark.parametrize("call", ["media", "shares"])
def test_save_url_accepts_a_link_of_another_address(api, call):
    """A link that was made through another address of the emulator can be saved."""
    api.upload("/a.txt", b"shared")
    url = payload(api.get(f"/{call}/dropbox/a.txt"))["url"]
    elsewhere = url.replace("http://api.example", "https://www.dropbox.com")
    job = payload(api.post("/save_url/dropbox/copy.txt", url=elsewhere))
    assert payload(api.get(f"/save_url_job/{job['job']}"))["status"] == "COMPLETE"


@pytest.mark.parametrize("call", ["media", "shares"])
def test_save_url_accepts_media_links_and_short_links(api, call):
    """A media link and the short form of a shared link can be saved."""
    api.upload("/a.txt", b"shared")
    url = payload(api.get(f"/{call}/dropbox/a.txt"))["url"]
    job = payload(api.post("/save_url/dropbox/copy.txt", url=url))
    assert payload(api.get(f"/save_url_job/{job['job']}"))["status"] == "COMPLETE"


def test_save_url_over_quota_fails(api):
    """A job that exceeds the quota has the status FAILED."""
    api.upload("/a.txt", b"12345")
    url = payload(api.get("/media/dropbox/a.txt"))["url"]
    api.world.accounts.configure(1, quota_bytes=8)
    job = payload(api.post("/save_url/dropbox/copy.txt", url=url))
    assert payload(api.get(f"/save_url_job/{job['job']}"))["status"] == "FAILED"


def test_save_url_job_of_another_account_is_404(api):
    """Another account does not find the job."""
    job = payload(api.post("/save_url/dropbox/a", url="http://api.example/s/unknown/a"))
    assert api.get(f"/save_url_job/{job['job']}", OTHER).status_code == 404


@pytest.mark.parametrize("link", ["s/unknown/a", "s/unknown", "1/view/unknown/a", "db.tt/unknown"])
def test_save_url_of_an_unknown_link_fails(api, link):
    """A job for an unknown link has the status FAILED; an unknown job is answered with 404."""
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
def test_save_url_rejects_urls_of_other_hosts(api, url):
    """A URL that is not a link of this emulator is answered with 400, without a connection."""
    assert api.post("/save_url/dropbox/a", url=url).status_code == 400


def test_shared_folders_are_an_empty_list(api):
    """The list of shared folders is empty, and each shared folder is answered with 404."""
    assert payload(api.get("/shared_folders")) == []
    assert api.get("/shared_folders/12").status_code == 404


def test_account_info_has_the_used_bytes(api):
    """The used bytes in the quota info change with each upload and deletion."""
    before = payload(api.get("/account/info"))
    assert (before["uid"], before["email"]) == (1, "user@fakebox.example")
    api.upload("/a.txt", b"12345")
    api.upload("/a.txt", b"123", overwrite="true")
    after = payload(api.post("/account/info"))
    assert after["quota_info"]["normal"] == 3
    api.post("/fileops/delete", root="dropbox", path="/a.txt")
    assert payload(api.get("/account/info"))["quota_info"]["normal"] == 0
