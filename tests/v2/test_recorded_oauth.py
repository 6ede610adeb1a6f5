"""Recorded responses about tokens: the token endpoint, and requests with invalid credentials."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.core import defaults
from tests.v2.recorded import TEXT, error_of, is_text

CLIENT = {"client_id": defaults.APP_KEY, "client_secret": defaults.APP_SECRET}
TOKEN_TYPE = "text/javascript"


@pytest.fixture
def box():
    """A new emulator on a socket."""
    with Fakebox() as started:
        yield started


def authorization_code(box, **query):
    """Return the code of a user who allowed the app; no redirect URI is sent."""
    query = urlencode({"client_id": defaults.APP_KEY, "response_type": "code", **query})
    return box.authorize(f"https://www.dropbox.com/oauth2/authorize?{query}")


def exchange(box, **form):
    """Send a form with the client's credentials in it to the token endpoint."""
    response = urllib3.request(
        "POST",
        f"{box.url}/oauth2/token",
        body=urlencode({**form, **CLIENT}),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert response.status == 200, response.data
    assert response.headers["Content-Type"].partition(";")[0] == TOKEN_TYPE
    return response


def test_code_is_exchanged_for_an_online_token(box):
    """The token of a code has these members in this order, and its scopes are sorted.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 24 September 2021.
    """
    code = authorization_code(box, token_access_type="online")
    granted = exchange(box, code=code, grant_type="authorization_code").json()
    assert tuple(granted) == (
        "uid",
        "access_token",
        "expires_in",
        "token_type",
        "scope",
        "account_id",
    )
    assert (granted["expires_in"], granted["token_type"]) == (14400, "bearer")
    scopes = granted["scope"].split(" ")
    assert len(scopes) > 1
    assert scopes == sorted(filter(None, scopes))
    assert re.fullmatch("[0-9]+", granted["uid"])


def test_refresh_returns_three_members(box):
    """A refresh returns no new refresh token, and no scopes.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 29 September 2021.
    """
    form = {"refresh_token": defaults.REFRESH_TOKEN, "grant_type": "refresh_token"}
    granted = exchange(box, **form).json()
    assert tuple(granted) == ("token_type", "access_token", "expires_in")
    assert (granted["expires_in"], granted["token_type"]) == (14400, "bearer")


def test_expired_token_is_unauthorized(api):
    """A token past its time is 401 with the tag `expired_access_token`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 29 September 2021.
    """
    expired = api.bearer(lifetime_s=1)
    api.world.clock.advance(2)
    response = api.post("users/get_current_account", who=expired)
    assert error_of(response, 401) == {".tag": "expired_access_token"}


def test_invalid_token_is_unauthorized(api):
    """A token that is not valid any more is 401 with the tag `invalid_access_token`.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 23 April 2021.
    """
    revoked = api.bearer()
    api.rpc_null("auth/token/revoke", revoked)
    response = api.post("files/search_v2", {"query": "file"}, revoked)
    assert error_of(response, 401) == {".tag": "invalid_access_token"}


def test_malformed_token_is_a_400(api):
    """A text that cannot be a token is 400 with a text.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 12 February 2019.
    """
    route = "sharing/create_shared_link_with_settings"
    response = api.post(route, {"path": "/a.txt"}, "Bearer abc")
    assert is_text(response, route, "The given OAuth 2 access token is malformed.")


def test_app_without_the_scope_is_a_400(api):
    """The text names the scope that the app does not have.

    Quoted by a public client, 28 March 2021; since 2025 the text has the id of the app.
    """
    who = api.bearer_of_app("account_info.read")
    response = api.post("files/list_folder", {"path": ""}, who)
    assert (response.status_code, response.headers["Content-Type"]) == (400, TEXT)
    assert re.fullmatch(
        re.escape('Error in call to API function "files/list_folder": Your app ')
        + r"(\(ID: [0-9]+\) )?"
        + re.escape(
            "is not permitted to access this endpoint because it does not have the required scope"
            " 'files.metadata.read'. The owner of the app can enable the scope for the app using"
            " the Permissions tab on the App Console."
        ),
        response.text,
    )


def test_revocation_returns_null(api):
    """Revoking a token takes null and returns null.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 5 July 2018.
    """
    response = api.post("auth/token/revoke", None, api.bearer())
    assert (response.status_code, response.text) == (200, "null")


def test_user_app_may_not_delete_permanently(api):
    """The route is for apps of teams.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 14 July 2018.
    """
    api.upload("/a.txt")
    response = api.post("files/permanently_delete", {"path": "/a.txt"})
    text = "Your API app is not allowed to call this function."
    assert is_text(response, "files/permanently_delete", text)
    assert json.loads(api.post("files/get_metadata", {"path": "/a.txt"}).text)["name"] == "a.txt"
