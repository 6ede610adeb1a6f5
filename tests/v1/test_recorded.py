"""Responses of the service that were recorded or quoted from 2011 to 2016.

Each test names its source and year. The requests of clients that the service accepted are in
`test_request_forms`.
"""

import io
import json

import pytest
from PIL import Image

from tests.v1.conftest import SANDBOX, USER, payload

# A response header of 2012.
HEADER_OF_2012 = (
    '{"revision": 496, "rev": "1f000d55a7d", "thumb_exists": true, "bytes": 12202, "modified":'
    ' "Wed, 13 Oct 2010 06:14:41 +0000", "client_mtime": "Tue, 07 Sep 2010 15:49:23 +0000", "path":'
    ' "/Divers/n1407180127_1960.jpg", "is_dir": false, "icon": "page_white_picture", "root":'
    ' "dropbox", "mime_type": "image/jpeg", "size": "11.9 KB"}'
)
FILE = tuple(json.loads(HEADER_OF_2012))
FOLDER = tuple(name for name in FILE if name not in ("client_mtime", "mime_type"))
ROOT = tuple(name for name in FOLDER if name not in ("revision", "rev", "modified"))
LISTED_ROOT = ("hash", *ROOT[:-1], "contents", "size")
LISTING = ("hash", *FOLDER[:-1], "contents", "size")


def names(fields):
    """Return the members of metadata in their order."""
    return tuple(fields)


# --- order of the members of metadata ------------------------------------------------------


def in_listing(api):
    """The file in the listing of its folder."""
    return payload(api.get("/metadata/dropbox/folder"))["contents"][0]


def in_delta(api):
    """The file in the changes."""
    return dict(payload(api.post("/delta"))["entries"])["/folder/a.jpg"]


def in_header(api):
    """The file in the header of its download."""
    return json.loads(api.get("/files/dropbox/folder/a.jpg").headers["x-dropbox-metadata"])


def restored(api):
    """The file after it was restored."""
    rev = in_listing(api)["rev"]
    api.post("/fileops/delete", root="dropbox", path="/folder/a.jpg")
    return payload(api.post("/restore/dropbox/folder/a.jpg", rev=rev))


@pytest.mark.parametrize(
    "shown",
    [
        in_listing,
        in_delta,
        in_header,
        restored,
        lambda api: payload(api.get("/metadata/dropbox/folder/a.jpg")),
        lambda api: payload(api.get("/revisions/dropbox/folder/a.jpg"))[0],
        lambda api: payload(api.get("/search/dropbox/", query="a.jpg"))[0],
        lambda api: api.upload("/folder/b.jpg"),
        lambda api: payload(
            api.post("/fileops/copy", root="dropbox", from_path="/folder/a.jpg", to_path="/b.jpg")
        ),
    ],
    ids=[
        "listing",
        "delta",
        "header",
        "restore",
        "metadata",
        "revisions",
        "search",
        "upload",
        "copy",
    ],
)
def test_members_of_a_file_have_the_order_of_the_service(api, shown):
    """Every response has the order of a header that was recorded in 2012.

    Dropbox-Uploader 0.14 and 0.16 find members by this order.
    """
    api.upload("/folder/a.jpg")
    assert names(shown(api)) == FILE


def test_members_of_a_folder_have_the_order_of_the_service(api):
    """A folder has no members of files, and the root has no revision (2011 to 2015)."""
    api.upload("/folder/sub/a.txt")
    assert names(payload(api.get("/metadata/dropbox/folder", list="false"))) == FOLDER
    assert names(payload(api.get("/metadata/dropbox/folder"))["contents"][0]) == FOLDER
    assert names(payload(api.post("/fileops/create_folder", root="dropbox", path="/b"))) == FOLDER
    assert names(payload(api.get("/metadata/dropbox/", list="false"))) == ROOT


def test_hash_is_the_first_member_of_a_listing(api):
    """A listing begins with `hash` and ends with the size (2011 to 2015)."""
    api.upload("/folder/a.txt")
    assert names(payload(api.get("/metadata/dropbox/folder"))) == LISTING
    assert names(payload(api.get("/metadata/dropbox/"))) == LISTED_ROOT
    assert api.get("/metadata/dropbox/folder").text.startswith('{"hash": "')


@pytest.mark.parametrize(
    "shown",
    [
        lambda api: payload(api.get("/metadata/dropbox/a/b.txt")),
        lambda api: payload(api.get("/revisions/dropbox/a/b.txt"))[0],
        lambda api: payload(api.get("/metadata/dropbox/a", include_deleted="true"))["contents"][0],
        lambda api: payload(api.get("/search/dropbox/", query="b.txt", include_deleted="true"))[0],
    ],
    ids=["metadata", "revisions", "listing", "search"],
)
def test_is_deleted_is_the_first_member_of_a_tombstone(api, shown):
    """Every response with a deleted file begins with `is_deleted` (2011 to 2015)."""
    api.upload("/a/b.txt")
    deleted = payload(api.post("/fileops/delete", root="dropbox", path="/a/b.txt"))
    assert names(deleted) == names(shown(api)) == ("is_deleted", *FILE)


def test_deleted_folder_begins_with_is_deleted(api):
    """A deleted folder has the members of a folder after `is_deleted` (2011 to 2015)."""
    api.upload("/a/b.txt")
    deleted = payload(api.post("/fileops/delete", root="dropbox", path="/a"))
    assert names(deleted) == ("is_deleted", *FOLDER)
    assert names(payload(api.get("/metadata/dropbox/a", list="false"))) == names(deleted)


# --- content types -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/account/info", {}),
        ("/metadata/dropbox/", {}),
        ("/metadata/dropbox/a.txt", {}),
        ("/search/dropbox/", {"query": "abc"}),
        ("/revisions/dropbox/a.txt", {}),
        ("/delta", {}),
        ("/delta/latest_cursor", {}),
        ("/shares/dropbox/a.txt", {}),
        ("/media/dropbox/a.txt", {}),
        ("/copy_ref/dropbox/a.txt", {}),
        ("/shared_folders", {}),
        ("/fileops/create_folder", {"root": "dropbox", "path": "/new"}),
        ("/fileops/copy", {"root": "dropbox", "from_path": "/a.txt", "to_path": "/b.txt"}),
    ],
)
def test_success_is_text_javascript_without_a_charset(api, path, params):
    """dropbox-js 0.7 (2012) compares the header exactly; so does a capture of 24 January 2015."""
    api.upload("/a.txt")
    response = api.get(path, **params)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/javascript")


@pytest.mark.parametrize(
    ("path", "body"),
    [("/files_put/dropbox/a.txt", b"content"), ("/chunked_upload", b"chunk")],
)
def test_upload_is_answered_with_text_javascript(api, path, body):
    """Uploads have the content type of all responses (dropbox-js 0.7, 2012)."""
    assert api.put(path, body).headers["Content-Type"] == "text/javascript"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/metadata/dropbox/no", 404), ("/metadata/home/", 400), ("/no_such_call", 404)],
)
def test_error_is_application_json_without_a_charset(api, path, status):
    """Errors have another content type than success (issue of a PHP client, 2013)."""
    response = api.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/json")


def test_request_token_is_a_form_for_the_client(api):
    """The OAuth 1.0 calls answer a form with its registered type (dropbox-js 0.7, 2012)."""
    response = api.get("/oauth/request_token", who=("", ""))
    assert response.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (("", ""), 200),
        (USER, 200),
        (SANDBOX, 200),
        ((USER[0], "wrong"), 401),
        (("unknown", USER[1]), 401),
        (("", "secret"), 401),
    ],
)
def test_request_token_may_be_requested_with_an_access_token(api, who, status):
    """The live tests of dropbox-js 0.7 (2012) sign this call with the token that they have."""
    assert api.get("/oauth/request_token", who=who).status_code == status


def test_request_token_with_a_revoked_or_foreign_token_is_401(api):
    """A token that does not work for other calls does not work for this one."""
    app = api.world.apps.create("another", access="dropbox")
    foreign = api.world.tokens.issue(app, 1)
    api.post("/unlink_access_token")
    for who in (USER, (foreign.token, foreign.secret)):
        assert api.get("/oauth/request_token", who=who).status_code == 401


# --- folders that were copied or moved -----------------------------------------------------


def copied(api):
    """A folder that was copied by its path."""
    return api.post("/fileops/copy", root="dropbox", from_path="/folder", to_path="/new")


def copied_by_reference(api):
    """A folder that was copied by a copy reference."""
    ref = payload(api.get("/copy_ref/dropbox/folder"))["copy_ref"]
    return api.post("/fileops/copy", root="dropbox", from_copy_ref=ref, to_path="/new")


def moved(api):
    """A folder that was moved."""
    return api.post("/fileops/move", root="dropbox", from_path="/folder", to_path="/new")


@pytest.mark.parametrize("send", [copied, copied_by_reference, moved])
def test_copied_or_moved_folder_has_its_listing(api, send):
    """The response is the listing of the new folder.

    Source: the Java SDK 1.7.3 requires `hash` and `contents`; waterbutler (2015) reads them.
    """
    api.upload("/folder/a.txt")
    fields = payload(send(api))
    assert names(fields) == LISTING
    assert [entry["path"] for entry in fields["contents"]] == ["/new/a.txt"]
    assert fields == payload(api.get("/metadata/dropbox/new"))


def test_created_and_deleted_folders_have_no_listing(api):
    """The Java SDK 1.7.3 rejects `hash` and `contents` of a folder that was created."""
    made = payload(api.post("/fileops/create_folder", root="dropbox", path="/folder"))
    gone = payload(api.post("/fileops/delete", root="dropbox", path="/folder"))
    assert not {"hash", "contents"} & (made.keys() | gone.keys())


# --- errors --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/missing.txt", "/deleted.txt", "/folder"])
def test_download_of_what_is_not_a_file_is_file_not_found(api, path):
    """The text of 404 is one for all, and has no path (recorded in January 2015)."""
    api.upload("/folder/a.txt")
    api.upload("/deleted.txt")
    api.post("/fileops/delete", root="dropbox", path="/deleted.txt")
    response = api.get(f"/files/dropbox{path}")
    assert (response.status_code, json.loads(response.text)) == (404, {"error": "File not found"})


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("GET", "/files_put/dropbox/a.txt", "PUT, POST"),
        ("DELETE", "/files/dropbox/a.txt", "GET, POST"),
        ("GET", "/commit_chunked_upload/dropbox/a.txt", "POST"),
        ("PUT", "/metadata/dropbox/", "GET, POST"),
        ("HEAD", "/disable_access_token", "POST"),
    ],
)
def test_wrong_method_is_reported_with_the_right_ones(api, method, path, methods):
    """The text for GET on `files_put` was seen in 2012."""
    response = api.send(method, path, {})
    assert response.status_code == 405
    assert response.headers["Allow"]
    if method != "HEAD":
        text = f"Call requires one of the following methods: {methods}, got {method}!"
        assert json.loads(response.text) == {"error": text}


@pytest.mark.parametrize("disposition", ['name="file"', 'name="file"; filename=""'])
def test_form_with_a_text_in_place_of_the_file_is_rejected(api, disposition):
    """The text was seen in four trackers of clients, from 2013 to 2016."""
    body = f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\ncontent\r\n--x--\r\n"
    response = api.send(
        "POST",
        "/files/dropbox/",
        {},
        data=body.encode(),
        content_type="multipart/form-data; boundary=x",
    )
    assert response.status_code == 400
    assert json.loads(response.text) == {"error": {"file": "Expecting a file upload"}}
    assert payload(api.get("/metadata/dropbox/"))["contents"] == []


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/metadata/dropbox/" + "/".join(["x" * 200] * 50), {}),
        ("/files_put/auto/" + "/".join(["x" * 200] * 50), {}),
        ("/metadata/dropbox/", {"locale": "x" * 9_000}),
    ],
    ids=["read", "upload", "parameter"],
)
def test_url_of_ten_kilobytes_is_414(api, path, params):
    """A long URL is answered by the proxy of the service (issues of rclone, 2015 to 2017)."""
    response = api.get(path, **params)
    assert (response.status_code, response.headers["Content-Type"]) == (414, "text/html")
    assert "414 Request-URI Too Large" in response.text
    response = api.get(path, who=None, **params)
    assert response.status_code == 414


def test_long_path_in_a_form_has_no_limit(api):
    """Only a URL is limited: a path of ten kilobytes in a form is looked up."""
    path = "/" + "/".join(["x" * 200] * 50)
    response = api.post("/fileops/delete", root="dropbox", path=path)
    assert response.status_code == 404


# --- other responses -----------------------------------------------------------------------


def test_counter_is_added_to_a_name_that_ends_with_one(api):
    """The extension has no blank: openHAB reported a file named `x.bak (1) (1)`."""
    uploaded = [api.upload("/x.bak (1)", body, overwrite="false") for body in (b"1", b"2", b"3")]
    assert [entry["path"] for entry in uploaded] == [
        "/x.bak (1)",
        "/x.bak (1) (1)",
        "/x.bak (1) (2)",
    ]


def test_app_folder_is_a_namespace_in_revs(api):
    """The last digits of a rev differ between an app folder and the account.

    The rev of the one is unknown to the other. Source: 15 pairs of 2011 to 2015.
    """
    stored = api.upload("/a.txt", who=SANDBOX)
    seen = payload(api.get("/metadata/dropbox/Apps/fakebox/a.txt"))
    assert stored["revision"] == seen["revision"]
    assert stored["rev"][:-8] == seen["rev"][:-8]
    assert stored["rev"][-8:] != seen["rev"][-8:]
    delta = dict(payload(api.post("/delta", who=SANDBOX))["entries"])
    assert delta["/a.txt"]["rev"] == stored["rev"]
    path = "/files/sandbox/a.txt"
    assert api.get(path, who=SANDBOX, rev=stored["rev"]).status_code == 200
    assert api.get(path, who=SANDBOX, rev=seen["rev"]).status_code == 404
    path = "/files/dropbox/Apps/fakebox/a.txt"
    assert api.get(path, rev=seen["rev"]).status_code == 200
    assert api.get(path, rev=stored["rev"]).status_code == 404


def test_rev_of_a_folder_is_ignored(api):
    """The parameter applies only to files, by the documentation of the SDK of 2012."""
    rev = api.upload("/folder/a.txt")["rev"]
    expected = payload(api.get("/metadata/dropbox/folder"))
    for value in (rev, "fffff029684ff", "no rev"):
        assert payload(api.get("/metadata/dropbox/folder", rev=value)) == expected
        assert names(payload(api.get("/metadata/dropbox/", rev=value))) == LISTED_ROOT
    assert api.get("/metadata/dropbox/folder/a.txt", rev="fffff029684ff").status_code == 404
    assert api.get("/metadata/dropbox/missing", rev=rev).status_code == 404


@pytest.mark.parametrize("query", ["tex", "t\u00e9x", "TE\u0301X", "t\u00cax"])
def test_search_ignores_accents(api, query):
    """Both spellings are found by both. Source: the tests of the original SDK (2012)."""
    for name in ("text.txt", "t\u00e9xt.txt", "te\u0301xt 2.txt", "other.txt", "\u30ac.txt"):
        api.upload(f"/{name}")
    found = payload(api.get("/search/dropbox/", query=query))
    expected = {"/text.txt", "/t\u00e9xt.txt", "/t\u00e9xt 2.txt"}
    assert {entry["path"] for entry in found} == expected


def test_search_limit_counts_names_with_accents(api):
    """A search with `file_limit` returns the first entries, with and without accents."""
    for number in range(100):
        api.upload(f"/b\u00e9ta {number}.txt" if number % 2 else f"/beta {number}.txt")
    found = payload(api.get("/search/dropbox/", query="beta", file_limit=7))
    expected = [f"/b\u00e9ta {n}.txt" if n % 2 else f"/beta {n}.txt" for n in range(7)]
    assert [entry["path"] for entry in found] == expected
    assert len(payload(api.get("/search/dropbox/", query="b\u00e9ta"))) == 100


def cursor_of(api, **params):
    """Return the cursor after all changes."""
    return payload(api.post("/delta", **params))["cursor"]


@pytest.mark.parametrize("prefix", ["/a", "/a/b", "/A/B/"])
def test_delta_cursor_may_be_used_with_a_folder_below_its_prefix(api, prefix):
    """The documentation of 2014 allows another prefix, if it is below that of the cursor."""
    api.upload("/a/b/1.txt")
    cursor = cursor_of(api, path_prefix="/a")
    api.upload("/a/b/2.txt")
    api.upload("/a/3.txt")
    page = payload(api.post("/delta", cursor=cursor, path_prefix=prefix))
    expected = ["/a/b/2.txt"] if prefix.lower().startswith("/a/b") else ["/a/b/2.txt", "/a/3.txt"]
    assert [path for path, _ in page["entries"]] == expected
    assert page["reset"] is False
    assert payload(api.post("/delta", cursor=page["cursor"], path_prefix=prefix))["entries"] == []


def test_delta_cursor_without_a_prefix_may_be_used_with_any(api):
    """A cursor of the whole account has the changes of every folder (documentation of 2014)."""
    api.upload("/a/1.txt")
    cursor = cursor_of(api)
    api.upload("/a/2.txt")
    api.upload("/b.txt")
    page = payload(api.post("/delta", cursor=cursor, path_prefix="/a"))
    assert [path for path, _ in page["entries"]] == ["/a/2.txt"]
    narrowed = page["cursor"]
    assert api.post("/delta", cursor=narrowed).status_code == 400
    api.post("/fileops/delete", root="dropbox", path="/a")
    page = payload(api.post("/delta", cursor=narrowed, path_prefix="/a"))
    assert page["entries"] == [["/a", None]]


@pytest.mark.parametrize("prefix", ["", "/", "/ab", "/b", "/a/..", "/b/a"])
def test_delta_cursor_with_another_prefix_is_400(api, prefix):
    """A wider prefix and that of another folder are rejected (documentation of 2014)."""
    api.upload("/a/1.txt")
    cursor = cursor_of(api, path_prefix="/a")
    assert api.post("/delta", cursor=cursor, path_prefix=prefix).status_code == 400


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("256x256", (256, 171)),
        ("320x240_bestfit", (320, 213)),
        ("480x320_bestfit", (480, 320)),
        ("640x480_bestfit", (640, 427)),
        ("960x640_bestfit", (960, 640)),
        ("1024x768_bestfit", (1024, 683)),
    ],
)
def test_thumbnail_has_a_size_of_the_java_sdk(api, size, expected):
    """The official Java SDK 1.5.3 (2013) lists these sizes, and its tests request them."""
    data = io.BytesIO()
    Image.new("RGB", (1500, 1000), "orange").save(data, "JPEG")
    api.upload("/a.jpg", data.getvalue())
    for name in (size, size.upper()):
        response = api.get("/thumbnails/dropbox/a.jpg", size=name)
        assert Image.open(io.BytesIO(response.data)).size == expected


def test_token_is_revoked_by_the_older_call(api):
    """dropbox-js (2012) signs out by `unlink_access_token`."""
    assert payload(api.post("/unlink_access_token")) == {}
    response = api.get("/account/info")
    assert (response.status_code, json.loads(response.text)) == (
        401,
        {"error": "Token is invalid."},
    )


def test_job_of_save_url_is_requested_by_post(api):
    """Dropbox-Uploader 0.16 (2015) requests the status of a job by POST until it is complete."""
    api.upload("/a.txt")
    url = payload(api.get("/media/dropbox/a.txt"))["url"]
    job = payload(api.post("/save_url/dropbox/b.txt", url=url))["job"]
    assert payload(api.post(f"/save_url_job/{job}")) == {"status": "COMPLETE"}
