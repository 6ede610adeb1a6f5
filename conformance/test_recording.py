"""Recorded exchanges contain no private data, and all differences are found."""

import json

import pytest

from conformance.cassettes import differences, structural
from conformance.exchanges import masked
from conformance.wire import send


def exchange(body, status=200):
    """Return an exchange with this response."""
    request = {"method": "GET", "call": "/1/x", "params": {}}
    return {"request": request, "response": {"status": status, "body": body}}


def test_recorded_exchanges_have_no_secret(target):
    """Recorded exchanges contain no tokens, no name and no e-mail address."""
    info = target.client.account_info()
    target.put("recorded.txt")
    recorded = json.dumps(target.recorder.exchanges)
    session = target.client.session
    private = [*session.token, session.consumer_creds.secret, info["email"], info["display_name"]]
    assert [word for word in private if word in recorded] == []


@pytest.mark.emulator
def test_recorded_listing_has_no_entry_from_outside_the_folder(target):
    """Entries outside the run's folder are not recorded."""
    target.client.put_file("/elsewhere/private.txt", "content")
    target.put("own.txt")
    list(target.client.iter_delta())
    assert "private.txt" not in json.dumps(target.recorder.exchanges[1:])


def test_masked_values_keep_their_types():
    """Masked values keep their types, so that they can be compared."""
    assert masked({"uid": 5, "email": "a@b.example", "is_paired": True}) == {
        "uid": 0,
        "email": "(removed)",
        "is_paired": True,
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ({"a": 1}, {}, "is missing"),
        ({}, {"a": 1}, "is new"),
        ({"a": 1}, {"a": "1"}, "was int, now str"),
        ({"a": [1]}, {"a": []}, "had 1 items, now 0"),
    ],
    ids=["missing", "new", "type", "length"],
)
def test_difference_of_structure(old, new, message):
    """Each difference of structure is reported."""
    (text,) = structural([exchange(old)], [exchange(new)])
    assert text.endswith(message)


def test_differences_of_structure_are_reported_first():
    """Differences of structure are reported before differences of values."""
    found = differences([exchange({"a": "x", "b": 1})], [exchange({"a": "y"})])
    assert [text.rpartition(" ")[2] for text in found] == ["missing", "now"]


def test_different_status_is_a_difference_of_structure():
    """A different status counts as a difference of structure."""
    assert structural([exchange({}, 200)], [exchange({}, 404)])


def test_raw_requests_are_not_recorded(target):
    """Only requests of the client are recorded."""
    send(target, "GET", "/account/info")
    assert target.recorder.exchanges == []
