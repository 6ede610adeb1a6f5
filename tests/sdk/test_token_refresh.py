"""Sessions that refresh their tokens, with scripted responses of the token endpoint."""

from __future__ import annotations

import copy
import json
import traceback
from datetime import datetime, timedelta, timezone

import pytest

from dropbox.client import DropboxClient
from dropbox.oauth2 import RefreshTokenError
from dropbox.rest import ErrorResponse
from dropbox.retry import NEVER, RetryPolicy
from dropbox.session import REFRESH_TOKEN, DropboxOAuth2Session, DropboxSession, OAuthToken

NOW_S = 1_700_000_000.0
NOW = datetime.fromtimestamp(NOW_S, timezone.utc)


@pytest.fixture
def session(script, monkeypatch):
    """A session with a refresh token, whose clock stands still."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", script.url)
    made = DropboxOAuth2Session(oauth2_refresh_token="a-refresh-token", app_key="key", api="v1")
    made.retries = RetryPolicy(attempts=1, clock=lambda: NOW_S)
    return made


class Expired:
    """The response for an expired token."""

    status, reason, headers = 401, "Unauthorized", {}

    @staticmethod
    def read():
        """Return the body of version 2."""
        return (
            b'{"error_summary": "expired_access_token/", "error": {".tag": "expired_access_token"}}'
        )


def granted(**fields):
    """Return a response of the token endpoint."""
    return json.dumps({"access_token": "an-access-token", "token_type": "bearer", **fields})


def test_refresh_sends_the_documented_parameters(session, script):
    """The request has the refresh token and the app's key; an empty secret is not sent."""
    script.respond(granted(expires_in=14400))
    session.refresh_access_token()
    request = script.requests[0]
    assert (request.method, request.target) == ("POST", "/oauth2/token")
    expected = b"grant_type=refresh_token&refresh_token=a-refresh-token&client_id=key"
    assert request.body == expected
    assert session.access_token == "an-access-token"
    assert session.expires_at == NOW + timedelta(seconds=14400)


def test_refresh_sends_secret_and_scopes(session, script):
    """A session with a secret and scopes sends both."""
    saved = session.to_dict() | {"app_secret": "s", "scope": "files.metadata.read b"}
    restored = DropboxOAuth2Session.from_dict(saved)
    script.respond(granted())
    restored.refresh_access_token()
    assert script.requests[0].body.endswith(b"&client_secret=s&scope=files.metadata.read+b")


@pytest.mark.parametrize(
    "expires_in",
    [None, 0, -1, 0.5, 1e308, 10**400, True, "soon", "", [], {}, "9" * 5000],
    ids=lambda value: repr(value)[:20],
)
def test_unusable_lifetime_counts_as_unknown(session, script, expires_in):
    """The token of such a response is used until the service rejects it."""
    script.respond(granted(expires_in=expires_in))
    client = DropboxClient(session)
    for _ in range(3):
        client.metadata("/")
    targets = [request.target.partition("?")[0] for request in script.requests]
    assert targets == ["/oauth2/token", *["/1/metadata/auto"] * 3]
    assert session.expires_at is None


@pytest.mark.parametrize("rest", ["", ', "expires_in": NaN', ', "expires_in": Infinity'])
def test_lifetime_may_be_missing_or_not_a_number(session, script, rest):
    """`NaN`, which Python's JSON accepts, counts as unknown as well."""
    script.respond(f'{{"access_token": "a"{rest}}}')
    session.check_and_refresh_access_token()
    assert (session.access_token, session.expires_at) == ("a", None)


def test_lifetime_may_be_a_text_of_digits(session, script):
    """Some servers send the number as a string."""
    script.respond(granted(expires_in="60"))
    session.refresh_access_token()
    assert session.expires_at == NOW + timedelta(seconds=60)


def test_short_lifetime_is_used_by_half(session, script):
    """A token of a few seconds is not refreshed for each request."""
    script.respond(granted(expires_in=10))
    session.refresh_access_token()
    for seconds, requests in ((4.9, 1), (5.0, 2)):
        session.retries = RetryPolicy(attempts=1, clock=lambda: NOW_S + seconds)  # noqa: B023
        script.respond(granted(expires_in=10))
        session.check_and_refresh_access_token()
        assert len(script.requests) == requests


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"an-access-token"',
        b'{"access_token": "an-acc',
        b"access_token=an-access-token",
        b'{"access_token": ""}',
        b'{"access_token": null}',
        b'{"access_token": ["an-access-token"]}',
        b'{"access_token": "an-access-token\\r\\nX-Header: 1"}',
        b'{"access_token": "an-access-token", "refresh_token": 5}',
        b'{"token": "an-access-token"}',
        b"<html>an-access-token</html>",
    ],
)
def test_malformed_response_is_an_error_without_its_text(session, script, body):
    """The error has status 200 and no token in its text, and the session is unchanged."""
    before = session.to_dict()
    script.respond(body)
    with pytest.raises(ErrorResponse) as caught:
        session.refresh_access_token()
    assert caught.value.status == 200
    texts = [*traceback.format_exception(caught.value), repr(caught.value), str(caught.value.body)]
    assert not any("an-acc" in text for text in texts)
    assert session.to_dict() == before


def test_new_refresh_token_replaces_the_old_one(session, script):
    """If the service replaces the refresh token, the new one is saved and used."""
    for number in (1, 2):
        script.respond(granted(refresh_token=f"new-{number}"))
        session.refresh_access_token()
    assert b"refresh_token=new-1&" in script.requests[1].body
    assert session.to_dict()["oauth2_refresh_token"] == "new-2"


def test_new_refresh_token_replaces_the_token_of_an_old_program(session, script):
    """A `DropboxSession` saves the replaced refresh token as its token."""
    old = DropboxSession("key", "secret", "dropbox")
    old.set_token("a-refresh-token", REFRESH_TOKEN)
    script.respond(granted(refresh_token="new", expires_in=14400))
    headers, params = old.build_access_headers("GET", "http://127.0.0.1/")
    assert headers == {"Authorization": "Bearer an-access-token"}
    assert params == {}
    assert old.token == ("new", REFRESH_TOKEN)
    assert old.to_dict()["access_token"] == "new"
    old.build_access_headers("GET", "http://127.0.0.1/")
    assert len(script.requests) == 1


def test_unknown_error_of_the_token_endpoint_is_raised(session, script):
    """Any other error of the endpoint is raised with its status."""
    script.respond('{"error": "unsupported_grant_type"}', 400)
    with pytest.raises(ErrorResponse) as caught:
        session.refresh_access_token()
    assert type(caught.value) is ErrorResponse
    assert caught.value.error_msg == "unsupported_grant_type"


def test_refresh_token_in_an_error_text_is_masked(session, script):
    """If the service repeats the refresh token in its reason, the error does not show it."""
    reason = {"error": "invalid_grant", "error_description": "a-refresh-token is not valid"}
    script.respond(json.dumps(reason), 400)
    with pytest.raises(ErrorResponse, match=r"\*\*\* is not valid") as caught:
        session.refresh_access_token()
    assert caught.value.status == 401


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": "invalid_request", "error_description": "a-refresh-token: THE-KEY"}),
        json.dumps({"error": "invalid_grant: a-refresh-token of THE-KEY"}),
        json.dumps({"error": "invalid_client", "user_error": "wrong THE-KEY"}),
        "The parameter refresh_token=a-refresh-token&client_secret=THE-KEY is malformed",
    ],
)
def test_secrets_in_an_error_of_the_token_endpoint_are_masked(session, script, status, body):
    """If an error repeats the secrets of the request, neither its text nor its body has them."""
    session.consumer_creds = OAuthToken("key", "THE-KEY")
    script.respond(body, status)
    with pytest.raises(ErrorResponse) as caught:
        session.refresh_access_token()
    texts = "".join(traceback.format_exception(caught.value)) + str(caught.value.body)
    assert "***" in texts
    assert "a-refresh-token" not in texts
    assert "THE-KEY" not in texts


def test_short_app_secret_does_not_change_an_error(session, script):
    """Only whole words are masked."""
    session.consumer_creds = OAuthToken("key", "i")
    script.respond('{"error": "invalid_grant", "error_description": "it is invalid"}', 400)
    with pytest.raises(RefreshTokenError, match="it is invalid"):
        session.refresh_access_token()


def test_truncated_token_of_oauth1_exchange_is_not_shown(scripted_client, script):
    """The error for a truncated response with a new OAuth 2 token does not contain the token."""
    scripted_client.retries = NEVER
    script.respond('{"access_token": "an-access-tok')
    with pytest.raises(ErrorResponse) as caught:
        scripted_client.create_oauth2_access_token()
    assert "an-acc" not in "".join(traceback.format_exception(caught.value))


def test_callback_may_copy_the_session(session, script):
    """The copy calls its callback after its own refreshes."""
    script.respond(granted())
    script.respond(granted())
    copies, changed = [], []
    session.on_refresh = lambda linked: copies.append(copy.deepcopy(linked))
    session.refresh_access_token()
    (copied,) = copies
    copied.on_refresh = changed.append
    copied.refresh_access_token()
    assert changed == [copied]


def test_token_that_expires_twice_during_a_call_is_replaced_twice(session, script):
    """A call succeeds although its token was replaced by another thread and expired again."""
    for number in range(3):
        script.respond(json.dumps({"access_token": f"token-{number}"}))
    sent = []

    def send():
        if not sent:
            # Another thread replaces the token after this call has read it.
            session.refresh_access_token()
        sent.append(session.access_token)
        if session.access_token == "token-1":
            raise ErrorResponse(Expired())
        return "result"

    assert session.bearer_token.run(send) == "result"
    assert sent == ["token-1", "token-1", "token-2"]


# --- arguments and saved sessions ----------------------------------------------------------------


def test_session_is_saved_with_all_its_tokens():
    """`from_dict` restores every argument but the callback."""
    session = DropboxOAuth2Session(
        "an-access-token",
        "de",
        api="v2",
        oauth2_refresh_token="a-refresh-token",
        oauth2_access_token_expiration=datetime(2030, 1, 2, 3, 4, 5, 678),  # noqa: DTZ001
        app_key="key",
        app_secret="secret",
        scope=["a", "b"],
    )
    saved = json.loads(json.dumps(session.to_dict()))
    assert saved == {
        "oauth2_access_token": "an-access-token",
        "locale": "de",
        "api": "v2",
        "oauth2_refresh_token": "a-refresh-token",
        "oauth2_access_token_expiration": "2030-01-02T03:04:05.000678+00:00",
        "app_key": "key",
        "app_secret": "secret",
        "scope": "a b",
    }
    assert DropboxOAuth2Session.from_dict(saved).to_dict() == saved


SAVED = {
    "oauth2_access_token": "an-access-token",
    "locale": None,
    "api": None,
    "oauth2_refresh_token": "a-refresh-token",
    "oauth2_access_token_expiration": "2030-01-02T03:04:05+00:00",
    "app_key": "key",
}


@pytest.mark.parametrize(
    ("junk", "message"),
    [
        ({"oauth2_access_token": ""}, "invalid oauth2_access_token"),
        ({"oauth2_access_token": 5}, "oauth2_access_token must be a string or None, not int"),
        ({"oauth2_access_token": ["x"]}, "oauth2_access_token must be a string or None, not list"),
        ({"locale": 5}, "locale must be a string or None, not int"),
        ({"oauth2_access_token": "a\nb"}, "invalid oauth2_access_token"),
        ({"oauth2_refresh_token": ""}, "invalid oauth2_refresh_token"),
        ({"oauth2_refresh_token": 5}, "oauth2_refresh_token must be a string or None, not int"),
        ({"oauth2_refresh_token": "ü"}, "invalid oauth2_refresh_token"),
        ({"oauth2_access_token_expiration": "soon"}, "ISO 8601, not 'soon'"),
        ({"oauth2_access_token_expiration": 5}, "must be a string or None, not int"),
        ({"oauth2_access_token_expiration": "0001-01-01T00:00:00+23:59"}, "out of range"),
        ({"app_key": None}, "requires app_key"),
        ({"app_key": {}}, "app_key must be a string or None, not dict"),
        ({"app_secret": b"s"}, "app_secret must be a string or None, not bytes"),
        ({"scope": ["a"]}, "scope must be a string or None, not list"),
        ({"api": "v3"}, "api must be 'v1' or 'v2', not 'v3'"),
    ],
    ids=str,
)
def test_saved_session_with_junk_is_rejected(junk, message):
    """A field that the class does not accept raises an error without a token in its text."""
    with pytest.raises(ValueError, match=message) as caught:
        DropboxOAuth2Session.from_dict(SAVED | junk)
    assert "-token" not in str(caught.value).replace("access_token", "")


@pytest.mark.parametrize("name", ["oauth2_access_token", "locale"])
def test_saved_session_without_a_field_is_rejected(name):
    """A missing field raises `KeyError`."""
    saved = {key: value for key, value in SAVED.items() if key != name}
    with pytest.raises(KeyError, match=name):
        DropboxOAuth2Session.from_dict(saved)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_extreme_expiry_is_accepted(moment):
    """The first and last times that Python has are usable."""
    session = DropboxOAuth2Session.from_dict(SAVED | {"oauth2_access_token_expiration": moment})
    assert session.to_dict()["oauth2_access_token_expiration"] == f"{moment}+00:00"


def test_expiry_has_to_be_a_datetime():
    """Another type raises an error that names the argument."""
    with pytest.raises(TypeError, match="must be a datetime or None, not 14400"):
        DropboxOAuth2Session("token", oauth2_access_token_expiration=14400)


@pytest.mark.parametrize("saved", [None, "text", [("locale", None)], 5], ids=repr)
def test_saved_session_has_to_be_a_dictionary(saved):
    """Anything else raises an error that names its type."""
    with pytest.raises(TypeError, match=f"result of to_dict, not {type(saved).__name__}"):
        DropboxOAuth2Session.from_dict(saved)


def test_callback_has_to_be_a_function():
    """The error is raised at once, not after the first refresh."""
    with pytest.raises(TypeError, match="on_refresh must be a function or None, not 5"):
        DropboxOAuth2Session("token", on_refresh=5)


@pytest.mark.parametrize("scope", ["files.read", [], [""], ["a b"], [5]])
def test_scope_has_to_be_a_list_of_scopes(scope):
    """A text, an empty list and anything that is not a scope is rejected."""
    with pytest.raises(ValueError, match="scope must be a list of scopes or None"):
        DropboxOAuth2Session("token", scope=scope)


def test_session_without_a_refresh_token_cannot_be_refreshed():
    """`refresh_access_token` raises an error; `check_and_refresh_access_token` does nothing."""
    session = DropboxOAuth2Session("token")
    session.check_and_refresh_access_token()
    with pytest.raises(ValueError, match="has no refresh token"):
        session.refresh_access_token()
    session.unlink()
    session.check_and_refresh_access_token()
    with pytest.raises(ValueError, match="has no refresh token"):
        session.refresh_access_token()


def test_malformed_bearer_token_is_never_sent(error_of_v2):
    """A token with a line break in `set_token` is no token; the error does not contain it."""
    assert error_of_v2("bad\r\ntoken").status == 401


@pytest.fixture
def error_of_v2():
    """Makes a call over version 2 with a token, and returns its error."""

    def call(token):
        session = DropboxSession("key", "secret", "dropbox", api="v2")
        session.set_token(token, "")
        with pytest.raises(ErrorResponse) as caught:
            DropboxClient(session).account_info()
        assert token not in str(caught.value)
        return caught.value

    return call


# --- names of the later releases of the original SDK ---------------------------------------------


def test_names_of_later_releases_exist(script, monkeypatch):
    """Examples of the later releases of the original SDK find their names."""
    from dropbox import client, session

    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", script.url)
    assert client.ErrorResponse is ErrorResponse
    assert session.DropboxOAuth2Session is DropboxOAuth2Session
    made = client.DropboxClient(oauth2_access_token="abc")
    assert made.session.access_token == "abc"
    assert client.DropboxClient(oauth2_access_token=made.session).session is made.session


@pytest.mark.parametrize("arguments", [{}, {"session": "a", "oauth2_access_token": "b"}])
def test_client_needs_exactly_one_session(arguments):
    """A client without a session, or with two, is an error."""
    with pytest.raises(TypeError, match="session"):
        DropboxClient(**arguments)
