"""What every fresh emulator starts with, as others are told of it."""

from fakebox.core import defaults


def test_environment_points_at_the_emulator_with_its_ready_made_credentials():
    """The URL as the SDK takes it, and names that the SDK and the examples read."""
    assert defaults.environment("http://127.0.0.1:8710/") == {
        "DROPBOX_ENDPOINT_URL": "http://127.0.0.1:8710",
        "DROPBOX_APP_KEY": "fakebox-app-key",
        "DROPBOX_APP_SECRET": "fakebox-app-secret",
        "DROPBOX_ACCESS_TOKEN": "fakebox-token",
        "DROPBOX_ACCESS_TOKEN_SECRET": "fakebox-token-secret",
        "DROPBOX_ACCESS_TYPE": "dropbox",
    }


def test_ready_made_credentials_open_a_fresh_world(world):
    """Each of the tokens belongs to the ready-made app, and it to nobody else."""
    app = world.apps.find(defaults.APP_KEY)
    app.check_secret(defaults.APP_SECRET)
    for token in (defaults.TOKEN, defaults.SANDBOX_TOKEN, defaults.OTHER_TOKEN):
        assert world.tokens.find(token).app_id == app.id
    assert world.tokens.find(defaults.BEARER_TOKEN, bearer=True).app_id == app.id
