"""The ready-made credentials of every new emulator."""

from __future__ import annotations

import pytest
import urllib3

PKCE_APP = {"client_id": "fakebox-app-key"}
SECRET = {"client_secret": "fakebox-app-secret"}
REDIRECT_URIS = [
    "http://localhost:53682/",
    "http://127.0.0.1:53682/",
    "http://localhost:8000/callback",
    "https://app.example/callback",
]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("token", "email"),
    [
        ("fakebox-bearer-token", "user@fakebox.example"),
        ("fakebox-sandbox-bearer-token", "user@fakebox.example"),
        ("fakebox-other-bearer-token", "other@fakebox.example"),
    ],
)
def test_bearer_token_belongs_to_its_account(box, account, version, token, email):
    """Each ready-made bearer token is accepted by both versions, and never expires."""
    box.clock.advance(10 * 365 * 24 * 60 * 60)
    status, found = account(box, token, version)
    assert (status, found["email"]) == (200, email)


def test_sandbox_bearer_token_has_the_folder_of_the_app(box):
    """A file that is uploaded with the token for the app folder is below /Apps."""
    headers = {
        "Authorization": "Bearer fakebox-sandbox-bearer-token",
        "Dropbox-API-Arg": '{"path": "/a.txt"}',
        "Content-Type": "application/octet-stream",
    }
    url = f"{box.url}/2/files/upload"
    assert urllib3.request("POST", url, body=b"hello", headers=headers).status == 200
    assert box.read("/Apps/fakebox/a.txt") == b"hello"


@pytest.mark.parametrize("secret", [{}, SECRET])
def test_refresh_token_is_accepted_with_and_without_the_secret(box, account, exchange, secret):
    """The ready-made refresh token is that of a PKCE grant, so the secret is optional."""
    form = {"grant_type": "refresh_token", "refresh_token": "fakebox-refresh-token"}
    status, grant = exchange(box, **form, **PKCE_APP, **secret)
    assert (status, grant["expires_in"]) == (200, 14400)
    assert account(box, grant["access_token"])[1]["email"] == "user@fakebox.example"


def test_app_has_redirect_uris_and_all_scopes_of_a_user_app(box):
    """The control plane lists the redirect URIs and the scopes of the ready-made app."""
    (app,) = urllib3.request("GET", f"{box.url}/_fakebox/apps").json()["apps"]
    assert app["redirect_uris"] == REDIRECT_URIS
    assert {"account_info.write", "file_requests.read", "contacts.write"} < set(app["scopes"])
    assert not [scope for scope in app["scopes"] if scope.startswith(("team", "members"))]


@pytest.mark.parametrize("uri", REDIRECT_URIS)
def test_redirect_uri_is_accepted(box, uri):
    """The authorization page accepts each redirect URI of the ready-made app."""
    fields = {"client_id": "fakebox-app-key", "response_type": "code", "redirect_uri": uri}
    assert urllib3.request("GET", f"{box.url}/oauth2/authorize", fields=fields).status == 200


def test_account_types_are_pro(box, account):
    """Both ready-made accounts are of the type pro, in the API and in the control plane."""
    listed = urllib3.request("GET", f"{box.url}/_fakebox/accounts").json()["accounts"]
    assert [each["type"] for each in listed] == ["pro", "pro"]
    for token in ("fakebox-bearer-token", "fakebox-other-bearer-token"):
        assert account(box, token)[1]["account_type"] == {".tag": "pro"}


def test_ready_made_tokens_are_accepted_in_a_namespace(box, account):
    """A new namespace has all ready-made tokens, and each of them creates it."""
    for number, token in enumerate(("other-bearer-token", "sandbox-bearer-token")):
        assert account(box, f"n{number}~fakebox-{token}")[0] == 200
    names = urllib3.request("GET", f"{box.url}/_fakebox/namespaces").json()["namespaces"]
    assert names == ["n0", "n1"]
