"""The apps that ask for access: their keys, secrets and names."""

import pytest

from fakebox.core import defaults
from fakebox.core.errors import AlreadyTaken, IllegalPath, UnknownApp


def test_app_is_found_by_its_key(world):
    """Key and secret are drawn unless given."""
    app = world.apps.create("Mine", access="app_folder")
    assert world.apps.find(app.key) == world.apps.get(app.id) == app
    assert app in world.apps.all()


def test_app_shows_its_key_and_never_its_secret(world):
    """It may come up in a log."""
    app = world.apps.create("Mine", key="known", secret="hidden")
    assert "known" in repr(app)
    assert "hidden" not in repr(app)


def test_key_is_taken_once(world):
    """Two apps never share one."""
    with pytest.raises(AlreadyTaken):
        world.apps.create("Mine", key=defaults.APP_KEY)


def test_app_needs_a_name_that_a_folder_may_have(world):
    """Its folder will have it."""
    with pytest.raises(IllegalPath):
        world.apps.create("a/b")


def test_app_is_known_by_its_secret(world):
    """Another one is as good as no such app."""
    app = world.apps.create("Mine", secret="right")
    app.check_secret("right")
    with pytest.raises(UnknownApp):
        app.check_secret("wrong")
