"""Schemas: accepted arguments, and error texts for other ones."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.world import World
from fakebox.v2 import cursors, ids
from fakebox.v2.schema import (
    Field,
    Malformed,
    Tagged,
    boolean,
    integer,
    items,
    optional,
    struct,
    text,
    timestamp,
    union,
)

EVERYTHING = struct(
    {
        "words": Field(items(text(min_length=1, max_length=3), min_items=1, max_items=2), None),
        "number": Field(integer(1, 9), 5),
        "flag": Field(boolean, False),
        "time": optional(timestamp),
        "mode": Field(
            union({"add": None, "update": text(), "link": struct({"url": text()})}), None
        ),
    }
)


def test_missing_field_has_its_default():
    """A missing field, or an optional field that is null, has its default."""
    read = EVERYTHING({"time": None})
    assert (read["number"], read["flag"], read["time"]) == (5, False, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("add", Tagged("add")),
        ({".tag": "add"}, Tagged("add")),
        ({".tag": "update", "update": "x"}, Tagged("update", "x")),
        ({".tag": "link", "url": "x"}, Tagged("link", {"url": "x"})),
    ],
    ids=["word", "tag", "value", "structure"],
)
def test_union_is_parsed_by_its_tag(value, expected):
    """A union is a tag, or an object with a tag and its value."""
    assert EVERYTHING({"mode": value})["mode"] == expected


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ({"words": "x"}, "words: expected list, got string"),
        ({"words": []}, "words: list must have at least 1 items, got 0"),
        ({"words": ["a"] * 3}, "words: list must have at most 2 items, got 3"),
        ({"words": ["a", ""]}, "words[1]: must be at least 1 characters, got 0"),
        ({"words": ["abcd"]}, "words[0]: must be at most 3 characters, got 4"),
        ({"words": ["\ud800"]}, "words[0]: not valid Unicode"),
        ({"number": True}, "number: expected integer, got boolean"),
        ({"number": 1.5}, "number: expected integer, got float"),
        ({"number": 10}, "number: 10 is not within range [1, 9]"),
        ({"flag": 1}, "flag: expected boolean, got integer"),
        ({"time": "yesterday"}, "time: time data 'yesterday' does not match format"),
        ({"time": 1}, "time: '1' expected to be a string, got integer"),
        ({"mode": 1}, "mode: expected union, got integer"),
        ({"mode": "delete"}, "mode: invalid tag 'delete'"),
        ({"mode": "update"}, "mode: tag 'update' must not be void"),
        ({"mode": {".tag": "link"}}, "mode.link: missing required field 'url'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_invalid_argument_is_rejected_with_its_position_and_reason(argument, reason):
    """The error text contains the path of the invalid field and the reason."""
    with pytest.raises(Malformed) as caught:
        EVERYTHING(argument)
    assert caught.value.text.startswith(reason)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists) | st.text())
def test_any_value_is_parsed_or_rejected(value):
    """No value raises an exception other than Malformed."""
    for argument in (value, {"words": value}, {"mode": value}, {"time": value}):
        with suppress(Malformed):
            EVERYTHING(argument)


@given(st.integers(0, 2**63), st.integers(-(2**63), 2**63 - 1))
def test_file_id_round_trips_in_its_namespace(namespace_id, number):
    """A file ID can be parsed only in its own namespace."""
    text_id = ids.file_id(namespace_id, number)
    assert ids.parse_id(text_id, namespace_id) == number
    assert ids.parse_id(text_id, namespace_id + 1) is None
    assert len(text_id) == len("id:") + 22


@given(st.text())
def test_any_text_is_parsed_as_id_or_ignored(text_id):
    """Parsing any text as an ID raises no exception."""
    if ids.parse_id(f"id:{text_id}", 7) is not None:
        assert ids.file_id(7, ids.parse_id(f"id:{text_id}", 7))


@pytest.fixture(scope="module")
def world():
    """A world whose cursors are decoded."""
    new_world = World()
    yield new_world
    new_world.close()


@given(text_id=st.text())
def test_unsigned_cursor_is_rejected(world, text_id):
    """A text that is not a signed cursor raises Malformed."""
    with pytest.raises(Malformed):
        cursors.FolderCursor.decode(world, text_id)
