"""Access types of tokens, signatures, and their error texts."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from PIL import Image

from fakebox.core import defaults


def bearer(api, access):
    """Return the header with a new token of this access type."""
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
def test_wrong_root_is_400_with_a_hint_about_the_access_type(api, access, root, hint):
    """A request for a root outside the access type is answered with a question about the type."""
    response = api.get(f"/metadata/{root}/", who=None, headers=bearer(api, access))
    assert response.status_code == 400
    assert hint in json.loads(response.text)["error"]


def test_wrong_signature_is_403_with_the_expected_base_string(api):
    """The error contains the base string for HMAC-SHA1, but not for PLAINTEXT."""
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
    """Return the status and the decoded response of a request to the OAuth 2 token endpoint."""
    headers = {"Authorization": authorization} if authorization else {}
    form = "application/x-www-form-urlencoded"
    response = api.raw(
        "POST", "/oauth2/token", data=urlencode(params), content_type=form, headers=headers
    )
    return response.status_code, json.loads(response.text)


def basic(secret=defaults.APP_SECRET):
    """Return the Authorization header with the app's credentials."""
    return "Basic " + b64encode(f"{defaults.APP_KEY}:{secret}".encode()).decode()


def test_token_endpoint_accepts_credentials_in_a_header(api):
    """The token endpoint accepts HTTP Basic authentication, which RFC 6749 prefers."""
    code = api.world.oauth2.issue_code(api.world.apps.find(defaults.APP_KEY), 1)
    status, payload = token(api, basic(), grant_type="authorization_code", code=code)
    assert (status, payload["uid"]) == (200, "1")


CLIENT = "invalid_client: Invalid client_id or client_secret"


@pytest.mark.parametrize(
    ("authorization", "params", "error"),
    [
        (basic("wrong"), {}, CLIENT),
        ("Basic !", {}, CLIENT),
        (basic(), {"grant_type": "password"}, "unsupported_grant_type"),
        (basic(), {"grant_type": "authorization_code"}, "invalid_request"),
    ],
    ids=["secret", "no Base 64", "grant type", "no code"],
)
def test_token_endpoint_returns_the_error_codes_of_rfc_6749(api, authorization, params, error):
    """An invalid request to the token endpoint is answered with the error code of RFC 6749."""
    assert token(api, authorization, **params)[1]["error"] == error


def test_deleted_picture_has_no_photo_info(api):
    """A listing with media info contains no photo info for a deleted picture."""
    image_file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(image_file, "PNG")
    api.upload("/p.png", image_file.getvalue())
    api.post("/fileops/delete", root="dropbox", path="/p.png")
    sent = {"include_media_info": "true", "include_deleted": "true"}
    (deleted,) = json.loads(api.get("/metadata/dropbox/", **sent).text)["contents"]
    assert deleted["is_deleted"]
    assert "photo_info" not in deleted
