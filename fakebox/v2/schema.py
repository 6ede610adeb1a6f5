"""What the arguments of a route may be: a small language to say so, and reading by it.

A kind is a function that turns a decoded JSON value into what a view works with, or raises. All of
an argument is read before a view begins. Source: the wire reference of version 2, arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

Kind = Callable[[Any], Any]

_REQUIRED = object()
_TIMESTAMP = "%Y-%m-%dT%H:%M:%SZ"


class Malformed(Exception):
    """The argument isn't what the route takes.

    Attributes:
        why: in English.
        place: which field of which field it is about; empty for the whole.
    """

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(why, place)
        self.why = why
        self.place = place

    @property
    def text(self) -> str:
        """Where and why."""
        return f"{self.place}: {self.why}" if self.place else self.why

    def below(self, name: str) -> Malformed:
        """The same, of the field of a structure, or of the item of a list if that is its place."""
        dot = "" if not self.place or self.place.startswith("[") else "."
        return Malformed(self.why, f"{name}{dot}{self.place}")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a structure.

    Attributes:
        kind: what it may be.
        default: what it is when it is left out; without one it has to be there.
    """

    kind: Kind
    default: Any = _REQUIRED


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value of a union.

    Attributes:
        tag: which of its kinds it is.
        value: what that kind holds; `None` for one that holds nothing.
    """

    tag: str
    value: Any = None


def optional(kind: Kind) -> Field:
    """A field that may be left out or null, and is `None` then."""
    return Field(lambda value: None if value is None else kind(value), None)


def text(pattern: str | None = None, *, min_length: int = 0, max_length: int | None = None) -> Kind:
    """A string; the pattern is that of all of it."""
    form = re.compile(pattern or ".*", re.DOTALL)

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Malformed(f"'{value}' expected to be a string, got {_type_of(value)}")
        if len(value) < min_length:
            raise Malformed(f"must be at least {min_length} characters, got {len(value)}")
        if max_length is not None and len(value) > max_length:
            raise Malformed(f"must be at most {max_length} characters, got {len(value)}")
        if not form.fullmatch(value):
            raise Malformed(f"{value!r} did not match pattern '{pattern}'")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Malformed("not valid Unicode")
        return value

    return read


def integer(low: int, high: int) -> Kind:
    """A whole number between two, these included."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Malformed(f"expected integer, got {_type_of(value)}")
        if not low <= value <= high:
            raise Malformed(f"{value} is not within range [{low}, {high}]")
        return value

    return read


def number(low: float, high: float) -> Kind:
    """A number between two, these included."""

    def read(value: Any) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise Malformed(f"expected float, got {_type_of(value)}")
        if not low <= value <= high:
            raise Malformed(f"{value} is not within range [{low}, {high}]")
        return value

    return read


def boolean(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Malformed(f"expected boolean, got {_type_of(value)}")
    return value


def timestamp(value: Any) -> int:
    """A time, as seconds since 1970."""
    try:
        time = datetime.strptime(text()(value), _TIMESTAMP).replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise Malformed(f"time data {value!r} does not match format {_TIMESTAMP!r}") from error
    return int(time.timestamp())


def anything(value: Any) -> Any:
    """Whatever it is; for what the emulator takes and makes no use of."""
    return value


def nothing(value: Any) -> None:
    """No argument at all: null."""
    if value is not None:
        raise Malformed("expected null, got value")


def items(kind: Kind, *, min_items: int = 0, max_items: int | None = None) -> Kind:
    """A list of things of one kind."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Malformed(f"expected list, got {_type_of(value)}")
        if len(value) < min_items:
            raise Malformed(f"list must have at least {min_items} items, got {len(value)}")
        if max_items is not None and len(value) > max_items:
            raise Malformed(f"list must have at most {max_items} items, got {len(value)}")
        return [_read_at(f"[{index}]", kind, item) for index, item in enumerate(value)]

    return read


def struct(fields: Mapping[str, Field | Kind]) -> Kind:
    """A structure with these fields and no others."""
    known = {
        name: field if isinstance(field, Field) else Field(field) for name, field in fields.items()
    }

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Malformed(f"expected object, got {_type_of(value)}")
        for name in value:
            if name not in known and name != ".tag":
                raise Malformed(f"unknown field {name!r}")
        return {name: _read_field(name, field, value) for name, field in known.items()}

    return read


def union(kinds: Mapping[str, Kind | None]) -> Kind:
    """One of several kinds, told apart by a tag; `None` is one that holds nothing."""

    def read(value: Any) -> Tagged:
        tag = value.get(".tag") if isinstance(value, dict) else value
        if not isinstance(tag, str):
            raise Malformed(f"expected union, got {_type_of(value)}")
        if tag not in kinds:
            raise Malformed(f"invalid tag {tag!r}")
        kind = kinds[tag]
        if kind is None:
            return Tagged(tag)
        if not isinstance(value, dict):
            raise Malformed(f"tag {tag!r} must not be void")
        # A structure's fields stand beside the tag; anything else is under the tag's own name.
        return Tagged(tag, _read_at(tag, kind, value.get(tag, value)))

    return read


def _read_field(name: str, field: Field, value: dict[str, Any]) -> Any:
    if name in value:
        return _read_at(name, field.kind, value[name])
    if field.default is _REQUIRED:
        raise Malformed(f"missing required field {name!r}")
    return field.default


def _read_at(name: str, kind: Kind, value: Any) -> Any:
    try:
        return kind(value)
    except Malformed as error:
        raise error.below(name) from error


def _type_of(value: Any) -> str:
    names = {dict: "object", list: "list", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "integer" if isinstance(value, int) else "float")
