"""Default credentials of a new emulator, and the environment variables that contain them."""

from fakebox.core import defaults


def test_environment_has_the_url_and_the_default_credentials():
    """The variables that the SDK and the examples read contain the URL and default credentials."""
    assert defaults.environment("http://127.0.0.1:8710/") == {
        "DROPBOX_ENDPOINT_URL": "http://127.0.0.1:8710",
        "DROPBOX_APP_KEY": "fakebox-app-key",
        "DROPBOX_APP_SECRET": "fakebox-app-secret",
        "DROPBOX_ACCESS_TOKEN": "fakebox-token",
        "DROPBOX_ACCESS_TOKEN_SECRET": "fakebox-token-secret",
        "DROPBOX_ACCESS_TYPE": "dropbox",
    }


def test_default_credentials_are_valid_in_a_new_world(world):
    """Each default token belongs to the default app."""
    app = world.apps.find(defaults.APP_KEY)
    app.check_secret(defaults.APP_SECRET)
    for token in (defaults.TOKEN, defaults.SANDBOX_TOKEN, defaults.OTHER_TOKEN):
        assert world.tokens.find(token).app_id == app.id
    assert world.tokens.find(defaults.BEARER_TOKEN, bearer=True).app_id == app.id
