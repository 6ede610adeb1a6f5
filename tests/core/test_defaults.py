"""Default credentials of a new emulator."""

from fakebox.core import defaults


def test_default_credentials_are_valid_in_a_new_world(world):
    """Each default token belongs to the default app."""
    app = world.apps.find(defaults.APP_KEY)
    app.check_secret(defaults.APP_SECRET)
    for token in (defaults.TOKEN, defaults.SANDBOX_TOKEN, defaults.OTHER_TOKEN):
        assert world.tokens.find(token).app_id == app.id
    assert world.tokens.find(defaults.BEARER_TOKEN, bearer=True).app_id == app.id
