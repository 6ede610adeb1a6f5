"""Cached apps and tokens are never out of date."""

import pytest

from fakebox.core import defaults
from fakebox.core.errors import AlreadyTaken, AppDisabled, TokenRevoked, UnknownApp, UnknownToken


def test_revoked_token_is_rejected_after_it_was_cached(world):
    """A token that was cached is rejected as soon as it is revoked."""
    world.tokens.find(defaults.TOKEN)
    world.tokens.revoke(defaults.TOKEN)
    with pytest.raises(TokenRevoked):
        world.tokens.find(defaults.TOKEN)


def test_cached_token_expires(world):
    """The lifetime of a cached token is checked on each use."""
    token = world.tokens.find(defaults.TOKEN)
    bearer = world.tokens.issue_bearer(token.app_id, token.account_id, "dropbox", lifetime_s=60)
    world.tokens.find(bearer.token, bearer=True)
    world.clock.advance(61)
    with pytest.raises(TokenRevoked):
        world.tokens.find(bearer.token, bearer=True)


def test_disabling_and_enabling_a_cached_app_take_effect_at_once(world):
    """A cached app is rejected after it is disabled and accepted after it is enabled."""
    world.apps.find(defaults.APP_KEY)
    world.apps.configure(defaults.APP_KEY, is_disabled=True)
    with pytest.raises(AppDisabled):
        world.apps.find(defaults.APP_KEY)
    world.apps.configure(defaults.APP_KEY, is_disabled=False)
    assert world.apps.find(defaults.APP_KEY).key == defaults.APP_KEY


def test_restoring_a_snapshot_drops_cached_tokens(world):
    """A token issued after a snapshot is unknown when the snapshot is restored."""
    snapshot = world.snapshot()
    token = world.tokens.issue(world.apps.find(defaults.APP_KEY), 1)
    world.tokens.find(token.token)
    world.restore(snapshot)
    with pytest.raises(UnknownToken):
        world.tokens.find(token.token)


def test_rows_read_in_a_rolled_back_transaction_are_not_cached(world):
    """An app created in a transaction that is rolled back is unknown afterwards."""
    before = {app.key for app in world.apps.all()}

    def make_twice():
        with world._context.database.transaction():
            world.apps.find(world.apps.create("Another", key="another").key)
            world.apps.create("Another", key="another")

    with pytest.raises(AlreadyTaken):
        make_twice()
    assert {app.key for app in world.apps.all()} == before
    with pytest.raises(UnknownApp):
        world.apps.find("another")
