"""Accounts and tokens."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from fakebox.core import defaults
from fakebox.core.oauth2 import PkceChallenge
from fakebox.v2.responses import account_id
from tests.core.cost import steps_of

VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def test_account_tells_of_its_owner(api):
    """With an id of 40 characters."""
    payload = api.tell("users/get_current_account")
    assert payload["email"] == defaults.USER.email
    assert len(payload["account_id"]) == 40
    assert payload["account_type"] == {".tag": "pro"}


def test_others_are_found_by_their_ids(api):
    """One by one or in a batch, in its order."""
    mine = api.tell("users/get_current_account")["account_id"]
    other = api.tell("users/get_current_account", api.bearer(2))["account_id"]
    assert api.rpc("users/get_account", account_id=other)["email"] == defaults.OTHER.email
    payload = api.rpc("users/get_account_batch", account_ids=[other, mine])
    assert [one["is_teammate"] for one in payload] == [False, True]


def test_cost_of_accounts_does_not_depend_on_how_many_there_are(api):
    """Accounts are found by their ids, in as many of SQLite's steps among fifty as among two."""

    def cost():
        get = {"account_id": other}, {"account_ids": [other, other]}
        return steps_of(
            api.world,
            lambda: (
                api.rpc("users/get_account", **get[0]),
                api.rpc("users/get_account_batch", **get[1]),
            ),
        )

    other = api.tell("users/get_current_account", api.bearer(2))["account_id"]
    cost()
    few = cost()
    for number in range(50):
        api.world.accounts.create(f"user{number}@example.com", "password")
    assert cost() < few * 1.2


@pytest.mark.parametrize("stranger", ["dbid:" + "x" * 35, account_id(3), account_id(-1)])
def test_account_that_there_is_none_of_is_named(api, stranger):
    """In the batch too."""
    assert api.fails("users/get_account", account_id=stranger) == {".tag": "no_account"}
    error = api.fails("users/get_account_batch", account_ids=[stranger])
    assert error == {".tag": "no_account", "no_account": stranger}


def test_room_is_told(api):
    """What is filled, and what there is."""
    api.upload("/a", b"four")
    payload = api.tell("users/get_space_usage")
    assert (payload["used"], payload["allocation"][".tag"]) == (4, "individual")


def test_features_are_told(api):
    """Those that one asks for; asking for none fails."""
    payload = api.rpc("users/features/get_values", features=[{".tag": "file_locking"}])
    disabled = {".tag": "enabled", "enabled": False}
    assert payload == {"values": [{".tag": "file_locking", "file_locking": disabled}]}
    error = api.fails("users/features/get_values", features=[])
    assert error == {".tag": "empty_features_list"}


def test_check_echoes(api, app_credentials):
    """For users, and for apps in their own name."""
    assert api.rpc("check/user", query="hallo") == {"result": "hallo"}
    assert api.rpc("check/app", app_credentials, query="hallo") == {"result": "hallo"}


@pytest.mark.parametrize(
    "who", ["", "Basic nonsense", "Basic \xfc", "Basic /w==", "Basic ", "Basic eA==", "Basic eDp5"]
)
def test_app_that_is_none_is_refused(api, who):
    """In plain text."""
    answer = api.ask("check/app", {"query": "x"}, who)
    assert answer.status_code == 400
    assert "authorization" in answer.text.lower()


@pytest.mark.parametrize(
    ("route", "argument"),
    [
        ("check/app", {"query": "x"}),
        ("auth/token/from_oauth1", {"oauth1_token": "x", "oauth1_token_secret": "x"}),
    ],
)
def test_user_is_told_that_a_route_is_for_apps(api, route, argument):
    """And the token isn't repeated."""
    answer = api.ask(route, argument, api.user)
    why = 'Invalid authorization value in HTTP header "Authorization": "Bearer ...".'
    expected = 'Expecting "Basic <base64(app-key:app-secret)>".'
    assert (answer.status_code, answer.content_type) == (400, "text/plain; charset=utf-8")
    assert answer.text == f'Error in call to API function "{route}": {why}  {expected}'


def ask_for_token(api, who="", **params):
    """The token route's answer."""
    form = "application/x-www-form-urlencoded"
    answer = api.raw("/oauth2/token", urlencode(params), form, who)
    return answer.status_code, json.loads(answer.text)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("code=%ff", "A parameter is not valid UTF-8."),
        ("a=1&" * 1001, "A request may have 1000 parameters at most."),
    ],
)
def test_token_route_rejects_a_form_that_cannot_be_decoded(api, form, reason):
    """The answer is 400 and says why."""
    answer = api.raw("/oauth2/token", form, "application/x-www-form-urlencoded", "")
    assert answer.status_code == 400
    assert answer.text.endswith(reason)


@pytest.fixture
def code(api):
    """Issues authorisation codes, as the page does."""

    def issue(**argument):
        app = api.world.apps.find(defaults.APP_KEY)
        return api.world.oauth2.issue_code(app, 1, **argument)

    return issue


def test_code_is_exchanged_with_the_secret(api, code, app_credentials):
    """For a token that lasts, unless it was asked for otherwise."""
    params = {"grant_type": "authorization_code", "code": code()}
    status, payload = ask_for_token(api, app_credentials, **params)
    assert (status, payload["token_type"], payload["uid"]) == (200, "bearer", "1")
    assert "expires_in" not in payload
    assert api.tell("users/get_current_account", f"Bearer {payload['access_token']}")


def test_verifier_takes_the_secrets_place(api, code):
    """And a refresh token fetches the next token, without the secret as well."""
    params = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256"), offline=True),
        "code_verifier": VERIFIER,
        "client_id": defaults.APP_KEY,
    }
    _, payload = ask_for_token(api, **params)
    assert payload["expires_in"] == 4 * 60 * 60
    api.world.clock.advance(payload["expires_in"])
    expired = api.ask("users/get_current_account", who=f"Bearer {payload['access_token']}")
    assert expired.status_code == 401
    again = {"grant_type": "refresh_token", "refresh_token": payload["refresh_token"]}
    _, fresh = ask_for_token(api, **again, client_id=defaults.APP_KEY)
    assert set(fresh) == {"access_token", "token_type", "expires_in"}
    assert api.tell("users/get_current_account", f"Bearer {fresh['access_token']}")


NEEDS_SECRET = {
    "error": "invalid_request",
    "error_description": "No auth function available for given request",
}
APP = {"client_id": defaults.APP_KEY}
SECRET = {**APP, "client_secret": defaults.APP_SECRET}


def test_refresh_token_got_with_the_secret_needs_it_again(api, code):
    """The client has to authenticate at every use (RFC 6749, section 6)."""
    params = {"grant_type": "authorization_code", "code": code(offline=True)}
    _, granted = ask_for_token(api, **params, **SECRET)
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert ask_for_token(api, **again, **APP) == (400, NEEDS_SECRET)
    status, _ = ask_for_token(api, **again, **SECRET)
    assert status == 200


def test_refresh_token_of_a_pkce_grant_may_come_with_the_secret(api, code):
    """It needs none, whether or not the exchange had one."""
    params = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256"), offline=True),
        "code_verifier": VERIFIER,
    }
    _, granted = ask_for_token(api, **params, **SECRET)
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert [ask_for_token(api, **again, **who)[0] for who in (APP, SECRET)] == [200, 200]


def test_code_without_secret_and_verifier_is_an_invalid_request(api, code):
    """And the code can still be exchanged with the secret."""
    params = {"grant_type": "authorization_code", "code": code()}
    assert ask_for_token(api, **params, **APP) == (400, NEEDS_SECRET)
    assert ask_for_token(api, **params, **SECRET)[0] == 200


def basic_header(key, secret):
    """The header of an app in its own name."""
    return "Basic " + b64encode(f"{key}:{secret}".encode()).decode()


@pytest.mark.parametrize(
    ("who", "params"),
    [
        ("", {**APP, "client_secret": "wrong"}),
        (basic_header(defaults.APP_KEY, "wrong"), {}),
        (basic_header(defaults.APP_KEY, defaults.APP_SECRET), {"client_secret": "wrong"}),
        (basic_header(defaults.APP_KEY, "wrong"), SECRET),
        (basic_header(defaults.APP_KEY, defaults.APP_SECRET), {"client_id": "another"}),
    ],
    ids=["parameter", "basic", "wrong-parameter", "wrong-basic", "two-apps"],
)
def test_wrong_secret_is_an_invalid_client_where_none_is_needed(api, code, who, params):
    """Neither a verifier nor a refresh token makes up for it, and nothing is spent."""
    exchange = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256"), offline=True),
        "code_verifier": VERIFIER,
    }
    status, error = ask_for_token(api, who, **exchange, **params)
    assert (status, error["error"]) == (401, "invalid_client")
    _, granted = ask_for_token(api, **exchange, **APP)
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    status, error = ask_for_token(api, who, **again, **params)
    assert (status, error["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "bad",
    [
        {"code_verifier": "a"},
        {"code_verifier": "a" * 129},
        {"redirect_uri": "https://app.example/callback#x"},
        {"redirect_uri": "http://["},
        {"redirect_uri": "/callback"},
    ],
)
def test_malformed_exchange_is_an_invalid_request_and_spends_nothing(api, code, bad):
    """Its parameters are checked before the code is."""
    exchange = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256")),
        "code_verifier": VERIFIER,
    }
    status, error = ask_for_token(api, **{**exchange, **bad}, **APP)
    assert (status, error["error"]) == (400, "invalid_request")
    assert ask_for_token(api, **exchange, **APP)[0] == 200


def test_another_app_does_not_spend_a_code(api, code):
    """Only the app that a code was issued to can."""
    other = api.world.apps.create("Other", key="other", secret="other-secret")
    exchange = {"grant_type": "authorization_code", "code": code()}
    their = {"client_id": other.key, "client_secret": other.secret}
    status, error = ask_for_token(api, **exchange, **their)
    assert (status, error["error"]) == (400, "invalid_grant")
    assert ask_for_token(api, **exchange, **SECRET)[0] == 200


def test_refresh_token_ends_when_it_is_revoked(api, code):
    """On demand, as when a user disconnects the app."""
    params = {"grant_type": "authorization_code", "code": code(offline=True)}
    secret = {"client_id": defaults.APP_KEY, "client_secret": defaults.APP_SECRET}
    _, payload = ask_for_token(api, **params, **secret)
    api.world.oauth2.revoke_refresh_token(payload["refresh_token"])
    again = {"grant_type": "refresh_token", "refresh_token": payload["refresh_token"]}
    status, error = ask_for_token(api, **again, **secret)
    assert (status, error["error"]) == (400, "invalid_grant")


def test_refresh_token_ends_with_any_access_token_that_is_revoked(api, code):
    """And so do the others that it has fetched."""
    secret = {"client_id": defaults.APP_KEY, "client_secret": defaults.APP_SECRET}
    params = {"grant_type": "authorization_code", "code": code(offline=True)}
    _, payload = ask_for_token(api, **params, **secret)
    again = {"grant_type": "refresh_token", "refresh_token": payload["refresh_token"]}
    _, fresh = ask_for_token(api, **again, **secret)
    assert api.ask("auth/token/revoke", who=f"Bearer {fresh['access_token']}").status_code == 200
    status, error = ask_for_token(api, **again, **secret)
    assert (status, error["error"]) == (400, "invalid_grant")
    for one in (payload, fresh):
        answer = api.ask("users/get_current_account", who=f"Bearer {one['access_token']}")
        assert json.loads(answer.text)["error"] == {".tag": "invalid_access_token"}


@pytest.mark.parametrize(
    ("params", "status", "error"),
    [
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": ""}, 400, "invalid_request"),
        ({"code": "spent"}, 400, "invalid_grant"),
    ],
    ids=["app", "secret", "grant", "no code", "bad code"],
)
def test_token_route_says_what_is_wrong(api, params, status, error):
    """In the words of RFC 6749."""
    good = {
        "grant_type": "authorization_code",
        "code": "x",
        "client_id": defaults.APP_KEY,
        "client_secret": defaults.APP_SECRET,
    }
    answer = ask_for_token(api, **{**good, **params})
    assert (answer[0], answer[1]["error"]) == (status, error)


def test_oauth1_token_becomes_a_bearer_token(api, app_credentials):
    """The same one each time."""
    argument = {"oauth1_token": defaults.TOKEN, "oauth1_token_secret": defaults.TOKEN_SECRET}
    tokens = [
        api.rpc("auth/token/from_oauth1", app_credentials, **argument)["oauth2_token"] for _ in "ab"
    ]
    assert tokens[0] == tokens[1]
    assert api.tell("users/get_current_account", f"Bearer {tokens[0]}")


def test_oauth1_token_that_is_not_the_apps_own_is_refused(api, app_credentials):
    """Nor one with another secret."""
    argument = {"oauth1_token": defaults.TOKEN, "oauth1_token_secret": "wrong"}
    for token in (defaults.TOKEN, "nothing"):
        answer = api.ask(
            "auth/token/from_oauth1", {**argument, "oauth1_token": token}, app_credentials
        )
        assert json.loads(answer.text)["error"] == {".tag": "invalid_oauth1_token_info"}
    stranger = api.world.apps.create("Stranger", access="dropbox")
    token = api.world.tokens.issue(stranger, 1)
    argument = {"oauth1_token": token.token, "oauth1_token_secret": token.secret}
    answer = api.ask("auth/token/from_oauth1", argument, app_credentials)
    assert json.loads(answer.text)["error"] == {".tag": "app_id_mismatch"}


def test_app_folder_is_all_that_its_app_sees(api):
    """Its root is the folder, whatever the others see."""
    sandbox = api.bearer(access="app_folder")
    api.upload("/mine", who=sandbox)
    api.upload("/outside")
    payload = api.rpc("files/list_folder", sandbox, path="")
    assert [entry["path_display"] for entry in payload["entries"]] == ["/mine"]
