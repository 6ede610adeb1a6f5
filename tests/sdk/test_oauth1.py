"""OAuth 1.0 signatures, compared with signatures of oauthlib."""

from urllib.parse import quote, urlencode

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client

from dropbox import oauth1
from dropbox.session import OAuthToken

URL = "https://api.dropbox.com/1/metadata/dropbox/a%20b"


def test_hmac_signature_equals_the_signature_of_oauthlib():
    """With the same nonce and timestamp, the SDK and oauthlib have the same signature."""
    params = {"list": "true", "query": "ü &="}
    ours = oauth1.hmac_sha1(OAuthToken("k", "s"), OAuthToken("t", "ts"), "GET", URL, params)
    theirs = Client(
        "k",
        "s",
        "t",
        "ts",
        signature_method=SIGNATURE_HMAC_SHA1,
        timestamp=ours["oauth_timestamp"],
        nonce=ours["oauth_nonce"],
    )
    _, headers, _ = theirs.sign(f"{URL}?{urlencode(params)}")
    assert ours["oauth_signature"].encode().isascii()
    assert (
        f'oauth_signature="{quote(ours["oauth_signature"], safe="")}"' in headers["Authorization"]
    )


def test_hmac_signature_requires_no_token():
    """A request without a token is signed with the secret of the app alone."""
    signed = oauth1.hmac_sha1(OAuthToken("k", "s"), None, "POST", URL, {})
    assert "oauth_token" not in signed


def test_nonces_do_not_repeat():
    """Each of 100,000 requests has a different nonce, because a server rejects a repeated nonce."""
    key = OAuthToken("k", "s")
    nonces = {oauth1.plaintext(key, None)["oauth_nonce"] for _ in range(100_000)}
    assert len(nonces) == 100_000
