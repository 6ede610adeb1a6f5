"""Sessions: authorization, URLs and signatures."""

import base64
import hmac
import io
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import urllib3

from conformance import signer
from conformance.calls import CALLS
from conformance.live import set_hosts
from conformance.wire import fetch, status_of
from dropbox.client import DropboxClient
from dropbox.rest import RESTClient, RESTClientObject
from dropbox.retry import NEVER
from dropbox.session import DropboxSession, OAuthToken


def local(**options):
    """Return a session that sends no request."""
    return DropboxSession("key", "secret", "dropbox", **options)


@pytest.mark.checks("session-access_type")
@pytest.mark.parametrize(
    ("access_type", "root"), [("dropbox", "dropbox"), ("app_folder", "sandbox")]
)
def test_access_types(access_type, root):
    """The access type is `dropbox` or `app_folder`; another value raises ValueError."""
    assert DropboxSession("key", "secret", access_type).root == root
    with pytest.raises(ValueError, match="access_type"):
        DropboxSession("key", "secret", "sandbox")


@pytest.mark.checks("session-requests", "session-locale", "session-build_path")
def test_locale_is_added_to_the_parameters():
    """The locale is added to the parameters of every path."""
    assert local(locale="de").build_path("/files", {"a": "ä b"}) == "/1/files?a=%C3%A4+b&locale=de"
    assert local().build_path("/files") == "/1/files"


@pytest.mark.checks("rest-TLS", "session-build_url")
def test_url_of_a_host(monkeypatch):
    """build_url() puts the scheme and the host before the path."""
    monkeypatch.delenv("DROPBOX_ENDPOINT_URL", raising=False)
    session = local()
    url = session.build_url(session.API_HOST, "/files", {"a": "b"})
    assert url == "https://api.dropbox.com/1/files?a=b"


@pytest.mark.checks("session-build_access_headers")
def test_access_headers_keep_the_parameters():
    """build_access_headers() adds OAuth parameters to a copy of the given ones."""
    session = local()
    session.set_token("token", "token-secret")
    given = {"a": "b"}
    headers, params = session.build_access_headers("POST", "https://api.dropbox.com/1/delta", given)
    assert isinstance(headers, dict)
    assert (params["a"], params["oauth_token"], given) == ("b", "token", {"a": "b"})
    assert params["oauth_consumer_key"] == "key"


@pytest.mark.checks("session-build_access_headers-method")
def test_signature_covers_the_method():
    """An HMAC-SHA1 signature covers the HTTP method."""
    session = local(signature_method="HMAC-SHA1")
    session.set_token("token", "token-secret")
    url = "https://api.dropbox.com/1/delta"
    for method in ("GET", "POST", "PUT"):
        # Two signatures differ by their nonces, whatever they cover.
        _, fields = session.build_access_headers(method, url)
        assert base64.b64decode(fields["oauth_signature"]) == signature(method, url, fields)


@pytest.mark.checks("session-set_token", "session-is_linked", "session-unlink")
def test_token_is_attached_and_removed():
    """A session is linked while it has a token."""
    session = local()
    assert not session.is_linked()
    session.set_token("token", "secret")
    assert (session.is_linked(), session.token.key, session.token.secret) == (
        True,
        "token",
        "secret",
    )
    session.unlink()
    assert not session.is_linked()


@pytest.mark.checks("session-set_request_token")
def test_request_token_is_attached():
    """set_request_token() stores a token and its secret."""
    session = local()
    session.set_request_token("token", "secret")
    assert (session.request_token.key, session.request_token.secret) == ("token", "secret")


@pytest.mark.checks("session-build_authorize_url", "session-build_authorize_url-callback")
def test_authorize_url():
    """The authorization URL points to the web server and contains the callback."""
    token = OAuthToken("token", "secret")
    plain = urlsplit(local().build_authorize_url(token))
    assert (plain.path, parse_qs(plain.query)) == ("/1/oauth/authorize", {"oauth_token": ["token"]})
    back = urlsplit(local().build_authorize_url(token, oauth_callback="https://app.example/?a=b"))
    assert parse_qs(back.query)["oauth_callback"] == ["https://app.example/?a=b"]


@pytest.mark.emulator
@pytest.mark.checks(
    "program",
    "session-obtain_request_token",
    "session-obtain_access_token",
    "session-obtain_access_token-fallback",
)
@pytest.mark.parametrize("is_passed", [True, False], ids=["passed", "fallback"])
def test_linking(target, is_passed):
    """After the three OAuth steps the session is linked and calls succeed."""
    session = target.box.session(linked=False)
    request_token = session.obtain_request_token()
    assert isinstance(request_token, OAuthToken)
    assert session.request_token is request_token
    target.box.allow(request_token.key)
    key, secret = session.obtain_access_token(*([request_token] if is_passed else []))
    assert (session.token.key, session.token.secret) == (key, secret)
    assert DropboxClient(session, target.client.rest_client).account_info()["uid"]


@pytest.mark.emulator
@pytest.mark.checks("session-obtain_access_token-too-early", "wire-oauth-exchange-401")
def test_linking_before_allow(target):
    """Exchanging a request token before approval, or twice, raises status 401."""
    session = target.box.session(linked=False)
    token = session.obtain_request_token()
    assert status_of(session.obtain_access_token) == 401
    target.box.allow(token.key)
    session.obtain_access_token()
    assert status_of(session.obtain_access_token) == 401


@pytest.mark.emulator
@pytest.mark.checks("wire-oauth-authorize-page")
def test_authorize_page(target):
    """The authorization URL returns an HTML page."""
    session = target.box.session(linked=False)
    page = fetch(session.build_authorize_url(session.obtain_request_token()))
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")


@pytest.mark.checks("client-configured")
def test_client_without_a_token(target):
    """A call of a client whose session has no token raises status 401."""
    good = target.client.session
    session = DropboxSession(good.consumer_creds.key, good.consumer_creds.secret, "dropbox")
    set_hosts(session, good.API_HOST if "://" in good.API_HOST else None)
    assert status_of(DropboxClient(session, target.client.rest_client).account_info) == 401


@pytest.mark.emulator
@pytest.mark.checks("session-obtain_request_token-once")
def test_stored_token(target):
    """A stored access token works in another session without a request token."""
    first = target.box.session(linked=False)
    target.box.allow(first.obtain_request_token().key)
    key, secret = first.obtain_access_token()
    second = target.box.session(linked=False)
    second.set_token(key, secret)
    assert DropboxClient(second, target.client.rest_client).account_info()["uid"]


@pytest.mark.checks("session-holds")
def test_session_holds_its_arguments():
    """A session stores keys, secrets, tokens, access type and locale."""
    session = DropboxSession("key", "secret", "app_folder", "de")
    session.set_token("token", "token-secret")
    session.set_request_token("request", "request-secret")
    assert (session.consumer_creds.key, session.consumer_creds.secret) == ("key", "secret")
    assert (session.token.key, session.token.secret) == ("token", "token-secret")
    assert (session.request_token.key, session.request_token.secret) == (
        "request",
        "request-secret",
    )
    assert (session.root, session.locale) == ("sandbox", "de")


@pytest.mark.checks("session-rest_client")
def test_rest_client_of_a_session():
    """A session sends its requests for tokens with the given REST client."""
    urls = []

    class Recording:
        def POST(self, url, *args, **options):
            urls.append(url)
            raise ConnectionError("recorded")

    session = DropboxSession("key", "secret", "dropbox", rest_client=Recording())
    with pytest.raises(ConnectionError, match="recorded"):
        session.obtain_request_token()
    assert [urlsplit(url).path for url in urls] == ["/1/oauth/request_token"]
    assert local().rest_client is RESTClient


@pytest.mark.checks("session-build_access_headers-url")
def test_signature_covers_the_whole_url():
    """An HMAC-SHA1 signature covers host, path and query of the URL, and empty parameters."""
    session = local(signature_method="HMAC-SHA1")
    session.set_token("token", "token-secret")
    url = "https://api.dropbox.com/1/metadata/dropbox/a%20b?list=true&rev=%C3%A4&hash="
    _, fields = session.build_access_headers("GET", url)
    assert base64.b64decode(fields["oauth_signature"]) == signature("GET", url, fields)


def signature(method, url, fields):
    """Return the HMAC-SHA1 signature of a request by the token of the cases."""
    given = {name: str(value) for name, value in fields.items() if name != "oauth_signature"}
    text = signer.base_string(method, url, list(given.items()))
    return hmac.digest(b"secret&token-secret", text.encode(), "sha1")


@pytest.mark.checks("session-build_access_headers")
@pytest.mark.parametrize("signature_method", ["PLAINTEXT", "HMAC-SHA1"])
def test_every_request_has_another_nonce(signature_method):
    """Two requests have different nonces (RFC 5849, 3.3)."""
    session = local(signature_method=signature_method)
    url = "https://api.dropbox.com/1/delta"
    (_, one), (_, other) = (session.build_access_headers("GET", url) for _ in range(2))
    assert one["oauth_nonce"] != other["oauth_nonce"]


@pytest.mark.checks("client-oauth")
@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_signed(call):
    """Every call is sent with the OAuth credentials of the session."""
    sent = []

    class Recording:
        def GET(self, url, headers=None, **options):
            sent.append({**dict(parse_qsl(urlsplit(url).query)), **(headers or {})})
            raise ConnectionError("recorded")

        def POST(self, url, params=None, headers=None, **options):
            sent.append({**(params or {}), **(headers or {})})
            raise ConnectionError("recorded")

        def PUT(self, url, body, headers=None, **options):
            return self.GET(url, headers)

    session = local()
    session.set_token("token", "token-secret")
    with pytest.raises(ConnectionError, match="recorded"):
        getattr(DropboxClient(session, Recording()), call)(*CALLS[call])
    (fields,) = sent
    assert (fields["oauth_consumer_key"], fields["oauth_token"]) == ("key", "token")
    assert fields["oauth_signature"] == "secret&token-secret"


@pytest.mark.checks("client-errors")
@pytest.mark.parametrize("call", CALLS)
def test_every_call_raises_for_an_error(call):
    """Every call raises ErrorResponse for a status that is not 200, and for a body without JSON."""
    session = local()
    session.set_token("token", "token-secret")
    for status, data in ((500, b"<p>error"), (202, b"{}"), (200, b"no JSON"), (200, b"1")):
        if (status, call) in ((200, "get_file"), (200, "thumbnail")):
            # These calls return the body without decoding it.
            continue
        client = DropboxClient(session, RESTClientObject(_Fixed(status, data)), retries=NEVER)
        assert status_of(getattr(client, call), *CALLS[call]) == status


class _Fixed:
    """Connections on which every response is the same."""

    def __init__(self, status, data):
        self.status, self.data = status, data

    def urlopen(self, method, url, **options):
        return urllib3.HTTPResponse(io.BytesIO(self.data), {}, self.status, preload_content=False)
