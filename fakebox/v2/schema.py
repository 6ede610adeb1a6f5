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

A field may be left out if it has a default. Required fields are validated first, then the others,
both in the order of their definition. Source: the wire reference of version 2, arguments.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
_SHOWN_LENGTH = 1000
_TRUNCATED = " [The string has been truncated due to its length]"
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
        place: the path of the field, as `commit.path`; empty for the whole argument. The items of a
            list have the path of the list.
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
        """Return the same error with a field before its place."""
        return Malformed(self.reason, f"{name}.{self.place}" if self.place else name)


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
        pattern, rejected = self.pattern, self.rejected
        shown = _hidden if self.is_secret else _quoted
        min_length, max_length = self.min_length, self.max_length
        matches = re.compile(pattern, re.DOTALL).fullmatch if pattern else bool

        def read(value: object) -> str:
            if not isinstance(value, str):
                raise Malformed(f"{shown(value)} expected to be a string, got {_type_of(value)}")
            if value in rejected:
                raise Malformed(rejected[value])
            length = len(value)
            if max_length is not None and length > max_length:
                limit = f"must be at most {max_length} characters"
                raise Malformed(f"{shown(value)} {limit}, got {length}")
            if length < min_length:
                limit = f"must be at least {min_length} characters"
                raise Malformed(f"{shown(value)} {limit}, got {length}")
            if pattern and not matches(value):
                raise Malformed(f"{shown(value)} did not match pattern '{pattern}'")
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

        def read_integer(value: object) -> float:
            if not isinstance(value, int) or isinstance(value, bool):
                raise Malformed(f"expected integer, got {_type_of(value)}")
            if not low <= value <= high:
                raise Malformed(f"{_shortened(value)} is not within range [{low}, {high}]")
            return value

        def read_float(value: object) -> float:
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                raise Malformed(f"expected real number, got {_type_of(value)}")
            number = _float_of(value)
            if number < low:
                raise Malformed(f"{number:f} is not greater than {low:f}")
            if number > high:
                raise Malformed(f"{number:f} is not less than {high:f}")
            return value

        return read_integer if base is int else read_float


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
            items = tuple(map(read_item, value))
            if max_items is not None and len(value) > max_items:
                raise Malformed(f"{_shortened(value)!r} has more than {max_items} items")
            if len(value) < min_items:
                raise Malformed(f"{_shortened(value)!r} has fewer than {min_items} items")
            return items

        return read


class _UTCTime:
    def reader(self, _: object) -> Reader[int]:
        read_text = Text().reader(str)

        def read(value: object) -> int:
            text = read_text(value)
            try:
                # Python's parser accepts the digits of other scripts as well.
                text.encode("ascii")
                time = datetime.strptime(text, _TIMESTAMP).replace(tzinfo=timezone.utc)
            except ValueError as error:
                reason = f"time data {text!r} does not match format {_TIMESTAMP!r}"
                raise Malformed(reason) from error
            return int(time.timestamp())

        return read


_Constraint: TypeAlias = Text | Range | Length | _UTCTime

# A time in UTC, as seconds since 1970.
Timestamp: TypeAlias = Annotated[int, _UTCTime()]
# A string that error messages do not show.
Secret: TypeAlias = Annotated[str, Text(is_secret=True)]


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
                raise Malformed(f"unknown field {_quoted(name)}")
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
    structs: set[str] = set()
    for annotation in annotations:
        args = get_args(annotation)
        if get_origin(annotation) is Literal:
            readers.update(dict.fromkeys(args))
            continue
        tag = get_args(args[0])[0]
        readers[tag] = _reader(args[1])
        if isinstance(args[1], type) and issubclass(args[1], Struct):
            structs.add(tag)
    return _UnionReader(readers, structs)


@dataclass(frozen=True, slots=True, eq=False)
class _UnionReader:
    """Reads a value of a union.

    Attributes:
        readers: the reader of the value of each variant, by its tag; `None` if it has no value.
        structs: the tags of the variants whose value is an object.
    """

    readers: Mapping[str, Reader[object] | None]
    structs: AbstractSet[str]

    def __call__(self, value: object) -> object:
        """Return a tag, or a `Tagged` for a variant with a value."""
        if isinstance(value, str):
            if self._reader(value) is not None:
                raise Malformed(f"expected object for '{value}', got symbol")
            return value
        if not isinstance(value, dict):
            raise Malformed(f"expected string or object, got {_type_of(value)}")
        tag = _tag_of(value)
        read = self._reader(tag)
        if read is None:
            if value.get(tag) is not None:
                raise Malformed(f"expected null, got {_type_of(value[tag])}")
            _check_keys(tag, value)
            return tag
        # An object has its fields next to `.tag`. Another value is in the field named like the tag.
        if tag not in self.structs:
            if tag not in value:
                raise Malformed(f"missing '{tag}' key")
            _check_keys(tag, value)
        return Tagged(tag, _read_at(tag, read, value.get(tag, value)))

    def _reader(self, tag: str) -> Reader[object] | None:
        if tag not in self.readers:
            raise Malformed(f"unknown tag {_quoted(tag)}")
        return self.readers[tag]


def _tag_of(value: Mapping[object, object]) -> str:
    if ".tag" not in value:
        raise Malformed("missing '.tag' key")
    tag = value[".tag"]
    if not isinstance(tag, str):
        raise Malformed(f"tag must be string, got {_type_of(tag)}")
    return tag


def _check_keys(tag: str, value: Mapping[object, object]) -> None:
    for name in value:
        if name not in (tag, ".tag"):
            raise Malformed(f"unexpected key {_quoted(name)}")


def _read_boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"{_represented(value)} is not a valid boolean")
    return value


def _read_null(value: object) -> None:
    if value is not None:
        raise Malformed("expected null, got value")


def _read_at(name: str, read: Reader[object], value: object) -> object:
    try:
        return read(value)
    except Malformed as error:
        raise error.below(name) from error


def _quoted(value: object) -> str:
    return f"'{_shortened(value)}'"


def _represented(value: object) -> str:
    return _quoted(value) if isinstance(value, str) else _shortened(value)


def _hidden(_: object) -> str:
    return "'...'"


def _shortened(value: object) -> str:
    try:
        text = str(value)
    except ValueError:
        # Python does not convert an integer with thousands of digits.
        return _TRUNCATED.strip()
    if len(text) > _SHOWN_LENGTH:
        text = f"{text[:_SHOWN_LENGTH]}{_TRUNCATED}"
    # A text with half of a surrogate pair cannot be sent.
    return text.encode("utf-8", "backslashreplace").decode()


def _float_of(value: float) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise Malformed("too large for float") from error
    if not math.isfinite(number):
        raise Malformed(f"{number:f} values are not supported")
    return number


def _type_of(value: object) -> str:
    return _TYPE_NAMES[type(value)]
