"""OAuth 2: authorization codes, refresh tokens and access tokens."""

import hashlib
from base64 import urlsafe_b64encode

import pytest

from fakebox.core import defaults
from fakebox.core.errors import BadGrant, InvalidChallenge, SecretRequired, TokenRevoked
from fakebox.core.oauth2 import METHODS, SHORT_LIVED_S, PkceChallenge

VERIFIER = "a" * 43
S256 = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def app(world):
    """The default app."""
    return world.apps.find(defaults.APP_KEY)


def refresh(world, app, refresh_token, **options):
    """Use the refresh token with a value."""
    return world.oauth2.refresh(app, world.oauth2.find_refresh_token(refresh_token), **options)


def test_code_is_exchanged_once(world, app):
    """A code is exchanged once, for a bearer token that does not expire by default."""
    code = world.oauth2.issue_code(app, 1)
    grant = world.oauth2.exchange_code(app, code)
    assert world.tokens.find(grant.access.token, bearer=True).account_id == 1
    assert (grant.lifetime_s, grant.refresh_token) == (None, None)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code)


def test_code_expires(world, app):
    """A code is rejected after its lifetime."""
    code = world.oauth2.issue_code(app, 1)
    world.clock.advance(world.settings.code_lifetime_s)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code)


def test_exchange_by_another_app_does_not_use_up_the_code(world, app):
    """The app that the code was issued to can exchange it after another app has tried."""
    code = world.oauth2.issue_code(app, 1)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(world.apps.create("Other"), code)
    assert world.oauth2.exchange_code(app, code).access


@pytest.mark.parametrize("challenge", [None, PkceChallenge(S256, "S256")], ids=["none", "S256"])
def test_exchange_without_secret_or_verifier_does_not_use_up_the_code(world, app, challenge):
    """An exchange without a secret or correct verifier fails, and the code stays valid."""
    code = world.oauth2.issue_code(app, 1, challenge=challenge)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier="b" * 43, has_secret=False)
    with pytest.raises(SecretRequired):
        world.oauth2.exchange_code(app, code, has_secret=False)
    assert world.oauth2.exchange_code(app, code, verifier=challenge and VERIFIER).access


@pytest.mark.parametrize("method", ["S512", "s256", "PLAIN", ""])
def test_unknown_challenge_method_is_rejected(method):
    """Only `S256` and `plain`, the methods of RFC 7636, are accepted, in exactly this case."""
    with pytest.raises(InvalidChallenge, match="code_challenge_method"):
        PkceChallenge(S256, method)


BAD_VERIFIERS = ["", "a", "a" * 42, "a" * 129, "a" * 42 + "+", "é" * 43, "a" * 43 + "\n"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", BAD_VERIFIERS)
def test_malformed_challenge_is_rejected(value, method):
    """With both methods, a challenge must have 43 to 128 unreserved characters."""
    with pytest.raises(InvalidChallenge, match="43 to 128"):
        PkceChallenge(value, method)


@pytest.mark.parametrize("verifier", BAD_VERIFIERS)
def test_malformed_verifier_does_not_use_up_the_code(world, app, verifier):
    """A malformed verifier is rejected before the code is checked."""
    code = world.oauth2.issue_code(app, 1, challenge=PkceChallenge(S256, "S256"))
    with pytest.raises(InvalidChallenge, match="43 to 128"):
        world.oauth2.exchange_code(app, code, verifier=verifier)
    assert world.oauth2.exchange_code(app, code, verifier=VERIFIER).access


def test_exchange_requires_the_redirect_uri_of_the_code(world, app):
    """The exchange of a code must have the redirect URI that the code was requested with."""
    code = world.oauth2.issue_code(app, 1, redirect_uri="https://a.example/")
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, redirect_uri="https://b.example/")


@pytest.mark.parametrize(("value", "method"), [(S256, "S256"), (VERIFIER, "plain")])
def test_matching_verifier_is_accepted(world, app, value, method):
    """The verifier of a challenge is accepted with both methods."""
    code = world.oauth2.issue_code(app, 1, challenge=PkceChallenge(value, method))
    assert world.oauth2.exchange_code(app, code, verifier=VERIFIER).access


@pytest.mark.parametrize("verifier", [None, "b" * 43])
def test_wrong_or_missing_verifier_is_rejected(world, app, verifier):
    """A code with a challenge cannot be exchanged with a wrong verifier or without one."""
    code = world.oauth2.issue_code(app, 1, challenge=PkceChallenge(S256, "S256"))
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier=verifier)


def test_verifier_without_a_challenge_is_rejected(world, app):
    """A verifier is rejected for a code without a challenge, which an attacker may have removed."""
    code = world.oauth2.issue_code(app, 1)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier=VERIFIER)


def test_short_lived_token_expires(world, app):
    """A short-lived token expires after four hours of the world's clock."""
    code = world.oauth2.issue_code(app, 1, short_lived=True)
    grant = world.oauth2.exchange_code(app, code)
    assert grant.lifetime_s == SHORT_LIVED_S
    world.clock.advance(SHORT_LIVED_S)
    with pytest.raises(TokenRevoked):
        world.tokens.find(grant.access.token, bearer=True)


def test_refresh_token_returns_new_short_lived_tokens(world, app):
    """Each use of a refresh token returns a different short-lived token."""
    code = world.oauth2.issue_code(app, 1, offline=True)
    grant = world.oauth2.exchange_code(app, code)
    fresh = [refresh(world, app, grant.refresh_token) for _ in range(2)]
    assert len({grant.access.token, *(one.access.token for one in fresh)}) == 3
    assert {one.lifetime_s for one in fresh} == {SHORT_LIVED_S}


def test_refresh_token_of_another_app_or_revoked_is_rejected(world, app):
    """A refresh token is rejected for another app, and after it is revoked."""
    grant = world.oauth2.exchange_code(app, world.oauth2.issue_code(app, 1, offline=True))
    with pytest.raises(BadGrant):
        refresh(world, world.apps.create("Other"), grant.refresh_token)
    world.oauth2.revoke_refresh_token(grant.refresh_token)
    with pytest.raises(TokenRevoked):
        refresh(world, app, grant.refresh_token)


def test_repr_of_a_grant_contains_no_token(world, app):
    """The repr of a grant contains no token, because logs may contain reprs."""
    grant = world.oauth2.exchange_code(app, world.oauth2.issue_code(app, 1, offline=True))
    assert grant.access.token not in repr(grant)
    assert grant.refresh_token not in repr(grant)


def test_revoking_an_access_token_revokes_its_refresh_token(world, app):
    """Revoking an access token also revokes its refresh token and the tokens issued with it."""
    granted, unrelated = (
        world.oauth2.exchange_code(app, world.oauth2.issue_code(app, 1, offline=True))
        for _ in range(2)
    )
    sibling = refresh(world, app, granted.refresh_token)
    world.tokens.find(granted.access.token, bearer=True)
    world.tokens.revoke(sibling.access.token)
    with pytest.raises(TokenRevoked):
        refresh(world, app, granted.refresh_token)
    for grant in (granted, sibling):
        with pytest.raises(TokenRevoked):
            world.tokens.find(grant.access.token, bearer=True)
    assert world.tokens.find(unrelated.access.token, bearer=True)
    assert refresh(world, app, unrelated.refresh_token)


def test_revoking_an_exchanged_bearer_token_keeps_the_oauth1_token(world):
    """Revoking the bearer token that replaced an OAuth 1 token leaves the OAuth 1 token valid."""
    token = world.tokens.find(defaults.TOKEN)
    world.tokens.revoke(world.tokens.bearer_for(token).token)
    assert world.tokens.find(defaults.TOKEN) == token


def test_refresh_token_issued_with_the_secret_requires_the_secret(world, app):
    """Only the refresh token of a PKCE grant is accepted without the secret."""
    code = world.oauth2.issue_code(app, 1, offline=True)
    with_secret = world.oauth2.exchange_code(app, code).refresh_token
    with pytest.raises(SecretRequired):
        refresh(world, app, with_secret, has_secret=False)
    code = world.oauth2.issue_code(app, 1, offline=True, challenge=PkceChallenge(S256, "S256"))
    grant = world.oauth2.exchange_code(app, code, verifier=VERIFIER, has_secret=False)
    assert refresh(world, app, grant.refresh_token, has_secret=False)


def test_failed_exchange_uses_up_the_code(world, app):
    """A code cannot be exchanged after an exchange of its app with a wrong verifier or URI."""
    challenge = PkceChallenge(S256, "S256")
    code = world.oauth2.issue_code(app, 1, challenge=challenge)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier="b" * 43)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier=VERIFIER)
