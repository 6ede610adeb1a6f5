"""The token endpoint: every mistake, narrowed scopes, and the headers of responses."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3

from fakebox.auth.token_endpoint import MISTAKES
from fakebox.core import defaults

ENDPOINTS = ["/oauth2/token", "/1/oauth2/token"]
APP = {"client_id": defaults.APP_KEY}
SECRET = {**APP, "client_secret": defaults.APP_SECRET}
VERIFIER = "v" * 43
URI = defaults.REDIRECT_URIS[0]
CODE = {**SECRET, "grant_type": "authorization_code"}
REFRESH = {**SECRET, "grant_type": "refresh_token"}


@pytest.fixture(params=ENDPOINTS)
def send(request, box):
    """A function that sends a form to one of the two URLs of the token endpoint."""

    def post(headers=None, **form):
        return urllib3.request(
            "POST",
            f"{box.url}{request.param}",
            body=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded", **(headers or {})},
        )

    return post


@pytest.fixture
def code(box):
    """A function that returns a code of an authorization with these parameters."""

    def authorize(**params):
        query = {"client_id": defaults.APP_KEY, "response_type": "code", **params}
        result = box.authorize(f"https://www.dropbox.com/oauth2/authorize?{urlencode(query)}")
        found = parse_qs(urlsplit(result).query)
        return found["code"][0] if found else result

    return authorize


def error(mistake):
    """Return the JSON of a mistake."""
    name, description = MISTAKES[mistake]
    return {"error": name} | ({"error_description": description} if description else {})


def revoked(box):
    """Return a refresh token that was revoked."""
    token = box.add_token(refresh=True)
    box.world.oauth2.revoke_refresh_token(token.refresh_token)
    return token.refresh_token


def of_another_app(box):
    """Return a refresh token of another app."""
    return box.add_token(app=box.add_app("Other"), refresh=True).refresh_token


def with_secret(box):
    """Return a refresh token that needs the secret of the app."""
    app = box.world.apps.find(defaults.APP_KEY)
    return box.world.oauth2.issue_refresh_token(app, 1, needs_secret=True).token


def with_few_scopes(box):
    """Return a refresh token with one scope."""
    return box.add_token(scopes=["account_info.read"], refresh=True).refresh_token


def expired(box, code):
    """Return a code that has expired."""
    value = code()
    box.clock.advance(box.world.settings.code_lifetime_s)
    return value


CHALLENGE = {"code_challenge": VERIFIER}
# A mistake, and the form with it; the functions get the emulator and the fixture `code`.
CASES = [
    ("client", lambda *_: {**REFRESH, "client_id": "nobody"}),
    ("client", lambda *_: {**REFRESH, "client_id": ""}),
    ("client", lambda *_: {"grant_type": "refresh_token"}),
    ("client", lambda *_: {**REFRESH, "client_secret": "wrong"}),
    ("client", lambda *_: {**CODE, "client_secret": "wrong"}),
    ("no_grant_type", lambda *_: SECRET),
    ("no_grant_type", lambda *_: {**SECRET, "grant_type": ""}),
    ("grant_type", lambda *_: {**SECRET, "grant_type": "password"}),
    ("no_code", lambda *_: CODE),
    ("no_code", lambda *_: {**CODE, "code": ""}),
    ("no_refresh_token", lambda *_: REFRESH),
    ("no_refresh_token", lambda *_: {**REFRESH, "refresh_token": ""}),
    ("no_secret", lambda _, code: {**CODE, "client_secret": "", "code": code()}),
    (
        "no_secret",
        lambda box, _: {**REFRESH, "client_secret": "", "refresh_token": with_secret(box)},
    ),
    ("code", lambda *_: {**CODE, "code": "unknown"}),
    ("code", lambda box, code: {**CODE, "code": expired(box, code)}),
    ("redirect_uri", lambda _, code: {**CODE, "code": code(redirect_uri=URI)}),
    ("redirect_uri", lambda _, code: {**CODE, "code": code(), "redirect_uri": URI}),
    (
        "redirect_uri",
        lambda _, code: {**CODE, "code": code(redirect_uri=URI), "redirect_uri": "http://["},
    ),
    ("code_verifier", lambda _, code: {**CODE, "code": code(**CHALLENGE)}),
    ("code_verifier", lambda _, code: {**CODE, "code": code(), "code_verifier": VERIFIER}),
    (
        "code_verifier",
        lambda _, code: {**CODE, "code": code(**CHALLENGE), "code_verifier": "w" * 43},
    ),
    (
        "code_verifier_form",
        lambda _, code: {**CODE, "code": code(**CHALLENGE), "code_verifier": "short"},
    ),
    ("refresh_token", lambda *_: {**REFRESH, "refresh_token": "A" * 64}),
    ("refresh_token", lambda *_: {**REFRESH, "refresh_token": "fakebox-unknown"}),
    ("refresh_token", lambda box, _: {**REFRESH, "refresh_token": revoked(box)}),
    ("refresh_token", lambda box, _: {**REFRESH, "refresh_token": of_another_app(box)}),
    ("refresh_token_form", lambda *_: {**REFRESH, "refresh_token": "not one"}),
    ("refresh_token_form", lambda *_: {**REFRESH, "refresh_token": "sl." + "a" * 135}),
    (
        "scope",
        lambda box, _: {
            **REFRESH,
            "refresh_token": with_few_scopes(box),
            "scope": "account_info.read files.content.read",
        },
    ),
    ("scope", lambda *_: {**REFRESH, "refresh_token": defaults.REFRESH_TOKEN, "scope": "x"}),
]


@pytest.mark.parametrize(
    ("mistake", "form"),
    CASES,
    ids=[f"{mistake} {number}" for number, (mistake, _) in enumerate(CASES)],
)
def test_mistake_has_its_status_and_text(box, send, code, mistake, form):
    """Every mistake is 400 with the error of the table, and is not stored."""
    response = send(**form(box, code))
    assert (response.status, response.json()) == (400, error(mistake))
    assert response.headers["Content-Type"] == "application/json"
    assert "no-store" in response.headers["Cache-Control"]


def test_every_mistake_is_made():
    """The cases above have every mistake of the table."""
    assert {mistake for mistake, _ in CASES} == set(MISTAKES)


def test_mistakes_are_documented():
    """The page on authorisation has a row with the texts of every mistake."""
    page = (Path(__file__).parents[2] / "docs/wire/authorisation.md").read_text(encoding="utf-8")
    for name, description in MISTAKES.values():
        texts = f"| `{name}` | `{description}` |" if description else f"| `{name}` | |"
        assert texts in page


def test_code_of_another_app_is_unknown_and_stays_valid(box, send, code):
    """A code is exchanged only by its app."""
    other = box.add_app("Other", key="other", secret="other-secret")
    value = code()
    form = {**CODE, "code": value, "client_id": other.key, "client_secret": other.secret}
    response = send(**form)
    assert (response.status, response.json()) == (400, error("code"))
    assert send(**CODE, code=value).status == 200


def test_disabled_app_is_an_invalid_client(box, send):
    """A disabled app gets no tokens."""
    box.add_app("Off", key="off", secret="secret")
    box.world.apps.configure("off", is_disabled=True)
    response = send(**{**REFRESH, "client_id": "off", "client_secret": "secret"})
    assert (response.status, response.json()) == (400, error("client"))


def test_tokens_of_a_code_are_in_the_order_of_the_service(send, code):
    """The response is JSON with the recorded type and fields, and is not stored."""
    response = send(**CODE, code=code(token_access_type="offline"))
    assert response.status == 200
    assert list(response.json()) == [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "uid",
        "account_id",
    ]
    assert response.headers["Content-Type"] == "text/javascript"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.json()["access_token"].startswith("sl.")


def test_app_may_authenticate_by_basic(send, code):
    """The key and the secret may be in the header."""
    basic = b64encode(f"{defaults.APP_KEY}:{defaults.APP_SECRET}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code()}
    assert send({"Authorization": f"Basic {basic}"}, **form).status == 200


def test_refresh_narrows_the_scopes_of_the_new_token(box, send, account):
    """A later refresh without scopes returns a token with all of them again."""
    form = {**REFRESH, "refresh_token": defaults.REFRESH_TOKEN}
    token = send(**form, scope="account_info.read files.metadata.read").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert account(box, token)[0] == 200
    url = f"{box.url}/2/sharing/list_shared_links"
    response = urllib3.request("POST", url, headers=headers, json={})
    assert response.status == 401
    assert response.json()["error"]["required_scope"] == "sharing.read"
    for sent in ({}, {"scope": ""}):
        fresh = send(**form, **sent).json()["access_token"]
        headers = {"Authorization": f"Bearer {fresh}"}
        assert urllib3.request("POST", url, headers=headers, json={}).status == 200


def test_scopes_of_a_refresh_token_do_not_grow(box, send):
    """A refresh token keeps the scopes of its authorization if its app gets more."""
    app = box.add_app("Small", key="small", secret="small-secret", scopes=["account_info.read"])
    refresh_token = box.add_token(app=app, refresh=True).refresh_token
    box.world.apps.configure("small", scopes=["account_info.read", "sharing.read"])
    form = {"client_id": "small", "client_secret": "small-secret", "grant_type": "refresh_token"}
    token = send(**form, refresh_token=refresh_token).json()["access_token"]
    assert box.world.tokens.find(token, bearer=True).scopes == ("account_info.read",)


def test_token_endpoint_works_after_version_1_was_shut_down(box, send, code):
    """Clients of today use both URLs of the token endpoint."""
    value = code()
    box.configure(is_retired=True)
    assert send(**CODE, code=value).status == 200
