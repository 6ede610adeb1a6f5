"""Rate limits: how many requests a token may make, and when it may make the next."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropbox.rest import ErrorResponse
from dropbox.retry import NEVER
from fakebox.middleware.rate_limit import RateLimit, RateLimiter


@pytest.fixture
def client(quick):
    """A client that doesn't wait by itself."""
    client = quick.client()
    client.retries = NEVER
    return client


def refused(client):
    """The status and Retry-After of a refused request; None if it was answered."""
    try:
        client.account_info()
    except ErrorResponse as error:
        return error.status, int(error.headers["Retry-After"])
    return None


def test_client_is_told_truthfully_when_to_come_back(quick, client):
    """A second earlier it is still too early; then it is not."""
    quick.clock.freeze()
    quick.limit_rate(2, 60)
    assert [refused(client), refused(client)] == [None, None]
    quick.clock.advance(10)
    assert refused(client) == (429, 50)
    quick.clock.advance(49)
    assert refused(client) == (429, 1)
    quick.clock.advance(1)
    assert refused(client) is None


def test_each_token_has_a_count_of_its_own(quick, client):
    """Another user isn't held up."""
    quick.limit_rate(1, 60)
    client.account_info()
    assert quick.client("other@fakebox.example").account_info()["uid"] == 2


def test_author_has_the_earlier_status(quick, client):
    """Before 2014 it was 503."""
    quick.limit_rate(1, 60, status=503)
    client.account_info()
    assert refused(client)[0] == 503


@pytest.mark.parametrize("figures", [(0, 60), (1, 0), (-1, 1), (1, -1)])
def test_limit_that_lets_nothing_through_is_refused(quick, figures):
    """It would say when to come back in vain."""
    with pytest.raises(ValueError, match="at least 1 request"):
        quick.limit_rate(*figures)


@example(1, 2.0, [2e-53, 1.0])
@given(
    st.integers(1, 5),
    st.floats(0.5, 100),
    st.lists(st.floats(0, 200), min_size=1, max_size=40).map(sorted),
)
def test_wait_is_never_too_short(requests, per_s, times):
    """Whoever comes back when told is let in, whatever happened before."""
    limits = RateLimiter()
    limits.rate = RateLimit(requests, per_s)
    for now_s in times:
        wait_s = limits.wait_s("token", now_s)
        if wait_s:
            assert limits.wait_s("token", now_s + wait_s) == 0
            return
