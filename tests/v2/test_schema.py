"""Schemas: the values that they accept, and the errors for all others."""

from __future__ import annotations

from contextlib import suppress
from types import NoneType
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.world import World
from fakebox.v2.app import create_v2
from fakebox.v2.files.listing import FolderCursor
from fakebox.v2.responses import file_id, parse_file_id
from fakebox.v2.route_styles import Route
from fakebox.v2.schema import (
    Length,
    Malformed,
    Range,
    Struct,
    Tagged,
    Text,
    Timestamp,
    reader,
)


class Link(Struct):
    """A variant of a union."""

    url: str


class Everything(Struct):
    """A schema with every kind of field."""

    words: Annotated[tuple[Annotated[str, Text("[a-z]*", 1, 3)], ...], Length(1, 2)] = ("x",)
    name: Annotated[str, Text(rejected={"/": "no slash"})] = ""
    number: Annotated[int, Range(1, 9)] = 5
    ratio: Annotated[float, Range(0, 1)] = 0.5
    flag: bool = False
    time: Timestamp | None = None
    mode: (
        Literal["add", "overwrite"]
        | Tagged[Literal["update"], Annotated[str, Text()]]
        | Tagged[Literal["link"], Link]
    ) = "add"


class Optional(Link):
    """A schema with a base class that has fields as well."""

    number: Annotated[int, Range(1, 9)]
    flag: bool = False


read = reader(Everything)


def plain(value):
    """A value with its structs and variants as dictionaries."""
    match value:
        case Struct():
            return {name: plain(field) for name, field in vars(value).items()}
        case Tagged(tag, inner):
            return {"tag": tag, "value": plain(inner)}
        case _:
            return value


def test_missing_field_has_its_default():
    """A field that may be null accepts null as well."""
    argument = read({"time": None})
    assert (argument.words, argument.number, argument.flag) == (("x",), 5, False)
    assert (argument.mode, argument.time) == ("add", None)


def test_argument_becomes_an_instance_of_the_schema():
    """Every field has the type of its annotation."""
    argument = {
        "words": ["a", "b"],
        "name": "n",
        "number": 1,
        "ratio": 1,
        "flag": True,
        "time": "1970-01-01T00:01:00Z",
        "mode": "overwrite",
    }
    expected = Everything(
        words=("a", "b"),
        name="n",
        number=1,
        ratio=1.0,
        flag=True,
        time=60,
        mode="overwrite",
    )
    assert plain(read(argument)) == plain(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("add", "add"),
        ({".tag": "add"}, "add"),
        ({".tag": "update", "update": "x"}, {"tag": "update", "value": "x"}),
        ({".tag": "link", "url": "x"}, {"tag": "link", "value": {"url": "x"}}),
        ({".tag": "link", "link": {"url": "x"}}, {"tag": "link", "value": {"url": "x"}}),
    ],
    ids=["text", "tag", "value", "fields-beside-the-tag", "fields-below-the-tag"],
)
def test_union_is_parsed_by_its_tag(value, expected):
    """An object has its fields next to `.tag`; another value is in a field named like the tag."""
    assert plain(read({"mode": value}).mode) == expected


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ([], "expected object, got list"),
        ({"x": 1}, "unknown field 'x'"),
        ({"words": "x"}, "words: expected list, got string"),
        ({"words": []}, "words: '[]' has fewer than 1 items"),
        ({"words": ["a"] * 3}, "words: \"['a', 'a', 'a']\" has more than 2 items"),
        ({"words": ["a", ""]}, "words: '' must be at least 1 characters, got 0"),
        ({"words": ["abcd"]}, "words: 'abcd' must be at most 3 characters, got 4"),
        ({"words": ["A"]}, "words: 'A' did not match pattern '[a-z]*'"),
        ({"name": "/"}, "name: no slash"),
        ({"name": "\ud800"}, "name: not valid Unicode"),
        ({"number": True}, "number: expected integer, got boolean"),
        ({"number": 1.5}, "number: expected integer, got float"),
        ({"number": 10}, "number: 10 is not within range [1, 9]"),
        ({"number": None}, "number: expected integer, got null"),
        ({"ratio": "1"}, "ratio: expected real number, got string"),
        ({"ratio": 1.5}, "ratio: 1.500000 is not less than 1.000000"),
        ({"flag": 1}, "flag: 1 is not a valid boolean"),
        ({"time": "yesterday"}, "time: time data 'yesterday' does not match format"),
        (
            {"time": "\uff12013-01-01T00:00:00Z"},
            "time: time data '\uff12013-01-01T00:00:00Z' does not",
        ),
        ({"time": 1}, "time: '1' expected to be a string, got integer"),
        ({"mode": 1}, "mode: expected string or object, got integer"),
        ({"mode": "delete"}, "mode: unknown tag 'delete'"),
        ({"mode": "update"}, "mode: expected object for 'update', got symbol"),
        ({"words": [["a"]]}, "words: '['a']' expected to be a string, got list"),
        ({"words": ["x" * 2000]}, f"words: '{'x' * 1000} [The string has been truncated"),
        ({"name": None}, "name: 'None' expected to be a string, got null"),
        ({"number": 10**5000}, "number: [The string has been truncated due to its length] is not"),
        ({"ratio": -0.5}, "ratio: -0.500000 is not greater than 0.000000"),
        ({"ratio": float("nan")}, "ratio: nan values are not supported"),
        ({"ratio": 10**400}, "ratio: too large for float"),
        ({"ratio": True}, "ratio: expected real number, got boolean"),
        ({"flag": "true"}, "flag: 'true' is not a valid boolean"),
        ({"flag": None}, "flag: None is not a valid boolean"),
        ({"flag": 10**5000}, "flag: [The string has been truncated due to its length] is not a"),
        ({"mode": {}}, "mode: missing '.tag' key"),
        ({"mode": {".tag": 1}}, "mode: tag must be string, got integer"),
        ({"mode": {".tag": "remove"}}, "mode: unknown tag 'remove'"),
        ({"mode": {".tag": "add", "x": 1}}, "mode: unexpected key 'x'"),
        ({"mode": {".tag": "add", "add": 1}}, "mode: expected null, got integer"),
        ({"mode": {".tag": "update"}}, "mode: missing 'update' key"),
        ({"mode": {".tag": "update", "update": 1}}, "mode.update: '1' expected to be a string"),
        ({"mode": {".tag": "update", "update": "x", "y": 1}}, "mode: unexpected key 'y'"),
        ({"mode": {".tag": "link"}}, "mode.link: missing required field 'url'"),
        ({"flag": 1, "number": 0}, "number: 0 is not within range [1, 9]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_argument_is_rejected_with_the_place_and_the_reason(argument, reason):
    """The place begins with the outermost field."""
    with pytest.raises(Malformed) as caught:
        read(argument)
    assert caught.value.text.startswith(reason)


def test_field_of_an_argument_cannot_be_assigned():
    """An assignment to a field raises an error."""
    with pytest.raises(AttributeError, match="number"):
        read({}).number = 1


def test_secret_is_not_in_the_repr_of_an_argument():
    """The repr of an argument contains no field."""
    assert "secret" not in repr(read({"name": "secret"}))


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ({}, "missing required field 'url'"),
        ({"url": ""}, "missing required field 'number'"),
        ({"flag": 1, "url": "", "number": 0}, "number: 0 is not within range [1, 9]"),
    ],
    ids=["none", "one", "wrong"],
)
def test_required_fields_are_validated_before_the_others(argument, reason):
    """The fields are validated in the order of their definitions, the base class first."""
    with pytest.raises(Malformed) as caught:
        reader(Optional)(argument)
    assert caught.value.text == reason


class _WithoutRange(Struct):
    number: int


class _Ambiguous(Struct):
    number: str | bool


@pytest.mark.parametrize("schema", [_WithoutRange, _Ambiguous])
def test_unsupported_annotation_is_an_error(schema):
    """The error contains the annotation."""
    with pytest.raises(TypeError, match=schema.__annotations__["number"].partition(" ")[0]):
        reader(schema)


def test_route_without_an_argument_accepts_null_only():
    """The error is the same as the error of the service."""
    assert reader(NoneType)(None) is None
    with pytest.raises(Malformed, match="expected null, got value"):
        reader(NoneType)({})


def test_every_route_has_the_schema_of_its_view():
    """The schema of each route is the type of its view's argument."""
    routes = [view for view in create_v2().view_functions.values() if isinstance(view, Route)]
    assert len(routes) == len({route.name for route in routes}) > 60
    for route in routes:
        _, annotation, _ = route.view.__annotations__.values()
        assert callable(route.read)
        assert annotation == ("None" if route.schema is NoneType else route.schema.__name__)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists) | st.text())
def test_any_value_is_read_or_rejected_as_malformed(value):
    """A value is read, or raises Malformed and no other exception."""
    for argument in (value, *({name: value} for name in ("words", "mode", "time", "ratio"))):
        with suppress(Malformed):
            read(argument)


@given(st.integers(0, 2**63), st.integers(-(2**63), 2**63 - 1))
def test_file_id_is_parsed_in_its_own_namespace(namespace_id, number):
    """A file ID is unknown in any other namespace."""
    text = file_id(namespace_id, number)
    assert parse_file_id(text, namespace_id) == number
    assert parse_file_id(text, namespace_id + 1) is None
    assert len(text) == len("id:") + 22


@given(st.text())
def test_text_that_is_not_a_file_id_is_unknown(text):
    """Any text is rejected unless it is the ID that `file_id` returns for its number."""
    if (number := parse_file_id(f"id:{text}", 7)) is not None:
        assert file_id(7, number) == f"id:{text}"


@pytest.fixture(scope="module")
def world():
    """A world that has issued no cursor."""
    new_world = World()
    yield new_world
    new_world.close()


@given(text=st.text())
def test_cursor_that_was_not_issued_is_rejected(world, text):
    """Any text is rejected as a cursor of a world that has issued no cursor."""
    with pytest.raises(Malformed):
        FolderCursor.decode(world, text)
