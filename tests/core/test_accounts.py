"""Whose Dropbox it is: accounts, their addresses and passwords."""

import pytest

from fakebox.core.errors import AlreadyTaken, WrongPassword
from tests.core.cost import steps_of


def test_account_is_opened_with_an_empty_dropbox(world):
    """Its names make the one that others see."""
    account = world.accounts.create("ada@example.com", "pw", given_name="Ada", surname="Byron")
    assert world.accounts.get(account.id) == world.accounts.find(account.id) == account
    assert world.accounts.find(account.id + 1) is None
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


def test_cost_of_signing_in_does_not_depend_on_how_many_accounts_there_are(world):
    """An address in any case is found in as many of SQLite's steps."""

    def cost():
        return steps_of(world, lambda: world.accounts.sign_in("ADA@example.com", "pw"))

    world.accounts.create("ada@example.com", "pw")
    few = cost()
    for number in range(50):
        world.accounts.create(f"{number}@example.com", "pw")
    assert cost() < few * 1.2
