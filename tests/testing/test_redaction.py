"""Tests that the journal, the HAR archive and the printed requests mask credentials."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlencode

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.middleware.redaction import masked_text

SECRET = 'qx1"qx2\\qx3 qx4'
NAMES = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "csrf",
    "link_password",
    "oauth_token",
    "oauth_token_secret",
    "oauth_verifier",
    "password",
    "refresh_token",
]


@pytest.fixture
def box():
    """Starts an emulator with a socket."""
    with Fakebox() as box:
        yield box


def request_texts(box):
    """Returns the text of all representations of the recorded requests."""
    journal = urllib3.request("GET", f"{box.url}/_fakebox/journal").data.decode()
    archive = urllib3.request("GET", f"{box.url}/_fakebox/journal.har").data.decode()
    rows = urllib3.request("GET", f"{box.url}/_fakebox/page/requests").data.decode()
    return "\n".join([journal, archive, rows, str(box.requests), json.dumps(box.requests.har())])


def assert_hidden(box, *parts):
    """Asserts that no part of a secret appears in the recorded requests."""
    text = request_texts(box)
    for part in parts:
        assert part not in text


@pytest.mark.parametrize("name", NAMES)
def test_secret_in_a_query_or_form_is_masked(box, name):
    """A secret parameter with special characters is masked in the URL and in the parameters."""
    encoded = urlencode({name: SECRET, "path": "/kept"})
    urllib3.request("GET", f"{box.url}/1/account/info?{encoded}")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    urllib3.request("POST", f"{box.url}/1/account/info", body=encoded, headers=form)
    assert_hidden(box, "qx1", "qx2", "qx3", "qx4")
    assert "/kept" in request_texts(box)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_secret_in_json_is_masked(box, name, ascii_only):
    """A secret in the `Dropbox-API-Arg` header or the `arg` parameter is masked in its JSON."""
    argument = json.dumps({"path": "/kept", "deep": [{name: SECRET}]}, ensure_ascii=ascii_only)
    url = f"{box.url}/2/files/download"
    urllib3.request("POST", url, headers={"Dropbox-API-Arg": argument})
    urllib3.request("GET", f"{url}?{urlencode({'arg': argument})}")
    assert_hidden(box, "qx1", "qx2", "qx3", "qx4")
    assert "/kept" in request_texts(box)


def test_secret_in_a_truncated_body_is_masked(box):
    """A secret is masked even if the journal truncates the response in the middle of the secret."""
    for size in (16 * 1024 - 40, 16 * 1024 - 30):
        text = json.dumps({"x": "y" * size, "link_password": SECRET + SECRET})
        box.write(f"/{size}.json", text.encode())
        headers = {"Authorization": "Bearer fakebox-bearer-token"}
        urllib3.request("GET", f"{box.url}/1/files/dropbox/{size}.json", headers=headers)
    assert_hidden(box, "qx1", "qx2")


def test_authorization_header_without_a_scheme_is_masked(box):
    """A token in an `Authorization` header without a scheme is masked."""
    url = f"{box.url}/1/account/info"
    urllib3.request("GET", url, headers={"Authorization": "fakebox-bearer-token"})
    assert_hidden(box, "fakebox-bearer-token")


def test_secret_in_a_nested_url_is_masked(box):
    """Secrets in a callback URL parameter and in the `Referer` header are masked."""
    callback = "https://app.example/back?code=qx1#access_token=qx2"
    query = urlencode({"oauth_callback": callback, "path": "/kept"})
    headers = {"Referer": f"{box.url}/x?access_token=qx3"}
    urllib3.request("GET", f"{box.url}/1/account/info?{query}", headers=headers)
    assert_hidden(box, "qx1", "qx2", "qx3")


def test_code_and_csrf_token_of_authorization_pages_are_masked(box):
    """The code, CSRF token and cookie of the authorization pages are masked."""
    url = f"{box.url}/oauth2/authorize?client_id=fakebox-app-key&response_type=code"
    page = urllib3.request("GET", url)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.data.decode())[1]
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    sign_in = {"csrf": csrf, "action": "sign_in", "email": "user@fakebox.example"}
    signed_in = urllib3.request(
        "POST",
        url,
        body=urlencode({**sign_in, "password": "fakebox"}),
        headers=form,
        redirect=False,
    )
    form["Cookie"] = signed_in.headers["Set-Cookie"].partition(";")[0]
    allow = urlencode({"csrf": csrf, "action": "allow"})
    allowed = urllib3.request("POST", url, body=allow, headers=form).data.decode()
    code = re.search(r'id="auth-code">([^<]+)<', allowed)[1]
    back = f"{url}&redirect_uri=http://localhost:8000/callback"
    location = urllib3.request("POST", back, body=allow, headers=form, redirect=False).headers[
        "Location"
    ]
    assert "code=" in location
    assert_hidden(box, csrf, code, location.partition("code=")[2], cookie)
    assert 'id=\\"auth-code\\">***</output>' in request_texts(box)


@pytest.mark.parametrize("content", [b"<![<![", b"<a " * 5000, b"<!DOCTYPE [<!x", b"<" * 9000])
def test_stored_malformed_html_does_not_break_the_journal(box, content):
    """Malformed HTML in a stored file is not parsed; only the emulator's own pages are."""
    box.write("/a.html", content)
    bearer = {"Authorization": "Bearer fakebox-bearer-token"}
    assert urllib3.request("GET", f"{box.url}/1/files/dropbox/a.html", headers=bearer).data
    for page in ("journal", "journal.har", "page/requests"):
        assert urllib3.request("GET", f"{box.url}/_fakebox/{page}", timeout=60).status == 200


def test_secret_in_a_deeply_nested_url_is_masked():
    """A secret inside 200 nested URLs is masked without unlimited recursion."""
    text = f"code={SECRET[:3]}"
    for _ in range(200):
        text = f"a={quote(text)}"
    assert SECRET[:3] not in masked_text(text)
    assert len(masked_text("a" * 500_000)) == 500_000
