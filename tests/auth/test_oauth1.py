"""OAuth 1.0: accepted signatures, and the errors for invalid signatures."""

import json
import time
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_PLAINTEXT, Client
from requests import Request
from requests_oauthlib import OAuth1
from werkzeug.test import Client as WsgiClient

from fakebox import auth
from fakebox.context import Namespace, Options, RequestContext
from fakebox.core import defaults
from fakebox.core.errors import BadSignature, NotAllowed
from fakebox.core.world import World
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request

URL = "http://api.example/1/account/info"
V1 = create_v1()


class Api:
    """The API of one world."""

    def __init__(self):
        self.world = World()
        self.options = Options()
        self.client = WsgiClient(self)

    def __call__(self, environ, start_response):
        """Handle a request as the emulator does."""
        V1Request(environ).namespace = Namespace(self.world, self.options)
        return V1(environ, start_response)

    def request(self, url=URL, method="GET", **options):
        """Send a request, and return its status and error."""
        path, _, query = url.removeprefix("http://api.example/1").partition("?")
        response = self.client.open(
            path,
            method=method,
            base_url="http://api.example/1",
            query_string=query,
            environ_overrides={"RAW_URI": url.removeprefix("http://api.example")},
            buffered=True,
            **options,
        )
        body = json.loads(response.text) if "json" in response.mimetype else {}
        return response.status_code, body.get("error")


@pytest.fixture
def api():
    """The API of a new world."""
    new_api = Api()
    yield new_api
    new_api.world.close()


def plaintext(**changes):
    """Return the parameters of a valid PLAINTEXT request with some changes; `None` removes one."""
    params = {
        "oauth_consumer_key": defaults.APP_KEY,
        "oauth_token": defaults.TOKEN,
        "oauth_signature_method": "PLAINTEXT",
        "oauth_signature": f"{defaults.APP_SECRET}&{defaults.TOKEN_SECRET}",
        **{f"oauth_{name}": value for name, value in changes.items()},
    }
    return {name: value for name, value in params.items() if value is not None}


def header(params):
    """Return an Authorization header."""
    fields = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in params.items())
    return {"Authorization": f'OAuth realm="", {fields}'}


def test_signature_in_the_query_is_accepted(api):
    """The SDK signs GET requests in the query."""
    assert api.request(f"{URL}?{urlencode(plaintext())}") == (200, None)


def test_signature_in_a_form_is_accepted(api):
    """The SDK signs POST requests in the form."""
    assert api.request(method="POST", data=plaintext()) == (200, None)


def test_signature_in_the_header_is_accepted(api):
    """Most other libraries send the signature in the header. The realm is not signed."""
    assert api.request(headers=header(plaintext())) == (200, None)


def test_unencoded_ampersand_in_the_header_is_accepted(api):
    """Some clients do not encode the signature in the header."""
    fields = ", ".join(f'{name}="{value}"' for name, value in plaintext().items())
    assert api.request(headers={"Authorization": f"OAuth {fields}"}) == (200, None)


def test_equal_signatures_in_two_places_are_accepted(api):
    """An early SDK sent the signature in the header and in the form."""
    params = plaintext()
    assert api.request(method="POST", data=params, headers=header(params)) == (200, None)


def test_different_signatures_in_two_places_are_403(api):
    """A request with two different tokens is answered with 403."""
    status, _ = api.request(f"{URL}?{urlencode(plaintext())}", headers=header(plaintext(token="x")))
    assert status == 403


def test_verifier_and_version_are_accepted(api):
    """Newer libraries send a verifier and the version 1.0."""
    assert api.request(headers=header(plaintext(verifier="v", version="1.0"))) == (200, None)


ERRORS = [
    ({"consumer_key": "nobody"}, 403, "Invalid app key."),
    ({"token": "nobody"}, 401, "Access token not found."),
    ({"token": None}, 401, "Access token not found."),
    ({"token": defaults.BEARER_TOKEN}, 401, "Access token not found."),
    ({"signature": "wrong&wrong"}, 403, "Invalid or missing signature"),
    ({"signature": None}, 403, "Invalid or missing signature"),
    ({"signature_method": "RSA-SHA1"}, 403, "Invalid or missing signature"),
    ({"version": "2.0"}, 403, "Invalid or missing signature"),
]


@pytest.mark.parametrize(("changes", "status", "text"), ERRORS)
def test_invalid_parameter_has_the_error_of_the_service(api, changes, status, text):
    """The status and the text of the error are the same as in the service."""
    assert api.request(headers=header(plaintext(**changes))) == (status, text)


def test_request_without_credentials_is_401(api):
    """The 401 response contains a challenge in the header WWW-Authenticate."""
    response = api.client.get("/account/info", base_url="http://api.example/1")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("OAuth realm=")


def test_revoked_token_is_401_at_once(api):
    """The error text is the same as after a user has unlinked the app."""
    api.world.tokens.revoke(defaults.TOKEN)
    assert api.request(headers=header(plaintext())) == (401, "Token is invalid.")


def test_token_of_another_app_is_403(api):
    """A valid signature of another app is answered with 403."""
    api.world.apps.create("other", key="other-key", secret="other-secret")
    changes = {"consumer_key": "other-key", "signature": f"other-secret&{defaults.TOKEN_SECRET}"}
    text = "Access token does not belong to this app."
    assert api.request(headers=header(plaintext(**changes))) == (403, text)


def test_disabled_app_is_403(api):
    """The 403 response has the error text of the service."""
    api.world.apps.configure(defaults.APP_KEY, is_disabled=True)
    assert api.request(headers=header(plaintext())) == (403, "This app has been disabled.")


@pytest.mark.parametrize("method", [SIGNATURE_PLAINTEXT, SIGNATURE_HMAC_SHA1])
@pytest.mark.parametrize("place", ["AUTH_HEADER", "QUERY"])
def test_signature_of_oauthlib_is_accepted(api, method, place):
    """Signatures of oauthlib are accepted with both methods and in both places."""
    client = Client(
        defaults.APP_KEY,
        defaults.APP_SECRET,
        defaults.TOKEN,
        defaults.TOKEN_SECRET,
        signature_method=method,
        signature_type=place,
    )
    url, headers, _ = client.sign(f"{URL}?locale=de&x=%20%26")
    assert api.request(url, headers=headers) == (200, None)


def test_signature_of_requests_oauthlib_is_accepted(api):
    """requests-oauthlib signs a form in the header."""
    signer = OAuth1(defaults.APP_KEY, defaults.APP_SECRET, defaults.TOKEN, defaults.TOKEN_SECRET)
    data = {"locale": "ü &=", "a": "b"}
    request = Request("POST", URL, data=data, auth=signer).prepare()
    headers = {name: _text(value) for name, value in request.headers.items()}
    assert api.request(method="POST", data=request.body, headers=headers) == (200, None)


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def test_wrong_hmac_signature_is_403_with_the_base_string(api):
    """The error contains the base string for comparison, and no secret."""
    params = plaintext(
        signature_method="HMAC-SHA1", signature="x", timestamp=str(int(time.time())), nonce="n"
    )
    status, text = api.request(headers=header(params))
    assert status == 403
    assert text.startswith(
        "Invalid signature. Expected signature base string:"
        " GET&http%3A%2F%2Fapi.example%2F1%2Faccount%2Finfo&oauth_consumer_key"
    )
    assert "secret" not in text


def request_context(target, namespace, **environ):
    """Return the context of a GET request in a namespace."""
    environ = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http", **environ}
    context = RequestContext({"RAW_URI": target, **environ})
    context.namespace = namespace
    return context


def rfc_request(namespace, signature="MdpQcU8iPSUjWoN/UDMsK2sui9I="):
    """Return the request of RFC 5849, section 1.2, as its server receives it."""
    authorization = (
        'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03",'
        ' oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1",'
        ' oauth_timestamp="137131202", oauth_nonce="chapoH",'
        ' oauth_signature="' + quote(signature, safe="") + '"'
    )
    return request_context(
        "/photos?file=vacation.jpg&size=original",
        namespace,
        HTTP_HOST="photos.example.net",
        HTTP_AUTHORIZATION=authorization,
    )


@pytest.fixture(scope="module")
def rfc_namespace():
    """A namespace with the client and the token of the RFC."""
    world = World()
    app = world.apps.create("printer", key="dpf43f3p2l4k3l03", secret="kd94hf93k423kf44")
    world.tokens.issue(app, 1, token="nnch734d00sl2jdk", secret="pfkkdhi9sl3r4s00")
    yield Namespace(world, Options(auth="lenient"))
    world.close()


def test_example_of_rfc_5849_is_accepted(rfc_namespace):
    """The signature in the standard is valid."""
    assert auth.identify(rfc_request(rfc_namespace)).app.name == "printer"


@given(position=st.integers(0, 27), replacement=st.sampled_from("ABCabc019+/"))
def test_example_of_rfc_5849_with_an_altered_byte_is_rejected(rfc_namespace, position, replacement):
    """A change of any byte of the signature is detected."""
    signature = "MdpQcU8iPSUjWoN/UDMsK2sui9I="
    altered = signature[:position] + replacement + signature[position + 1 :]
    if altered == signature:
        return
    with pytest.raises(BadSignature):
        auth.identify(rfc_request(rfc_namespace, altered))


@given(position=st.integers(0, 38), replacement=st.characters(codec="ascii"))
def test_plaintext_signature_with_an_altered_byte_is_rejected(position, replacement):
    """A change of any byte of the secrets is detected."""
    signature = f"{defaults.APP_SECRET}&{defaults.TOKEN_SECRET}"
    altered = signature[:position] + replacement + signature[position + 1 :]
    if altered in (signature, signature + replacement):
        return
    query = urlencode(plaintext(signature=altered))
    request = request_context(
        f"/1/account/info?{query}", shared_namespace(), HTTP_HOST="api.example"
    )
    with pytest.raises(NotAllowed):
        auth.identify(request)


def shared_namespace(kept=[]):  # noqa: B006 -- one world for all examples
    """Return a namespace that is created once."""
    if not kept:
        kept.append(Namespace(World()))
    return kept[0]


def signed_without_library(**changes):
    """Return a request that is signed according to RFC 5849 without a library."""
    import base64
    import hashlib
    import hmac

    params = plaintext(
        signature=None,
        signature_method="HMAC-SHA1",
        timestamp=str(int(time.time())),
        nonce="7",
        **changes,
    )
    pairs = sorted((quote(n, safe="~"), quote(v, safe="~")) for n, v in params.items())
    normal = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(quote(part, safe="~") for part in ("GET", URL, normal))
    key = f"{quote(defaults.APP_SECRET, safe='~')}&{quote(defaults.TOKEN_SECRET, safe='~')}"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
    return {**params, "oauth_signature": base64.b64encode(digest).decode()}


def test_signature_computed_without_a_library_is_accepted(api):
    """The test computes the signature itself, so that no library is trusted."""
    assert api.request(headers=header(signed_without_library())) == (200, None)


def test_replayed_request_is_403(api):
    """A second request that is signed with HMAC-SHA1 and has the same nonce is rejected."""
    headers = header(signed_without_library())
    api.request(headers=headers)
    assert api.request(headers=headers) == (403, "This nonce was used before.")


def hmac_signed(**changes):
    """Return the URL of a request that is signed with HMAC-SHA1, by oauthlib."""
    client = Client(
        defaults.APP_KEY,
        defaults.APP_SECRET,
        defaults.TOKEN,
        defaults.TOKEN_SECRET,
        signature_method=SIGNATURE_HMAC_SHA1,
        signature_type="QUERY",
        **changes,
    )
    return client.sign(URL)[0]


@pytest.mark.parametrize("age_s", [-3600, 3600])
def test_stale_timestamp_is_403(api, age_s):
    """A timestamp an hour in the past or in the future is rejected if it is signed."""
    status, text = api.request(hmac_signed(timestamp=str(int(time.time()) + age_s)))
    assert status == 403
    assert "timestamp" in text


def test_signed_nonce_without_a_valid_timestamp_is_403(api):
    """A signed timestamp has to be a number."""
    assert api.request(hmac_signed(timestamp="x", nonce="n"))[0] == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "137131200", "nonce": "72918345"},
        {"timestamp": str(2**40), "nonce": "72918345"},
        {"nonce": "72918345"},
        {"timestamp": "x", "nonce": "72918345"},
    ],
    ids=["old", "in the future", "without a timestamp", "malformed"],
)
def test_timestamp_and_nonce_of_plaintext_are_not_checked(api, changes):
    """The service checked neither for PLAINTEXT; clients of 2012 repeat their 8-digit nonces."""
    headers = header(plaintext(**changes))
    assert [api.request(headers=headers)[0] for _ in range(2)] == [200, 200]


def test_hmac_without_timestamp_and_nonce_is_403(api):
    """An HMAC signature requires a timestamp and a nonce, which prevent replays."""
    params = plaintext(signature_method="HMAC-SHA1", signature="x")
    assert api.request(headers=header(params))[0] == 403


def test_lenient_auth_accepts_old_and_repeated_requests(api):
    """Recorded requests can be replayed, but wrong signatures are still rejected."""
    api.options = Options(auth="lenient")
    old = hmac_signed(timestamp="137131200", nonce="n")
    assert [api.request(old)[0] for _ in range(2)] == [200, 200]
    wrong = header(plaintext(timestamp="137131200", nonce="n", signature="x&y"))
    assert api.request(headers=wrong)[0] == 403


def test_timestamp_of_the_machine_is_accepted_when_the_clock_is_moved(api):
    """Clients sign with the time of the machine."""
    api.world.clock.set(1_000_000_000)
    assert api.request(hmac_signed())[0] == 200


def form_upload(api, signed_name, sent_name):
    """Upload a form whose signature may cover the name of its file, and return the response."""
    url = "http://api.example/1/files/dropbox/up"
    signer = Client(
        defaults.APP_KEY,
        defaults.APP_SECRET,
        defaults.TOKEN,
        defaults.TOKEN_SECRET,
        signature_method=SIGNATURE_HMAC_SHA1,
        signature_type="QUERY",
    )
    extra = f"?{urlencode({'file': signed_name})}" if signed_name else ""
    signed, _, _ = signer.sign(f"{url}{extra}", "POST")
    query = [pair for pair in signed.partition("?")[2].split("&") if not pair.startswith("file=")]
    body = (
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{sent_name}"\r\n\r\n'
        "content\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    return api.request(f"{url}?{'&'.join(query)}", "POST", data=body, headers=headers)


@pytest.mark.parametrize("signed_name", ["my photo.jpg", None], ids=["name signed", "not signed"])
def test_form_is_accepted_with_a_signed_or_unsigned_file_name(api, signed_name):
    """Some clients of the service signed the file name, and others did not."""
    assert form_upload(api, signed_name, "my photo.jpg")[0] == 200


def test_form_signed_with_another_file_name_is_403(api):
    """A signature for another file name is rejected, and nothing is stored."""
    assert form_upload(api, "my photo.jpg", "altered.jpg")[0] == 403
    listing = plaintext()
    path = "http://api.example/1/metadata/dropbox/up"
    assert api.request(f"{path}?{urlencode(listing)}")[0] == 404
