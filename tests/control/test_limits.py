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
    """A megabyte is more than any steering needs."""
    status, error = steer(b" " * 1_100_000)
    assert (status, "at most" in error) == (400, True)
