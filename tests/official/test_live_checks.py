"""A live run of the official SDK that cannot start says why in one line, and changes nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The suite is not installed. The installed distributions come first.
sys.path.append(str(Path(__file__).parents[2]))

from conformance.account import (
    ENDPOINT,
    FOLDER,
    KEY,
    REFRESH_TOKEN,
    SECRET,
    TOKEN,
    TOKEN_SECRET,
    URL,
    NotLive,
)
from fakebox import Fakebox, Fault
from fakebox.core import defaults
from tests.live_runs import SCOPES, set_variables

BEARER = {TOKEN: defaults.BEARER_TOKEN}
OWN = {"/own/private.txt": b"private"}


@pytest.fixture
def box():
    """An emulator that plays the live service, with a file of the account."""
    with Fakebox("inprocess") as opened, opened.intercept():
        for path, content in OWN.items():
            opened.write(path, content)
        yield opened


@pytest.fixture
def live_run(box, monkeypatch):
    """A function that makes a run with environment variables."""

    def make(**variables):
        from conformance.official.live import LiveRun

        set_variables(monkeypatch, **variables)
        return LiveRun()

    return make


@pytest.fixture
def reason(box, live_run):
    """A function that starts a run, and returns why it cannot start."""

    def start(**variables):
        with pytest.raises(NotLive) as caught:
            live_run(**variables).start()
        assert box.tree() == ["/own/", *OWN]
        assert {path: box.read(path) for path in OWN} == OWN
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return start


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({}, f"set {REFRESH_TOKEN} and {KEY}, or {TOKEN}"),
        ({REFRESH_TOKEN: "x"}, f"{REFRESH_TOKEN} is set, and requires {KEY}"),
    ],
    ids=["nothing", "app key"],
)
def test_missing_credential_is_named(reason, variables, text):
    """The variable of a missing credential is named."""
    assert reason(**variables) == text


@pytest.mark.parametrize("name", [ENDPOINT, URL, TOKEN_SECRET])
def test_variable_without_effect_is_reported(reason, name):
    """A variable that the official SDK does not read is reported before any request."""
    text = reason(**BEARER, **{name: "http://127.0.0.1:1"})
    assert text == f"{name} has no effect on the official SDK; unset it"


def test_malformed_token_is_reported(reason):
    """A token that no header can contain is reported, without the token."""
    text = reason(**{TOKEN: "two words"})
    assert text == f"{TOKEN} must be printable ASCII characters without spaces"


def test_unknown_token_is_reported(reason):
    """A token that the service does not know is reported."""
    text = reason(**{TOKEN: "sl." + "A" * 64})
    assert text.startswith("the service rejected the credentials: ")


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
    assert text.startswith("the service rejected ")
    assert secret not in text


def test_narrow_token_is_reported(reason, box):
    """A token without a scope that the cases need is reported before any case runs."""
    token = box.add_token(scopes=["account_info.read", "files.metadata.read"])
    text = reason(**{TOKEN: token.access_token})
    assert text.startswith("the access token lacks a scope: ")
    assert "files.content.read" in text


@pytest.mark.parametrize("missing", SCOPES)
@pytest.mark.parametrize("owner", ["app", "token"])
def test_missing_scope_is_reported(reason, box, missing, owner):
    """The scope that the app or the token lacks is named, with all scopes that a run needs."""
    scopes = [scope for scope in SCOPES if scope != missing]
    options = (
        {"app": box.add_app("Narrow", scopes=scopes)} if owner == "app" else {"scopes": scopes}
    )
    text = reason(**{TOKEN: box.add_token(bearer=True, **options).access_token})
    assert text.startswith("the access token lacks a scope: ")
    assert missing in text.partition("a run needs")[0]


@pytest.mark.parametrize("folder", ["/", "/new/folder", "scratch"])
def test_folder_below_another_one_is_reported(reason, folder):
    """A run folder that is not directly in the root is rejected, because its parents would stay."""
    text = reason(**BEARER, **{FOLDER: folder})
    assert text == f"{FOLDER} must be a path in the root, such as /scratch, not {folder!r}"


def test_folder_that_was_created_without_a_response_is_deleted(box, live_run):
    """A run that ends before the response to its new folder deletes the folder."""

    def create(_):
        box.write("/scratch/file", b"")
        return "broken"

    box.faults.add(Fault(endpoint="files/create_folder_v2", status=400, body=create))
    run = live_run(**BEARER, **{FOLDER: "/scratch"})
    with pytest.raises(NotLive):
        run.start()
    assert "/scratch/" in box.tree()
    assert not run.stop()
    assert box.tree() == ["/own/", *OWN]


def test_full_account_is_reported(reason, box):
    """An account without enough space is reported before anything is stored."""
    box.set_quota(1000)
    assert reason(**BEARER) == "the account has 993 bytes free, and a run needs 67108864"


def test_existing_folder_is_left_alone(reason):
    """A run does not use, and does not delete, a folder that exists already."""
    assert reason(**BEARER, **{FOLDER: "/own"}) == (
        f"/own exists already; delete it, or unset {FOLDER} for a folder with a new name"
    )


def test_rate_limit_of_tokens_is_waited_for(box, live_run):
    """A run repeats the request for an access token after a rate limit."""
    box.faults.add(Fault(endpoint="/oauth2/token", status=429, retry_after_s=0, times=3))
    token = {REFRESH_TOKEN: defaults.REFRESH_TOKEN, KEY: defaults.APP_KEY}
    run = live_run(**token, **{SECRET: defaults.APP_SECRET})
    assert run.start() == []
    assert not run.stop()
    statuses = [entry.status for entry in box.requests.find("/oauth2/token")]
    assert statuses[:4] == [429, 429, 429, 200]


def test_folder_of_a_run_is_deleted(box, live_run):
    """A run creates its folder, and deletes it at the end."""
    run = live_run(**BEARER)
    assert run.start() == []
    assert f"{run.folder}/" in box.tree()
    assert not run.stop()
    assert box.tree() == ["/own/", *OWN]


def test_folder_of_an_interrupted_run_is_reported(box, live_run):
    """The folder of a run that was killed is reported by the next run, and not deleted."""
    killed, run = live_run(**BEARER), live_run(**BEARER)
    killed.start()
    try:
        assert run.start() == [
            f"live: {killed.folder} is left from an interrupted run; please delete it"
        ]
        assert not run.stop()
        assert f"{killed.folder}/" in box.tree()
    finally:
        killed.stop()
