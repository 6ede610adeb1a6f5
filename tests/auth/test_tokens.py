"""The token calls: request tokens, access tokens, codes and bearer tokens."""

import json
from base64 import b64encode
from urllib.parse import parse_qs

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace
from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request

V1 = create_v1()


@pytest.fixture
def world():
    """A fresh world."""
    made = World()
    yield made
    made.close()


@pytest.fixture
def ask(world):
    """Sends POSTs with forms, and returns the response."""

    def app(environ, start_response):
        V1Request(environ).namespace = Namespace(world)
        return V1(environ, start_response)

    client = Client(app)

    def send(path, form=None, **options):
        return client.post(path, data=form or {}, base_url="http://api.example/1", **options)

    return send


def signed(token="", secret="", app=(defaults.APP_KEY, defaults.APP_SECRET)):
    """OAuth 1.0 parameters."""
    params = {
        "oauth_consumer_key": app[0],
        "oauth_signature_method": "PLAINTEXT",
        "oauth_signature": f"{app[1]}&{secret}",
    }
    return {**params, "oauth_token": token} if token else params


def requested(ask):
    """A fresh request token: key and secret."""
    fields = parse_qs(ask("/oauth/request_token", signed()).text)
    return fields["oauth_token"][0], fields["oauth_token_secret"][0]


def error(response):
    """Status and error."""
    return response.status_code, json.loads(response.text)["error"]


def test_request_token_comes_as_a_form_with_the_secret_first(ask):
    """Some clients read it by position."""
    response = ask("/oauth/request_token", signed())
    assert response.text.startswith("oauth_token_secret=")
    assert response.mimetype == "text/plain"


@pytest.mark.parametrize(
    "app", [("nobody", "x"), (defaults.APP_KEY, "wrong")], ids=["unknown key", "wrong secret"]
)
def test_request_token_for_a_stranger_is_401(ask, app):
    """Whether the key is known isn't told."""
    response = ask("/oauth/request_token", signed(app=app))
    assert error(response) == (401, "Invalid app key or secret")


def test_allowed_request_token_becomes_an_access_token(ask, world):
    """With the user's id; the new token opens the account."""
    token, secret = requested(ask)
    world.tokens.allow(token, 2)
    fields = parse_qs(ask("/oauth/access_token", signed(token, secret)).text)
    assert fields["uid"] == ["2"]
    access = signed(fields["oauth_token"][0], fields["oauth_token_secret"][0])
    assert json.loads(ask("/account/info", access).text)["uid"] == 2


def test_request_token_is_worthless_before_it_is_allowed(ask):
    """401."""
    token, secret = requested(ask)
    status, text = error(ask("/oauth/access_token", signed(token, secret)))
    assert (status, "not been properly authorized" in text) == (401, True)


def test_denied_request_token_stays_worthless(ask, world):
    """401."""
    token, secret = requested(ask)
    world.tokens.deny(token)
    assert ask("/oauth/access_token", signed(token, secret)).status_code == 401


def test_request_token_is_spent_by_its_exchange(ask, world):
    """Once."""
    token, secret = requested(ask)
    world.tokens.allow(token, 1)
    assert ask("/oauth/access_token", signed(token, secret)).status_code == 200
    again = ask("/oauth/access_token", signed(token, secret))
    assert error(again) == (401, "Request token not found.")


def test_request_token_expires(ask, world):
    """After ten minutes of the emulated clock."""
    token, secret = requested(ask)
    world.tokens.allow(token, 1)
    world.clock.advance(600)
    assert ask("/oauth/access_token", signed(token, secret)).status_code == 401


def test_request_token_is_bound_to_its_app(ask, world):
    """Another app can't exchange it."""
    token, secret = requested(ask)
    world.tokens.allow(token, 1)
    world.apps.create("thief", key="thief", secret="thief-secret")
    stolen = signed(token, secret, app=("thief", "thief-secret"))
    assert ask("/oauth/access_token", stolen).status_code == 401


def test_request_token_needs_its_secret(ask, world):
    """Knowing its name isn't enough."""
    token, _ = requested(ask)
    world.tokens.allow(token, 1)
    assert ask("/oauth/access_token", signed(token, "guess")).status_code == 403


def test_request_token_is_answered_once(ask, world):
    """Whoever comes second changes nothing."""
    from fakebox.core.errors import RequestTokenNotFound

    token, _ = requested(ask)
    world.tokens.deny(token)
    with pytest.raises(RequestTokenNotFound):
        world.tokens.allow(token, 1)


def test_unsigned_token_call_is_401(ask):
    """There is nobody to give a token to."""
    assert ask("/oauth/request_token").status_code == 401
    assert ask("/oauth/access_token").status_code == 401


def test_bearer_token_is_let_in_by_header_and_by_parameter(ask):
    """Browsers use the parameter, to be spared a preflight."""
    bearer = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
    assert ask("/account/info", headers=bearer).status_code == 200
    assert ask("/account/info", {"access_token": defaults.BEARER_TOKEN}).status_code == 200


@pytest.mark.parametrize("token", ["unknown", "", defaults.TOKEN])
def test_unknown_bearer_token_is_401(ask, token):
    """In the service's words; an OAuth 1.0 token never passes for one."""
    response = ask("/account/info", headers={"Authorization": f"Bearer {token}"})
    text = "The given OAuth 2 access token doesn't exist or has expired."
    assert error(response) == (401, text)


def test_bearer_token_for_an_oauth1_token_is_the_same_each_time(ask):
    """And the OAuth 1.0 token stays good."""
    pair = signed(defaults.TOKEN, defaults.TOKEN_SECRET)
    first, second = (json.loads(ask("/oauth2/token_from_oauth1", pair).text) for _ in range(2))
    assert first == second
    assert first["token_type"] == "bearer"
    assert ask("/account/info", pair).status_code == 200


def test_disabled_token_is_401_from_then_on(ask):
    """Either kind."""
    pair = signed(defaults.TOKEN, defaults.TOKEN_SECRET)
    assert json.loads(ask("/disable_access_token", pair).text) == {}
    assert ask("/account/info", pair).status_code == 401
    bearer = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
    assert ask("/disable_access_token", headers=bearer).status_code == 200
    assert ask("/account/info", headers=bearer).status_code == 401


def code_form(code, /, **changes):
    """The form that exchanges a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": defaults.APP_KEY,
        "client_secret": defaults.APP_SECRET,
    }
    return {**form, **changes}


# Not base64, outside ASCII, not UTF-8, nothing, and no colon.
UNDECODABLE = ["???", "\xfc", "/w==", "", "eA=="]


def new_code(world, **options):
    """A code for the first account."""
    return world.oauth2.issue_code(world.apps.find(defaults.APP_KEY), 1, **options)


def test_code_becomes_a_bearer_token(ask, world):
    """The uid is a string; the client may also use HTTP Basic."""
    fields = json.loads(ask("/oauth2/token", code_form(new_code(world))).text)
    assert (fields["token_type"], fields["uid"]) == ("bearer", "1")
    basic = b64encode(f"{defaults.APP_KEY}:{defaults.APP_SECRET}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": new_code(world)}
    response = ask("/oauth2/token", form, headers={"Authorization": f"Basic {basic}"})
    assert response.status_code == 200


def test_code_is_exchanged_once(ask, world):
    """Then it is an invalid grant."""
    code = new_code(world)
    ask("/oauth2/token", code_form(code))
    assert error(ask("/oauth2/token", code_form(code))) == (400, "invalid_grant")


def test_code_expires(ask, world):
    """After ten minutes."""
    code = new_code(world)
    world.clock.advance(600)
    assert error(ask("/oauth2/token", code_form(code))) == (400, "invalid_grant")


def test_code_is_exchanged_with_the_redirect_it_was_sent_to(ask, world):
    """Else it was stolen on the way."""
    code = new_code(world, redirect_uri="https://app.example/")
    wrong = code_form(code, redirect_uri="https://thief.example/")
    assert error(ask("/oauth2/token", wrong)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "name"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": ""}, 400, "invalid_request"),
        ({"code": "unknown"}, 400, "invalid_grant"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
def test_bad_exchange_is_named(ask, world, changes, status, name):
    """By the names of RFC 6749."""
    assert error(ask("/oauth2/token", code_form(new_code(world), **changes))) == (status, name)


@pytest.mark.parametrize("credentials", UNDECODABLE)
def test_basic_credentials_that_cannot_be_decoded_are_an_invalid_client(ask, credentials):
    """The answer is 401, as for a wrong secret."""
    response = ask("/oauth2/token", {}, headers={"Authorization": f"Basic {credentials}"})
    assert error(response) == (401, "invalid_client")


def test_bearer_token_stands_for_no_other(ask):
    """Only a signed call is answered with one."""
    bearer = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
    response = ask("/oauth2/token_from_oauth1", headers=bearer)
    assert error(response) == (401, "No OAuth credentials were provided.")
