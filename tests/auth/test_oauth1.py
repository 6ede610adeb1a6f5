"""OAuth 1.0: who is let in, who isn't, and in which words."""

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
    """One world's API, asked with whatever is put into the request."""

    def __init__(self):
        self.world = World()
        self.options = Options()
        self.client = WsgiClient(self)

    def __call__(self, environ, start_response):
        """Answer as the emulator does."""
        V1Request(environ).namespace = Namespace(self.world, self.options)
        return V1(environ, start_response)

    def ask(self, url=URL, method="GET", **options):
        """Status and error of a request."""
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
    """A fresh world."""
    made = Api()
    yield made
    made.world.close()


def plaintext(**changes):
    """The parameters of a good PLAINTEXT request, some of them changed; `None` leaves one out."""
    params = {
        "oauth_consumer_key": defaults.APP_KEY,
        "oauth_token": defaults.TOKEN,
        "oauth_signature_method": "PLAINTEXT",
        "oauth_signature": f"{defaults.APP_SECRET}&{defaults.TOKEN_SECRET}",
        **{f"oauth_{name}": value for name, value in changes.items()},
    }
    return {name: value for name, value in params.items() if value is not None}


def header(params):
    """An Authorization header."""
    fields = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in params.items())
    return {"Authorization": f'OAuth realm="", {fields}'}


def test_signature_in_the_query(api):
    """As the SDK sends it with GET."""
    assert api.ask(f"{URL}?{urlencode(plaintext())}") == (200, None)


def test_signature_in_a_form(api):
    """As the SDK sends it with POST."""
    assert api.ask(method="POST", data=plaintext()) == (200, None)


def test_signature_in_the_header(api):
    """As most other libraries send it; the realm isn't signed."""
    assert api.ask(headers=header(plaintext())) == (200, None)


def test_raw_ampersand_in_the_header(api):
    """Some clients never encode the signature."""
    fields = ", ".join(f'{name}="{value}"' for name, value in plaintext().items())
    assert api.ask(headers={"Authorization": f"OAuth {fields}"}) == (200, None)


def test_signature_in_two_places_that_agree(api):
    """An early SDK sent header and form at once."""
    params = plaintext()
    assert api.ask(method="POST", data=params, headers=header(params)) == (200, None)


def test_signature_in_two_places_that_differ(api):
    """Neither can be believed."""
    status, _ = api.ask(f"{URL}?{urlencode(plaintext())}", headers=header(plaintext(token="x")))
    assert status == 403


def test_verifier_and_version_are_accepted(api):
    """Newer libraries send a verifier; the version is 1.0."""
    assert api.ask(headers=header(plaintext(verifier="v", version="1.0"))) == (200, None)


REFUSALS = [
    ({"consumer_key": "nobody"}, 403, "Invalid app key."),
    ({"token": "nobody"}, 401, "Access token not found."),
    ({"token": None}, 401, "Access token not found."),
    ({"token": defaults.BEARER_TOKEN}, 401, "Access token not found."),
    ({"signature": "wrong&wrong"}, 403, "Invalid or missing signature"),
    ({"signature": None}, 403, "Invalid or missing signature"),
    ({"signature_method": "RSA-SHA1"}, 403, "Invalid or missing signature"),
    ({"version": "2.0"}, 403, "Invalid or missing signature"),
]


@pytest.mark.parametrize(("changes", "status", "text"), REFUSALS)
def test_refusal_is_in_the_services_words(api, changes, status, text):
    """Status and text tell what is wrong."""
    assert api.ask(headers=header(plaintext(**changes))) == (status, text)


def test_request_without_credentials_is_401(api):
    """With a challenge."""
    response = api.client.get("/account/info", base_url="http://api.example/1")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("OAuth realm=")


def test_revoked_token_is_401_at_once(api):
    """In the words of a user who has unlinked the app."""
    api.world.tokens.revoke(defaults.TOKEN)
    assert api.ask(headers=header(plaintext())) == (401, "Token is invalid.")


def test_token_of_another_app_is_403(api):
    """Whatever the signature."""
    api.world.apps.create("other", key="other-key", secret="other-secret")
    changes = {"consumer_key": "other-key", "signature": f"other-secret&{defaults.TOKEN_SECRET}"}
    text = "Access token does not belong to this app."
    assert api.ask(headers=header(plaintext(**changes))) == (403, text)


def test_disabled_app_is_refused(api):
    """In the service's words."""
    api.world.apps.configure(defaults.APP_KEY, is_disabled=True)
    assert api.ask(headers=header(plaintext())) == (403, "This app has been disabled.")


@pytest.mark.parametrize("method", [SIGNATURE_PLAINTEXT, SIGNATURE_HMAC_SHA1])
@pytest.mark.parametrize("place", ["AUTH_HEADER", "QUERY"])
def test_oauthlib_is_let_in(api, method, place):
    """Its signatures verify in every place."""
    client = Client(
        defaults.APP_KEY,
        defaults.APP_SECRET,
        defaults.TOKEN,
        defaults.TOKEN_SECRET,
        signature_method=method,
        signature_type=place,
    )
    url, headers, _ = client.sign(f"{URL}?locale=de&x=%20%26")
    assert api.ask(url, headers=headers) == (200, None)


def test_requests_oauthlib_is_let_in(api):
    """A second library, with a form."""
    signer = OAuth1(defaults.APP_KEY, defaults.APP_SECRET, defaults.TOKEN, defaults.TOKEN_SECRET)
    data = {"locale": "ü &=", "a": "b"}
    request = Request("POST", URL, data=data, auth=signer).prepare()
    headers = {name: _text(value) for name, value in request.headers.items()}
    assert api.ask(method="POST", data=request.body, headers=headers) == (200, None)


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def test_hmac_mismatch_tells_the_base_string(api):
    """So that a developer can compare; it holds no secret."""
    params = plaintext(
        signature_method="HMAC-SHA1", signature="x", timestamp=str(int(time.time())), nonce="n"
    )
    status, text = api.ask(headers=header(params))
    assert status == 403
    assert text.startswith(
        "Invalid signature. Expected signature base string:"
        " GET&http%3A%2F%2Fapi.example%2F1%2Faccount%2Finfo&oauth_consumer_key"
    )
    assert "secret" not in text


def made(target, namespace, **environ):
    """A GET request to a namespace."""
    environ = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http", **environ}
    context = RequestContext({"RAW_URI": target, **environ})
    context.namespace = namespace
    return context


def rfc_request(namespace, signature="MdpQcU8iPSUjWoN/UDMsK2sui9I="):
    """The request of RFC 5849, section 1.2, as its server sees it."""
    authorization = (
        'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03",'
        ' oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1",'
        ' oauth_timestamp="137131202", oauth_nonce="chapoH",'
        ' oauth_signature="' + quote(signature, safe="") + '"'
    )
    return made(
        "/photos?file=vacation.jpg&size=original",
        namespace,
        HTTP_HOST="photos.example.net",
        HTTP_AUTHORIZATION=authorization,
    )


@pytest.fixture(scope="module")
def rfc_namespace():
    """A world with the RFC's client and token."""
    world = World()
    app = world.apps.create("printer", key="dpf43f3p2l4k3l03", secret="kd94hf93k423kf44")
    world.tokens.issue(app, 1, token="nnch734d00sl2jdk", secret="pfkkdhi9sl3r4s00")
    yield Namespace(world, Options(auth="lenient"))
    world.close()


def test_rfc_5849s_example_verifies(rfc_namespace):
    """The signature printed in the standard."""
    assert auth.identify(rfc_request(rfc_namespace)).app.name == "printer"


@given(position=st.integers(0, 27), replacement=st.sampled_from("ABCabc019+/"))
def test_rfc_5849s_example_fails_with_any_byte_altered(rfc_namespace, position, replacement):
    """Each byte of the signature counts."""
    signature = "MdpQcU8iPSUjWoN/UDMsK2sui9I="
    altered = signature[:position] + replacement + signature[position + 1 :]
    if altered == signature:
        return
    with pytest.raises(BadSignature):
        auth.identify(rfc_request(rfc_namespace, altered))


@given(position=st.integers(0, 38), replacement=st.characters(codec="ascii"))
def test_plaintext_fails_with_any_byte_altered(position, replacement):
    """The secrets are compared whole."""
    signature = f"{defaults.APP_SECRET}&{defaults.TOKEN_SECRET}"
    altered = signature[:position] + replacement + signature[position + 1 :]
    if altered in (signature, signature + replacement):
        return
    query = urlencode(plaintext(signature=altered))
    request = made(f"/1/account/info?{query}", shared_namespace(), HTTP_HOST="api.example")
    with pytest.raises(NotAllowed):
        auth.identify(request)


def shared_namespace(kept=[]):  # noqa: B006 -- one world for all examples
    """A world that is made once."""
    if not kept:
        kept.append(Namespace(World()))
    return kept[0]


def hand_signed(**changes):
    """A request signed by hand, following RFC 5849 step by step."""
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


def test_signature_made_by_hand_is_let_in(api):
    """No library's opinion."""
    assert api.ask(headers=header(hand_signed())) == (200, None)


def test_replayed_request_is_refused(api):
    """The same nonce never comes twice."""
    sent = header(hand_signed())
    api.ask(headers=sent)
    assert api.ask(headers=sent) == (403, "This nonce was used before.")


@pytest.mark.parametrize("age_s", [-3600, 3600])
def test_stale_timestamp_is_refused(api, age_s):
    """Too old, or in the future."""
    stale = plaintext(timestamp=str(int(time.time()) + age_s), nonce="n")
    status, text = api.ask(headers=header(stale))
    assert status == 403
    assert "timestamp" in text


@pytest.mark.parametrize("changes", [{"nonce": "n"}, {"timestamp": "x", "nonce": "n"}])
def test_timestamp_and_nonce_come_together_or_not_at_all(api, changes):
    """With PLAINTEXT both may be left out."""
    assert api.ask(headers=header(plaintext(**changes)))[0] == 403


def test_hmac_needs_timestamp_and_nonce(api):
    """They are what keeps it from being replayed."""
    params = plaintext(signature_method="HMAC-SHA1", signature="x")
    assert api.ask(headers=header(params))[0] == 403


def test_lenient_takes_old_and_repeated_requests(api):
    """For recorded fixtures; never a wrong signature."""
    api.options = Options(auth="lenient")
    old = header(plaintext(timestamp="137131200", nonce="n"))
    assert [api.ask(headers=old)[0] for _ in range(2)] == [200, 200]
    wrong = header(plaintext(timestamp="137131200", nonce="n", signature="x&y"))
    assert api.ask(headers=wrong)[0] == 403


def test_moved_clock_locks_nobody_out(api):
    """Clients sign by their own clocks."""
    api.world.clock.set(1_000_000_000)
    fresh = plaintext(timestamp=str(int(time.time())), nonce="n")
    assert api.ask(headers=header(fresh))[0] == 200


def form_upload(api, signed_name, sent_name):
    """A form with a file, signed as the clients do that sign its name; the answer."""
    url = "http://api.example/1/files/dropbox/up"
    signing = Client(
        defaults.APP_KEY,
        defaults.APP_SECRET,
        defaults.TOKEN,
        defaults.TOKEN_SECRET,
        signature_method=SIGNATURE_HMAC_SHA1,
        signature_type="QUERY",
    )
    extra = f"?{urlencode({'file': signed_name})}" if signed_name else ""
    signed, _, _ = signing.sign(f"{url}{extra}", "POST")
    query = [pair for pair in signed.partition("?")[2].split("&") if not pair.startswith("file=")]
    body = (
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{sent_name}"\r\n\r\n'
        "content\r\n--x--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    return api.ask(f"{url}?{'&'.join(query)}", "POST", data=body, headers=kind)


@pytest.mark.parametrize("signed_name", ["my photo.jpg", None], ids=["name signed", "not signed"])
def test_form_is_let_in_whether_or_not_its_files_name_is_signed(api, signed_name):
    """Clients of the day did either."""
    assert form_upload(api, signed_name, "my photo.jpg")[0] == 200


def test_form_whose_signature_covers_another_name_is_refused(api):
    """And nothing of it is stored."""
    assert form_upload(api, "my photo.jpg", "altered.jpg")[0] == 403
    listing = plaintext()
    path = "http://api.example/1/metadata/dropbox/up"
    assert api.ask(f"{path}?{urlencode(listing)}")[0] == 404
