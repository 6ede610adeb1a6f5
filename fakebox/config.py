"""The settings of a namespace that may change at run time, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from fakebox.context import Options
from fakebox.core.settings import Settings

if TYPE_CHECKING:
    from fakebox.context import Namespace

TYPES: dict[str, Any] = {**get_type_hints(Settings), **get_type_hints(Options)}
_SETTINGS = frozenset(item.name for item in fields(Settings))
_OPTIONS = frozenset(item.name for item in fields(Options))


class InvalidSetting(ValueError):
    """The name or the value of a setting is not valid. The message is the reason, in one line."""


def read(namespace: Namespace) -> dict[str, object]:
    """Return the values of all settings."""
    owners = ((namespace.world.settings, _SETTINGS), (namespace.options, _OPTIONS))
    return {name: getattr(owner, name) for owner, names in owners for name in sorted(names)}


def change(namespace: Namespace, changes: Mapping[str, object]) -> None:
    """Change settings; see `Settings` and `Options` for their names.

    Raises:
        InvalidSetting: a name or a value is not valid; nothing was changed.
    """
    for name, value in changes.items():
        check(name, value)
    settings, options = changed(namespace.world.settings, namespace.options, changes)
    namespace.world.settings = settings
    namespace.options = options


def changed(
    settings: Settings, options: Options, changes: Mapping[str, Any]
) -> tuple[Settings, Options]:
    """Return settings and options with changes that were checked."""
    of_world = {name: value for name, value in changes.items() if name in _SETTINGS}
    of_responses = {name: value for name, value in changes.items() if name in _OPTIONS}
    return replace(settings, **of_world), replace(options, **of_responses)


def check(name: str, value: object) -> None:
    """Check the name and the value of a setting.

    Raises:
        InvalidSetting: the name or the value is not valid.
    """
    kind = TYPES.get(name)
    if kind is None:
        raise InvalidSetting(f"unknown setting {name!r}; accepted: {', '.join(sorted(TYPES))}")
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            choices = ", ".join(map(str, get_args(kind)))
            raise InvalidSetting(f"{name} must be one of {choices}, not {value!r}")
    elif type(value) is not kind:
        raise InvalidSetting(f"{name} must be of type {kind.__name__}, not {type(value).__name__}")
    elif kind is int and isinstance(value, int) and value < lowest(name):
        raise InvalidSetting(f"{name} must be at least {lowest(name)}, not {value}")


def lowest(name: str) -> int:
    """The lowest value of a setting that is a number."""
    return 0 if name == "longpoll_backoff_s" else 1
