"""The wire reference's table of parameters, checked off: what is missing, of another type, out of
bounds, or none of the words.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from fakebox.v1.app import create_v1

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "servers.md"
ROW = re.compile(r"^\| `([^`]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
# What a call needs before its other parameters are looked at; there is a picture at `/a.jpg`.
GIVEN = {
    "from_path": "/a.jpg",
    "to_path": "/b",
    "path": "/b",
    "root": "dropbox",
    "rev": "1029684ff",
    "url": "http://api.example/s/x/y",
    "query": "abc",
    "cursor": "c",
    "upload_id": "u",
}
UNROOTED = {"account/info", "chunked_upload", "delta", "delta/latest_cursor", "longpoll_delta"}


class Parameters(NamedTuple):
    """What a call takes."""

    needed: list[str]
    flags: list[str]
    numbers: list[str]
    words: list[str]


def names(cell):
    """The words in a cell's code."""
    return re.findall("`([^`]+)`", cell)


TABLE = {
    call: Parameters(
        names(needed), names(flags), re.findall(r"`\w+` [\d ]+", numbers), names(words)
    )
    for call, needed, flags, numbers, words in ROW.findall(PAGE.read_text())
}
METHODS = {
    rule.rule.partition("/<")[0].partition("<")[0].lstrip("/"): min(
        rule.methods - {"HEAD", "OPTIONS"}
    )
    for rule in sorted(create_v1().url_map.iter_rules(), key=lambda rule: min(rule.methods))
}
NEEDED = [(call, name) for call, row in TABLE.items() for name in row.needed]
FLAGS = [(call, name) for call, row in TABLE.items() for name in row.flags]
WORDS = [(call, name) for call, row in TABLE.items() for name in row.words]
NUMBERS = [
    (call, name.strip("`"), [int(bound) for bound in bounds])
    for call, row in TABLE.items()
    for name, *bounds in map(str.split, row.numbers)
]


@pytest.fixture
def complaint(api):
    """What a call says is wrong with its parameters."""
    api.upload("/a.jpg")

    def ask(call, **params):
        is_rooted = not (call in UNROOTED or call.startswith("fileops"))
        target = f"/{call}/dropbox/a.jpg" if is_rooted else f"/{call}"
        given = {name: GIVEN[name] for name in TABLE[call].needed}
        params = {name: value for name, value in {**given, **params}.items() if value is not None}
        method = "PUT" if call in ("files_put", "chunked_upload") else METHODS[call]
        if method == "PUT":
            answer = api.put(target, b"x", **params)
        else:
            answer = api.send(method, target, params)
        assert answer.status_code == 400, answer.text
        return json.loads(answer.text)["error"]

    return ask


def test_every_call_has_a_row():
    """But for those that hand out tokens."""
    assert TABLE.keys() == {call for call in METHODS if not call.startswith("oauth")}


@pytest.mark.parametrize(("call", "name"), NEEDED)
def test_needed_parameter_is_missed(complaint, call, name):
    """Whether it is left out or empty."""
    assert name in complaint(call, **{name: None})
    assert complaint(call, **{name: ""}) == {name: "Please enter a value"}


@pytest.mark.parametrize(("call", "name"), FLAGS)
def test_flag_is_true_or_false(complaint, call, name):
    """Nothing in between."""
    assert complaint(call, **{name: "maybe"}) == {name: "Value should be 'true' or 'false'"}


@pytest.mark.parametrize(("call", "name", "bounds"), NUMBERS)
def test_number_is_one_and_within_its_bounds(complaint, call, name, bounds):
    """One beyond either end is too far."""
    beyond = [bounds[0] - 1, *(bound + 1 for bound in bounds[1:])]
    for wrong in ("x", "1.5", "", *map(str, beyond)):
        assert name in complaint(call, **{name: wrong})


@pytest.mark.parametrize(("call", "name"), WORDS)
def test_word_is_one_of_those_that_there_are(complaint, call, name):
    """The text says which."""
    assert "must be one of" in complaint(call, **{name: "nonsense"})[name]
