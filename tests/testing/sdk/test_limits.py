"""Tests of the rate limit: the number of requests per token, and the time to wait."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropbox.rest import ErrorResponse
from dropbox.retry import NEVER
from fakebox.middleware.rate_limit import RateLimit, RateLimiter


@pytest.fixture
def client(quick):
    """Returns a client that does not retry."""
    client = quick.client()
    client.retries = NEVER
    return client


def rate_limit_error(client):
    """Returns the status and `Retry-After` of a rejected request, or None if it succeeds."""
    try:
        client.account_info()
    except ErrorResponse as error:
        return error.status, int(error.headers["Retry-After"])
    return None


def test_retry_after_is_exact(quick, client):
    """A request succeeds after exactly `Retry-After` seconds, and not one second earlier."""
    quick.clock.freeze()
    quick.limit_rate(2, 60)
    assert [rate_limit_error(client), rate_limit_error(client)] == [None, None]
    quick.clock.advance(10)
    assert rate_limit_error(client) == (429, 50)
    quick.clock.advance(49)
    assert rate_limit_error(client) == (429, 1)
    quick.clock.advance(1)
    assert rate_limit_error(client) is None


def test_rate_limit_counts_each_token_separately(quick, client):
    """The rate limit of one account's token does not affect another account."""
    quick.limit_rate(1, 60)
    client.account_info()
    assert quick.client("other@fakebox.example").account_info()["uid"] == 2


def test_rate_limit_status_can_be_503(quick, client):
    """With `status=503`, a rejected request has the status that was used before 2014."""
    quick.limit_rate(1, 60, status=503)
    client.account_info()
    assert rate_limit_error(client)[0] == 503


@pytest.mark.parametrize("arguments", [(0, 60), (1, 0), (-1, 1), (1, -1)])
def test_rate_limit_that_allows_no_request_raises(quick, arguments):
    """A rate limit with no requests or no period raises `ValueError`."""
    with pytest.raises(ValueError, match="requests must be at least 1, and per_s a number above 0"):
        quick.limit_rate(*arguments)


@example(1, 2.0, [2e-53, 1.0])
@given(
    st.integers(1, 5),
    st.floats(0.5, 100),
    st.lists(st.floats(0, 200), min_size=1, max_size=40).map(sorted),
)
def test_wait_is_long_enough(requests, per_s, times):
    """A request after the stated wait is allowed, for any earlier request times."""
    limits = RateLimiter()
    limits.rate = RateLimit(requests, per_s)
    for now_s in times:
        wait_s = limits.wait_s("token", now_s)
        if wait_s:
            assert limits.wait_s("token", now_s + wait_s) == 0
            return
