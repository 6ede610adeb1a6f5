"""OAuth 2: codes and refresh tokens, and what they are exchanged for."""

import hashlib
from base64 import urlsafe_b64encode

import pytest

from fakebox.core import defaults
from fakebox.core.errors import BadGrant, TokenRevoked
from fakebox.core.grants import SHORT_LIVED_S, Challenge

VERIFIER = "a" * 43
S256 = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def app(world):
    """The ready-made app."""
    return world.apps.find(defaults.APP_KEY)


def test_code_is_exchanged_for_a_bearer_token_once(world, app):
    """It lasts unless the app has asked otherwise."""
    code = world.grants.issue_code(app, 1)
    grant = world.grants.exchange_code(app, code)
    assert world.tokens.find(grant.access.token, bearer=True).account_id == 1
    assert (grant.lifetime_s, grant.refresh_token) == (None, None)
    with pytest.raises(BadGrant):
        world.grants.exchange_code(app, code)


def test_code_lapses(world, app):
    """The app has ten minutes."""
    code = world.grants.issue_code(app, 1)
    world.clock.advance(world.settings.code_lifetime_s)
    with pytest.raises(BadGrant):
        world.grants.exchange_code(app, code)


def test_code_of_another_app_is_refused_and_spent(world, app):
    """Whoever has stolen it has spoilt it."""
    code = world.grants.issue_code(app, 1)
    with pytest.raises(BadGrant):
        world.grants.exchange_code(world.apps.create("Other"), code)
    with pytest.raises(BadGrant):
        world.grants.exchange_code(app, code)


def test_code_is_exchanged_where_it_was_sent(world, app):
    """The exchange names the address again."""
    code = world.grants.issue_code(app, 1, redirect_uri="https://a.example/")
    with pytest.raises(BadGrant):
        world.grants.exchange_code(app, code, redirect_uri="https://b.example/")


@pytest.mark.parametrize(("value", "method"), [(S256, "S256"), (VERIFIER, "plain")])
def test_challenge_is_met_by_its_verifier(world, app, value, method):
    """By either method."""
    code = world.grants.issue_code(app, 1, challenge=Challenge(value, method))
    assert world.grants.exchange_code(app, code, verifier=VERIFIER).access


@pytest.mark.parametrize("verifier", [None, "b" * 43])
def test_challenge_is_met_by_nothing_else(world, app, verifier):
    """Neither by another word nor by none."""
    code = world.grants.issue_code(app, 1, challenge=Challenge(S256, "S256"))
    with pytest.raises(BadGrant):
        world.grants.exchange_code(app, code, verifier=verifier)


def test_verifier_without_a_challenge_is_refused(world, app):
    """Somebody has taken the challenge away."""
    code = world.grants.issue_code(app, 1)
    with pytest.raises(BadGrant):
        world.grants.exchange_code(app, code, verifier=VERIFIER)


def test_short_lived_token_expires(world, app):
    """After four hours of the emulated clock."""
    code = world.grants.issue_code(app, 1, short_lived=True)
    grant = world.grants.exchange_code(app, code)
    assert grant.lifetime_s == SHORT_LIVED_S
    world.clock.advance(SHORT_LIVED_S)
    with pytest.raises(TokenRevoked):
        world.tokens.find(grant.access.token, bearer=True)


def test_refresh_token_fetches_token_after_token(world, app):
    """Each short-lived, and each another."""
    code = world.grants.issue_code(app, 1, offline=True)
    grant = world.grants.exchange_code(app, code)
    fresh = [world.grants.refresh(app, grant.refresh_token) for _ in range(2)]
    assert len({grant.access.token, *(one.access.token for one in fresh)}) == 3
    assert {one.lifetime_s for one in fresh} == {SHORT_LIVED_S}


def test_refresh_token_of_another_app_or_revoked_fetches_nothing(world, app):
    """It is the app's own, until it is taken back."""
    grant = world.grants.exchange_code(app, world.grants.issue_code(app, 1, offline=True))
    with pytest.raises(BadGrant):
        world.grants.refresh(world.apps.create("Other"), grant.refresh_token)
    world.grants.revoke_refresh_token(grant.refresh_token)
    with pytest.raises(BadGrant):
        world.grants.refresh(app, grant.refresh_token)


def test_grant_shows_none_of_its_tokens(world, app):
    """It may come up in a log."""
    grant = world.grants.exchange_code(app, world.grants.issue_code(app, 1, offline=True))
    assert grant.access.token not in repr(grant)
    assert grant.refresh_token not in repr(grant)


def test_revoked_access_token_takes_its_refresh_token_along(world, app):
    """And its siblings; what another refresh token gave out stays good."""
    granted, stranger = (
        world.grants.exchange_code(app, world.grants.issue_code(app, 1, offline=True))
        for _ in range(2)
    )
    sibling = world.grants.refresh(app, granted.refresh_token)
    world.tokens.find(granted.access.token, bearer=True)
    world.tokens.revoke(sibling.access.token)
    with pytest.raises(BadGrant):
        world.grants.refresh(app, granted.refresh_token)
    for grant in (granted, sibling):
        with pytest.raises(TokenRevoked):
            world.tokens.find(grant.access.token, bearer=True)
    assert world.tokens.find(stranger.access.token, bearer=True)
    assert world.grants.refresh(app, stranger.refresh_token)


def test_revoked_token_of_an_oauth_1_token_leaves_that_one_good(world):
    """There is no refresh token to take along."""
    token = world.tokens.find(defaults.TOKEN)
    world.tokens.revoke(world.tokens.bearer_for(token).token)
    assert world.tokens.find(defaults.TOKEN) == token
