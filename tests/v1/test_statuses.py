"""Each documented status of each call has a request in this module that returns it."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from fakebox.core import defaults
from fakebox.v1.app import create_v1

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "errors.md"
APP = {"oauth_consumer_key": defaults.APP_KEY, "oauth_signature_method": "PLAINTEXT"}
ROOT = {"root": "dropbox"}


def documented():
    """Return the calls and statuses of the table in the reference."""
    table = PAGE.read_text().partition("## Statuses by call")[2].partition("##")[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([\d, ]+) \|$", table, re.MULTILINE)
    return {(call, int(status)) for call, statuses in rows for status in statuses.split(", ")}


def use_up_quota(api):
    """Set the quota below the used space."""
    api.world.accounts.configure(1, quota_bytes=3)


def form(api, body=b"x", **params):
    """Send a form with a file to the root."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    data = head + body + b"\r\n--x--\r\n"
    options = {"data": data, "content_type": "multipart/form-data; boundary=x"}
    return api.send("POST", "/files/dropbox/", params, **options)


def without_length(api, method, path):
    """Send a request with a body of unknown length."""
    overrides = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    return api.send(method, path, {}, overrides=overrides)


def too_large(api, path):
    """Send a body over the size limit."""
    api.configure(upload_limit_bytes=3)
    return api.put(path, b"four")


def too_many(api, call, **params):
    """Send an operation on more files than allowed."""
    api.upload("/folder/a")
    api.configure(operation_limit=1)
    return api.post(call, **ROOT, **params)


def chunk(api):
    """Start a chunked upload, and return its ID."""
    return json.loads(api.put("/chunked_upload", b"four").text)["upload_id"]


def commit(api, path="/c", upload_id=None, **params):
    """Commit a chunked upload."""
    upload_id = upload_id or chunk(api)
    return api.post(f"/commit_chunked_upload/dropbox{path}", upload_id=upload_id, **params)


def unchanged_listing(api):
    """List a folder with the hash of its current listing."""
    digest = json.loads(api.get("/metadata/dropbox/").text)["hash"]
    return api.get("/metadata/dropbox/", hash=digest)


def conditional_download(api, **headers):
    """Download a file with a conditional or range header."""
    etag = api.get("/files/dropbox/a").headers["ETag"]
    return api.get("/files/dropbox/a", headers={**headers} or {"If-None-Match": etag})


def restore(api, before_restore=None):
    """Delete and restore a file."""
    rev = api.upload("/gone", b"four")["rev"]
    api.post("/fileops/delete", **ROOT, path="/gone")
    if before_restore:
        before_restore(api)
    return api.post("/restore/dropbox/gone", rev=rev)


def thumbnail(api, name, data):
    """Request a thumbnail of a file with these bytes."""
    api.upload(f"/{name}", data)
    return api.get(f"/thumbnails/dropbox/{name}")


def broken_preview(api):
    """Request a preview of a damaged picture."""
    api.upload("/broken.png", b"x")
    return api.get("/previews/dropbox/broken.png")


def pixel():
    """Return the bytes of a picture of one pixel."""
    image_file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(image_file, "PNG")
    return image_file.getvalue()


def save_url(api):
    """Save a link of this emulator."""
    url = json.loads(api.post("/media/dropbox/a").text)["url"]
    return api.post("/save_url/dropbox/saved", url=url)


def request_token(api, secret=defaults.APP_SECRET):
    """Request a request token."""
    signed = {**APP, "oauth_signature": f"{secret}&"}
    return api.send("POST", "/oauth/request_token", signed, None)


def access_token(api, *, is_allowed=True):
    """Exchange a request token for an access token."""
    fields = dict(pair.split("=") for pair in request_token(api).text.split("&"))
    if is_allowed:
        api.world.tokens.allow(fields["oauth_token"], 1)
    signature = f"{defaults.APP_SECRET}&{fields['oauth_token_secret']}"
    signed = {**APP, "oauth_signature": signature, "oauth_token": fields["oauth_token"]}
    return api.send("POST", "/oauth/access_token", signed, None)


def oauth2_token(api, code=None, secret=defaults.APP_SECRET):
    """Exchange an authorization code."""
    code = code or api.world.oauth2.issue_code(api.world.apps.find(defaults.APP_KEY), 1)
    params = {"client_id": defaults.APP_KEY, "client_secret": secret, "code": code}
    return api.send("POST", "/oauth2/token", {**params, "grant_type": "authorization_code"}, None)


def longpoll(api):
    """Wait with a cursor for which there are changes."""
    cursor = json.loads(api.post("/delta").text)["cursor"]
    api.upload("/news")
    return api.get("/longpoll_delta", cursor=cursor)


def over_quota(api, path, **params):
    """Send an operation without free space."""
    use_up_quota(api)
    return api.post(path, **params)


def commit_over_quota(api):
    """Commit a chunked upload without free space."""
    upload_id = chunk(api)
    use_up_quota(api)
    return commit(api, upload_id=upload_id)


def put_over_quota(api):
    """Upload a file without free space."""
    use_up_quota(api)
    return api.put("/files_put/dropbox/b", b"four")


def form_over_quota(api):
    """Upload a form without free space."""
    use_up_quota(api)
    return form(api, b"four")


def form_at_an_existing_path(api):
    """Upload a form to an existing path without autorename."""
    api.upload("/f", b"taken")
    return form(api, overwrite="false", autorename="false")


def text_preview(api):
    """Request a preview of a text."""
    api.upload("/a.txt", b"x")
    return api.get("/previews/dropbox/a.txt")


# Each function is called in a world with a file `/a` whose bytes are `content`.
REQUESTS = {
    ("account/info", 200): lambda api: api.get("/account/info"),
    ("chunked_upload", 200): lambda api: api.put("/chunked_upload", b"x"),
    ("chunked_upload", 400): lambda api: api.put(
        "/chunked_upload", b"x", upload_id=chunk(api), offset=1
    ),
    ("chunked_upload", 404): lambda api: api.put("/chunked_upload", b"x", upload_id="x"),
    ("chunked_upload", 411): lambda api: without_length(api, "PUT", "/chunked_upload"),
    ("chunked_upload", 413): lambda api: too_large(api, "/chunked_upload"),
    ("commit_chunked_upload", 200): commit,
    ("commit_chunked_upload", 400): lambda api: commit(api, upload_id="x"),
    ("commit_chunked_upload", 409): lambda api: commit(
        api, "/a", overwrite="false", autorename="false"
    ),
    ("commit_chunked_upload", 503): commit_over_quota,
    ("copy_ref", 200): lambda api: api.get("/copy_ref/dropbox/a"),
    ("copy_ref", 400): lambda api: api.get("/copy_ref/dropbox/"),
    ("copy_ref", 404): lambda api: api.get("/copy_ref/dropbox/no"),
    ("delta", 200): lambda api: api.post("/delta"),
    ("delta", 400): lambda api: api.post("/delta", cursor="x"),
    ("delta/latest_cursor", 200): lambda api: api.post("/delta/latest_cursor"),
    ("disable_access_token", 200): lambda api: api.post("/disable_access_token"),
    ("fileops/copy", 200): lambda api: api.post(
        "/fileops/copy", **ROOT, from_path="/a", to_path="/b"
    ),
    ("fileops/copy", 400): lambda api: api.post("/fileops/copy", **ROOT, to_path="/b"),
    ("fileops/copy", 403): lambda api: api.post(
        "/fileops/copy", **ROOT, from_path="/a", to_path="/"
    ),
    ("fileops/copy", 404): lambda api: api.post(
        "/fileops/copy", **ROOT, from_path="/no", to_path="/b"
    ),
    ("fileops/copy", 406): lambda api: too_many(
        api, "/fileops/copy", from_path="/folder", to_path="/b"
    ),
    ("fileops/copy", 503): lambda api: over_quota(
        api, "/fileops/copy", **ROOT, from_path="/a", to_path="/b"
    ),
    ("fileops/create_folder", 200): lambda api: api.post(
        "/fileops/create_folder", **ROOT, path="/b"
    ),
    ("fileops/create_folder", 400): lambda api: api.post(
        "/fileops/create_folder", **ROOT, path="/a/below"
    ),
    ("fileops/create_folder", 403): lambda api: api.post(
        "/fileops/create_folder", **ROOT, path="/a"
    ),
    ("fileops/delete", 200): lambda api: api.post("/fileops/delete", **ROOT, path="/a"),
    ("fileops/delete", 400): lambda api: api.post("/fileops/delete", **ROOT),
    ("fileops/delete", 403): lambda api: api.post("/fileops/delete", **ROOT, path="/"),
    ("fileops/delete", 404): lambda api: api.post("/fileops/delete", **ROOT, path="/no"),
    ("fileops/delete", 406): lambda api: too_many(api, "/fileops/delete", path="/folder"),
    ("fileops/move", 200): lambda api: api.post(
        "/fileops/move", **ROOT, from_path="/a", to_path="/b"
    ),
    ("fileops/move", 400): lambda api: api.post("/fileops/move", **ROOT, to_path="/b"),
    ("fileops/move", 403): lambda api: api.post(
        "/fileops/move", **ROOT, from_path="/", to_path="/b"
    ),
    ("fileops/move", 404): lambda api: api.post(
        "/fileops/move", **ROOT, from_path="/no", to_path="/b"
    ),
    ("fileops/move", 406): lambda api: too_many(
        api, "/fileops/move", from_path="/folder", to_path="/b"
    ),
    ("files", 200): lambda api: api.get("/files/dropbox/a"),
    ("files", 206): lambda api: conditional_download(api, Range="bytes=0-1"),
    ("files", 304): conditional_download,
    ("files", 400): lambda api: api.post("/files/dropbox/"),
    ("files", 404): lambda api: api.get("/files/dropbox/no"),
    ("files", 409): form_at_an_existing_path,
    ("files", 411): lambda api: api.send(
        "POST",
        "/files/dropbox/",
        {},
        overrides={"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
        content_type="multipart/form-data; boundary=x",
    ),
    ("files", 413): lambda api: (api.configure(upload_limit_bytes=3), form(api, b"four"))[1],
    ("files", 416): lambda api: conditional_download(api, Range="bytes=99-"),
    ("files", 503): form_over_quota,
    ("files_put", 200): lambda api: api.put("/files_put/dropbox/b", b"x"),
    ("files_put", 400): lambda api: api.put("/files_put/dropbox/a", b"x", parent_rev="x"),
    ("files_put", 409): lambda api: api.put(
        "/files_put/dropbox/a", b"x", overwrite="false", autorename="false"
    ),
    ("files_put", 411): lambda api: without_length(api, "PUT", "/files_put/dropbox/b"),
    ("files_put", 413): lambda api: too_large(api, "/files_put/dropbox/b"),
    ("files_put", 503): put_over_quota,
    ("longpoll_delta", 200): longpoll,
    ("longpoll_delta", 400): lambda api: api.get("/longpoll_delta", cursor="x"),
    ("media", 200): lambda api: api.post("/media/dropbox/a"),
    ("media", 400): lambda api: api.post("/media/dropbox/"),
    ("media", 404): lambda api: api.post("/media/dropbox/no"),
    ("metadata", 200): lambda api: api.get("/metadata/dropbox/a"),
    ("metadata", 304): unchanged_listing,
    ("metadata", 400): lambda api: api.get("/metadata/dropbox/", file_limit="x"),
    ("metadata", 404): lambda api: api.get("/metadata/dropbox/no"),
    ("metadata", 406): lambda api: (
        api.upload("/b"),
        api.get("/metadata/dropbox/", file_limit=1),
    )[1],
    ("oauth/access_token", 200): access_token,
    ("oauth/access_token", 401): lambda api: access_token(api, is_allowed=False),
    ("oauth/request_token", 200): request_token,
    ("oauth/request_token", 401): lambda api: request_token(api, "wrong"),
    ("oauth2/token", 200): oauth2_token,
    ("oauth2/token", 400): lambda api: oauth2_token(api, "spent"),
    ("oauth2/token_from_oauth1", 200): lambda api: api.post("/oauth2/token_from_oauth1"),
    ("previews", 200): text_preview,
    ("previews", 404): lambda api: api.get("/previews/dropbox/no"),
    ("previews", 409): lambda api: api.get("/previews/dropbox/a"),
    ("previews", 415): broken_preview,
    ("restore", 200): restore,
    ("restore", 400): lambda api: api.post("/restore/dropbox/a"),
    ("restore", 404): lambda api: api.post("/restore/dropbox/a", rev="fffff029684ff"),
    ("restore", 503): lambda api: restore(api, use_up_quota),
    ("revisions", 200): lambda api: api.get("/revisions/dropbox/a"),
    ("revisions", 400): lambda api: api.get("/revisions/dropbox/a", rev_limit=0),
    ("revisions", 404): lambda api: api.get("/revisions/dropbox/no"),
    ("save_url", 200): save_url,
    ("save_url", 400): lambda api: api.post("/save_url/dropbox/b", url="https://example.com/"),
    ("save_url_job", 200): lambda api: api.get(
        f"/save_url_job/{json.loads(save_url(api).text)['job']}"
    ),
    ("save_url_job", 404): lambda api: api.get("/save_url_job/x"),
    ("search", 200): lambda api: api.get("/search/dropbox/", query="abc"),
    ("search", 400): lambda api: api.get("/search/dropbox/", query="ab"),
    ("search", 404): lambda api: api.get("/search/dropbox/no", query="abc"),
    ("shared_folders", 200): lambda api: api.get("/shared_folders"),
    ("shared_folders", 404): lambda api: api.get("/shared_folders/x"),
    ("shares", 200): lambda api: api.get("/shares/dropbox/a"),
    ("shares", 400): lambda api: api.get("/shares/dropbox/"),
    ("shares", 404): lambda api: api.get("/shares/dropbox/no"),
    ("thumbnails", 200): lambda api: thumbnail(api, "p.png", pixel()),
    ("thumbnails", 400): lambda api: api.get("/thumbnails/dropbox/a", size="huge"),
    ("thumbnails", 404): lambda api: thumbnail(api, "a.txt", b"x"),
    ("unlink_access_token", 200): lambda api: api.post("/unlink_access_token"),
    ("thumbnails", 415): lambda api: thumbnail(api, "p.png", b"x"),
}


def test_every_documented_status_has_a_request():
    """The requests cover exactly the documented statuses."""
    assert REQUESTS.keys() == documented()


def test_every_call_has_its_statuses_documented():
    """The table in the reference contains every call of the URL map."""
    rules = (rule.rule for rule in create_v1().url_map.iter_rules())
    calls = {rule.partition("/<")[0].partition("<")[0].lstrip("/") for rule in rules}
    assert {call for call, _ in documented()} == calls


@pytest.mark.parametrize(("call", "status"), REQUESTS, ids=str)
def test_request_has_the_documented_status(api, call, status):
    """Each request is answered with its documented status."""
    api.upload("/a")
    assert REQUESTS[call, status](api).status_code == status
