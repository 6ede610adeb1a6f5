"""Request tokens, access tokens, and nonces."""

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
    """The default app."""
    return world.apps.find(defaults.APP_KEY)


@pytest.fixture
def request_token(world, app):
    """A request token that is neither allowed nor denied."""
    return world.tokens.request(app)


def test_allowed_request_token_is_exchanged_once(world, app, request_token):
    """A request token that was exchanged is not found any more."""
    world.tokens.allow(request_token.token, 1)
    token = world.tokens.exchange(request_token.token)
    assert world.tokens.find(token.token) == token
    assert (token.app_id, token.account_id) == (app.id, 1)
    with pytest.raises(RequestTokenNotFound):
        world.tokens.exchange(request_token.token)


def test_request_token_is_not_exchanged_before_it_is_allowed(world, request_token):
    """An early exchange is rejected, and the request token can still be allowed."""
    with pytest.raises(RequestTokenNotAuthorized):
        world.tokens.exchange(request_token.token)
    world.tokens.allow(request_token.token, 1)
    assert world.tokens.exchange(request_token.token)


def test_denied_request_token_is_not_exchanged(world, request_token):
    """A denied request token cannot be exchanged."""
    assert world.tokens.deny(request_token.token).is_denied
    with pytest.raises(RequestTokenNotAuthorized):
        world.tokens.exchange(request_token.token)


@pytest.mark.parametrize("decisions", ["allow, deny", "deny, allow"])
def test_request_token_is_allowed_or_denied_once(world, request_token, decisions):
    """After a request token is allowed or denied, the other decision is rejected."""
    calls = {
        "allow": lambda: world.tokens.allow(request_token.token, 1),
        "deny": lambda: world.tokens.deny(request_token.token),
    }
    first, second = decisions.split(", ")
    calls[first]()
    with pytest.raises(RequestTokenNotFound):
        calls[second]()


def test_request_token_expires(world, request_token):
    """A request token is not found after its lifetime."""
    world.clock.advance(world.settings.request_token_lifetime_s)
    with pytest.raises(RequestTokenNotFound):
        world.tokens.find_request(request_token.token)


def test_repr_of_a_token_contains_no_secret(world, request_token):
    """The repr of a token contains no secret, because logs may contain reprs."""
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


def test_bearer_and_oauth1_tokens_are_not_interchangeable(world):
    """A token of one kind is not accepted as the other kind."""
    with pytest.raises(UnknownToken):
        world.tokens.find(defaults.BEARER_TOKEN)
    with pytest.raises(UnknownToken):
        world.tokens.find(defaults.TOKEN, bearer=True)


def test_bearer_for_an_oauth1_token_is_reused_until_revoked(world):
    """An OAuth 1 token is exchanged for the same bearer token until the bearer token is revoked."""
    token = world.tokens.find(defaults.TOKEN)
    first = world.tokens.bearer_for(token)
    assert world.tokens.bearer_for(token) == first
    world.tokens.revoke(first.token)
    assert world.tokens.bearer_for(token) != first


def test_revoked_token_is_not_listed(world):
    """The list of all tokens does not contain a revoked token."""
    before = {token.token for token in world.tokens.all()}
    world.tokens.revoke(defaults.TOKEN)
    assert before - {token.token for token in world.tokens.all()} == {defaults.TOKEN}


def test_token_is_unique(world, app):
    """Issuing an existing token is rejected, and the error does not contain the whole token."""
    with pytest.raises(AlreadyTaken) as caught:
        world.tokens.issue(app, 1, token=defaults.TOKEN)
    assert defaults.TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("access", "root", "expected_root"),
    [
        ("dropbox", None, ()),
        ("app_folder", None, ("Apps", defaults.APP_NAME)),
        ("either", None, ()),
        ("either", "app_folder", ("Apps", defaults.APP_NAME)),
        ("dropbox", "either", ()),
        ("dropbox", "dropbox", ()),
    ],
)
def test_scope_has_the_requested_root_or_the_root_of_the_token(
    world, app, access, root, expected_root
):
    """Without a requested root, the scope has the root of the token's access type."""
    token = world.tokens.issue(app, 1, access=access)
    assert world.tokens.scope(token, root).root == expected_root


@pytest.mark.parametrize(("access", "root"), [("dropbox", "app_folder"), ("app_folder", "dropbox")])
def test_scope_rejects_a_root_outside_the_access_type(world, app, access, root):
    """A root that does not match the token's access type raises WrongAccessLevel."""
    token = world.tokens.issue(app, 1, access=access)
    with pytest.raises(WrongAccessLevel):
        world.tokens.scope(token, root)


def test_nonce_is_accepted_once(world):
    """A nonce is accepted once for the same app, token and time."""
    now_s = world.clock.now_s()
    world.tokens.check_nonce("key", "token", now_s, "nonce")
    world.tokens.check_nonce("key", "another", now_s, "nonce")
    with pytest.raises(NonceUsed):
        world.tokens.check_nonce("key", "token", now_s, "nonce")


@pytest.mark.parametrize("off_s", [-301, 301])
def test_timestamp_far_from_the_clock_is_rejected(world, off_s):
    """A timestamp more than five minutes before or after the clock is rejected."""
    world.clock.freeze()
    with pytest.raises(StaleTimestamp):
        world.tokens.check_nonce("key", "token", world.clock.now_s() + 2 * off_s, "nonce")


def test_timestamp_may_match_either_clock(world):
    """A timestamp is accepted if it is close to the world's clock or the machine's clock."""
    machine_s = world.clock.machine_s()
    world.clock.advance(10**6)
    world.tokens.check_nonce("key", "token", world.clock.now_s(), "one")
    world.tokens.check_nonce("key", "token", machine_s, "two")
