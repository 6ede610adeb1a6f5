"""OAuth 1.0 signatures, compared with those of oauthlib."""

from urllib.parse import urlencode

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client

from dropbox import oauth1
from dropbox.session import OAuthToken

URL = "https://api.dropbox.com/1/metadata/dropbox/a%20b"


def test_hmac_signature_equals_that_of_oauthlib():
    """The nonce and the timestamp are the same."""
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
    from urllib.parse import quote

    assert (
        f'oauth_signature="{quote(ours["oauth_signature"], safe="")}"' in headers["Authorization"]
    )


def test_hmac_signature_needs_no_token():
    """A request for a request token has no token."""
    signed = oauth1.hmac_sha1(OAuthToken("k", "s"), None, "POST", URL, {})
    assert "oauth_token" not in signed


def test_nonces_of_a_busy_program_never_repeat():
    """A server refuses a request whose nonce it has seen in the same second."""
    key = OAuthToken("k", "s")
    nonces = {oauth1.plaintext(key, None)["oauth_nonce"] for _ in range(100_000)}
    assert len(nonces) == 100_000
