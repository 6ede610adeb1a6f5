"""A schema that reports every mistake of a value, not only the first one.

A schema is a frozen dataclass. `read` checks a mapping against its annotations: `str`, `bool`,
`int`, `datetime`, `Literal`, `tuple[X, ...]`, `X | None`, and `Annotated[X, check]`, where `check`
is a function that raises ValueError with the reason. A field without a default is required. A
method `check` yields the mistakes of several fields together, as pairs of a field and a reason.

Error texts contain no values of plain types, because the values may be secrets.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime, timezone
from functools import cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

_INTEGERS = 2**63
_DEPTH = 50
_SURROGATE = re.compile("[\ud800-\udfff]")
_TYPE_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "float"),
    (str, "string"),
    (datetime, "date and time"),
    ((list, tuple), "list"),
    (Mapping, "object"),
    (NoneType, "null"),
)
_PLAIN: dict[object, str] = {str: "string", bool: "boolean", int: "integer"}


@dataclass(frozen=True, slots=True)
class Mistakes:
    """The mistakes of a form, in the order in which they were found.

    Attributes:
        lines: one text for each mistake, with its location.
    """

    lines: list[str] = field(default_factory=list)

    def add(self, place: str, reason: object) -> None:
        """Add a mistake.

        Args:
            place: the location, such as `accounts[0].email`; empty for the whole form.
            reason: the reason, without a line break at its end.
        """
        text = f"{place}: {reason}" if place else str(reason)
        self.lines.append(" ".join(text.splitlines()))


class _Wrong(Exception):
    """A value that is not valid. Its mistakes were added."""


def read(schema: type[T], value: object, place: str, mistakes: Mistakes) -> T | None:
    """Read an object by a schema.

    Args:
        schema: a dataclass.
        value: the object.
        place: the location of the object.
        mistakes: receives the mistakes.

    Returns:
        An instance of the schema; `None` if the object has mistakes.
    """
    if not isinstance(value, Mapping):
        mistakes.add(place, f"must be of type object, not {type_name(value)}")
        return None
    before = len(mistakes.lines)
    known = {item.name: item for item in fields(schema)}
    for name in value:
        if name not in known:
            mistakes.add(place, f"unknown field {name!r}; {_accepted(name, known)}")
    read_fields = dict(_fields(schema, known, value, place, mistakes))
    if len(mistakes.lines) > before:
        return None
    made = schema(**read_fields)
    for name, reason in getattr(made, "check", tuple)():
        mistakes.add(f"{place}.{name}", reason)
    return made if len(mistakes.lines) == before else None


def items(value: object, place: str, mistakes: Mistakes) -> list[tuple[str, object]]:
    """Return the items of a list, each with its location; an empty list if it is no list."""
    if not isinstance(value, (list, tuple)):
        mistakes.add(place, f"must be of type list, not {type_name(value)}")
        return []
    return [(f"{place}[{index}]", item) for index, item in enumerate(value)]


def check_values(value: object, place: str, mistakes: Mistakes, depth: int = 0) -> None:
    """Report texts and numbers at any depth that a world cannot store."""
    if depth > _DEPTH:
        mistakes.add(place, f"is nested more than {_DEPTH} levels deep")
        return
    if isinstance(value, str) and _SURROGATE.search(value):
        mistakes.add(place, "has an unpaired surrogate")
    if isinstance(value, int) and not -_INTEGERS <= value < _INTEGERS:
        mistakes.add(place, "is a number of more than 64 bits")
    for item_place, item in _children(value, place, mistakes):
        check_values(item, item_place, mistakes, depth + 1)


def _children(value: object, place: str, mistakes: Mistakes) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str) or _SURROGATE.search(name):
                mistakes.add(place, f"the name {name!a} must be a valid string")
            else:
                yield f"{place}.{name}" if place else name, item
    elif isinstance(value, (list, tuple)):
        yield from ((f"{place}[{index}]", item) for index, item in enumerate(value))


def type_name(value: object) -> str:
    """Return the name of the type of a value, in the words of JSON and TOML."""
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return type(value).__name__


def closest(name: object, known: Mapping[str, object]) -> str:
    """Return the known name that is most similar; empty if none is similar."""
    return next(iter(difflib.get_close_matches(str(name), known, 1)), "")


def _accepted(name: object, known: Mapping[str, object]) -> str:
    nearest = closest(name, known)
    return f"did you mean {nearest!r}?" if nearest else f"accepted: {', '.join(known)}"


def _fields(
    schema: type[DataclassInstance],
    known: Mapping[str, Field[object]],
    value: Mapping[object, object],
    place: str,
    mistakes: Mistakes,
) -> Iterator[tuple[str, object]]:
    for name, annotation in _annotations(schema).items():
        if name in value:
            try:
                yield name, _read(annotation, value[name], f"{place}.{name}", mistakes)
            except _Wrong:
                continue
        elif known[name].default is MISSING:
            mistakes.add(place, f"{name} is missing")


@cache
def _annotations(schema: type[DataclassInstance]) -> dict[str, object]:
    return get_type_hints(schema, include_extras=True)


def _read(annotation: object, value: object, place: str, mistakes: Mistakes) -> object:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _read_checked(args[0], args[1], value, place, mistakes)
    if origin in (Union, UnionType):
        # An optional field may be left out. Null is not a value.
        return _read(args[0], value, place, mistakes)
    if origin is Literal:
        return _read_choice(args, value, place, mistakes)
    if origin is tuple:
        return _read_list(args[0], value, place, mistakes)
    if annotation is datetime:
        return _read_time(value, place, mistakes)
    name = _PLAIN[annotation]
    if type_name(value) != name:
        raise _add(mistakes, place, f"must be of type {name}, not {type_name(value)}")
    return value


def _read_checked(
    annotation: object,
    check: Callable[[object], None],
    value: object,
    place: str,
    mistakes: Mistakes,
) -> object:
    found = _read(annotation, value, place, mistakes)
    try:
        check(found)
    except ValueError as error:
        raise _add(mistakes, place, error) from error
    return found


def _read_choice(choices: tuple[str, ...], value: object, place: str, mistakes: Mistakes) -> object:
    if not isinstance(value, str) or value not in choices:
        shown = repr(value) if isinstance(value, str) else type_name(value)
        raise _add(mistakes, place, f"must be one of {', '.join(choices)}, not {shown}")
    return value


def _read_list(
    annotation: object, value: object, place: str, mistakes: Mistakes
) -> tuple[object, ...]:
    before = len(mistakes.lines)
    found = []
    for item_place, item in items(value, place, mistakes):
        try:
            found.append(_read(annotation, item, item_place, mistakes))
        except _Wrong:
            continue
    if len(mistakes.lines) > before:
        raise _Wrong
    return tuple(found)


def _read_time(value: object, place: str, mistakes: Mistakes) -> datetime:
    if isinstance(value, str):
        try:
            # Python 3.10 does not accept `Z`.
            value = datetime.fromisoformat(re.sub(r"[Zz]\Z", "+00:00", value))
        except ValueError:
            reason = "must be a date and time such as 2014-05-13T16:53:20Z"
            raise _add(mistakes, place, f"{reason}, not {value!r}") from None
    if not isinstance(value, datetime):
        reason = f"must be of type date and time or string, not {type_name(value)}"
        raise _add(mistakes, place, reason)
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def _add(mistakes: Mistakes, place: str, reason: object) -> _Wrong:
    mistakes.add(place, reason)
    return _Wrong()
