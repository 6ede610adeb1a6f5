"""`DropboxSession`: credentials, URLs and signed parameters."""

import copy
import json
import pickle
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import pytest

from dropbox.client import DropboxClient, format_path
from dropbox.rest import ErrorResponse
from dropbox.session import DropboxSession, OAuthToken
from fakebox import Fakebox


def new_session(**options):
    """Return a session without a token."""
    return DropboxSession("key", "secret", "dropbox", **options)


@pytest.mark.parametrize(
    ("access_type", "root"), [("dropbox", "dropbox"), ("app_folder", "sandbox")]
)
def test_session_has_the_root_of_its_access_type(access_type, root):
    """The access type determines the root in URLs."""
    assert DropboxSession("key", "secret", access_type).root == root


def test_session_rejects_an_unknown_access_type():
    """The error names the accepted access types."""
    with pytest.raises(ValueError, match="'dropbox', 'app_folder' or 'auto'"):
        DropboxSession("key", "secret", "everything")


def test_session_is_linked_once_it_has_a_token():
    """`set_token` links a session and `unlink` removes the token."""
    session = new_session()
    assert not session.is_linked()
    session.set_token("a", "b")
    assert session.is_linked()
    assert (session.token.key, session.token.secret) == ("a", "b")
    session.unlink()
    assert not session.is_linked()


def test_session_attaches_a_request_token():
    """`set_request_token` stores the token and its secret."""
    session = new_session()
    session.set_request_token("a", "b")
    assert session.request_token == OAuthToken("a", "b")


@pytest.mark.parametrize("path", ["", None])
def test_empty_path_and_none_are_unchanged(path):
    """`format_path` returns an empty path and `None` unchanged."""
    assert format_path(path) is path


@pytest.mark.parametrize(
    ("path", "formatted"),
    [("/", ""), ("//", ""), ("a", "/a"), ("/a//b/", "/a/b"), (" ", "/ ")],
)
def test_path_is_normalized(path, formatted):
    """`format_path` returns a path with one slash at the start and none at the end."""
    assert format_path(path) == formatted


def test_session_builds_https_urls_for_bare_hosts():
    """The URL of a bare host has the scheme https and the version of the API."""
    assert new_session().build_url("example.com", "/files") == "https://example.com/1/files"


def test_session_builds_urls_on_a_base_url(monkeypatch):
    """A host with a scheme is used as a base URL."""
    assert new_session().build_url("http://127.0.0.1:1", "/a") == "http://127.0.0.1:1/1/a"


def test_session_percent_encodes_targets_and_parameters():
    """Targets are percent-encoded except for slashes; parameters are form-encoded."""
    assert new_session().build_path("/a b/ü+%", {"x": "1 &"}) == "/1/a%20b/%C3%BC%2B%25?x=1+%26"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/metadata/dropbox/../../account/info", "/metadata/dropbox/%2E%2E/%2E%2E/account/info"),
        ("/files/dropbox/.", "/files/dropbox/%2E"),
        ("/files/dropbox/..a/.b/c..", "/files/dropbox/..a/.b/c.."),
    ],
)
def test_session_encodes_dot_segments(target, path):
    """Segments `.` and `..` are encoded, so that a proxy does not resolve them."""
    assert new_session().build_path(target) == f"/1{path}"


def test_session_sends_its_locale_with_every_url():
    """The locale is a parameter of each URL."""
    assert new_session(locale="de").build_path("/a", {"x": 1}) == "/1/a?x=1&locale=de"


def test_session_uses_the_documented_hosts_by_default(monkeypatch):
    """Without an endpoint in the environment, the hosts of Dropbox are used."""
    monkeypatch.delenv("DROPBOX_ENDPOINT_URL", raising=False)
    session = new_session()
    assert session.API_HOST == "api.dropbox.com"
    assert session.API_CONTENT_HOST == "api-content.dropbox.com"
    assert session.WEB_HOST == "www.dropbox.com"


def test_session_uses_the_endpoint_of_the_environment_for_all_hosts(monkeypatch):
    """`DROPBOX_ENDPOINT_URL` replaces all hosts."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", "http://127.0.0.1:8710")
    session = new_session()
    assert {session.API_HOST, session.WEB_HOST, session.API_CONTENT_HOST} == {
        "http://127.0.0.1:8710"
    }


def test_session_keeps_a_host_that_a_subclass_overrides(monkeypatch):
    """A host of a subclass has precedence over `DROPBOX_ENDPOINT_URL`."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", "http://127.0.0.1:8710")

    class Session(DropboxSession):
        API_HOST = "api.example.com"

    assert Session("key", "secret", "dropbox").API_HOST == "api.example.com"


def test_session_signs_with_parameters_and_no_headers():
    """The OAuth parameters are added to the parameters, and there are no headers."""
    session = new_session()
    session.set_token("token", "token-secret")
    headers, params = session.build_access_headers("POST", "https://example.com/1/a", {"x": 1})
    assert headers == {}
    assert params["oauth_signature"] == "secret&token-secret"
    assert set(params) == {
        "x",
        "oauth_consumer_key",
        "oauth_timestamp",
        "oauth_nonce",
        "oauth_version",
        "oauth_signature_method",
        "oauth_signature",
        "oauth_token",
    }


@pytest.mark.parametrize("locale", [None, "de"])
def test_server_accepts_the_hmac_signature_of_a_session(locale):
    """GET, POST and PUT with special characters are accepted; a wrong secret is rejected."""
    with Fakebox(transport="inprocess") as box:
        ready = box.session()
        session = DropboxSession(
            *ready.consumer_creds, "dropbox", locale, signature_method="HMAC-SHA1"
        )
        session.set_token(*ready.token)
        session.API_HOST = session.API_CONTENT_HOST = box.url
        client = DropboxClient(session, ready.rest_client)
        client.put_file("/ü +&=%20~.txt", "content")
        (found,) = client.search("/", "ü +&=")
        assert client.metadata(found["path"])["bytes"] == 7
        session.set_token(ready.token.key, "wrong")
        with pytest.raises(ErrorResponse):
            client.account_info()


def test_session_keeps_its_secrets_out_of_hmac_requests():
    """A request signed by HMAC-SHA1 does not contain the secrets."""
    session = new_session(signature_method="HMAC-SHA1")
    session.set_token("token", "token-secret")
    _, params = session.build_access_headers("POST", "https://example.com/1/a", {"x": 1})
    assert "secret" not in str(params)


def test_session_rejects_an_unknown_signature_method():
    """The error names the accepted methods."""
    with pytest.raises(ValueError, match="'PLAINTEXT' or 'HMAC-SHA1'"):
        new_session(signature_method="RSA-SHA1")


def test_session_without_a_token_signs_with_the_app_secret():
    """Without a token, the signature has only the secret of the app."""
    _, params = new_session().build_access_headers("POST", "https://example.com/")
    assert params["oauth_signature"] == "secret&"
    assert "oauth_token" not in params


def test_session_obtains_a_request_token_with_its_rest_client():
    """`obtain_request_token` attaches the new token and removes an old access token."""
    rest_client = Mock()
    rest_client.POST.return_value.read.return_value = b"oauth_token_secret=s&oauth_token=t"
    session = new_session(rest_client=rest_client)
    session.set_token("old", "old")
    token = session.obtain_request_token()
    assert (token.key, token.secret) == ("t", "s")
    assert session.request_token == token
    assert session.token is None
    assert rest_client.POST.call_args.kwargs["raw_response"] is True


@pytest.mark.parametrize("body", [b"", b"oauth_token=t", b"oauth_token_secret=s", b"<html>"])
def test_session_rejects_a_response_without_a_token(body):
    """A response without the token or its secret raises an error."""
    rest_client = Mock()
    rest_client.POST.return_value.read.return_value = body
    with pytest.raises(ValueError, match="oauth_token"):
        new_session(rest_client=rest_client).obtain_request_token()


def test_session_exchanges_the_request_token_of_the_argument():
    """`obtain_access_token` signs with its argument, and returns the access token."""
    rest_client = Mock()
    rest_client.POST.return_value.read.return_value = b"oauth_token_secret=s&oauth_token=t&uid=1"
    session = new_session(rest_client=rest_client)
    key, secret = session.obtain_access_token(OAuthToken("r", "rs"))
    assert (key, secret) == ("t", "s")
    assert rest_client.POST.call_args.kwargs["params"]["oauth_signature"] == "secret&rs"


def test_session_without_a_request_token_obtains_no_access_token():
    """`obtain_access_token` raises an error if there is no request token."""
    with pytest.raises(ValueError, match="no request_token"):
        new_session().obtain_access_token()


def test_session_builds_the_authorize_url_with_a_callback(monkeypatch):
    """The URL is on the web host and has the token and the callback."""
    monkeypatch.delenv("DROPBOX_ENDPOINT_URL", raising=False)
    url = urlsplit(new_session().build_authorize_url(OAuthToken("t", "s"), "http://x/?a=b"))
    assert (url.netloc, url.path) == ("www.dropbox.com", "/1/oauth/authorize")
    assert parse_qs(url.query) == {"oauth_token": ["t"], "oauth_callback": ["http://x/?a=b"]}


def test_session_builds_the_authorize_url_without_a_callback():
    """Without a callback, the URL has only the token."""
    url = urlsplit(new_session().build_authorize_url(OAuthToken("t", "s")))
    assert parse_qs(url.query) == {"oauth_token": ["t"]}


def test_session_is_saved_and_restored():
    """`from_dict` makes the same session from the result of `to_dict`."""
    session = new_session(locale="fr", signature_method="HMAC-SHA1")
    session.set_token("a", "b")
    restored = DropboxSession.from_dict(json.loads(json.dumps(session.to_dict())))
    assert restored.to_dict() == session.to_dict()
    assert DropboxSession.from_dict(new_session().to_dict()).token is None


@pytest.mark.parametrize("junk", [5, [], {}, b"x"], ids=repr)
@pytest.mark.parametrize("name", sorted(new_session().to_dict()))
def test_saved_session_with_junk_is_rejected(name, junk):
    """A field that is not a string raises an error with its type, but without its value."""
    saved = {**new_session().to_dict(), name: junk}
    with pytest.raises(
        ValueError, match=f"{name} must be a string or None, not {type(junk).__name__}"
    ):
        DropboxSession.from_dict(saved)


@pytest.mark.parametrize("saved", [None, "text", [("locale", None)], 5], ids=repr)
def test_saved_session_has_to_be_a_dictionary(saved):
    """Anything else raises an error that names its type."""
    with pytest.raises(TypeError, match=f"result of to_dict, not {type(saved).__name__}"):
        DropboxSession.from_dict(saved)


def test_other_fields_of_a_saved_session_are_ignored():
    """A program may store more fields beside those of the session."""
    saved = {**new_session().to_dict(), "saved_at": 1400000000}
    assert DropboxSession.from_dict(saved).to_dict() == new_session().to_dict()


def test_session_cannot_be_pickled():
    """Pickling a session raises an error that names `to_dict`."""
    with pytest.raises(TypeError, match="to_dict"):
        pickle.dumps(new_session())


def test_repr_and_str_have_no_secrets():
    """Neither `repr` nor `str` shows a secret."""
    session = new_session()
    session.set_token("token", "token-secret")
    text = f"{session!r} {session.token!r} {session.token} {session.consumer_creds}"
    assert "secret" not in text.replace("secret='***'", "")


def test_tokens_compare_like_tuples():
    """A token equals the tuple of its key and secret."""
    token = OAuthToken("a", "b")
    assert token == ("a", "b")
    assert token != object()
    assert len(token) == 2
    assert token[0] == "a"
    assert {token: 1}[OAuthToken("a", "b")] == 1


def test_copy_of_a_token_is_the_token():
    """A token cannot change, so no copy is made."""
    token = OAuthToken("a", "b")
    assert copy.copy(token) is token
    assert copy.deepcopy(token) is token
