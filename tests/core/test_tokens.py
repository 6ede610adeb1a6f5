"""What is let in: request tokens, access tokens, and requests that came before."""

import pytest

from fakebox.core import defaults
from fakebox.core.errors import (
    AlreadyTaken,
    NonceUsed,
    RequestTokenNotAuthorized,
    RequestTokenNotFound,
    StaleTimestamp,
    UnknownToken,
    WrongAccessLevel,
)


@pytest.fixture
def app(world):
    """The ready-made app."""
    return world.apps.find(defaults.APP_KEY)


@pytest.fixture
def request_token(world, app):
    """A request token that nobody has answered."""
    return world.tokens.request(app)


def test_allowed_wish_is_exchanged_once(world, app, request_token):
    """Afterwards it is as if it had never been."""
    world.tokens.allow(request_token.token, 1)
    token = world.tokens.exchange(request_token.token)
    assert world.tokens.find(token.token) == token
    assert (token.app_id, token.account_id) == (app.id, 1)
    with pytest.raises(RequestTokenNotFound):
        world.tokens.exchange(request_token.token)


def test_wish_is_not_exchanged_before_it_is_allowed(world, request_token):
    """And may be allowed yet."""
    with pytest.raises(RequestTokenNotAuthorized):
        world.tokens.exchange(request_token.token)
    world.tokens.allow(request_token.token, 1)
    assert world.tokens.exchange(request_token.token)


def test_denied_wish_is_not_exchanged(world, request_token):
    """No is an answer."""
    assert world.tokens.deny(request_token.token).is_denied
    with pytest.raises(RequestTokenNotAuthorized):
        world.tokens.exchange(request_token.token)


@pytest.mark.parametrize("answers", ["allow, deny", "deny, allow"])
def test_wish_is_answered_once(world, request_token, answers):
    """The first word stands."""
    calls = {
        "allow": lambda: world.tokens.allow(request_token.token, 1),
        "deny": lambda: world.tokens.deny(request_token.token),
    }
    first, second = answers.split(", ")
    calls[first]()
    with pytest.raises(RequestTokenNotFound):
        calls[second]()


def test_wish_lapses(world, request_token):
    """The user has ten minutes."""
    world.clock.advance(world.settings.request_token_lifetime_s)
    with pytest.raises(RequestTokenNotFound):
        world.tokens.find_request(request_token.token)


def test_tokens_show_whose_they_are_and_nothing_else(world, request_token):
    """They may come up in a log."""
    token = world.tokens.find(defaults.TOKEN)
    bearer = world.tokens.find(defaults.BEARER_TOKEN, bearer=True)
    shown = f"{request_token!r} {token!r} {bearer!r}"
    for secret in (
        request_token.token,
        request_token.secret,
        token.token,
        token.secret,
        bearer.token,
    ):
        assert secret not in shown


def test_bearer_token_is_no_oauth_1_token(world):
    """One never passes for the other."""
    with pytest.raises(UnknownToken):
        world.tokens.find(defaults.BEARER_TOKEN)
    with pytest.raises(UnknownToken):
        world.tokens.find(defaults.TOKEN, bearer=True)


def test_bearer_for_an_oauth_1_token_is_the_same_each_time(world):
    """Until it is revoked."""
    token = world.tokens.find(defaults.TOKEN)
    first = world.tokens.bearer_for(token)
    assert world.tokens.bearer_for(token) == first
    world.tokens.revoke(first.token)
    assert world.tokens.bearer_for(token) != first


def test_revoked_token_is_not_among_all(world):
    """It is good for nothing."""
    before = {token.token for token in world.tokens.all()}
    world.tokens.revoke(defaults.TOKEN)
    assert before - {token.token for token in world.tokens.all()} == {defaults.TOKEN}


def test_token_is_taken_once(world, app):
    """And the refusal shows only how it begins."""
    with pytest.raises(AlreadyTaken) as caught:
        world.tokens.issue(app, 1, token=defaults.TOKEN)
    assert defaults.TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("access", "root", "sees"),
    [
        ("dropbox", None, ()),
        ("app_folder", None, ("Apps", defaults.APP_NAME)),
        ("either", None, ()),
        ("either", "app_folder", ("Apps", defaults.APP_NAME)),
        ("dropbox", "either", ()),
        ("dropbox", "dropbox", ()),
    ],
)
def test_token_sees_the_root_that_it_names_or_its_own(world, app, access, root, sees):
    """Unnamed, the root is what the token's access has."""
    token = world.tokens.issue(app, 1, access=access)
    assert world.tokens.scope(token, root).root == sees


@pytest.mark.parametrize(("access", "root"), [("dropbox", "app_folder"), ("app_folder", "dropbox")])
def test_token_does_not_see_another_root(world, app, access, root):
    """Neither reaches further than was granted."""
    token = world.tokens.issue(app, 1, access=access)
    with pytest.raises(WrongAccessLevel):
        world.tokens.scope(token, root)


def test_nonce_is_good_once(world):
    """For the same app, token and time."""
    now_s = world.clock.now_s()
    world.tokens.check_nonce("key", "token", now_s, "nonce")
    world.tokens.check_nonce("key", "another", now_s, "nonce")
    with pytest.raises(NonceUsed):
        world.tokens.check_nonce("key", "token", now_s, "nonce")


@pytest.mark.parametrize("off_s", [-301, 301])
def test_timestamp_far_from_every_clock_is_refused(world, off_s):
    """Five minutes either way."""
    world.clock.freeze()
    with pytest.raises(StaleTimestamp):
        world.tokens.check_nonce("key", "token", world.clock.now_s() + 2 * off_s, "nonce")


def test_timestamp_may_be_by_the_emulated_clock(world):
    """Or by the machine's, which the client knows."""
    machine_s = world.clock.machine_s()
    world.clock.advance(10**6)
    world.tokens.check_nonce("key", "token", world.clock.now_s(), "one")
    world.tokens.check_nonce("key", "token", machine_s, "two")
