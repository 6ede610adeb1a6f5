"""Apps: keys, secrets and names."""

import pytest

from fakebox.core import defaults
from fakebox.core.errors import AlreadyTaken, IllegalPath, InvalidRedirectUri, UnknownApp


def test_app_is_found_by_its_key(world):
    """A new app gets a random key and can be found by it."""
    app = world.apps.create("Mine", access="app_folder")
    assert world.apps.find(app.key) == world.apps.get(app.id) == app
    assert app in world.apps.all()


def test_repr_of_an_app_shows_its_key_without_its_secret(world):
    """The repr of an app contains its key but not its secret, because logs may contain reprs."""
    app = world.apps.create("Mine", key="known", secret="hidden")
    assert "known" in repr(app)
    assert "hidden" not in repr(app)


def test_app_key_is_unique(world):
    """Creating an app with the key of another app is rejected."""
    with pytest.raises(AlreadyTaken):
        world.apps.create("Mine", key=defaults.APP_KEY)


def test_app_name_must_be_a_legal_folder_name(world):
    """An app name that cannot name a folder is rejected, because the app folder has that name."""
    with pytest.raises(IllegalPath):
        world.apps.create("a/b")


def test_wrong_app_secret_is_rejected(world):
    """A wrong secret raises the same error as an unknown app."""
    app = world.apps.create("Mine", secret="right")
    app.check_secret("right")
    with pytest.raises(UnknownApp):
        app.check_secret("wrong")


@pytest.mark.parametrize(
    "uri", ["https://example.com/done?x=1", "http://localhost:8080", "com.example.app:/done"]
)
def test_redirect_uri_of_a_page_or_an_app_is_accepted(world, uri):
    """An absolute URI of the web, or with a custom scheme of an app, is stored."""
    assert world.apps.create("Mine", redirect_uris=(uri,)).redirect_uris == (uri,)


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("https://example.com/#x", "must not have a fragment"),
        ("https://example.com/ x", "must not have spaces"),
        ("https://example.com\\x", "must not have spaces, control characters or backslashes"),
        ("https://example.com:port/", "is not a valid URI"),
        ("https://example.com/\ud800", "is not a valid URI"),
        ("/relative", "must be an absolute URI"),
        ("https:///path", "must be an absolute URI"),
        ("javascript:alert(1)", "must be an absolute URI of a page or app"),
    ],
)
def test_redirect_uri_that_browsers_may_misread_is_rejected(world, uri, error):
    """The error contains the reason."""
    with pytest.raises(InvalidRedirectUri, match=error):
        world.apps.create("Mine", redirect_uris=(uri,))
