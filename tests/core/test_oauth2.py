"""OAuth 2: codes and refresh tokens, and what they are exchanged for."""

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
    """The ready-made app."""
    return world.apps.find(defaults.APP_KEY)


def test_code_is_exchanged_for_a_bearer_token_once(world, app):
    """It lasts unless the app has asked otherwise."""
    code = world.oauth2.issue_code(app, 1)
    grant = world.oauth2.exchange_code(app, code)
    assert world.tokens.find(grant.access.token, bearer=True).account_id == 1
    assert (grant.lifetime_s, grant.refresh_token) == (None, None)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code)


def test_code_lapses(world, app):
    """The app has ten minutes."""
    code = world.oauth2.issue_code(app, 1)
    world.clock.advance(world.settings.code_lifetime_s)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code)


def test_exchange_of_another_app_does_not_spend_the_code(world, app):
    """The app that the code was issued to can still exchange it."""
    code = world.oauth2.issue_code(app, 1)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(world.apps.create("Other"), code)
    assert world.oauth2.exchange_code(app, code).access


@pytest.mark.parametrize("challenge", [None, PkceChallenge(S256, "S256")], ids=["none", "S256"])
def test_exchange_without_proof_of_the_app_does_not_spend_the_code(world, app, challenge):
    """An app's key is public, so neither the secret nor the right verifier came with it."""
    code = world.oauth2.issue_code(app, 1, challenge=challenge)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier="b" * 43, has_secret=False)
    with pytest.raises(SecretRequired):
        world.oauth2.exchange_code(app, code, has_secret=False)
    assert world.oauth2.exchange_code(app, code, verifier=challenge and VERIFIER).access


@pytest.mark.parametrize("method", ["S512", "s256", "PLAIN", ""])
def test_challenge_of_another_method_is_refused(method):
    """RFC 7636 knows `S256` and `plain`, in these letters."""
    with pytest.raises(InvalidChallenge, match="code_challenge_method"):
        PkceChallenge(S256, method)


BAD_VERIFIERS = ["", "a", "a" * 42, "a" * 129, "a" * 42 + "+", "é" * 43, "a" * 43 + "\n"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", BAD_VERIFIERS)
def test_challenge_of_another_form_is_refused(value, method):
    """It has 43 to 128 unreserved characters, with either method."""
    with pytest.raises(InvalidChallenge, match="43 to 128"):
        PkceChallenge(value, method)


@pytest.mark.parametrize("verifier", BAD_VERIFIERS)
def test_verifier_of_another_form_is_refused_and_spends_nothing(world, app, verifier):
    """The request is malformed before it is about any code."""
    code = world.oauth2.issue_code(app, 1, challenge=PkceChallenge(S256, "S256"))
    with pytest.raises(InvalidChallenge, match="43 to 128"):
        world.oauth2.exchange_code(app, code, verifier=verifier)
    assert world.oauth2.exchange_code(app, code, verifier=VERIFIER).access


def test_code_is_exchanged_where_it_was_sent(world, app):
    """The exchange names the address again."""
    code = world.oauth2.issue_code(app, 1, redirect_uri="https://a.example/")
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, redirect_uri="https://b.example/")


@pytest.mark.parametrize(("value", "method"), [(S256, "S256"), (VERIFIER, "plain")])
def test_challenge_is_met_by_its_verifier(world, app, value, method):
    """By either method."""
    code = world.oauth2.issue_code(app, 1, challenge=PkceChallenge(value, method))
    assert world.oauth2.exchange_code(app, code, verifier=VERIFIER).access


@pytest.mark.parametrize("verifier", [None, "b" * 43])
def test_challenge_is_met_by_nothing_else(world, app, verifier):
    """Neither by another word nor by none."""
    code = world.oauth2.issue_code(app, 1, challenge=PkceChallenge(S256, "S256"))
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier=verifier)


def test_verifier_without_a_challenge_is_refused(world, app):
    """Somebody has taken the challenge away."""
    code = world.oauth2.issue_code(app, 1)
    with pytest.raises(BadGrant):
        world.oauth2.exchange_code(app, code, verifier=VERIFIER)


def test_short_lived_token_expires(world, app):
    """After four hours of the emulated clock."""
    code = world.oauth2.issue_code(app, 1, short_lived=True)
    grant = world.oauth2.exchange_code(app, code)
    assert grant.lifetime_s == SHORT_LIVED_S
    world.clock.advance(SHORT_LIVED_S)
    with pytest.raises(TokenRevoked):
        world.tokens.find(grant.access.token, bearer=True)


def test_refresh_token_fetches_token_after_token(world, app):
    """Each short-lived, and each another."""
    code = world.oauth2.issue_code(app, 1, offline=True)
    grant = world.oauth2.exchange_code(app, code)
    fresh = [world.oauth2.refresh(app, grant.refresh_token) for _ in range(2)]
    assert len({grant.access.token, *(one.access.token for one in fresh)}) == 3
    assert {one.lifetime_s for one in fresh} == {SHORT_LIVED_S}


def test_refresh_token_of_another_app_or_revoked_fetches_nothing(world, app):
    """It is the app's own, until it is taken back."""
    grant = world.oauth2.exchange_code(app, world.oauth2.issue_code(app, 1, offline=True))
    with pytest.raises(BadGrant):
        world.oauth2.refresh(world.apps.create("Other"), grant.refresh_token)
    world.oauth2.revoke_refresh_token(grant.refresh_token)
    with pytest.raises(BadGrant):
        world.oauth2.refresh(app, grant.refresh_token)


def test_grant_shows_none_of_its_tokens(world, app):
    """It may come up in a log."""
    grant = world.oauth2.exchange_code(app, world.oauth2.issue_code(app, 1, offline=True))
    assert grant.access.token not in repr(grant)
    assert grant.refresh_token not in repr(grant)


def test_revoked_access_token_takes_its_refresh_token_along(world, app):
    """And its siblings; what another refresh token gave out stays good."""
    granted, stranger = (
        world.oauth2.exchange_code(app, world.oauth2.issue_code(app, 1, offline=True))
        for _ in range(2)
    )
    sibling = world.oauth2.refresh(app, granted.refresh_token)
    world.tokens.find(granted.access.token, bearer=True)
    world.tokens.revoke(sibling.access.token)
    with pytest.raises(BadGrant):
        world.oauth2.refresh(app, granted.refresh_token)
    for grant in (granted, sibling):
        with pytest.raises(TokenRevoked):
            world.tokens.find(grant.access.token, bearer=True)
    assert world.tokens.find(stranger.access.token, bearer=True)
    assert world.oauth2.refresh(app, stranger.refresh_token)


def test_revoked_token_of_an_oauth_1_token_leaves_that_one_good(world):
    """There is no refresh token to take along."""
    token = world.tokens.find(defaults.TOKEN)
    world.tokens.revoke(world.tokens.bearer_for(token).token)
    assert world.tokens.find(defaults.TOKEN) == token
