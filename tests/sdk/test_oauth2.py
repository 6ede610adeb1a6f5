"""OAuth 2: sessions with a bearer token, and the flows that obtain one."""

import json
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
    ProviderException,
)

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
    assert session.build_access_headers("GET", "https://example.com/")[0] == {}
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
