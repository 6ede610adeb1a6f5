"""Accounts: creating, signing in and configuring."""

import pytest

from fakebox.core.errors import AlreadyTaken, WrongPassword
from tests.core.cost import steps_of


def test_new_account_has_an_empty_dropbox(world):
    """A new account uses no space, and its display name consists of given name and surname."""
    account = world.accounts.create("ada@example.com", "pw", given_name="Ada", surname="Byron")
    assert world.accounts.get(account.id) == world.accounts.find(account.id) == account
    assert world.accounts.find(account.id + 1) is None
    assert account in world.accounts.all()
    assert (account.display_name, account.used_bytes) == ("Ada Byron", 0)


def test_email_address_is_unique_regardless_of_case(world):
    """A second account with the same email address in another case is rejected."""
    world.accounts.create("ada@example.com", "pw")
    with pytest.raises(AlreadyTaken):
        world.accounts.create("ADA@example.com", "pw")


def test_sign_in_ignores_the_case_of_the_email_address(world):
    """Signing in accepts the email address in any case."""
    account = world.accounts.create("ada@example.com", "pw")
    assert world.accounts.sign_in("ADA@example.com", "pw") == account


@pytest.mark.parametrize("credentials", [("ada@example.com", "PW"), ("who@example.com", "pw")])
def test_sign_in_raises_the_same_error_for_a_wrong_password_or_address(world, credentials):
    """A wrong password and an unknown email address raise the same error."""
    world.accounts.create("ada@example.com", "pw")
    with pytest.raises(WrongPassword):
        world.accounts.sign_in(*credentials)


def test_configure_leaves_other_settings_unchanged(world):
    """Turning on automatic approval of apps leaves the quota unchanged."""
    account = world.accounts.all()[0]
    changed = world.accounts.configure(account.id, auto_approve=True)
    assert changed.auto_approve
    assert changed.quota_bytes == account.quota_bytes


def test_cost_of_signing_in_does_not_depend_on_the_number_of_accounts(world):
    """Signing in takes the same number of SQLite steps when there are many accounts."""

    def cost():
        return steps_of(world, lambda: world.accounts.sign_in("ADA@example.com", "pw"))

    world.accounts.create("ada@example.com", "pw")
    few = cost()
    for number in range(50):
        world.accounts.create(f"{number}@example.com", "pw")
    assert cost() < few * 1.2
