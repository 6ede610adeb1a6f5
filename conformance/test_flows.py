"""OAuth 2 with the SDK: authorization of an app, and refresh tokens."""

from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.wire import status_of
from dropbox.client import DropboxClient, DropboxOAuth2FlowNoRedirect
from dropbox.oauth2 import DropboxOAuth2Session
from fakebox import Fakebox
from fakebox.core import defaults


@pytest.fixture
def box(monkeypatch):
    """An emulator that the SDK sends its requests to."""
    with Fakebox() as opened:
        monkeypatch.setenv("DROPBOX_ENDPOINT_URL", opened.url)
        yield opened


def flow():
    """Return a new authorization of the emulator's app."""
    return DropboxOAuth2FlowNoRedirect(defaults.APP_KEY, defaults.APP_SECRET, api="v2")


@pytest.mark.emulator
@pytest.mark.checks("flow-authorize")
def test_authorization(box):
    """The URL has the key of the app, and the code of its page is exchanged for a token."""
    started = flow()
    url = started.start()
    query = parse_qs(urlsplit(url).query)
    assert query["response_type"] == ["code"]
    assert query["client_id"] == [defaults.APP_KEY]
    access_token, user_id = started.finish(box.authorize(url))
    session = DropboxOAuth2Session(access_token, api="v1")
    assert str(DropboxClient(session).account_info()["uid"]) == user_id


@pytest.mark.emulator
@pytest.mark.checks("flow-wrong-code")
def test_wrong_code(box):
    """A code that is wrong or was used raises ErrorResponse 400."""
    started = flow()
    assert status_of(started.finish, "A" * 43) == 400
    code = box.authorize(started.start())
    started.finish(code)
    assert status_of(started.finish, code) == 400


@pytest.mark.emulator
@pytest.mark.checks("flow-refresh")
def test_access_token_of_a_refresh_token(box):
    """An access token is requested with the refresh token once, and used until it expires."""
    session = DropboxOAuth2Session(
        oauth2_refresh_token=defaults.REFRESH_TOKEN, app_key=defaults.APP_KEY, api="v2"
    )
    client = DropboxClient(session)
    for _ in range(3):
        assert client.account_info()["uid"]
    assert len(box.requests.find("/oauth2/token")) == 1
