"""Parameters of a v1 call: from words to values, or the error that the service's own forms gave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


class Invalid(Exception):
    """A parameter that the call can't work with.

    Attributes:
        parameter: its name.
        text: what is wrong with it, in English.
    """

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(f"{parameter}: {text}")
        self.parameter = parameter
        self.text = text


class AmbiguousSource(Exception):
    """A copy is to be made of a path and of a reference at once, or of neither."""


class Params:
    """The parameters of one call.

    Args:
        pairs: names and values, from the query and the form.

    Raises:
        Invalid: a parameter is there twice, with different values.
    """

    # Where the service's words for a missing value are known to differ.
    _absent: ClassVar[dict[str, str]] = {"query": "Please enter a value"}

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            if self._values.setdefault(name, value) != value:
                raise Invalid(name, "Please provide only one value")

    def text(self, name: str) -> str | None:
        """A parameter as it was sent; `None` if it wasn't, or is empty."""
        return self._values.get(name) or None

    def required(self, name: str) -> str:
        """A parameter that has to be there.

        Raises:
            Invalid: it is missing or empty.
        """
        value = self._values.get(name)
        if value is None:
            raise Invalid(name, self._absent.get(name, "Missing value"))
        if not value:
            raise Invalid(name, "Please enter a value")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        """A truth value in any of the spellings that clients send.

        Raises:
            Invalid: it is none.
        """
        value = self.text(name)
        if value is None:
            return default
        if value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
        raise Invalid(name, "Value should be 'true' or 'false'")

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number between two bounds, both allowed.

        Raises:
            Invalid: it is none, or out of bounds.
        """
        text = self._values.get(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text):
            raise Invalid(name, "Please enter an integer value")
        # Longer ones are out of every call's bounds, and slow to convert.
        value = int(text) if len(text) < 20 else high + 1
        if value < low:
            raise Invalid(name, f"Please enter a number that is {low} or greater")
        if value > high:
            raise Invalid(name, f"Please enter a number that is {high} or smaller")
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of some words, in any case.

        Raises:
            Invalid: it is another.
        """
        value = self._values.get(name, default).lower()
        if value not in allowed:
            raise Invalid(name, f"Value must be one of: {'; '.join(allowed)}; not {value!r}")
        return value


def check_path(path_info: str) -> None:
    """See that the path in a URL is text.

    Args:
        path_info: the path as WSGI has it: its bytes, each as a character.

    Raises:
        Invalid: it isn't UTF-8.
    """
    try:
        path_info.encode("latin-1").decode()
    except UnicodeError:
        raise Invalid("path", "The path is not valid UTF-8") from None
