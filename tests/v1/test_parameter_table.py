"""Check parameters with the reference's table: missing, mistyped, out of range or unknown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from fakebox.v1.app import create_v1

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "servers.md"
ROW = re.compile(r"^\| `([^`]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
# Valid values of the required parameters. The file `/a.jpg` is a picture.
VALID_VALUES = {
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
WITHOUT_ROOT = {"account/info", "chunked_upload", "delta", "delta/latest_cursor", "longpoll_delta"}


class Parameters(NamedTuple):
    """The parameters of a call."""

    required: list[str]
    flags: list[str]
    numbers: list[str]
    choices: list[str]


def names(cell):
    """Return the names that are formatted as code in a cell."""
    return re.findall("`([^`]+)`", cell)


TABLE = {
    call: Parameters(
        names(required), names(flags), re.findall(r"`\w+` [\d ]+", numbers), names(choices)
    )
    for call, required, flags, numbers, choices in ROW.findall(PAGE.read_text())
}
METHODS = {
    rule.rule.partition("/<")[0].partition("<")[0].lstrip("/"): min(
        rule.methods - {"HEAD", "OPTIONS"}
    )
    for rule in sorted(create_v1().url_map.iter_rules(), key=lambda rule: min(rule.methods))
}
REQUIRED = [(call, name) for call, row in TABLE.items() for name in row.required]
FLAGS = [(call, name) for call, row in TABLE.items() for name in row.flags]
CHOICES = [(call, name) for call, row in TABLE.items() for name in row.choices]
NUMBERS = [
    (call, name.strip("`"), [int(bound) for bound in bounds])
    for call, row in TABLE.items()
    for name, *bounds in map(str.split, row.numbers)
]


@pytest.fixture
def error_of(api):
    """A function that returns the error of a call with the given parameters."""
    api.upload("/a.jpg")

    def send_call(call, **params):
        is_rooted = not (call in WITHOUT_ROOT or call.startswith("fileops"))
        target = f"/{call}/dropbox/a.jpg" if is_rooted else f"/{call}"
        required = {name: VALID_VALUES[name] for name in TABLE[call].required}
        params = {
            name: value for name, value in {**required, **params}.items() if value is not None
        }
        method = "PUT" if call in ("files_put", "chunked_upload") else METHODS[call]
        if method == "PUT":
            response = api.put(target, b"x", **params)
        else:
            response = api.send(method, target, params)
        assert response.status_code == 400, response.text
        return json.loads(response.text)["error"]

    return send_call


def test_every_call_has_a_row():
    """The table contains every call except those that issue tokens."""
    assert TABLE.keys() == {call for call in METHODS if not call.startswith("oauth")}


@pytest.mark.parametrize(("call", "name"), REQUIRED)
def test_missing_or_empty_required_parameter_is_reported(error_of, call, name):
    """The error for a missing or empty required parameter contains its name."""
    assert name in error_of(call, **{name: None})
    assert error_of(call, **{name: ""}) == {name: "Please enter a value"}


@pytest.mark.parametrize(("call", "name"), FLAGS)
def test_flag_must_be_true_or_false(error_of, call, name):
    """A flag must be true or false; other values are answered with an error."""
    assert error_of(call, **{name: "maybe"}) == {name: "Value should be 'true' or 'false'"}


@pytest.mark.parametrize(("call", "name", "bounds"), NUMBERS)
def test_number_must_be_an_integer_within_its_bounds(error_of, call, name, bounds):
    """A value that is outside the bounds or not an integer is rejected."""
    outside = [bounds[0] - 1, *(bound + 1 for bound in bounds[1:])]
    for value in ("x", "1.5", "", *map(str, outside)):
        assert name in error_of(call, **{name: value})


@pytest.mark.parametrize(("call", "name"), CHOICES)
def test_choice_must_be_an_accepted_value(error_of, call, name):
    """The error for an unknown value contains the accepted values."""
    assert "must be one of" in error_of(call, **{name: "nonsense"})[name]
