"""Apps: keys, secrets and names."""

import pytest

from fakebox.core import defaults
from fakebox.core.errors import AlreadyTaken, IllegalPath, UnknownApp


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
