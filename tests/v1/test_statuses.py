"""Every status that the wire reference documents for a call, seen: a row there needs one here."""

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
    """The calls and statuses of the reference's table."""
    table = PAGE.read_text().partition("## Statuses by call")[2].partition("##")[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([\d, ]+) \|$", table, re.MULTILINE)
    return {(call, int(status)) for call, all_of in rows for status in all_of.split(", ")}


def full(api):
    """No room for more."""
    api.world.accounts.configure(1, quota_bytes=3)


def form(api, body=b"x", **params):
    """A form with a file, sent to the root."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    data = head + body + b"\r\n--x--\r\n"
    kind = {"data": data, "content_type": "multipart/form-data; boundary=x"}
    return api.send("POST", "/files/dropbox/", params, **kind)


def unmeasured(api, method, path):
    """A body of no stated length."""
    overrides = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    return api.send(method, path, {}, overrides=overrides)


def too_large(api, path):
    """More than one request may carry."""
    api.configure(upload_limit_bytes=3)
    return api.put(path, b"four")


def too_many(api, call, **params):
    """An operation on more than is allowed."""
    api.upload("/folder/a")
    api.configure(operation_limit=1)
    return api.post(call, **ROOT, **params)


def chunk(api):
    """An upload that has begun."""
    return json.loads(api.put("/chunked_upload", b"four").text)["upload_id"]


def commit(api, path="/c", upload_id=None, **params):
    """An upload that ends."""
    upload_id = upload_id or chunk(api)
    return api.post(f"/commit_chunked_upload/dropbox{path}", upload_id=upload_id, **params)


def listed(api):
    """A folder, unless it is as before."""
    digest = json.loads(api.get("/metadata/dropbox/").text)["hash"]
    return api.get("/metadata/dropbox/", hash=digest)


def fetched(api, **headers):
    """A file, under conditions."""
    etag = api.get("/files/dropbox/a").headers["ETag"]
    return api.get("/files/dropbox/a", headers={**headers} or {"If-None-Match": etag})


def restored(api, makes=None):
    """A file as it was before it was deleted."""
    rev = api.upload("/gone", b"four")["rev"]
    api.post("/fileops/delete", **ROOT, path="/gone")
    if makes:
        makes(api)
    return api.post("/restore/dropbox/gone", rev=rev)


def picture(api, name, data):
    """A thumbnail of what should be a picture."""
    api.upload(f"/{name}", data)
    return api.get(f"/thumbnails/dropbox/{name}")


def broken_preview(api):
    """A preview of what should be a picture."""
    api.upload("/broken.png", b"x")
    return api.get("/previews/dropbox/broken.png")


def pixel():
    """The smallest picture."""
    made = io.BytesIO()
    Image.new("RGB", (1, 1)).save(made, "PNG")
    return made.getvalue()


def saved(api):
    """A job that saves a link of this emulator."""
    url = json.loads(api.post("/media/dropbox/a").text)["url"]
    return api.post("/save_url/dropbox/saved", url=url)


def request_token(api, secret=defaults.APP_SECRET):
    """The first step of linking."""
    signed = {**APP, "oauth_signature": f"{secret}&"}
    return api.send("POST", "/oauth/request_token", signed, None)


def access_token(api, *, is_allowed=True):
    """The last step of linking."""
    fields = dict(pair.split("=") for pair in request_token(api).text.split("&"))
    if is_allowed:
        api.world.tokens.allow(fields["oauth_token"], 1)
    signature = f"{defaults.APP_SECRET}&{fields['oauth_token_secret']}"
    signed = {**APP, "oauth_signature": signature, "oauth_token": fields["oauth_token"]}
    return api.send("POST", "/oauth/access_token", signed, None)


def oauth2_token(api, code=None, secret=defaults.APP_SECRET):
    """A code that is exchanged."""
    code = code or api.world.oauth2.issue_code(api.world.apps.find(defaults.APP_KEY), 1)
    params = {"client_id": defaults.APP_KEY, "client_secret": secret, "code": code}
    return api.send("POST", "/oauth2/token", {**params, "grant_type": "authorization_code"}, None)


def longpoll(api):
    """News for a cursor."""
    cursor = json.loads(api.post("/delta").text)["cursor"]
    api.upload("/news")
    return api.get("/longpoll_delta", cursor=cursor)


def when_full(api, path, **params):
    """An operation without room for it."""
    full(api)
    return api.post(path, **params)


def upload_when_full(api):
    """A chunked upload without room for it."""
    upload_id = chunk(api)
    full(api)
    return commit(api, upload_id=upload_id)


def put_when_full(api):
    """An upload without room for it."""
    full(api)
    return api.put("/files_put/dropbox/b", b"four")


def form_when_full(api):
    """A form without room for it."""
    full(api)
    return form(api, b"four")


def twice_in_a_form(api):
    """A form with a name that is taken."""
    api.upload("/f", b"taken")
    return form(api, overwrite="false", autorename="false")


def text_preview(api):
    """A page that shows a text."""
    api.upload("/a.txt", b"x")
    return api.get("/previews/dropbox/a.txt")


# There is a file `/a` with the bytes `content` before each.
SEEN = {
    ("account/info", 200): lambda api: api.get("/account/info"),
    ("chunked_upload", 200): lambda api: api.put("/chunked_upload", b"x"),
    ("chunked_upload", 400): lambda api: api.put(
        "/chunked_upload", b"x", upload_id=chunk(api), offset=1
    ),
    ("chunked_upload", 404): lambda api: api.put("/chunked_upload", b"x", upload_id="x"),
    ("chunked_upload", 411): lambda api: unmeasured(api, "PUT", "/chunked_upload"),
    ("chunked_upload", 413): lambda api: too_large(api, "/chunked_upload"),
    ("commit_chunked_upload", 200): commit,
    ("commit_chunked_upload", 400): lambda api: commit(api, upload_id="x"),
    ("commit_chunked_upload", 409): lambda api: commit(
        api, "/a", overwrite="false", autorename="false"
    ),
    ("commit_chunked_upload", 503): upload_when_full,
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
    ("fileops/copy", 503): lambda api: when_full(
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
    ("files", 206): lambda api: fetched(api, Range="bytes=0-1"),
    ("files", 304): fetched,
    ("files", 400): lambda api: api.post("/files/dropbox/"),
    ("files", 404): lambda api: api.get("/files/dropbox/no"),
    ("files", 409): twice_in_a_form,
    ("files", 411): lambda api: api.send(
        "POST",
        "/files/dropbox/",
        {},
        overrides={"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
        content_type="multipart/form-data; boundary=x",
    ),
    ("files", 413): lambda api: (api.configure(upload_limit_bytes=3), form(api, b"four"))[1],
    ("files", 416): lambda api: fetched(api, Range="bytes=99-"),
    ("files", 503): form_when_full,
    ("files_put", 200): lambda api: api.put("/files_put/dropbox/b", b"x"),
    ("files_put", 400): lambda api: api.put("/files_put/dropbox/a", b"x", parent_rev="x"),
    ("files_put", 409): lambda api: api.put(
        "/files_put/dropbox/a", b"x", overwrite="false", autorename="false"
    ),
    ("files_put", 411): lambda api: unmeasured(api, "PUT", "/files_put/dropbox/b"),
    ("files_put", 413): lambda api: too_large(api, "/files_put/dropbox/b"),
    ("files_put", 503): put_when_full,
    ("longpoll_delta", 200): longpoll,
    ("longpoll_delta", 400): lambda api: api.get("/longpoll_delta", cursor="x"),
    ("media", 200): lambda api: api.post("/media/dropbox/a"),
    ("media", 400): lambda api: api.post("/media/dropbox/"),
    ("media", 404): lambda api: api.post("/media/dropbox/no"),
    ("metadata", 200): lambda api: api.get("/metadata/dropbox/a"),
    ("metadata", 304): listed,
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
    ("oauth2/token", 401): lambda api: oauth2_token(api, secret="wrong"),
    ("oauth2/token_from_oauth1", 200): lambda api: api.post("/oauth2/token_from_oauth1"),
    ("previews", 200): text_preview,
    ("previews", 404): lambda api: api.get("/previews/dropbox/no"),
    ("previews", 409): lambda api: api.get("/previews/dropbox/a"),
    ("previews", 415): broken_preview,
    ("restore", 200): restored,
    ("restore", 400): lambda api: api.post("/restore/dropbox/a"),
    ("restore", 404): lambda api: api.post("/restore/dropbox/a", rev="fffff029684ff"),
    ("restore", 503): lambda api: restored(api, full),
    ("revisions", 200): lambda api: api.get("/revisions/dropbox/a"),
    ("revisions", 400): lambda api: api.get("/revisions/dropbox/a", rev_limit=0),
    ("revisions", 404): lambda api: api.get("/revisions/dropbox/no"),
    ("save_url", 200): saved,
    ("save_url", 400): lambda api: api.post("/save_url/dropbox/b", url="https://example.com/"),
    ("save_url_job", 200): lambda api: api.get(
        f"/save_url_job/{json.loads(saved(api).text)['job']}"
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
    ("thumbnails", 200): lambda api: picture(api, "p.png", pixel()),
    ("thumbnails", 400): lambda api: api.get("/thumbnails/dropbox/a", size="huge"),
    ("thumbnails", 404): lambda api: picture(api, "a.txt", b"x"),
    ("thumbnails", 415): lambda api: picture(api, "p.png", b"x"),
}


def test_every_documented_status_is_seen():
    """No fewer, and no more."""
    assert SEEN.keys() == documented()


def test_every_call_has_its_statuses_documented():
    """Whoever adds a call adds its row."""
    rules = (rule.rule for rule in create_v1().url_map.iter_rules())
    calls = {rule.partition("/<")[0].partition("<")[0].lstrip("/") for rule in rules}
    assert {call for call, _ in documented()} == calls


@pytest.mark.parametrize(("call", "status"), SEEN, ids=str)
def test_call_answers_as_documented(api, call, status):
    """With the status that its row has."""
    api.upload("/a")
    assert SEEN[call, status](api).status_code == status
