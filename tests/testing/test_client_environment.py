"""The environment variables that lead clients to an emulator."""

from __future__ import annotations

from fakebox.client_environment import environment


def test_environment_has_the_url_and_the_default_credentials() -> None:
    """The variables that the SDK and the examples read contain the URL and default credentials."""
    assert environment("http://127.0.0.1:8710/") == {
        "DROPBOX_ENDPOINT_URL": "http://127.0.0.1:8710",
        "DROPBOX_APP_KEY": "fakebox-app-key",
        "DROPBOX_APP_SECRET": "fakebox-app-secret",
        "DROPBOX_ACCESS_TOKEN": "fakebox-token",
        "DROPBOX_ACCESS_TOKEN_SECRET": "fakebox-token-secret",
        "DROPBOX_ACCESS_TYPE": "dropbox",
    }
