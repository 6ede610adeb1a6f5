"""Allowing an app, as a person does it: in a browser, on a phone's width, without JavaScript."""

import http.server
import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from dropbox.rest import ErrorResponse

pytestmark = pytest.mark.browser


@pytest.fixture
def callback():
    """Where an app waits for the user: a real web server, and what it was asked."""
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
    """A session that nobody has linked, with its request token."""
    session = box.session()
    session.obtain_request_token()
    return session


def sign_in(page, password="fakebox"):
    """Fill in the form for the account that is offered first."""
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_user_allows_an_app(page, session):
    """Sign in, Allow, and the request token becomes an access token."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page)
    assert "fakebox would like to connect" in page.get_by_role("heading").inner_text()
    page.get_by_role("button", name="Allow").click()
    assert "is connected" in page.get_by_role("heading").inner_text()
    session.obtain_access_token()
    assert session.is_linked()


def test_user_is_sent_back_to_the_app_after_allowing(page, session, callback):
    """The callback gets the token and the user's id, beside what it had."""
    url, targets = callback
    page.goto(session.build_authorize_url(session.request_token, url))
    sign_in(page)
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("back at the app").wait_for()
    query = parse_qs(urlsplit(targets[0]).query)
    token = session.request_token.key
    assert query == {"from": ["test"], "oauth_token": [token], "uid": ["1"]}


def test_user_denies_an_app(page, session, callback):
    """The callback hears of it, and the token stays worthless."""
    url, targets = callback
    page.goto(session.build_authorize_url(session.request_token, url))
    sign_in(page)
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("back at the app").wait_for()
    assert parse_qs(urlsplit(targets[0]).query)["not_approved"] == ["true"]
    with pytest.raises(ErrorResponse) as caught:
        session.obtain_access_token()
    assert caught.value.status == 401


def test_user_denies_an_app_that_waits_nowhere(page, session):
    """Without a callback, a page says that nothing was shared."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page)
    page.get_by_role("button", name="Deny").click()
    assert "was not connected" in page.get_by_role("heading").inner_text()


def test_user_mistypes_the_password(page, session):
    """The page says so, and the next try succeeds."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page, "wrong")
    assert "isn't right" in page.get_by_role("alert").inner_text()
    sign_in(page)
    page.get_by_role("button", name="Allow").wait_for()


def test_user_chooses_the_other_account(page, session):
    """The second account is offered, and the token is its owner's."""
    page.goto(session.build_authorize_url(session.request_token))
    page.get_by_label("Account").select_option("other@fakebox.example")
    sign_in(page)
    page.get_by_text("other@fakebox.example").wait_for()
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("is connected").wait_for()
    session.obtain_access_token()


def test_user_signs_in_as_somebody_else(page, session):
    """Whoever is signed in can go back and choose again."""
    page.goto(session.build_authorize_url(session.request_token))
    sign_in(page)
    page.get_by_role("button", name="Use another account").click()
    page.get_by_label("Password").wait_for()


def test_user_can_do_it_all_by_keyboard(page, session):
    """The password has the focus, Enter signs in, Tab reaches Allow."""
    page.goto(session.build_authorize_url(session.request_token))
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("fakebox")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Allow").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("is connected").wait_for()


def test_user_meets_a_used_up_link(page, session):
    """A spent or unknown token gets a page that says what to do, with status 404."""
    url = session.build_authorize_url(session.request_token)
    answer = page.goto(re.sub("oauth_token=[^&]*", "oauth_token=unknown", url))
    assert answer.status == 404
    assert "expired" in page.get_by_role("heading").inner_text()


def test_page_is_in_english_for_any_locale(page, session):
    """The page declares its language for screen readers."""
    session.locale = "de"
    page.goto(session.build_authorize_url(session.request_token))
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_label("Password").is_visible()


def test_page_fits_a_phone(page, session):
    """Nothing has to be scrolled sideways."""
    page.goto(session.build_authorize_url(session.request_token))
    box = page.locator("main").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_page_may_not_be_framed(page, session):
    """Nobody can lay the page under another one's buttons."""
    answer = page.goto(session.build_authorize_url(session.request_token))
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_user_copies_a_code_by_oauth2(page, box):
    """Without a redirect, the code is on the page, and the app can exchange it."""
    from dropbox.client import DropboxOAuth2FlowNoRedirect

    flow = DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret")
    flow._urls = box.session()
    page.goto(flow.start())
    sign_in(page)
    page.get_by_role("button", name="Allow").click()
    token, uid = flow.finish(page.locator("#auth-code").inner_text())
    assert (len(token), uid) == (64, "1")


def test_visitor_looks_at_a_shared_picture(page, box):
    """A shared link shows the file's name and leads to its bytes."""
    client = box.client()
    client.put_file("/notes ü.txt", b"shared words")
    page.goto(client.share("/notes ü.txt")["url"])
    assert page.get_by_role("heading").inner_text() == "notes ü.txt"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "notes ü.txt"
