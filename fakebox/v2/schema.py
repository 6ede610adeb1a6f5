"""Schemas: classes with annotations that define the valid JSON values.

The argument of a route is a subclass of `Struct`. `reader` returns a function that validates a
decoded JSON value by the annotations, and returns an instance. An annotation is one of these:

- `str` or `Annotated[str, Text(...)]`: a string.
- `bool`: a boolean.
- `Annotated[int, Range(...)]` or `Annotated[float, Range(...)]`: a number.
- `Timestamp`: a time, which becomes an int.
- `tuple[X, ...]` or `Annotated[tuple[X, ...], Length(...)]`: a list.
- a subclass of `Struct`: an object with these fields and no others.
- `Literal["a", "b"]`: a union whose variants have no values. It becomes the tag.
- `Literal["a"] | Tagged[Literal["b"], X]`: a union with variants that have values.
- `X | None`: null or `X`.
- `Ignored`: any value.

A field may be left out if it has a default. Required fields are validated first, then the others,
both in the order of their definition. Source: the wire reference of version 2, arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Generic,
    Literal,
    NoReturn,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        """Do nothing: only type checkers use it, and Python 3.10 does not have it."""
        return lambda decorated: decorated


T = TypeVar("T")
TagT = TypeVar("TagT", bound=str)
ValueT = TypeVar("ValueT")

JSONValue: TypeAlias = (
    "bool | int | float | str | Sequence[JSONValue] | Mapping[str, JSONValue] | None"
)
JSONObject: TypeAlias = "dict[str, JSONValue]"

Reader: TypeAlias = Callable[[object], T]

_TIMESTAMP = "%Y-%m-%dT%H:%M:%SZ"
_SURROGATES = re.compile("[\ud800-\udfff]")
_TYPE_NAMES: dict[type, str] = {
    dict: "object",
    list: "list",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "float",
    NoneType: "null",
}


class Malformed(Exception):
    """The argument is not valid for the route.

    Attributes:
        reason: the reason, in English.
        place: the path of the field, as `entries[0].path`; empty for the whole argument.
    """

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason, place)
        self.reason = reason
        self.place = place

    @property
    def text(self) -> str:
        """The place and the reason."""
        return f"{self.place}: {self.reason}" if self.place else self.reason

    def below(self, name: str) -> Malformed:
        """Return the same error with a field, or an item such as `[0]`, before its place."""
        dot = "" if not self.place or self.place.startswith("[") else "."
        return Malformed(self.reason, f"{name}{dot}{self.place}")


@dataclass(frozen=True, slots=True)
class Tagged(Generic[TagT, ValueT]):
    """A variant of a union that has a value.

    Attributes:
        tag: the name of the variant.
        value: its value.
    """

    tag: TagT
    value: ValueT


@dataclass_transform(eq_default=False, frozen_default=True, kw_only_default=True)
class Struct:
    """Base class of the arguments of routes, and of the objects in them.

    Its annotations are the fields, as in a frozen dataclass. A default is an attribute of the
    class. It is not a dataclass, because generating the methods of each class takes about half a
    millisecond, which would delay every start. The fields are not in its `repr`, because they may
    be secrets.
    """

    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"field {name!r} cannot be changed")


# --- constraints in annotations ------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Text:
    """Constraints of a string.

    Attributes:
        pattern: a regular expression that the whole string has to match.
        min_length, max_length: limits of the length, in characters.
        rejected: texts that are not allowed, with the reason for each.
        is_secret: whether error messages leave out the value.
    """

    pattern: str | None = None
    min_length: int = 0
    max_length: int | None = None
    rejected: Mapping[str, str] = field(default_factory=dict)
    is_secret: bool = False

    def reader(self, _: object) -> Reader[str]:
        """Return the reader of such strings."""
        pattern, rejected, is_secret = self.pattern, self.rejected, self.is_secret
        min_length, max_length = self.min_length, self.max_length
        matches = re.compile(pattern, re.DOTALL).fullmatch if pattern else bool

        def read(value: object) -> str:
            if not isinstance(value, str):
                shown = "..." if is_secret else value
                raise Malformed(f"'{shown}' expected to be a string, got {_type_of(value)}")
            if value in rejected:
                raise Malformed(rejected[value])
            if len(value) < min_length:
                raise Malformed(f"must be at least {min_length} characters, got {len(value)}")
            if max_length is not None and len(value) > max_length:
                raise Malformed(f"must be at most {max_length} characters, got {len(value)}")
            if pattern and not matches(value):
                raise Malformed(f"{value!r} did not match pattern '{pattern}'")
            if not value.isascii() and _SURROGATES.search(value):
                raise Malformed("not valid Unicode")
            return value

        return read


@dataclass(frozen=True, eq=False)
class Range:
    """Limits of a number.

    Attributes:
        low, high: the lowest and the highest value that is allowed.
    """

    low: float
    high: float

    def reader(self, base: object) -> Reader[float]:
        """Return the reader of such numbers: whole ones if the type is `int`."""
        low, high = self.low, self.high
        name, types = ("integer", (int,)) if base is int else ("float", (int, float))

        def read(value: object) -> float:
            if not isinstance(value, types) or isinstance(value, bool):
                raise Malformed(f"expected {name}, got {_type_of(value)}")
            if not low <= value <= high:
                raise Malformed(f"{value} is not within range [{low}, {high}]")
            return value

        return read


@dataclass(frozen=True, eq=False)
class Length:
    """Limits of the number of items in a list.

    Attributes:
        min_items, max_items: the lowest and the highest number that is allowed.
    """

    min_items: int = 0
    max_items: int | None = None

    def reader(self, base: object) -> Reader[tuple[object, ...]]:
        """Return the reader of such lists; the type is `tuple[X, ...]`."""
        min_items, max_items = self.min_items, self.max_items
        read_item = _reader(get_args(base)[0])

        def read(value: object) -> tuple[object, ...]:
            if not isinstance(value, list):
                raise Malformed(f"expected list, got {_type_of(value)}")
            if len(value) < min_items:
                raise Malformed(f"list must have at least {min_items} items, got {len(value)}")
            if max_items is not None and len(value) > max_items:
                raise Malformed(f"list must have at most {max_items} items, got {len(value)}")
            return tuple(
                _read_at(f"[{index}]", read_item, item) for index, item in enumerate(value)
            )

        return read


class _UTCTime:
    def reader(self, _: object) -> Reader[int]:
        read_text = Text().reader(str)

        def read(value: object) -> int:
            text = read_text(value)
            try:
                time = datetime.strptime(text, _TIMESTAMP).replace(tzinfo=timezone.utc)
            except ValueError as error:
                reason = f"time data {text!r} does not match format {_TIMESTAMP!r}"
                raise Malformed(reason) from error
            return int(time.timestamp())

        return read


class _AnyValue:
    def reader(self, _: object) -> Reader[object]:
        return lambda value: value


_Constraint: TypeAlias = Text | Range | Length | _UTCTime | _AnyValue

# A time in UTC, as seconds since 1970.
Timestamp: TypeAlias = Annotated[int, _UTCTime()]
# A string that error messages do not show.
Secret: TypeAlias = Annotated[str, Text(is_secret=True)]
# A value that is accepted and not used.
Ignored: TypeAlias = Annotated[object, _AnyValue()]


# --- readers --------------------------------------------------------------------------------------


def reader(schema: type[T]) -> Reader[T]:
    """Return the function that validates a decoded JSON value.

    Args:
        schema: a subclass of `Struct`, or `NoneType` for null.

    Returns:
        A function that returns an instance of the schema, or raises `Malformed`.

    Raises:
        TypeError: the schema has an annotation that is not in the list above.
    """
    return cast("Reader[T]", _reader(schema))


def _reader(annotation: object) -> Reader[object]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        constraint: _Constraint = args[1]
        return constraint.reader(args[0])
    if origin in (Union, UnionType, Literal, Tagged):
        return _union(annotation)
    if origin is tuple:
        return Length().reader(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        return _struct(annotation)
    plain: dict[object, Reader[object]] = {
        str: Text().reader(str),
        bool: _read_boolean,
        NoneType: _read_null,
    }
    if annotation in plain:
        return plain[annotation]
    raise TypeError(f"{annotation!r} is not an annotation of a schema")


def _struct(schema: type[Struct]) -> Reader[Struct]:
    hints = get_type_hints(schema, include_extras=True)
    fields = [(name, _reader(hint), not hasattr(schema, name)) for name, hint in hints.items()]
    fields.sort(key=lambda field: not field[2])
    known = {".tag", *hints}

    def read(value: object) -> Struct:
        if not isinstance(value, dict):
            raise Malformed(f"expected object, got {_type_of(value)}")
        for name in value:
            if name not in known:
                raise Malformed(f"unknown field {name!r}")
        values = {}
        for name, read_field, is_required in fields:
            if name in value:
                values[name] = _read_at(name, read_field, value[name])
            elif is_required:
                raise Malformed(f"missing required field {name!r}")
        return schema(**values)

    return read


def _union(annotation: object) -> Reader[object]:
    is_union = get_origin(annotation) in (Union, UnionType)
    parts = get_args(annotation) if is_union else (annotation,)
    rest = [part for part in parts if part is not NoneType]
    if all(get_origin(part) in (Literal, Tagged) for part in rest):
        read_rest = _variants(rest)
    elif len(rest) == 1:
        read_rest = _reader(rest[0])
    else:
        raise TypeError(f"{annotation!r} must be a union of literals and Tagged only")
    if NoneType not in parts:
        return read_rest
    return lambda value: None if value is None else read_rest(value)


def _variants(annotations: Sequence[object]) -> Reader[object]:
    readers: dict[str, Reader[object] | None] = {}
    for annotation in annotations:
        args = get_args(annotation)
        if get_origin(annotation) is Literal:
            readers.update(dict.fromkeys(args))
        else:
            readers[get_args(args[0])[0]] = _reader(args[1])

    def read(value: object) -> object:
        tag = value.get(".tag") if isinstance(value, dict) else value
        if not isinstance(tag, str):
            raise Malformed(f"expected union, got {_type_of(value)}")
        if tag not in readers:
            raise Malformed(f"invalid tag {tag!r}")
        read_value = readers[tag]
        if read_value is None:
            return tag
        if not isinstance(value, dict):
            raise Malformed(f"tag {tag!r} must not be void")
        # An object has its fields next to `.tag`. Another value is in the field named like the tag.
        return Tagged(tag, _read_at(tag, read_value, value.get(tag, value)))

    return read


def _read_boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"expected boolean, got {_type_of(value)}")
    return value


def _read_null(value: object) -> None:
    if value is not None:
        raise Malformed("expected null, got value")


def _read_at(name: str, read: Reader[object], value: object) -> object:
    try:
        return read(value)
    except Malformed as error:
        raise error.below(name) from error


def _type_of(value: object) -> str:
    return _TYPE_NAMES[type(value)]
