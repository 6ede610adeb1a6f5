"""Requests in the forms that clients sent to the service, and that it accepted.

They are sent over a socket, because a test client may change a URL.
"""

from __future__ import annotations

import json
import socket
from urllib.parse import quote, urlencode, urlsplit

import pytest
import urllib3
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client

from fakebox import Fakebox, Fault
from fakebox.core import defaults

FULL = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
APP = {
    "Authorization": (
        f'OAuth oauth_consumer_key="{defaults.APP_KEY}", oauth_token="{defaults.SANDBOX_TOKEN}",'
        f' oauth_signature_method="PLAINTEXT",'
        f' oauth_signature="{defaults.APP_SECRET}%26{defaults.SANDBOX_TOKEN_SECRET}"'
    )
}


@pytest.fixture
def box():
    """An emulator with the file `/folder/a.txt`."""
    with Fakebox("http") as box:
        box.write("/folder/a.txt", b"content")
        yield box


def send(box, method, target, headers=FULL, body=b"", host=None):
    """Send a request with its target unchanged; return the status line, the headers, the body."""
    address = urlsplit(box.url)
    fields = {"Host": host or address.netloc, "Connection": "close", **headers}
    if body or method in ("PUT", "POST"):
        fields["Content-Length"] = str(len(body))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items())
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n" + body)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    raw_head, _, content = received.partition(b"\r\n\r\n")
    status_line, *lines = raw_head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return status_line, {name.lower(): value for name, _, value in pairs}, content


def status(*args, **options):
    """Return the status of a response to `send`."""
    return int(send(*args, **options)[0].split()[1])


def location(box, target, host="api.dropbox.com", headers=FULL):
    """Return the member `url` of a response to a client that uses a host of the service."""
    _, _, content = send(box, "POST", target, headers, host=host)
    return json.loads(content)["url"]


# --- slashes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/1/metadata//auto/"),
        ("GET", "/1/metadata///auto//folder//"),
        ("GET", "/1/files//auto/folder/a.txt"),
        ("PUT", "/1/files_put//auto/b.txt"),
        ("GET", "/1/account/info/"),
        ("GET", "/1/account//info//"),
        ("GET", "/1//account/info"),
        ("PUT", "/1/chunked_upload/"),
        ("POST", "/1/delta/"),
        ("POST", "/1/delta/latest_cursor/"),
        ("POST", "/1/fileops/create_folder/?root=auto&path=/b"),
        ("POST", "/1/fileops//delete?root=auto&path=/folder"),
        ("GET", "/1/search//auto/?query=a.txt"),
        ("POST", "/1/shares//auto/folder/a.txt"),
        ("GET", "/1/shared_folders/"),
        ("POST", "/1/disable_access_token/"),
        ("GET", "/1/metadata%2Fauto%2Ffolder"),
    ],
)
def test_slashes_that_do_not_matter_are_ignored(box, method, target):
    """SDK 2.2.0 (2014), dropbox-node (2012) and the Java SDK 1.5.3 (2013) send such URLs."""
    assert status(box, method, target) == 200


def test_path_below_the_root_is_not_changed(box):
    """Names of files may be the words for roots and calls."""
    for target in ("/1/files_put/auto/auto/dropbox", "/1/files_put//auto//sandbox//x"):
        assert status(box, "PUT", target, body=b"x") == 200
    assert box.read("/auto/dropbox") == box.read("/sandbox/x") == b"x"


def test_chunked_upload_of_the_python_sdk_is_committed(box):
    """SDK 2.2.0 (2014) joins the call and a path that begins with a slash."""
    _, _, content = send(box, "PUT", "/1/chunked_upload/", body=b"chunk")
    form = urlencode({"upload_id": json.loads(content)["upload_id"]}).encode()
    headers = {**FULL, "Content-Type": "application/x-www-form-urlencoded"}
    target = "/1/commit_chunked_upload//auto/a.txt"
    assert status(box, "POST", target, headers, form) == 200
    assert box.read("/a.txt") == b"chunk"


@pytest.mark.parametrize("target", ["/1/files_put//auto/form", "/1/chunked_upload/"])
def test_content_in_the_type_of_a_form_is_content(box, target):
    """The body of an upload is not read as a form, whatever the slashes of its URL are."""
    headers = {**FULL, "Content-Type": "application/x-www-form-urlencoded"}
    _, _, content = send(box, "POST", target, headers, b"overwrite=maybe&access_token=x")
    assert b'"bytes": 30' in content or b'"offset": 30' in content


def test_signature_covers_the_url_as_it_was_sent(box):
    """HMAC-SHA1 is computed over the URL with its extra slashes."""
    keys = defaults.APP_KEY, defaults.APP_SECRET, defaults.TOKEN, defaults.TOKEN_SECRET
    client = Client(*keys, signature_method=SIGNATURE_HMAC_SHA1)
    for path in ("/1/metadata//auto/folder", "/1/account/info/", "/1/delta/"):
        _, headers, _ = client.sign(f"{box.url}{path}", "POST")
        assert status(box, "POST", path, headers) == 200


@pytest.mark.parametrize("page", ["/1/oauth/authorize/", "/1//oauth2/authorize"])
def test_page_of_an_app_may_have_extra_slashes(box, page):
    """The pages at `/1/oauth` are found as the calls are."""
    expected = status(box, "GET", page.replace("//", "/").rstrip("/"), {})
    assert status(box, "GET", page, {}) == expected != 200
    assert send(box, "GET", page, {})[1]["content-type"].startswith("text/html")


def test_faults_and_the_journal_ignore_the_slashes_too(box):
    """An endpoint has one name for all forms of its URL."""
    box.faults.add(Fault(endpoint="metadata", path="/folder", status=500))
    assert status(box, "GET", "/1/metadata//auto/folder") == 500
    box.faults.assert_consumed()
    entry = box.requests[-1]
    assert (entry.endpoint, entry.path) == ("metadata", "/folder")


# --- path as a parameter -------------------------------------------------------------------

BY_PARAMETER = [
    ("GET", "shares", {}),
    ("POST", "shares", {}),
    ("POST", "media", {}),
    ("GET", "copy_ref", {}),
    ("GET", "metadata", {}),
    ("GET", "files", {}),
    ("GET", "revisions", {}),
    ("GET", "previews", {}),
    ("PUT", "files_put", {}),
    ("POST", "files_put", {}),
]


@pytest.mark.parametrize("separator", ["/", ""])
@pytest.mark.parametrize("path", ["folder/a.txt", "/folder/a.txt"])
@pytest.mark.parametrize(("method", "call", "params"), BY_PARAMETER)
def test_path_may_be_a_parameter(box, method, call, params, path, separator):
    """rdrop2 0.6 (2015) sends the path so, and its README quotes the responses."""
    query = urlencode({**params, "path": path})
    line, _, content = send(box, method, f"/1/{call}/auto{separator}?{query}")
    assert line == "HTTP/1.1 200 OK"
    if call in ("metadata", "files_put"):
        assert b'"path": "/folder/a.txt"' in content
    if call == "files":
        assert content == b"content"


def test_search_uses_the_parameter_as_its_folder(box):
    """rdrop2 0.6 (2015) names the folder of a search by `path`."""
    box.write("/other/a.txt", b"")
    _, _, content = send(box, "GET", "/1/search/auto/?query=a.txt&path=folder")
    assert content.count(b'"path"') == 1
    assert b'"path": "/folder/a.txt"' in content


def test_path_may_be_in_a_form(box):
    """The form of a POST has the parameters of the query."""
    headers = {**FULL, "Content-Type": "application/x-www-form-urlencoded"}
    _, _, content = send(box, "POST", "/1/metadata/auto/", headers, b"path=folder/a.txt")
    assert b'"path": "/folder/a.txt"' in content


def test_path_in_the_url_is_used_instead_of_the_parameter(box):
    """A parameter `path` does not change a URL that has a path."""
    _, _, content = send(box, "GET", "/1/metadata/auto/folder/a.txt?path=/missing")
    assert b'"path": "/folder/a.txt"' in content


def test_fault_and_journal_have_the_path_of_the_parameter(box):
    """A fault for a path matches a request that has it as a parameter."""
    box.faults.add(Fault(endpoint="shares", path="/folder/a.txt", status=500))
    assert status(box, "GET", "/1/shares/auto/?path=folder/a.txt") == 500
    assert box.requests[-1].path == "/folder/a.txt"


@pytest.mark.parametrize("path", ["..", "a/../b", "%00", "%5C", "%FF", "a" * 300, "%ED%A0%80"])
@pytest.mark.parametrize(("method", "call", "params"), BY_PARAMETER)
def test_hostile_path_parameter_is_400(box, method, call, params, path):
    """A parameter is checked as a path in the URL is, and an app stays in its folder."""
    before = box.tree()
    for headers in (FULL, APP):
        target = f"/1/{call}/auto/?{urlencode(params)}&path={path}"
        assert status(box, method, target, headers) == 400
    assert box.tree() == before


def test_path_parameter_of_an_app_stays_in_its_folder(box):
    """An app-folder app cannot name a file of the account by the parameter."""
    target = "/1/files/auto/?path=/folder/a.txt"
    assert (status(box, "GET", target, APP), status(box, "GET", target)) == (404, 200)


def test_path_parameters_with_different_values_are_400(box):
    """A repeated parameter is an error of the request, after authorization."""
    target = "/1/metadata/auto/?path=/folder&path=/other"
    assert status(box, "GET", target) == 400
    assert status(box, "GET", target, {}) == 401


# --- links ---------------------------------------------------------------------------------


def test_media_link_has_the_whole_path_from_the_root_of_the_account(box):
    """The URL of 2013 and 2014 ends with the path, also that of an app folder."""
    link = location(box, "/1/media/auto/folder/a.txt")
    host, _, path = link.removeprefix("https://").partition("/")
    token = path.split("/")[2]
    assert (host, path) == ("dl.dropboxusercontent.com", f"1/view/{token}/folder/a.txt")
    assert len(token) == 15
    send(box, "PUT", f"/1/files_put/auto/{quote('sub/ü b.txt')}", APP, b"x")
    link = location(box, f"/1/media/auto/{quote('sub/ü b.txt')}", headers=APP)
    assert link.endswith("/Apps/fakebox/sub/%C3%BC%20b.txt")
    assert send(box, "GET", f"/{link.split('/', 3)[3]}", {}, host="dl.dropboxusercontent.com")[
        2
    ] == (b"x")


def test_media_link_at_the_emulator_has_its_address(box):
    """A client that uses the address of the emulator can follow the link."""
    link = location(box, "/1/media/auto/folder/a.txt", host=urlsplit(box.url).netloc)
    assert link.startswith(f"{box.url}/1/view/")
    assert urllib3.request("GET", link).data == b"content"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("photo.jpg", 'attachment; filename="photo.jpg"'),
        ("a b;.txt", 'attachment; filename="a b;.txt"'),
        ('a"b.txt', "attachment; filename*=UTF-8''a%22b.txt"),
        ("ü.txt", "attachment; filename*=UTF-8''%C3%BC.txt"),
    ],
)
def test_media_link_is_an_attachment_only_with_dl_1(box, name, disposition):
    """A link of 2013 has no `Content-Disposition`; with `?dl=1` it has one with the name."""
    box.write(f"/{name}", b"content")
    link = location(box, f"/1/media/auto/{quote(name)}", host=urlsplit(box.url).netloc)
    target = link.removeprefix(box.url)
    for query in ("", "?dl=0", "?dl=2", "?raw=1"):
        assert "content-disposition" not in send(box, "GET", target + query, {})[1]
    assert send(box, "GET", f"{target}?dl=1", {})[1]["content-disposition"] == disposition


def test_media_link_answers_conditional_requests_and_wrong_methods(box):
    """HEAD, 304, 206, 416 and 405 are as for a download, and no credentials are required."""
    link = location(box, "/1/media/auto/folder/a.txt", host=urlsplit(box.url).netloc)
    target = link.removeprefix(box.url)
    line, headers, content = send(box, "HEAD", target, {})
    assert (line, headers["content-length"], content) == ("HTTP/1.1 200 OK", "7", b"")
    etag = headers["etag"]
    assert status(box, "GET", target, {"If-None-Match": etag}) == 304
    assert send(box, "GET", target, {"Range": "bytes=1-2"})[2] == b"on"
    assert send(box, "GET", target, {"Range": "bytes=1-2", "If-Range": '"x"'})[2] == b"content"
    assert status(box, "GET", target, {"Range": "bytes=99-"}) == 416
    for method in ("POST", "PUT", "DELETE"):
        assert status(box, method, target, FULL) == 405
    assert status(box, "OPTIONS", target, {}) == 200
    assert status(box, "GET", "/1/view/unknown/folder/a.txt", FULL) == 404
    assert status(box, "GET", target.rpartition("/")[0] + "/other", {}) == 200


def test_media_link_is_a_page_in_faults_and_the_journal(box):
    """A link is not a call of version 1, also if a folder has the name of a root."""
    box.write("/auto/a.txt", b"content")
    link = location(box, "/1/media/auto/auto/a.txt", host=urlsplit(box.url).netloc)
    target = link.removeprefix(box.url)
    box.faults.add(Fault(endpoint="view/*", status=503))
    assert status(box, "GET", target, {}) == 503
    entry = box.requests[-1]
    assert (entry.endpoint, entry.path, entry.api_version) == (target[3:], "", None)
    assert send(box, "GET", target, {})[2] == b"content"


def test_file_of_a_media_link_is_sandboxed(box):
    """A page that an account stores runs no script at the address of the emulator."""
    box.write("/page.html", b"<script>alert(1)</script>")
    link = location(box, "/1/media/auto/page.html", host=urlsplit(box.url).netloc)
    headers = send(box, "GET", link.removeprefix(box.url), {})[1]
    assert headers["content-security-policy"].startswith("sandbox;")
    assert headers["x-content-type-options"] == "nosniff"


def test_retired_version_1_keeps_media_links(box):
    """The calls are retired, and files at links of version 2 are not."""
    link = location(box, "/1/media/auto/folder/a.txt", host=urlsplit(box.url).netloc)
    box.configure(is_retired=True)
    assert status(box, "GET", "/1/account/info") == 400
    assert urllib3.request("GET", link).data == b"content"


def test_short_link_has_its_own_host(box):
    """A client of the real hosts gets `https://db.tt/<code>`, which redirects to the page."""
    link = location(box, "/1/shares/auto/folder/a.txt")
    host, _, code = link.removeprefix("https://").partition("/")
    assert host == "db.tt"
    assert "/" not in code
    line, headers, _ = send(box, "GET", f"/{code}", {}, host="db.tt")
    assert line == "HTTP/1.1 302 Found"
    assert headers["location"].startswith("https://www.dropbox.com/s/")
    assert headers["location"].endswith("/a.txt")
    page = f"/{headers['location'].split('/', 3)[3]}"
    assert status(box, "GET", page, {}, host="www.dropbox.com") == 200
    assert status(box, "GET", "/unknown", {}, host="db.tt") == 404
    assert status(box, "GET", f"/{code}", {}) == 404
    assert status(box, "GET", f"/db.tt/{code}", {}) == 302


@pytest.mark.parametrize(
    ("call", "host"), [("shares", "db.tt"), ("media", "dl.dropboxusercontent.com")]
)
def test_link_of_a_namespace_is_found_at_its_host(box, call, host):
    """The token of the link names the namespace, because a browser sends no credentials."""
    headers = {"Authorization": f"Bearer n1~{defaults.BEARER_TOKEN}"}
    send(box, "PUT", "/1/files_put/auto/n1.txt", headers, b"of n1")
    link = location(box, f"/1/{call}/auto/n1.txt", headers=headers)
    assert link.startswith(f"https://{host}/")
    line, fields, content = send(box, "GET", f"/{link.split('/', 3)[3]}", {}, host=host)
    if call == "media":
        assert content == b"of n1"
    else:
        assert line == "HTTP/1.1 302 Found"
        assert fields["location"].endswith("/n1.txt")


@pytest.mark.parametrize("kind", ["media", "shares"])
def test_link_with_a_host_of_the_service_can_be_saved(box, kind):
    """`save_url` finds links at `db.tt` and `dl.dropboxusercontent.com` by their tokens."""
    link = location(box, f"/1/{kind}/auto/folder/a.txt")
    target = f"/1/save_url/auto/saved.txt?{urlencode({'url': link})}"
    assert status(box, "POST", target) == 200
    assert box.read("/saved.txt") == b"content"


@pytest.mark.parametrize("host", ["api.dropbox.com", None])
def test_url_that_is_no_link_is_not_saved(box, host):
    """A URL of another site is rejected, also if it contains the name of a host."""
    for url in ("https://example.com/s/x", "https://db.tt.example.com/x", "https://db.tt@x/s/y"):
        target = f"/1/save_url/auto/saved.txt?{urlencode({'url': url})}"
        assert status(box, "POST", target, host=host) == 400


# --- reason phrases ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/1/account/info", "200 OK"),
        ("GET", "/1/metadata/auto/missing", "404 Not Found"),
        ("POST", "/1/fileops/create_folder?root=auto&path=/folder", "403 Forbidden"),
        ("GET", "/1/files_put/auto/a", "405 Method Not Allowed"),
        ("GET", "/1/metadata/home/", "400 Bad Request"),
        ("GET", f"/1/metadata/auto/{'x' * 9000}", "414 Request-URI Too Large"),
        ("GET", "/2/files/list_folder", "400 Bad Request"),
        ("GET", "/2/files/download?arg=%7B%22path%22:%22/no%22%7D", "409 Conflict"),
        ("GET", "/missing", "404 Not Found"),
        ("PUT", "/s/x/y", "405 Method Not Allowed"),
        ("GET", "/_fakebox/missing", "404 Not Found"),
        ("GET", "/_fakebox/snapshots/1/restore", "405 Method Not Allowed"),
        ("GET", "/_fakebox/journal?status=x", "400 Bad Request"),
    ],
)
def test_reason_phrase_is_in_title_case(box, method, target, expected):
    """Dropbox-Uploader compares `403 Forbidden` and `404 Not Found` (recorded in 2015)."""
    line, _, _ = send(box, method, target)
    assert line == f"HTTP/1.1 {expected}"


def test_reason_phrase_of_an_unauthorized_request(box):
    """Both versions answer 401 with the phrase of HTTP."""
    line, _, _ = send(box, "GET", "/1/account/info", {})
    assert line == "HTTP/1.1 401 Unauthorized"


@pytest.mark.parametrize(
    ("code", "phrase"),
    [
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (507, "Insufficient Storage"),
        (413, "Request Entity Too Large"),
        (416, "Requested Range Not Satisfiable"),
        (422, "Unprocessable Entity"),
    ],
)
@pytest.mark.parametrize("target", ["/1/account/info", "/2/users/get_current_account", "/s/x/y"])
def test_reason_phrase_of_a_fault(box, target, code, phrase):
    """A planned fault has the phrase of its status."""
    box.faults.add(Fault(status=code))
    method = "POST" if target.startswith("/2") else "GET"
    assert send(box, method, target)[0] == f"HTTP/1.1 {code} {phrase}"


# --- other methods -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["/1/metadata//auto/", "/1/shares/auto/?path=a", "/1/chunked_upload/", "/1/x//"]
)
def test_preflight_of_a_lenient_url_is_answered(box, target):
    """A browser asks before it sends a request, with any form of the URL."""
    line, headers, content = send(box, "OPTIONS", target, {"Origin": "https://app.example"})
    assert (line, content) == ("HTTP/1.1 200 OK", b"")
    assert headers["access-control-allow-origin"] == "*"


def test_head_of_a_lenient_url_has_no_body(box):
    """HEAD is answered as GET is."""
    for target in ("/1/files//auto/folder/a.txt", "/1/files/auto/?path=folder/a.txt"):
        line, headers, content = send(box, "HEAD", target)
        assert (line, content, headers["content-length"]) == ("HTTP/1.1 200 OK", b"", "7")


@pytest.mark.parametrize(
    "target",
    ["/1/", "/1//", "/1///auto/", "/1/auto/", "/1//auto//x", "/1/metadata", "/1/metadata//"],
)
def test_url_without_a_call_is_404(box, target):
    """A URL that names no call, or no root, is 404 with an error of version 1."""
    line, headers, _ = send(box, "GET", target)
    assert line == "HTTP/1.1 404 Not Found"
    assert headers["content-type"] == "application/json"
