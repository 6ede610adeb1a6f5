"""Raw requests: OAuth 1.0 and OAuth 2.0."""

import json
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from conformance import signer
from conformance.wire import fetch, keys_of, send, status_of, url_of
from dropbox.client import DropboxClient


def form(target, call, params, **headers):
    """Send an unsigned form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return send(target, "POST", call, {}, urlencode(params), headers, signed=False)


def oauth(target, method, *, signature_method="HMAC-SHA1", now_s=None, **changes):
    """Return the URL of account/info and the OAuth parameters of a request for it."""
    url = url_of(target, "/account/info")
    keys = keys_of(target.client.session)
    if "secret" in changes:
        keys = keys[0], (keys[1][0], changes.pop("secret"))
    return url, signer.parameters(*keys, method, url, None, signature_method, now_s) | changes


@pytest.mark.checks("wire-oauth-placement")
@pytest.mark.parametrize("signature_method", ["HMAC-SHA1", "PLAINTEXT"])
@pytest.mark.parametrize("where", ["header", "query", "body"])
def test_places_of_parameters(target, where, signature_method):
    """OAuth parameters are accepted in the header, the query and a form."""
    url, fields = oauth(target, "POST", signature_method=signature_method)
    if where == "header":
        response = fetch(url, "POST", headers=signer.header(fields))
    elif where == "query":
        response = fetch(f"{url}?{urlencode(fields)}", "POST")
    else:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        response = fetch(url, "POST", urlencode(fields), kind)
    assert response.status == 200
    assert response.json()["uid"] == target.client.account_info()["uid"]


@pytest.mark.checks("wire-oauth-hmac")
def test_hmac_signature(target):
    """A correct HMAC-SHA1 signature is accepted, from the SDK too; a wrong one is a 403 error."""
    session = target.client.session
    session.signature_method = "HMAC-SHA1"
    try:
        assert target.client.account_info()["uid"]
    finally:
        session.signature_method = "PLAINTEXT"
    for change in ({"oauth_signature": "A" * 27 + "="}, {"secret": "another"}):
        url, fields = oauth(target, "GET", **change)
        assert fetch(f"{url}?{urlencode(fields)}").status == 403
    # The signature is for another HTTP method.
    url, fields = oauth(target, "POST")
    assert fetch(f"{url}?{urlencode(fields)}").status == 403


@pytest.mark.checks("wire-oauth-base-string")
@pytest.mark.parametrize("method", ["HMAC-SHA1", "PLAINTEXT"])
def test_expected_base_string(target, method):
    """The error for a wrong signature contains the base string for HMAC-SHA1 only."""
    url, fields = oauth(target, "GET", signature_method=method, secret="another")
    response = fetch(f"{url}?{urlencode(fields)}")
    assert response.status == 403
    assert ("base string: GET&" in response.json()["error"]) == (method == "HMAC-SHA1")


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-nonce")
def test_nonce_used_twice(target):
    """A repeated nonce is answered with 403 if HMAC-SHA1 signs it."""
    for method, second in (("HMAC-SHA1", 403), ("PLAINTEXT", 200)):
        url, fields = oauth(target, "GET", signature_method=method)
        statuses = [fetch(f"{url}?{urlencode(fields)}").status for _ in range(2)]
        assert statuses == [200, second]


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-nonce-of-a-token")
def test_nonce_of_another_token(target):
    """The nonce of a request with one token is free for requests with another token."""
    url = url_of(target, "/account/info")
    consumer, token = keys_of(target.client.session)
    other = target.box.add_token()
    others = {"oauth_nonce": "the-same-nonce"}
    for pair in (token, (other.token, other.secret)):
        fields = signer.parameters(consumer, pair, "GET", url, others=others)
        assert fetch(f"{url}?{urlencode(fields)}").status == 200


@pytest.mark.checks("wire-oauth-version")
@pytest.mark.parametrize(("version", "status"), [("", 200), ("1.0", 200), ("2.0", 403)])
def test_version_of_oauth(target, version, status):
    """The version is 1.0 if it is sent."""
    url = url_of(target, "/account/info")
    keys = keys_of(target.client.session)
    fields = signer.parameters(*keys, "GET", url, others={"oauth_version": version})
    assert fetch(f"{url}?{urlencode(fields)}").status == status


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-timestamp")
@pytest.mark.parametrize("offset_s", [-3600, 3600], ids=["past", "future"])
def test_stale_timestamp(target, offset_s):
    """A timestamp of another time is answered with 403 if HMAC-SHA1 signs it."""
    for method, expected in (("HMAC-SHA1", 403), ("PLAINTEXT", 200)):
        url, fields = oauth(target, "GET", signature_method=method, now_s=time.time() + offset_s)
        assert fetch(f"{url}?{urlencode(fields)}").status == expected


@pytest.mark.checks("wire-oauth-freshness")
@pytest.mark.parametrize(
    "others",
    [{"oauth_nonce": ""}, {"oauth_timestamp": ""}, {"oauth_timestamp": "now"}],
    ids=["no nonce", "no timestamp", "text"],
)
def test_nonce_and_timestamp_are_required(target, others):
    """A request that HMAC-SHA1 signs without a nonce or a timestamp is a 403 error."""
    url = url_of(target, "/account/info")
    keys = keys_of(target.client.session)
    fields = signer.parameters(*keys, "GET", url, others=others)
    assert fetch(f"{url}?{urlencode(fields)}").status == 403


@pytest.mark.checks("wire-oauth-plaintext-encoded")
def test_encoded_plaintext_signature(target):
    """A PLAINTEXT signature may be percent-encoded once more than the other parameters."""
    for prefix, status in (("", 200), ("x", 403)):
        url, fields = oauth(target, "GET", signature_method="PLAINTEXT")
        fields["oauth_signature"] = signer.encoded(prefix + fields["oauth_signature"])
        assert fetch(f"{url}?{urlencode(fields)}").status == status


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-exchange-foreign")
def test_request_token_of_another_app(target):
    """An app cannot exchange the request token of another app."""
    session = target.box.session(linked=False)
    token = session.obtain_request_token()
    target.box.allow(token.key)
    url = url_of(target, "/oauth/access_token")
    app = target.box.add_app("Another")
    for consumer, status in (((app.key, app.secret), 401), (keys_of(session)[0], 200)):
        fields = signer.parameters(consumer, (token.key, token.secret), "POST", url)
        assert fetch(url, "POST", headers=signer.header(fields)).status == status


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-request_token", "wire-oauth-access_token")
def test_token_responses(target):
    """Token responses are forms; the access token comes with the user's id."""
    consumer, _ = keys_of(target.client.session)
    request_token = None
    for call, names in (
        ("/oauth/request_token", ["oauth_token_secret", "oauth_token"]),
        ("/oauth/access_token", ["oauth_token_secret", "oauth_token", "uid"]),
    ):
        url = url_of(target, call)
        headers = signer.header(signer.parameters(consumer, request_token, "POST", url))
        fields = parse_qs(fetch(url, "POST", headers=headers).data.decode())
        assert list(fields) == names
        request_token = fields["oauth_token"][0], fields["oauth_token_secret"][0]
        if call == "/oauth/request_token":
            target.box.allow(request_token[0])
    headers = signer.header(signer.parameters(consumer, request_token, "GET", oauth(target, "")[0]))
    assert fetch(oauth(target, "")[0], headers=headers).status == 200


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
@pytest.mark.checks("wire-oauth2-bearer-kind")
def test_token_of_another_version_of_oauth(target):
    """A token of OAuth 1.0 is not a bearer token, and a bearer token cannot sign."""
    consumer, (token, _) = keys_of(target.client.session)
    headers = {"Authorization": f"Bearer {token}"}
    assert send(target, "GET", "/account/info", headers=headers, signed=False).status == 401
    bearer = target.client.create_oauth2_access_token()
    url = url_of(target, "/account/info")
    headers = signer.header(signer.parameters(consumer, (bearer, ""), "GET", url))
    assert fetch(url, headers=headers).status == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-callback")
def test_callback_of_an_authorization(target):
    """The callback gets the token and the user's id, and keeps its own parameters."""
    account = f"{target.box.url}/_fakebox/accounts/1"
    headers = {"Content-Type": "application/json"}
    fetch(account, "PATCH", json.dumps({"auto_approve": True}), headers)
    session = target.box.session(linked=False)
    token = session.obtain_request_token()
    page = fetch(session.build_authorize_url(token, "https://app.example/back?a=b"))
    url = urlsplit(page.headers["Location"])
    assert (url.netloc, url.path) == ("app.example", "/back")
    expected = {"a": ["b"], "oauth_token": [token.key], "uid": ["1"]}
    assert parse_qs(url.query) == expected


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


INVALID_CLIENT = "invalid_client: Invalid client_id or client_secret"


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
        ({**app, **grant, "client_secret": "wrong"}, 400, INVALID_CLIENT),
    ):
        response = form(target, "/oauth2/token", params)
        assert (response.status, response.json()["error"]) == (status, error)
        assert error == INVALID_CLIENT or response.json()["error_description"]
