"""The wire: OAuth 1.0 and OAuth 2.0."""

from urllib.parse import parse_qs, urlencode

import pytest

from conformance.wire import ask, fetch, status_of
from dropbox.client import DropboxClient


def form(target, call, params, **headers):
    """Post a form, unsigned."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return ask(target, "POST", call, {}, urlencode(params), headers, signed=False)


@pytest.mark.checks("wire-oauth-placement")
@pytest.mark.parametrize("where", ["header", "query", "body"])
def test_places_of_parameters(target, where):
    """The header, the query or a form."""
    session = target.client.session
    url = session.build_url(session.API_HOST, "/account/info")
    _, params = session.build_access_headers("POST", url)
    if where == "header":
        fields = ", ".join(f'{name}="{_quoted(value)}"' for name, value in params.items())
        answer = fetch(url, "POST", headers={"Authorization": f"OAuth {fields}"})
    elif where == "query":
        answer = fetch(f"{url}?{urlencode(params)}", "POST")
    else:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = fetch(url, "POST", urlencode(params), kind)
    assert answer.status == 200


@pytest.mark.checks("wire-oauth-hmac")
def test_hmac_signature(target):
    """RFC 5849's other method, and no other signature than the right one."""
    session = target.client.session
    session.signature_method = "HMAC-SHA1"
    try:
        assert target.client.account_info()["uid"]
        url = session.build_url(session.API_HOST, "/account/info")
        _, params = session.build_access_headers("GET", url)
    finally:
        session.signature_method = "PLAINTEXT"
    params["oauth_signature"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    assert fetch(f"{url}?{urlencode(params)}").status == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-nonce")
def test_nonce_used_twice(target):
    """Refused."""
    session = target.client.session
    url = session.build_url(session.API_HOST, "/account/info")
    _, params = session.build_access_headers("GET", url)
    answers = [fetch(f"{url}?{urlencode(params)}").status for _ in range(2)]
    assert answers == [200, 403]


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-timestamp")
def test_stale_timestamp(target):
    """Refused."""
    session = target.client.session
    url = session.build_url(session.API_HOST, "/account/info")
    _, params = session.build_access_headers("GET", url)
    params["oauth_timestamp"] = "1000000000"
    assert fetch(f"{url}?{urlencode(params)}").status == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-request_token", "wire-oauth-access_token")
def test_token_answers(target):
    """Forms, the secret first; the last has the user's id."""
    session = target.box.session(linked=False)
    for call, names in (
        ("/oauth/request_token", ["oauth_token_secret", "oauth_token"]),
        ("/oauth/access_token", ["oauth_token_secret", "oauth_token", "uid"]),
    ):
        url = session.build_url(session.API_HOST, call)
        _, params = session.build_access_headers("POST", url, request_token=session.request_token)
        fields = parse_qs(fetch(f"{url}?{urlencode(params)}", "POST").data.decode())
        assert list(fields) == names
        token = fields["oauth_token"][0]
        session.set_request_token(token, fields["oauth_token_secret"][0])
        if call == "/oauth/request_token":
            target.box.allow(token)


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-request_token-lifetime")
def test_request_token_lives_ten_minutes(target):
    """No longer."""
    session = target.box.session(linked=False)
    token = session.obtain_request_token()
    target.box.allow(token.key)
    target.box.clock.advance(10 * 60 + 1)
    assert status_of(session.obtain_access_token) == 401


@pytest.mark.checks("wire-oauth-app-secret")
def test_wrong_app_secret(target):
    """No request token for it."""
    good = target.client.session
    session = type(good)(good.consumer_creds.key, "wrong", "dropbox", rest_client=good.rest_client)
    session.API_HOST = good.API_HOST
    assert status_of(session.obtain_request_token) == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-foreign-token")
def test_token_of_another_app(target):
    """Refused."""
    app = target.box.add_app("Another")
    session = target.box.session(app=app)
    session.set_token(*target.client.session.token)
    client = DropboxClient(session, target.client.rest_client)
    assert status_of(client.account_info) == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth2-bearer", "wire-oauth2-from-oauth1")
def test_bearer_token(target):
    """In the header or as a parameter; the same one each time."""
    tokens = {target.client.create_oauth2_access_token() for _ in range(2)}
    (token,) = tokens
    assert target.client.account_info()["uid"]
    headers = {"Authorization": f"Bearer {token}"}
    assert ask(target, "GET", "/account/info", headers=headers, signed=False).status == 200
    params = {"access_token": token}
    assert ask(target, "GET", "/account/info", params, signed=False).status == 200


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-disable")
def test_disabled_token(target):
    """401 from then on."""
    client = target.box.client(app=target.box.add_app("Short-lived"))
    client.disable_access_token()
    assert status_of(client.account_info) == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-deny")
def test_denied_request_token(target):
    """Never exchanged."""
    session = target.box.session(linked=False)
    token = session.obtain_request_token()
    target.box.world.tokens.deny(token.key)
    assert status_of(session.obtain_access_token) == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth2-code")
def test_oauth2_code(target):
    """Once, and what comes of it opens the account."""
    creds = target.client.session.consumer_creds
    world = target.box.world
    code = world.oauth2.issue_code(world.apps.find(creds.key), 1)
    params = {"grant_type": "authorization_code", "code": code}
    params |= {"client_id": creds.key, "client_secret": creds.secret}
    answer = form(target, "/oauth2/token", params)
    fields = answer.json()
    assert (answer.status, fields["token_type"], fields["uid"]) == (200, "bearer", "1")
    headers = {"Authorization": f"Bearer {fields['access_token']}"}
    assert ask(target, "GET", "/account/info", headers=headers, signed=False).status == 200
    assert form(target, "/oauth2/token", params).status == 400


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth2-errors")
def test_oauth2_errors(target):
    """Each in its words."""
    creds = target.client.session.consumer_creds
    app = {"client_id": creds.key, "client_secret": creds.secret}
    grant = {"grant_type": "authorization_code", "code": "nonsense"}
    for params, status, error in (
        ({**app, **grant}, 400, "invalid_grant"),
        ({**app, "grant_type": "authorization_code"}, 400, "invalid_request"),
        ({**app, **grant, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({**app, **grant, "client_secret": "wrong"}, 401, "invalid_client"),
    ):
        answer = form(target, "/oauth2/token", params)
        assert (answer.status, answer.json()["error"]) == (status, error)
        assert answer.json()["error_description"]


def _quoted(value):
    from urllib.parse import quote

    return quote(str(value), safe="")
