"""The token routes: request tokens, access tokens, authorization codes and bearer tokens."""

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
    """A new world."""
    new_world = World()
    yield new_world
    new_world.close()


@pytest.fixture
def post(world):
    """A function that sends a POST request with a form, and returns the response."""

    def app(environ, start_response):
        V1Request(environ).namespace = Namespace(world)
        return V1(environ, start_response)

    client = Client(app)

    def send(path, form=None, **options):
        return client.post(path, data=form or {}, base_url="http://api.example/1", **options)

    return send


def signed(token="", secret="", app=(defaults.APP_KEY, defaults.APP_SECRET)):
    """Return OAuth 1.0 parameters."""
    params = {
        "oauth_consumer_key": app[0],
        "oauth_signature_method": "PLAINTEXT",
        "oauth_signature": f"{app[1]}&{secret}",
    }
    return {**params, "oauth_token": token} if token else params


def new_request_token(post):
    """Return the key and the secret of a new request token."""
    fields = parse_qs(post("/oauth/request_token", signed()).text)
    return fields["oauth_token"][0], fields["oauth_token_secret"][0]


def error(response):
    """Return the status and the error of a response."""
    return response.status_code, json.loads(response.text)["error"]


def test_request_token_response_is_a_form_with_the_secret_first(post):
    """Some clients read the fields by position."""
    response = post("/oauth/request_token", signed())
    assert response.text.startswith("oauth_token_secret=")
    assert response.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "app", [("nobody", "x"), (defaults.APP_KEY, "wrong")], ids=["unknown key", "wrong secret"]
)
def test_request_token_for_an_unknown_app_or_a_wrong_secret_is_401(post, app):
    """The error is the same for both, so that it does not reveal valid keys."""
    response = post("/oauth/request_token", signed(app=app))
    assert error(response) == (401, "Invalid app key or secret")


def test_allowed_request_token_is_exchanged_for_an_access_token(post, world):
    """The response contains the user ID, and the token is valid for that account."""
    token, secret = new_request_token(post)
    world.tokens.allow(token, 2)
    fields = parse_qs(post("/oauth/access_token", signed(token, secret)).text)
    assert fields["uid"] == ["2"]
    access = signed(fields["oauth_token"][0], fields["oauth_token_secret"][0])
    assert json.loads(post("/account/info", access).text)["uid"] == 2


def test_exchange_of_a_request_token_before_it_is_allowed_is_401(post):
    """The error text states that the token is not authorized."""
    token, secret = new_request_token(post)
    status, text = error(post("/oauth/access_token", signed(token, secret)))
    assert (status, "not been properly authorized" in text) == (401, True)


def test_exchange_of_a_denied_request_token_is_401(post, world):
    """A denied request token cannot be exchanged."""
    token, secret = new_request_token(post)
    world.tokens.deny(token)
    assert post("/oauth/access_token", signed(token, secret)).status_code == 401


def test_second_exchange_of_a_request_token_is_401(post, world):
    """A request token can be exchanged once."""
    token, secret = new_request_token(post)
    world.tokens.allow(token, 1)
    assert post("/oauth/access_token", signed(token, secret)).status_code == 200
    again = post("/oauth/access_token", signed(token, secret))
    assert error(again) == (401, "Request token not found.")


def test_request_token_expires(post, world):
    """A request token expires after ten minutes of the world's clock."""
    token, secret = new_request_token(post)
    world.tokens.allow(token, 1)
    world.clock.advance(600)
    assert post("/oauth/access_token", signed(token, secret)).status_code == 401


def test_exchange_of_a_request_token_by_another_app_is_401(post, world):
    """Only the app that requested the token can exchange it."""
    token, secret = new_request_token(post)
    world.tokens.allow(token, 1)
    world.apps.create("thief", key="thief", secret="thief-secret")
    params = signed(token, secret, app=("thief", "thief-secret"))
    assert post("/oauth/access_token", params).status_code == 401


def test_exchange_of_a_request_token_with_a_wrong_secret_is_403(post, world):
    """The exchange must be signed with the secret of the request token."""
    token, _ = new_request_token(post)
    world.tokens.allow(token, 1)
    assert post("/oauth/access_token", signed(token, "guess")).status_code == 403


def test_denied_request_token_cannot_be_allowed(post, world):
    """A second decision about a request token is rejected."""
    from fakebox.core.errors import RequestTokenNotFound

    token, _ = new_request_token(post)
    world.tokens.deny(token)
    with pytest.raises(RequestTokenNotFound):
        world.tokens.allow(token, 1)


def test_token_routes_without_a_signature_are_401(post):
    """Requests for tokens without a signature are answered with 401."""
    assert post("/oauth/request_token").status_code == 401
    assert post("/oauth/access_token").status_code == 401


def test_bearer_token_is_accepted_in_the_header_and_as_a_parameter(post):
    """Browsers use the parameter to avoid a preflight request."""
    bearer = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
    assert post("/account/info", headers=bearer).status_code == 200
    assert post("/account/info", {"access_token": defaults.BEARER_TOKEN}).status_code == 200


@pytest.mark.parametrize("token", ["unknown", "", defaults.TOKEN])
def test_unknown_bearer_token_is_401(post, token):
    """An OAuth 1.0 token is unknown as a bearer token."""
    response = post("/account/info", headers={"Authorization": f"Bearer {token}"})
    text = "The given OAuth 2 access token doesn't exist or has expired."
    assert error(response) == (401, text)


def test_oauth1_token_is_exchanged_for_the_same_bearer_token(post):
    """Each exchange returns the same bearer token, and the OAuth 1.0 token stays valid."""
    params = signed(defaults.TOKEN, defaults.TOKEN_SECRET)
    first, second = (json.loads(post("/oauth2/token_from_oauth1", params).text) for _ in range(2))
    assert first == second
    assert first["token_type"] == "bearer"
    assert post("/account/info", params).status_code == 200


def test_disabled_token_is_401(post):
    """A token that was disabled, OAuth 1.0 or bearer, is answered with 401."""
    params = signed(defaults.TOKEN, defaults.TOKEN_SECRET)
    assert json.loads(post("/disable_access_token", params).text) == {}
    assert post("/account/info", params).status_code == 401
    bearer = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
    assert post("/disable_access_token", headers=bearer).status_code == 200
    assert post("/account/info", headers=bearer).status_code == 401


def code_form(code, /, **changes):
    """Return the form that exchanges a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": defaults.APP_KEY,
        "client_secret": defaults.APP_SECRET,
    }
    return {**form, **changes}


CLIENT = "invalid_client: Invalid client_id or client_secret"
# In order: not Base64, not ASCII, not UTF-8, empty, and without a colon.
UNDECODABLE = ["???", "\xfc", "/w==", "", "eA=="]


def new_code(world, **options):
    """Return a new authorization code for the first account."""
    return world.oauth2.issue_code(world.apps.find(defaults.APP_KEY), 1, **options)


def test_code_is_exchanged_for_a_bearer_token(post, world):
    """The user ID is a string, and the app can authenticate with HTTP Basic as well."""
    fields = json.loads(post("/oauth2/token", code_form(new_code(world))).text)
    assert (fields["token_type"], fields["uid"]) == ("bearer", "1")
    basic = b64encode(f"{defaults.APP_KEY}:{defaults.APP_SECRET}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": new_code(world)}
    response = post("/oauth2/token", form, headers={"Authorization": f"Basic {basic}"})
    assert response.status_code == 200


def test_code_is_exchanged_once(post, world):
    """A second exchange of a code is an invalid grant."""
    code = new_code(world)
    post("/oauth2/token", code_form(code))
    assert error(post("/oauth2/token", code_form(code))) == (400, "invalid_grant")


def test_code_expires(post, world):
    """A code expires after ten minutes."""
    code = new_code(world)
    world.clock.advance(600)
    assert error(post("/oauth2/token", code_form(code))) == (400, "invalid_grant")


def test_exchange_with_another_redirect_uri_is_an_invalid_grant(post, world):
    """An exchange with another redirect URI, as with a stolen code, is rejected."""
    code = new_code(world, redirect_uri="https://app.example/")
    form = code_form(code, redirect_uri="https://thief.example/")
    assert error(post("/oauth2/token", form)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "name"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": ""}, 400, "invalid_request"),
        ({"code": "unknown"}, 400, "invalid_grant"),
        ({"client_id": "nobody"}, 400, CLIENT),
        ({"client_secret": "wrong"}, 400, CLIENT),
    ],
)
def test_invalid_exchange_has_the_error_code_of_rfc_6749(post, world, changes, status, name):
    """An invalid exchange is answered with the error code of RFC 6749."""
    assert error(post("/oauth2/token", code_form(new_code(world), **changes))) == (status, name)


@pytest.mark.parametrize("credentials", UNDECODABLE)
def test_basic_credentials_that_cannot_be_decoded_are_an_invalid_client(post, credentials):
    """Malformed Basic credentials are answered with 400, like a wrong secret."""
    response = post("/oauth2/token", {}, headers={"Authorization": f"Basic {credentials}"})
    assert error(response) == (400, CLIENT)


def test_bearer_token_cannot_be_exchanged(post):
    """Only an OAuth 1.0 token can be exchanged for a bearer token."""
    bearer = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
    response = post("/oauth2/token_from_oauth1", headers=bearer)
    assert error(response) == (401, "No OAuth credentials were provided.")


def test_bearer_token_of_a_disabled_app_is_rejected(world, post):
    """A bearer token of a disabled app is rejected until the app is enabled."""
    headers = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
    world.apps.configure(defaults.APP_KEY, is_disabled=True)
    assert error(post("/account/info", headers=headers)) == (403, "This app has been disabled.")
    world.apps.configure(defaults.APP_KEY, is_disabled=False)
    assert post("/account/info", headers=headers).status_code == 200
