"""A live run that cannot start says why in one line, and changes nothing."""

from __future__ import annotations

import pytest

from conformance import account, live
from conformance.account import (
    ENDPOINT,
    FOLDER,
    KEY,
    REFRESH_TOKEN,
    SECRET,
    TARGETS,
    TOKEN,
    TOKEN_SECRET,
    URL,
)
from fakebox import Fault
from fakebox.core import defaults
from tests.live_runs import SCOPES, set_variables

BEARER = {TOKEN: defaults.BEARER_TOKEN}


@pytest.fixture
def reason(box, monkeypatch, assert_untouched):
    """A function that starts a run with environment variables, and returns why it cannot start."""

    def start(**variables):
        set_variables(monkeypatch, **{URL: box.url, **variables})
        assert account.is_wanted()
        with pytest.raises(account.NotLive) as caught:
            live.LiveRun().start()
        assert_untouched()
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return start


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({}, f"set {REFRESH_TOKEN} and {KEY}, or {TOKEN}"),
        (
            {REFRESH_TOKEN: "x"},
            f"{REFRESH_TOKEN} is set, and requires {KEY}",
        ),
        (
            {**BEARER, TOKEN_SECRET: "secret"},
            f"{TOKEN_SECRET} is for version 1, and requires {KEY}, {SECRET}",
        ),
    ],
    ids=["nothing", "app key", "version 1"],
)
def test_missing_credential_is_named(reason, variables, text):
    """The variable of a missing credential is named."""
    assert reason(**variables) == text


def test_endpoint_of_an_emulator_is_reported(reason, box):
    """Live cases do not run if the SDK is directed to an emulator."""
    text = reason(**BEARER, **{TARGETS: "live", ENDPOINT: box.url})
    assert text == f"{ENDPOINT} is set to the address of an emulator; unset it, or use {URL}"


def test_malformed_token_is_reported(reason):
    """A token that no header can contain is reported, without the token."""
    text = reason(**{TOKEN: "two words"})
    assert text.startswith(f"{TOKEN}: invalid oauth2_access_token")
    assert "two words" not in text


def test_unknown_token_is_reported(reason):
    """An unknown token is reported."""
    text = reason(**{TOKEN: "sl." + "A" * 64})
    assert text.startswith("the service rejected the credentials: [401] ")


def test_expired_token_is_reported(reason, box):
    """An expired token is reported with the variables that renew it."""
    box.faults.add(Fault(expired_token=True, times=None))
    assert reason(**BEARER) == (
        f"the access token has expired; set {TOKEN} to a new one, or {REFRESH_TOKEN} and {KEY}"
    )


def test_unknown_refresh_token_is_reported(reason):
    """A refresh token that the service rejects is reported, without the token."""
    secret = "a-wrong-refresh-token"
    app = {KEY: defaults.APP_KEY, SECRET: defaults.APP_SECRET}
    text = reason(**app, **{REFRESH_TOKEN: secret})
    assert text.startswith(f"the service rejected {REFRESH_TOKEN}: [400] ")
    assert secret not in text


def test_narrow_token_is_reported(reason, box):
    """A token without a scope that the cases need is reported before any case runs."""
    error = {".tag": "missing_scope", "required_scope": "files.metadata.read"}
    body = {"error_summary": "missing_scope/..", "error": error}
    box.faults.add(Fault(endpoint="files/get_metadata", status=401, body=body, times=None))
    text = reason(**BEARER)
    assert text.startswith("the access token lacks a scope: [401] ")
    assert "files.metadata.read" in text


@pytest.mark.parametrize("missing", SCOPES)
def test_app_without_a_scope_is_reported(reason, box, missing):
    """The scope that the app of a token lacks is named, with all scopes that a run needs."""
    app = box.add_app("Narrow", scopes=[scope for scope in SCOPES if scope != missing])
    text = reason(**{TOKEN: box.add_token(app=app, bearer=True).access_token})
    assert text.startswith("the access token lacks a scope: ")
    assert missing in text.partition("a run needs")[0]
    assert all(scope in text.partition("a run needs")[2] for scope in SCOPES)


@pytest.mark.parametrize("folder", ["/", "", "scratch", "/own/", "/new/folder", "/a\\b", "/.."])
def test_folder_below_another_one_is_reported(reason, folder):
    """A run folder that is not directly in the root is rejected, because its parents would stay."""
    text = reason(**BEARER, **{FOLDER: folder or " "})
    assert text.startswith(f"{FOLDER} must be a path in the root, such as /scratch, not ")


def test_existing_folder_in_another_case_is_left_alone(reason):
    """A folder that exists in another spelling is not used either."""
    assert reason(**BEARER, **{FOLDER: "/OWN"}).startswith("/OWN exists already")


@pytest.mark.parametrize("pace", ["fast", "-1", "nan", "inf"])
def test_pace_that_is_not_a_delay_is_reported(reason, pace):
    """A delay that is not a number of seconds is rejected with its value."""
    text = reason(**BEARER, CONFORMANCE_PACE_S=pace)
    assert text == f"CONFORMANCE_PACE_S must be a number of seconds, not {pace!r}"


@pytest.mark.parametrize("body", ["<p>Please sign in to the network", "[]", "{}"])
def test_response_without_a_token_is_reported(reason, box, body):
    """A token response that a proxy has replaced is reported in one line."""
    box.faults.add(Fault(endpoint="/oauth2/token", status=200, body=body, times=None))
    text = reason(**{KEY: defaults.APP_KEY, REFRESH_TOKEN: defaults.REFRESH_TOKEN})
    assert text == f"the response to {REFRESH_TOKEN} has no access token"


def test_full_account_is_reported(reason, box):
    """An account without enough space is reported before anything is stored."""
    box.set_quota(1000)
    assert reason(**BEARER) == "the account has 988 bytes free, and a run needs 67108864"


def test_existing_folder_is_left_alone(reason):
    """A run neither uses nor deletes a folder that exists already."""
    assert reason(**BEARER, **{FOLDER: "/own"}) == (
        f"/own exists already; delete it, or unset {FOLDER} for a folder with a new name"
    )


def test_unreachable_service_is_reported(reason):
    """A service that cannot be reached is reported."""
    assert reason(**BEARER, **{URL: "http://127.0.0.1:1"}).startswith("no connection: ")


def test_invalid_url_of_a_proxy_is_reported(reason, monkeypatch):
    """The URL of a proxy that is not valid is reported without its password."""
    monkeypatch.setenv("HTTP_PROXY", "http://user:password@[proxy")
    monkeypatch.setenv("NO_PROXY", "")
    text = reason(**BEARER)
    assert text.startswith("invalid URL of the service or a proxy: ")
    assert "password" not in text


def test_retired_version_is_reported(reason, box):
    """A run on version 1 reports that the service has retired it."""
    box.configure(is_retired=True)
    variables = {name: value for name, value in box.env().items() if "ENDPOINT" not in name}
    assert "(v1_retired)" in reason(**variables)


def test_live_cases_without_credentials_are_reported(reason):
    """A run that requests live cases without a credential fails with the variables to set."""
    assert reason(**{TARGETS: "live"}).startswith(f"set {REFRESH_TOKEN}")
