"""Limits of request bodies of the control plane."""

import json

import pytest
import urllib3

from fakebox import Fakebox


@pytest.fixture
def control():
    """A function that posts a body to the clock, and returns the status and the error."""
    with Fakebox() as box, urllib3.PoolManager() as pool:

        def post(body):
            response = pool.request("POST", f"{box.url}/_fakebox/clock", body=body)
            return response.status, json.loads(response.data).get("error", "")

        yield post


def test_deeply_nested_json_is_400(control):
    """JSON that is nested too deeply for the decoder is answered with 400."""
    status, error = control(b"[" * 100_000)
    assert (status, "not JSON" in error) == (400, True)


def test_body_over_the_size_limit_is_400(control):
    """A body of more than a megabyte is answered with 400, with and without a Content-Length."""
    for body in (b" " * 1_100_000, iter([b" " * 1_100_000])):
        status, error = control(body)
        assert (status, "at most" in error) == (400, True)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
def test_number_with_more_than_64_bits_is_400(control, number):
    """A large number is answered with 400 at any level of the body."""
    status, error = control(json.dumps({"set_s": [{"deep": number}]}).encode())
    assert (status, error) == (400, "a number in the body has more than 64 bits")


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400"])
def test_nan_and_infinity_are_400(control, number):
    """NaN and infinities are not valid JSON."""
    status, error = control(b'{"set_s": [' + number + b"]}")
    assert (status, "not JSON" in error) == (400, True)


def test_lone_surrogate_is_400(control):
    """A lone surrogate is not valid Unicode."""
    status, error = control(rb'{"set_s": ["\ud800"]}')
    assert (status, "unpaired surrogate" in error) == (400, True)
