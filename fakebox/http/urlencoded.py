"""Parameters in `application/x-www-form-urlencoded`, and decimal numbers in text."""

import re
from urllib.parse import parse_qsl

Pairs = tuple[tuple[str, str], ...]

PARAMETERS_LIMIT = 1000
# The largest integer of SQLite, which has 19 digits.
_NUMBER_LIMIT = 2**63 - 1
_DIGITS = re.compile(r"0*([0-9]{1,19})")


class NotUtf8(Exception):
    """The name or the value of a parameter is not UTF-8 once decoded."""


class TooManyParameters(Exception):
    """A query or a form has more than `PARAMETERS_LIMIT` parameters."""


def parse_pairs(encoded: bytes) -> Pairs:
    """Decode parameters as `urllib.parse.parse_qsl` does.

    Args:
        encoded: the query or the form; only `&` separates parameters.

    Returns:
        Names and values in their order, with duplicates and empty values.

    Raises:
        NotUtf8: a name or a value is not UTF-8.
        TooManyParameters: there are more than `PARAMETERS_LIMIT`.
    """
    if not encoded:
        return ()
    if encoded.count(b"&") >= PARAMETERS_LIMIT:
        raise TooManyParameters
    try:
        return tuple(parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise NotUtf8 from error


def parse_digits(text: str) -> int | None:
    """Parse a number in decimal digits.

    `int` accepts digits of every script, and raises `ValueError` for thousands of digits.

    Args:
        text: any text.

    Returns:
        The number, from 0 to 2**63 - 1; `None` if the text has other characters than the digits 0
        to 9, or the number is larger.
    """
    found = _DIGITS.fullmatch(text)
    number = int(found[1]) if found else _NUMBER_LIMIT + 1
    return number if number <= _NUMBER_LIMIT else None
