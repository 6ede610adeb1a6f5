"""What is kept of exchanges: nothing private, and every difference."""

import json

import pytest

from conformance.cassettes import differences, structural
from conformance.exchanges import masked
from conformance.wire import ask


def exchange(body, status=200):
    """An exchange with this answer."""
    request = {"method": "GET", "call": "/1/x", "params": {}}
    return {"request": request, "answer": {"status": status, "body": body}}


def test_kept_exchanges_have_no_secret(target):
    """Neither the tokens that sign nor the person's name and address."""
    info = target.client.account_info()
    target.put("kept.txt")
    kept = json.dumps(target.recorder.exchanges)
    session = target.client.session
    private = [*session.token, session.consumer_creds.secret, info["email"], info["display_name"]]
    assert [word for word in private if word in kept] == []


@pytest.mark.emulator
def test_kept_listing_has_no_entry_from_outside_the_folder(target):
    """The rest of the account is somebody's own."""
    target.client.put_file("/elsewhere/private.txt", "content")
    target.put("own.txt")
    list(target.client.iter_delta())
    assert "private.txt" not in json.dumps(target.recorder.exchanges[1:])


def test_masked_values_keep_their_types():
    """So that structure and types can still be compared."""
    assert masked({"uid": 5, "email": "a@b.example", "is_paired": True}) == {
        "uid": 0,
        "email": "(removed)",
        "is_paired": True,
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"a": 1}, {}, "is missing"),
        ({}, {"a": 1}, "is new"),
        ({"a": 1}, {"a": "1"}, "kept as int, now str"),
        ({"a": [1]}, {"a": []}, "had 1 items, has 0"),
    ],
    ids=["missing", "new", "type", "length"],
)
def test_difference_of_structure(old, new, told):
    """Each is told, and is structural."""
    (text,) = structural([exchange(old)], [exchange(new)])
    assert text.endswith(told)


def test_structure_comes_before_values():
    """Whatever their order in the answer."""
    found = differences([exchange({"a": "x", "b": 1})], [exchange({"a": "y"})])
    assert [text.rpartition(" ")[2] for text in found] == ["missing", "now"]


def test_status_is_structure():
    """Another status is another answer."""
    assert structural([exchange({}, 200)], [exchange({}, 404)])


def test_raw_requests_are_not_recorded(target):
    """Only the client's are."""
    ask(target, "GET", "/account/info")
    assert target.recorder.exchanges == []
