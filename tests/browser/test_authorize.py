"""Tests of the authorization pages in a browser with a phone's width and without JavaScript."""

import http.server
import re
import threading
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import pytest
import urllib3
from playwright.sync_api import expect

from dropbox.rest import ErrorResponse

pytestmark = pytest.mark.browser


@pytest.fixture
def callback():
    """Starts a web server for the callback of an app; returns its URL and the request targets."""
    targets = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            targets.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"back at the app")

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/done?from=test", targets
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def session(box):
    """Returns a session with a request token that is not authorized yet."""
    session = box.session()
    session.obtain_request_token()
    return session


def sign_in(page, password="fakebox"):
    """Signs in with the account that is selected by default."""
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_allow_authorizes_the_request_token(page, session):
    """After sign-in and Allow, the request token can be exchanged for an access token."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page)
    assert "fakebox would like to connect" in page.get_by_role("heading").inner_text()
    page.get_by_role("button", name="Allow").click()
    assert "is connected" in page.get_by_role("heading").inner_text()
    session.obtain_access_token()
    assert session.is_linked()


def test_allow_redirects_to_the_callback(page, session, callback):
    """The callback receives the token and the account id in addition to its own query."""
    url, targets = callback
    page.goto(session.build_authorize_url(session.request_token, url))
    sign_in(page)
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("back at the app").wait_for()
    query = parse_qs(urlsplit(targets[0]).query)
    token = session.request_token.key
    assert query == {"from": ["test"], "oauth_token": [token], "uid": ["1"]}


def test_deny_redirects_to_the_callback(page, session, callback):
    """The callback receives `not_approved`, and the request token cannot be exchanged."""
    url, targets = callback
    page.goto(session.build_authorize_url(session.request_token, url))
    sign_in(page)
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("back at the app").wait_for()
    assert parse_qs(urlsplit(targets[0]).query)["not_approved"] == ["true"]
    with pytest.raises(ErrorResponse) as caught:
        session.obtain_access_token()
    assert caught.value.status == 401


def test_deny_without_a_callback_shows_a_page(page, session):
    """Without a callback, a page shows that the app was not connected."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page)
    page.get_by_role("button", name="Deny").click()
    assert "was not connected" in page.get_by_role("heading").inner_text()


def test_wrong_password_shows_an_error(page, session):
    """After a wrong password, the page shows an error and accepts the right one."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page, "wrong")
    assert "isn't right" in page.get_by_role("alert").inner_text()
    sign_in(page)
    page.get_by_role("button", name="Allow").wait_for()


def test_other_account_can_be_selected(page, session):
    """The user can select the second account and allow the app for it."""
    page.goto(session.build_authorize_url(session.request_token))
    page.get_by_label("Account").select_option("other@fakebox.example")
    sign_in(page)
    page.get_by_text("other@fakebox.example").wait_for()
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("is connected").wait_for()
    session.obtain_access_token()


def test_signed_in_user_can_change_the_account(page, session):
    """A signed-in user can return to the sign-in form to use another account."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page)
    page.get_by_role("button", name="Use another account").click()
    page.get_by_label("Password").wait_for()


def test_authorization_works_with_the_keyboard(page, session):
    """The password field has the focus, Enter signs in, and Tab reaches Allow."""
    page.goto(session.build_authorize_url(session.request_token))
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("fakebox")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Allow").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("is connected").wait_for()


def test_unknown_request_token_shows_an_error_page(page, session):
    """The page for an unknown request token has status 404, and shows that the link expired."""
    url = session.build_authorize_url(session.request_token)
    response = page.goto(re.sub("oauth_token=[^&]*", "oauth_token=unknown", url))
    assert response.status == 404
    assert "expired" in page.get_by_role("heading").inner_text()


def test_page_declares_english_for_any_locale(page, session):
    """The page is in English and declares this language, also for the locale `de`."""
    session.locale = "de"
    page.goto(session.build_authorize_url(session.request_token))
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_label("Password").is_visible()


def test_page_fits_the_width_of_a_phone(page, session):
    """The content of the page needs no horizontal scrolling."""
    page.goto(session.build_authorize_url(session.request_token))
    box = page.locator("main").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_page_forbids_framing(page, session):
    """The headers forbid frames, which protects the page from clickjacking."""
    response = page.goto(session.build_authorize_url(session.request_token))
    assert response.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


def test_oauth2_code_on_the_page_can_be_exchanged(page, box):
    """Without a redirect URI, the page shows a code that the app can exchange for a token."""
    from dropbox.client import DropboxOAuth2FlowNoRedirect

    flow = DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret")
    flow._urls = box.session()
    page.goto(flow.start())
    sign_in(page)
    page.get_by_role("button", name="Allow").click()
    token, uid = flow.finish(page.locator("#auth-code").inner_text())
    assert (token[:3], uid) == ("sl.", "1")


def test_shared_link_page_offers_a_download(page, box):
    """The page of a shared link has the name of the file and a link to download it."""
    client = box.client()
    client.put_file("/notes ü.txt", b"shared words")
    page.goto(client.share("/notes ü.txt")["url"])
    assert page.get_by_role("heading").inner_text() == "notes ü.txt"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "notes ü.txt"


def test_shared_folder_page_offers_an_archive(page, box):
    """The page of a linked folder has its name, its entries, and a link to download all of them."""
    box.write("/My Folder/sub/notes.txt", b"shared words")
    response = urllib3.request(
        "POST",
        f"{box.url}/2/sharing/create_shared_link_with_settings",
        json={"path": "/My Folder"},
        headers={"Authorization": "Bearer fakebox-bearer-token"},
    )
    page.goto(response.json()["url"])
    assert page.get_by_role("heading").inner_text() == "My Folder"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "My Folder.zip"
    with ZipFile(download.value.path()) as archive:
        assert archive.read("sub/notes.txt") == b"shared words"
    page.get_by_role("link", name="sub/").click()
    page.get_by_role("link", name="notes.txt").click()
    assert "shared words" in page.content()


def test_shared_link_page_asks_for_the_password(page, box):
    """The page of a link with a password shows the file after the right password only."""
    box.write("/notes.txt", b"shared words")
    settings = {"require_password": True, "link_password": "hunter-two"}
    url = urllib3.request(
        "POST",
        f"{box.url}/2/sharing/create_shared_link_with_settings",
        json={"path": "/notes.txt", "settings": settings},
        headers={"Authorization": "Bearer fakebox-bearer-token"},
    ).json()["url"]
    page.goto(url)
    assert page.get_by_role("heading").inner_text() == "This link needs a password"
    assert "shared words" not in page.content()
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Password").get_attribute("aria-invalid") == "true"
    page.get_by_label("Password").fill("hunter-two")
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_role("heading").inner_text() == "notes.txt"
    assert "shared words" in page.content()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "notes.txt"
