"""Arguments: what is read, and in which words the rest is refused."""

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


def test_field_that_is_left_out_has_its_default():
    """An optional one may be null as well."""
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
def test_union_is_read_by_its_tag(value, expected):
    """The fields of a structure stand beside it."""
    assert EVERYTHING({"mode": value})["mode"] == expected


@pytest.mark.parametrize(
    ("argument", "why"),
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
def test_argument_is_refused_with_the_place_and_the_reason(argument, why):
    """From the outermost field in."""
    with pytest.raises(Malformed) as caught:
        EVERYTHING(argument)
    assert caught.value.text.startswith(why)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists) | st.text())
def test_whatever_is_sent_is_read_or_refused(value):
    """Nothing else comes of it."""
    for argument in (value, {"words": value}, {"mode": value}, {"time": value}):
        with suppress(Malformed):
            EVERYTHING(argument)


@given(st.integers(0, 2**63), st.integers(-(2**63), 2**63 - 1))
def test_id_leads_back_to_what_it_names(namespace_id, identity):
    """In its own namespace alone."""
    word = ids.file_id(namespace_id, identity)
    assert ids.parse_id(word, namespace_id) == identity
    assert ids.parse_id(word, namespace_id + 1) is None
    assert len(word) == len("id:") + 22


@given(st.text())
def test_id_that_nobody_issued_leads_nowhere(word):
    """However it is spelled."""
    if ids.parse_id(f"id:{word}", 7) is not None:
        assert ids.file_id(7, ids.parse_id(f"id:{word}", 7))


@pytest.fixture(scope="module")
def world():
    """Whose cursors are made up."""
    made = World()
    yield made
    made.close()


@given(word=st.text())
def test_cursor_that_nobody_issued_is_refused(world, word):
    """However it is spelled."""
    with pytest.raises(Malformed):
        cursors.FolderCursor.decode(world, word)
