"""The setting `credentials`: whether unknown credentials are accepted."""

from __future__ import annotations

from base64 import b64encode

import pytest
import urllib3

from tests.raw_http import V1

TEXTS = ["my-token", "sl.x", "{{TOKEN}}", "a~b", "x" * 5000, "***"]
REFRESH = {"grant_type": "refresh_token", "refresh_token": "my-refresh-token"}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("token", TEXTS)
def test_unknown_bearer_token_stands_for_the_first_account(lenient, box, account, token, version):
    """Any text is accepted if unknown credentials are accepted; otherwise it is 400 or 401.

    Version 2 answers 400 to a text that does not have the form of a token.
    """
    status, found = account(lenient, token, version)
    assert (status, found["email"]) == (200, "user@fakebox.example")
    is_malformed = version == 2 and not token.startswith(("sl.", "a~"))
    assert account(box, token, version)[0] == (400 if is_malformed else 401)


def test_empty_bearer_token_is_rejected(lenient, account):
    """A header without a token has no credential that could be accepted."""
    assert account(lenient, "")[0] in (400, 401)


def test_files_of_an_unknown_token_are_those_of_the_first_account(lenient):
    """An unknown token has full access to the files of the first account."""
    url = f"{lenient.url}/1/files_put/dropbox/a.txt?access_token=anything"
    assert urllib3.request("PUT", url, body=b"hello").status == 200
    assert lenient.read("/a.txt") == b"hello"


def test_unknown_refresh_token_and_app_key_are_exchanged(lenient, box, account, exchange):
    """An unknown refresh token of an unknown app returns a token of the first account."""
    status, grant = exchange(lenient, **REFRESH, client_id="my-key", client_secret="my-secret")
    assert status == 200
    assert account(lenient, grant["access_token"])[1]["email"] == "user@fakebox.example"
    (listed,) = [
        token
        for token in urllib3.request("GET", f"{lenient.url}/_fakebox/tokens").json()["tokens"]
        if token["token"] == grant["access_token"]
    ]
    assert listed["app"] == "fakebox-app-key"
    assert exchange(lenient, **REFRESH, client_id="my-key")[0] == 200
    assert exchange(box, **REFRESH, client_id="my-key")[1]["error"].startswith("invalid_client")
    known = {**REFRESH, "client_id": "fakebox-app-key"}
    assert exchange(box, **known)[1]["error"] == "invalid_grant"


def test_unknown_secret_of_a_known_app_is_accepted(lenient, box, exchange):
    """The wrong secret of the ready-made app is accepted only with the setting."""
    form = {**REFRESH, "refresh_token": "fakebox-refresh-token", "client_id": "fakebox-app-key"}
    assert exchange(lenient, **form, client_secret="wrong")[0] == 200
    assert exchange(box, **form, client_secret="wrong")[1]["error"].startswith("invalid_client")


@pytest.mark.parametrize("pair", ["my-key:my-secret", "fakebox-app-key:wrong"])
def test_unknown_basic_credentials_are_accepted(lenient, box, pair):
    """Routes that authenticate an app accept an unknown key, or an unknown secret."""
    headers = {
        "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
        "Content-Type": "application/json",
    }
    for emulator, status in ((lenient, 200), (box, 400)):
        url = f"{emulator.url}/2/check/app"
        response = urllib3.request("POST", url, body=b'{"query": "x"}', headers=headers)
        assert response.status == status
    assert b"Invalid app key or secret" in response.data


def test_unknown_app_key_is_accepted_by_the_authorization_page(lenient, exchange):
    """The page of an unknown app is that of the ready-made app, and its code is exchanged."""
    url = "https://www.dropbox.com/oauth2/authorize?client_id=my-key&response_type=code"
    code = lenient.authorize(url)
    form = {"grant_type": "authorization_code", "code": code}
    assert exchange(lenient, **form, client_id="my-key", client_secret="x")[0] == 200


@pytest.mark.parametrize("version", [1, 2])
def test_revoked_and_expired_tokens_of_the_emulator_are_rejected(lenient, account, version):
    """A token that the emulator has made is not unknown after it was revoked or has expired."""
    revoked, expiring = lenient.add_token(bearer=True), lenient.add_token(expires_in_s=60)
    lenient.world.tokens.revoke(revoked.access_token)
    lenient.clock.advance(60)
    assert account(lenient, revoked.access_token, version)[0] == 401
    assert account(lenient, expiring.access_token, version)[0] == 401


def test_revoked_refresh_token_of_the_emulator_is_rejected(lenient, exchange):
    """A refresh token that was revoked stays rejected."""
    lenient.world.oauth2.revoke_refresh_token("fakebox-refresh-token")
    form = {**REFRESH, "refresh_token": "fakebox-refresh-token", "client_id": "my-key"}
    assert exchange(lenient, **form)[1]["error"] == "invalid_grant"


@pytest.mark.parametrize("value", ["fakebox-token", "fakebox-app-key", "fakebox-refresh-token"])
def test_other_credentials_of_the_world_are_no_bearer_tokens(lenient, account, value):
    """A value that the world has as another credential is not unknown."""
    assert account(lenient, value)[0] == 401


@pytest.mark.parametrize("version", [1, 2])
def test_unknown_token_that_was_revoked_is_rejected(lenient, account, version):
    """After an app signs out with an unknown token, the token is rejected."""
    path = "/1/disable_access_token" if version == 1 else "/2/auth/token/revoke"
    headers = {"Authorization": "Bearer my-token"}
    assert urllib3.request("POST", lenient.url + path, headers=headers).status == 200
    assert account(lenient, "my-token")[0] == 401
    assert account(lenient, "other-token")[0] == 200


def test_oauth1_is_not_affected(lenient):
    """An unknown OAuth 1.0 token, app key or secret is rejected with the setting as well."""
    assert V1(lenient.url).get("/account/info").status == 200
    for unknown in ({"token": "x"}, {"secret": "x"}, {"app_key": "x"}, {"app_secret": "x"}):
        assert V1(lenient.url, **unknown).get("/account/info").status in (401, 403)
    assert (
        V1(lenient.url, token="", secret="", app_key="x").post("/oauth/request_token").status == 401
    )


def test_disabled_app_is_rejected(lenient, exchange):
    """A key of the world is not unknown, so a disabled app stays rejected."""
    lenient.world.apps.configure(lenient.add_app("Off", key="off").key, is_disabled=True)
    assert exchange(lenient, **REFRESH, client_id="off")[1]["error"].startswith("invalid_client")


def test_setting_can_change_at_run_time(box, account):
    """The setting is one of `configure` and of the control plane, and a reset restores it."""
    box.configure(credentials="any")
    assert account(box, "my-token")[0] == 200
    box.reset()
    assert account(box, "my-token")[0] == 400
    body = b'{"credentials": "any"}'
    assert urllib3.request("PATCH", f"{box.url}/_fakebox/settings", body=body).status == 200
    assert account(box, "my-token")[0] == 200


def test_journal_masks_unknown_tokens_and_faults_find_their_account(lenient, account):
    """A fault for the first account applies to an unknown token, which the journal masks."""
    lenient.faults.add(account="user@fakebox.example", status=503)
    assert account(lenient, "my-secret-token")[0] == 503
    shown = urllib3.request("GET", f"{lenient.url}/_fakebox/journal").data
    assert b"my-secret-token" not in shown


def test_header_of_a_namespace_and_an_unknown_token_create_it(lenient, box):
    """An app with an unknown token in a namespace starts with an empty account."""
    headers = {"Authorization": "Bearer x", "X-Fakebox-Namespace": "tests"}
    for emulator, status, names in ((lenient, 200, ["tests"]), (box, 401, [])):
        url = f"{emulator.url}/1/account/info"
        assert urllib3.request("GET", url, headers=headers).status == status
        found = urllib3.request("GET", f"{emulator.url}/_fakebox/namespaces").json()
        assert found == {"namespaces": names}
