"""Raw requests: OAuth 1.0 and OAuth 2.0."""

from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from oauthlib.oauth1 import SIGNATURE_TYPE_QUERY, Client

from conformance.wire import fetch, send, status_of
from dropbox.client import DropboxClient


def form(target, call, params, **headers):
    """Send an unsigned form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return send(target, "POST", call, {}, urlencode(params), headers, signed=False)


@pytest.mark.checks("wire-oauth-placement")
@pytest.mark.parametrize("where", ["header", "query", "body"])
def test_places_of_parameters(target, where):
    """OAuth parameters are accepted in the header, the query and a form."""
    session = target.client.session
    url = session.build_url(session.API_HOST, "/account/info")
    _, params = session.build_access_headers("POST", url)
    if where == "header":
        fields = ", ".join(f'{name}="{_quoted(value)}"' for name, value in params.items())
        response = fetch(url, "POST", headers={"Authorization": f"OAuth {fields}"})
    elif where == "query":
        response = fetch(f"{url}?{urlencode(params)}", "POST")
    else:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        response = fetch(url, "POST", urlencode(params), kind)
    assert response.status == 200


@pytest.mark.checks("wire-oauth-hmac")
def test_hmac_signature(target):
    """A correct HMAC-SHA1 signature is accepted; a wrong one is answered with 403."""
    assert fetch(signed_url(target)).status == 200
    wrong = {"oauth_signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    assert fetch(signed_url(target, replaced=wrong)).status == 403


def signed_url(target, method="HMAC-SHA1", replaced=(), **values):
    """Return the URL of account/info, signed by oauthlib.

    Args:
        target: the target whose credentials are used.
        method: the method of the signature.
        replaced: parameters that are replaced after the request was signed.
        values: attributes of oauthlib's client, such as `nonce` and `timestamp`.
    """
    session = target.client.session
    url = session.build_url(session.API_HOST, "/account/info")
    client = Client(
        *session.consumer_creds,
        *session.token,
        signature_method=method,
        signature_type=SIGNATURE_TYPE_QUERY,
        **values,
    )
    signed, _, query = client.sign(url)[0].partition("?")
    return f"{signed}?{urlencode({**dict(parse_qsl(query)), **dict(replaced)})}"


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-nonce")
def test_nonce_used_twice(target):
    """A repeated nonce is answered with 403 if HMAC-SHA1 signs it."""
    for method, second in (("HMAC-SHA1", 403), ("PLAINTEXT", 200)):
        url = signed_url(target, method, nonce=f"12345678{method}")
        assert [fetch(url).status for _ in range(2)] == [200, second]


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-timestamp")
def test_stale_timestamp(target):
    """An old timestamp is answered with 403 if HMAC-SHA1 signs it."""
    for method, expected in (("HMAC-SHA1", 403), ("PLAINTEXT", 200)):
        assert fetch(signed_url(target, method, timestamp="1000000000")).status == expected


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-request_token", "wire-oauth-access_token")
def test_token_responses(target):
    """Token responses are forms; the access token comes with the user's id."""
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
def test_request_token_expires(target):
    """A request token expires after ten minutes."""
    session = target.box.session(linked=False)
    token = session.obtain_request_token()
    target.box.allow(token.key)
    target.box.clock.advance(10 * 60 + 1)
    assert status_of(session.obtain_access_token) == 401


@pytest.mark.checks("wire-oauth-app-secret")
def test_wrong_app_secret(target):
    """A wrong app secret is answered with 401 for a request token."""
    good = target.client.session
    session = type(good)(good.consumer_creds.key, "wrong", "dropbox", rest_client=good.rest_client)
    session.API_HOST = good.API_HOST
    assert status_of(session.obtain_request_token) == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-foreign-token")
def test_token_of_another_app(target):
    """A token of another app is answered with 403."""
    app = target.box.add_app("Another")
    session = target.box.session(app=app)
    session.set_token(*target.client.session.token)
    client = DropboxClient(session, target.client.rest_client)
    assert status_of(client.account_info) == 403


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth2-bearer", "wire-oauth2-from-oauth1")
def test_bearer_token(target):
    """A bearer token works in the header and as a parameter. Exchanges return the same token."""
    tokens = {target.client.create_oauth2_access_token() for _ in range(2)}
    (token,) = tokens
    assert target.client.account_info()["uid"]
    headers = {"Authorization": f"Bearer {token}"}
    assert send(target, "GET", "/account/info", headers=headers, signed=False).status == 200
    params = {"access_token": token}
    assert send(target, "GET", "/account/info", params, signed=False).status == 200


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-disable")
def test_disabled_token(target):
    """A disabled token is answered with 401."""
    client = target.box.client(app=target.box.add_app("Short-lived"))
    client.disable_access_token()
    assert status_of(client.account_info) == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-deny")
def test_denied_request_token(target):
    """A denied request token cannot be exchanged."""
    session = target.box.session(linked=False)
    token = session.obtain_request_token()
    target.box.world.tokens.deny(token.key)
    assert status_of(session.obtain_access_token) == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth2-code")
def test_oauth2_code(target):
    """A code can be exchanged once for a token that gives access to the account."""
    creds = target.client.session.consumer_creds
    world = target.box.world
    code = world.oauth2.issue_code(world.apps.find(creds.key), 1)
    params = {"grant_type": "authorization_code", "code": code}
    params |= {"client_id": creds.key, "client_secret": creds.secret}
    response = form(target, "/oauth2/token", params)
    fields = response.json()
    assert (response.status, fields["token_type"], fields["uid"]) == (200, "bearer", "1")
    headers = {"Authorization": f"Bearer {fields['access_token']}"}
    assert send(target, "GET", "/account/info", headers=headers, signed=False).status == 200
    assert form(target, "/oauth2/token", params).status == 400


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth2-errors")
def test_oauth2_errors(target):
    """Each error of the token endpoint has its documented status and code."""
    creds = target.client.session.consumer_creds
    app = {"client_id": creds.key, "client_secret": creds.secret}
    grant = {"grant_type": "authorization_code", "code": "nonsense"}
    for params, status, error in (
        ({**app, **grant}, 400, "invalid_grant"),
        ({**app, "grant_type": "authorization_code"}, 400, "invalid_request"),
        ({**app, **grant, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({**app, **grant, "client_secret": "wrong"}, 401, "invalid_client"),
    ):
        response = form(target, "/oauth2/token", params)
        assert (response.status, response.json()["error"]) == (status, error)
        assert response.json()["error_description"]


def _quoted(value):
    from urllib.parse import quote

    return quote(str(value), safe="")
