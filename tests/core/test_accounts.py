"""Whose Dropbox it is: accounts and apps."""

import pytest

from fakebox.core import defaults
from fakebox.core.errors import AlreadyTaken, IllegalPath, UnknownApp, WrongPassword


def test_account_is_opened_with_an_empty_dropbox(world):
    """Its names make the one that others see."""
    account = world.accounts.create("ada@example.com", "pw", given_name="Ada", surname="Byron")
    assert world.accounts.get(account.id) == account
    assert account in world.accounts.all()
    assert (account.display_name, account.used_bytes) == ("Ada Byron", 0)


def test_address_is_taken_in_any_case(world):
    """Mail doesn't tell them apart either."""
    world.accounts.create("ada@example.com", "pw")
    with pytest.raises(AlreadyTaken):
        world.accounts.create("ADA@example.com", "pw")


def test_owner_signs_in_with_the_password(world):
    """The address may be in any case, the password not."""
    account = world.accounts.create("ada@example.com", "pw")
    assert world.accounts.sign_in("ADA@example.com", "pw") == account


@pytest.mark.parametrize("credentials", [("ada@example.com", "PW"), ("who@example.com", "pw")])
def test_stranger_does_not_sign_in(world, credentials):
    """Whether the address is known isn't told."""
    world.accounts.create("ada@example.com", "pw")
    with pytest.raises(WrongPassword):
        world.accounts.sign_in(*credentials)


def test_account_may_let_every_app_in(world):
    """What isn't named stays."""
    account = world.accounts.all()[0]
    changed = world.accounts.configure(account.id, auto_approve=True)
    assert changed.auto_approve
    assert changed.quota_bytes == account.quota_bytes


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
