"""Who is let in where, by which token, and in which words the others are told."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from PIL import Image

from fakebox.core import defaults


def bearer(api, access):
    """A token with this access, as a header."""
    app = api.world.apps.find(defaults.APP_KEY)
    token = api.world.tokens.issue_bearer(app.id, 1, access)
    return {"Authorization": f"Bearer {token.token}"}


@pytest.mark.parametrize(
    ("access", "root", "hint"),
    [
        ("dropbox", "sandbox", "Should your access type be 'dropbox' instead?"),
        ("app_folder", "dropbox", "Should your access type be app folder ('sandbox') instead?"),
    ],
)
def test_app_is_told_of_the_access_type_that_it_has(api, access, root, hint):
    """A root that it doesn't have is a 400 with a question."""
    response = api.get(f"/metadata/{root}/", who=None, headers=bearer(api, access))
    assert response.status_code == 400
    assert hint in json.loads(response.text)["error"]


def test_wrong_signature_is_told_what_should_have_been_signed(api):
    """A keyed one that is; a plain one has nothing to tell."""
    signed = {**api.signed({}, (defaults.TOKEN, "wrong"))}
    plain = api.raw("GET", f"/account/info?{urlencode(signed)}")
    assert (plain.status_code, json.loads(plain.text)["error"]) == (
        403,
        "Invalid or missing signature",
    )
    keyed = {**signed, "oauth_signature_method": "HMAC-SHA1", "oauth_signature": "x"}
    response = api.raw("GET", f"/account/info?{urlencode(keyed)}")
    text = json.loads(response.text)["error"]
    assert text.startswith("Invalid signature. Expected signature base string: GET&http")


def token(api, authorization=None, **params):
    """The OAuth 2 token call's answer."""
    headers = {"Authorization": authorization} if authorization else {}
    form = "application/x-www-form-urlencoded"
    response = api.raw(
        "POST", "/oauth2/token", data=urlencode(params), content_type=form, headers=headers
    )
    return response.status_code, json.loads(response.text)


def basic(secret=defaults.APP_SECRET):
    """The app's credentials as a header."""
    return "Basic " + b64encode(f"{defaults.APP_KEY}:{secret}".encode()).decode()


def test_app_may_give_its_credentials_in_a_header(api):
    """As RFC 6749 prefers."""
    code = api.world.oauth2.issue_code(api.world.apps.find(defaults.APP_KEY), 1)
    status, payload = token(api, basic(), grant_type="authorization_code", code=code)
    assert (status, payload["uid"]) == (200, "1")


@pytest.mark.parametrize(
    ("authorization", "params", "error"),
    [
        (basic("wrong"), {}, "invalid_client"),
        ("Basic !", {}, "invalid_client"),
        (basic(), {"grant_type": "password"}, "unsupported_grant_type"),
        (basic(), {"grant_type": "authorization_code"}, "invalid_request"),
    ],
    ids=["secret", "no Base 64", "grant type", "no code"],
)
def test_token_call_says_what_is_wrong(api, authorization, params, error):
    """In the words of RFC 6749."""
    assert token(api, authorization, **params)[1]["error"] == error


def test_deleted_picture_tells_nothing_of_itself(api):
    """Though the listing that it is in asks for it."""
    made = io.BytesIO()
    Image.new("RGB", (1, 1)).save(made, "PNG")
    api.upload("/p.png", made.getvalue())
    api.post("/fileops/delete", root="dropbox", path="/p.png")
    sent = {"include_media_info": "true", "include_deleted": "true"}
    (gone,) = json.loads(api.get("/metadata/dropbox/", **sent).text)["contents"]
    assert gone["is_deleted"]
    assert "photo_info" not in gone
