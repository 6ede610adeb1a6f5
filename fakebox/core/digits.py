"""Numbers in text that comes from outside.

`int` accepts digits of every script, and raises ValueError for thousands of them.
"""

import re

# The largest number that SQLite stores has 19 digits.
_LIMIT = 2**63 - 1
_DIGITS = re.compile(r"0*([0-9]{1,19})")


def parse_digits(text: str) -> int | None:
    """A number written in decimal digits.

    Args:
        text: any text.

    Returns:
        The number, from 0 to 2**63 - 1; `None` if the text has anything but the digits 0 to 9, or
        stands for a larger number.
    """
    found = _DIGITS.fullmatch(text)
    number = int(found[1]) if found else _LIMIT + 1
    return number if number <= _LIMIT else None
