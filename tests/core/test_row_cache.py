"""Apps and tokens that are known by heart are never out of date."""

import pytest

from fakebox.core import defaults
from fakebox.core.errors import AlreadyTaken, AppDisabled, TokenRevoked, UnknownApp, UnknownToken


def test_token_is_refused_from_its_revocation_on(world):
    """However often it was good before."""
    world.tokens.find(defaults.TOKEN)
    world.tokens.revoke(defaults.TOKEN)
    with pytest.raises(TokenRevoked):
        world.tokens.find(defaults.TOKEN)


def test_token_expires_though_it_is_known(world):
    """Its time is looked at anew."""
    token = world.tokens.find(defaults.TOKEN)
    bearer = world.tokens.issue_bearer(token.app_id, token.account_id, "dropbox", lifetime_s=60)
    world.tokens.find(bearer.token, bearer=True)
    world.clock.advance(61)
    with pytest.raises(TokenRevoked):
        world.tokens.find(bearer.token, bearer=True)


def test_app_is_refused_once_it_is_disabled_and_let_in_again(world):
    """Each change counts at once."""
    world.apps.find(defaults.APP_KEY)
    world.apps.configure(defaults.APP_KEY, is_disabled=True)
    with pytest.raises(AppDisabled):
        world.apps.find(defaults.APP_KEY)
    world.apps.configure(defaults.APP_KEY, is_disabled=False)
    assert world.apps.find(defaults.APP_KEY).key == defaults.APP_KEY


def test_token_is_unknown_to_the_world_before_it(world):
    """A snapshot put back has the tokens of its own time."""
    snapshot = world.snapshot()
    token = world.tokens.issue(world.apps.find(defaults.APP_KEY), 1)
    world.tokens.find(token.token)
    world.restore(snapshot)
    with pytest.raises(UnknownToken):
        world.tokens.find(token.token)


def test_app_known_to_a_change_that_is_undone_is_unknown(world):
    """What was read of it then is not remembered."""
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
