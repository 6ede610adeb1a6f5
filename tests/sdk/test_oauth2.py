"""OAuth 2: sessions with a bearer token, and the flows that obtain one."""

import base64
import copy
import hashlib
import json
import pickle
import re
from datetime import datetime, timedelta, timezone
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import pytest

from dropbox.client import DropboxClient, DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect
from dropbox.oauth2 import (
    BadRequestException,
    BadStateException,
    CsrfException,
    DropboxOAuth2Session,
    NotApprovedException,
    OAuth2FlowNoRedirectResult,
    OAuth2FlowResult,
    ProviderException,
)
from dropbox.rest import ErrorResponse

REDIRECT = "https://app.example/done"


@pytest.fixture
def web_session():
    """The user's session in the web application."""
    return {}


@pytest.fixture
def flow(web_session):
    """A flow that sends its requests with a mock."""
    rest_client = Mock()
    rest_client.POST.return_value = {"access_token": "token", "uid": "7", "token_type": "bearer"}
    return DropboxOAuth2Flow(
        "key", "secret", REDIRECT, web_session, "csrf", rest_client=rest_client
    )


def parameters(url):
    """The query of a URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_client_accepts_a_bearer_token(script, monkeypatch):
    """A client made of a token sends it in the header, and uses the root `auto`."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", script.url)
    client = DropboxClient("abc.DEF-_~+/0==")
    client.metadata("/")
    request = script.requests[0]
    assert request.headers["Authorization"] == "Bearer abc.DEF-_~+/0=="
    assert request.target.startswith("/1/metadata/auto?")
    assert client.session.is_linked()


@pytest.mark.parametrize("token", ["", "with blank", "ü", "=start", "new\nline"])
def test_session_rejects_an_invalid_token(token):
    """An invalid token raises an error that does not contain the token."""
    with pytest.raises(ValueError, match="invalid oauth2_access_token") as caught:
        DropboxOAuth2Session(token)
    assert not token.strip() or token not in str(caught.value)


def test_repr_of_a_bearer_session_has_no_token():
    """The `repr` of a session does not contain its token."""
    assert "secret-token" not in repr(DropboxOAuth2Session("secret-token"))


def test_bearer_session_is_saved_and_restored():
    """`from_dict` makes the same session from the result of `to_dict`."""
    session = DropboxOAuth2Session("secret-token", "de")
    restored = DropboxOAuth2Session.from_dict(json.loads(json.dumps(session.to_dict())))
    assert (
        restored.to_dict()
        == session.to_dict()
        == {
            "oauth2_access_token": "secret-token",
            "api": None,
            "locale": "de",
        }
    )


def test_unlink_removes_the_bearer_token():
    """After `unlink`, no token is sent or saved."""
    session = DropboxOAuth2Session("secret-token")
    session.unlink()
    assert not session.is_linked()
    assert session.build_access_headers("GET", "https://example.com/", {"x": 1}) == ({}, {"x": 1})
    with pytest.raises(ValueError, match="oauth2_access_token"):
        DropboxOAuth2Session.from_dict(session.to_dict())


def test_client_of_a_bearer_token_has_a_locale():
    """A client made of a token sends its `locale`."""
    client = DropboxClient("secret-token", locale="fr")
    assert client.request("/a")[0].endswith("/1/a?locale=fr")


def test_flow_without_redirect_exchanges_a_code():
    """`start` returns the URL of the page, and `finish` returns the token for the code."""
    rest_client = Mock()
    rest_client.POST.return_value = {"access_token": "token", "uid": "7"}
    flow = DropboxOAuth2FlowNoRedirect("key", "secret", "de", rest_client)
    assert parameters(flow.start()) == {
        "response_type": "code",
        "client_id": "key",
        "token_access_type": "offline",
        "locale": "de",
    }
    assert flow.finish("code") == ("token", "7")
    sent = rest_client.POST.call_args.kwargs["params"]
    assert (sent["code"], sent["grant_type"]) == ("code", "authorization_code")
    assert "secret" not in repr(flow)


def test_flow_builds_the_authorize_url_with_a_redirect(flow, web_session):
    """The URL has the redirect, and a state that contains the CSRF token."""
    sent = parameters(flow.start("here"))
    assert sent["redirect_uri"] == REDIRECT
    assert sent["state"] == f"{web_session['csrf']}|here"


@pytest.mark.parametrize("url_state", [None, "here", "a|b"])
def test_flow_exchanges_the_code_once(flow, web_session, url_state):
    """The result is the token, the uid and the application's state; the CSRF token is removed."""
    state = parameters(flow.start(url_state))["state"]
    assert flow.finish({"code": "c", "state": state}) == ("token", "7", url_state)
    assert web_session == {}


def test_flow_rejects_a_redirect_of_another_session(flow):
    """A state of another web session raises `CsrfException`."""
    flow.start()
    with pytest.raises(CsrfException):
        flow.finish({"code": "c", "state": "guessed"})


def test_flow_rejects_a_redirect_without_a_started_authorization(flow):
    """A redirect without a CSRF token in the web session raises `BadStateException`."""
    with pytest.raises(BadStateException):
        flow.finish({"code": "c", "state": "any"})


def test_flow_rejects_a_redirect_without_state(flow):
    """A redirect without a state raises `BadRequestException`."""
    with pytest.raises(BadRequestException):
        flow.finish({"code": "c"})


@pytest.mark.parametrize("params", [{}, {"code": "c", "error": "e"}])
def test_flow_rejects_a_redirect_with_code_and_error_or_neither(flow, params):
    """A redirect must have exactly one of `code` and `error`."""
    state = parameters(flow.start())["state"]
    with pytest.raises(BadRequestException):
        flow.finish({**params, "state": state})


def test_flow_raises_an_error_if_the_user_does_not_approve(flow):
    """The error `access_denied` raises `NotApprovedException`."""
    state = parameters(flow.start())["state"]
    with pytest.raises(NotApprovedException):
        flow.finish({"error": "access_denied", "state": state})


def test_flow_raises_an_error_that_dropbox_reports(flow):
    """Any other error raises `ProviderException`."""
    state = parameters(flow.start())["state"]
    with pytest.raises(ProviderException):
        flow.finish({"error": "temporarily_unavailable", "state": state})


# --- today's service -----------------------------------------------------------------------------


def test_flow_sends_the_parameters_of_todays_service():
    """Access type, scopes, granted scopes and the PKCE challenge are in the URL."""
    flow = DropboxOAuth2FlowNoRedirect(
        "key",
        token_access_type="online",
        scope=["files.metadata.read", "account_info.read"],
        include_granted_scopes="user",
        use_pkce=True,
        api="v2",
    )
    sent = parameters(flow.start())
    challenge = sent.pop("code_challenge")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge)
    assert sent == {
        "response_type": "code",
        "client_id": "key",
        "token_access_type": "online",
        "scope": "files.metadata.read account_info.read",
        "include_granted_scopes": "user",
        "code_challenge_method": "S256",
    }


def test_flow_proves_the_code_with_the_verifier_of_its_challenge():
    """The request for the token has the verifier (RFC 7636, section 4.6) and no secret."""
    rest_client = Mock()
    rest_client.POST.return_value = {"access_token": "token", "uid": "7"}
    flow = DropboxOAuth2FlowNoRedirect(
        "key", "secret", rest_client=rest_client, use_pkce=True, api="v2"
    )
    challenge = parameters(flow.start())["code_challenge"]
    assert parameters(flow.start())["code_challenge"] == challenge
    flow.finish("code")
    sent = rest_client.POST.call_args.kwargs["params"]
    verifier = sent["code_verifier"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,128}", verifier)
    digest = hashlib.sha256(verifier.encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
    assert "client_secret" not in sent


def test_flow_over_version_1_sends_the_original_parameters(monkeypatch):
    """Over version 1, nothing is sent that was not known there, unless it is requested."""
    url = DropboxOAuth2FlowNoRedirect("key", "secret", api="v1").start()
    assert url == ("https://www.dropbox.com/1/oauth2/authorize?response_type=code&client_id=key")
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", "http://127.0.0.1:8710")
    assert DropboxOAuth2FlowNoRedirect("key", "secret").start() == (
        "http://127.0.0.1:8710/1/oauth2/authorize?response_type=code&client_id=key"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"token_access_type": "forever"},
            "token_access_type must be None or one of 'legacy', 'online', 'offline', not 'forever'",
        ),
        ({"scope": "files.metadata.read"}, "scope must be a list of scopes or None, not 'files"),
        ({"scope": []}, r"scope must be a list of scopes or None, not \[\]"),
        (
            {"scope": ["a"], "include_granted_scopes": "all"},
            "include_granted_scopes must be None or one of 'user', 'team', not 'all'",
        ),
        ({"include_granted_scopes": "user"}, "include_granted_scopes requires scope"),
        (
            {"consumer_secret": None, "use_pkce": False},
            "use_pkce must not be False without consumer_secret",
        ),
    ],
    ids=["access type", "text", "no scope", "granted scopes", "without scope", "neither"],
)
def test_flow_rejects_wrong_arguments(options, message):
    """The error says what is accepted."""
    with pytest.raises(ValueError, match=message):
        DropboxOAuth2FlowNoRedirect(**{"consumer_key": "k", "consumer_secret": "s", **options})


@pytest.fixture
def grant():
    """A response of the token endpoint with all fields."""
    return {
        "access_token": "an-access-token",
        "token_type": "bearer",
        "expires_in": 14400,
        "refresh_token": "a-refresh-token",
        "scope": "account_info.read files.metadata.read",
        "uid": "7",
        "account_id": "dbid:x",
    }


def test_result_has_all_fields_and_unpacks_as_before(flow, grant):
    """The result of `finish` is the tuple of the original SDK, with more attributes."""
    before = datetime.now(timezone.utc)
    flow._urls.rest_client.POST.return_value = grant
    result = flow.finish({"code": "c", "state": parameters(flow.start("here"))["state"]})
    access_token, user_id, url_state = result
    assert (access_token, user_id, url_state) == ("an-access-token", "7", "here")
    assert isinstance(result, tuple)
    assert len(result) == 3
    assert result == ("an-access-token", "7", "here")
    assert (result.access_token, result.user_id, result.url_state) == tuple(result)
    assert (result.refresh_token, result.account_id) == ("a-refresh-token", "dbid:x")
    assert result.scope == "account_info.read files.metadata.read"
    lifetime = timedelta(seconds=14400)
    assert before + lifetime <= result.expires_at <= datetime.now(timezone.utc) + lifetime


@pytest.mark.parametrize(
    "result",
    [
        OAuth2FlowNoRedirectResult("an-access-token", "dbid:x", "7", "a-refresh-token"),
        OAuth2FlowResult("an-access-token", None, "7", "a-refresh-token", url_state="/"),
    ],
    ids=["no redirect", "redirect"],
)
def test_result_is_copied_and_pickled_whole(result):
    """Copies are equal in every attribute, and no text of a result contains a token."""
    for made in (copy.copy(result), copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        assert type(made) is type(result)
        assert made == result
        assert vars(made) == vars(result)
    for text in (repr(result), str(result), f"{result}", "%s" % (result,)):  # noqa: UP031
        assert "user_id='7'" in text
        assert "an-access-token" not in text
        assert "a-refresh-token" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"uid": None},
        {"access_token": 5},
        {"access_token": "with blank"},
        {"refresh_token": ["a-refresh-token"]},
    ],
    ids=str,
)
def test_flow_rejects_a_malformed_response(flow, grant, wrong):
    """A field of a wrong type is an error with status 200, whose text has no token."""
    flow._urls.rest_client.POST.return_value = grant | wrong
    state = parameters(flow.start())["state"]
    with pytest.raises(ErrorResponse, match="The response has no valid") as caught:
        flow.finish({"code": "c", "state": state})
    assert caught.value.status == 200
    assert "-token" not in str(caught.value)


def test_optional_fields_of_a_wrong_type_are_left_out(flow, grant):
    """Scopes and account id of a wrong type do not cost the user the authorization."""
    flow._urls.rest_client.POST.return_value = grant | {"scope": 5, "account_id": []}
    result = flow.finish({"code": "c", "state": parameters(flow.start())["state"]})
    assert (result.scope, result.account_id) == (None, None)


def test_flow_with_pkce_needs_the_verifier_of_its_web_session(web_session):
    """Without the verifier, the code is not sent, because the exchange would use it up."""
    rest_client = Mock()
    flow = DropboxOAuth2Flow("key", None, REDIRECT, web_session, "csrf", rest_client=rest_client)
    state = parameters(flow.start())["state"]
    del web_session["csrf-code-verifier"]
    with pytest.raises(BadStateException, match="without PKCE"):
        flow.finish({"code": "c", "state": state})
    assert not rest_client.POST.called


def test_verifier_of_an_earlier_authorization_is_not_sent(flow, web_session, grant):
    """A flow without PKCE ignores a verifier that an earlier version of the program has stored."""
    web_session["csrf-code-verifier"] = "v" * 43
    flow._urls.rest_client.POST.return_value = grant
    flow.finish({"code": "c", "state": parameters(flow.start())["state"]})
    sent = flow._urls.rest_client.POST.call_args.kwargs["params"]
    assert "code_verifier" not in sent
    assert sent["client_secret"] == "secret"
