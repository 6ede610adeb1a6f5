"""What may be sent to the control plane."""

import json

import pytest
import urllib3

from fakebox import Fakebox


@pytest.fixture
def steer():
    """Posts a body to the clock, and returns status and error."""
    with Fakebox() as box, urllib3.PoolManager() as pool:

        def post(body):
            answer = pool.request("POST", f"{box.url}/_fakebox/clock", body=body)
            return answer.status, json.loads(answer.data).get("error", "")

        yield post


def test_json_too_deep_to_be_meant_is_refused(steer):
    """400, not a crash."""
    status, error = steer(b"[" * 100_000)
    assert (status, "not JSON" in error) == (400, True)


def test_body_too_long_to_be_meant_is_refused(steer):
    """A megabyte is more than any steering needs, whether its length is told before or not."""
    for body in (b" " * 1_100_000, iter([b" " * 1_100_000])):
        status, error = steer(body)
        assert (status, "at most" in error) == (400, True)


@pytest.mark.parametrize("figure", [2**63, -(2**63) - 1, 10**400])
def test_number_that_nothing_can_hold_is_refused(steer, figure):
    """Wherever it stands."""
    status, error = steer(json.dumps({"set_s": [{"deep": figure}]}).encode())
    assert (status, error) == (400, "a number in the body has more than 64 bits")


@pytest.mark.parametrize("figure", [b"NaN", b"Infinity", b"-Infinity", b"1e400"])
def test_number_that_is_none_is_refused(steer, figure):
    """JSON has none of these."""
    status, error = steer(b'{"set_s": [' + figure + b"]}")
    assert (status, "not JSON" in error) == (400, True)


def test_text_that_is_no_unicode_is_refused(steer):
    """Half a surrogate pair is no character."""
    status, error = steer(rb'{"set_s": ["\ud800"]}')
    assert (status, "unpaired surrogate" in error) == (400, True)
