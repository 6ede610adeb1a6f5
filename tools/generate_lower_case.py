"""Generate `fakebox/core/lower_case.py` from the files of the Unicode Character Database.

Usage, on Debian with the package `unicode-data`:

    python tools/generate_lower_case.py /usr/share/unicode > fakebox/core/lower_case.py

The mapping of a version of Unicode is derived from the files of any later version: a simple mapping
belongs to a version if that version has both characters. Unicode has changed one such mapping since
version 4.1, which is listed here.
"""

from __future__ import annotations

import re
import sys
from itertools import count, groupby, takewhile
from pathlib import Path

# The version of the `unicodedata` module of Python 2.5.
VERSION = (4, 1)
# Source: UnicodeData.txt of Unicode 4.1. In version 5.0, the letter got another lower case, U+0242.
CHANGED = {0x0241: 0x0294}

_AGE = re.compile(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\d+)\.(\d+)")
# The number of the field in UnicodeData.txt.
_SIMPLE_LOWER_CASE = 13
_HEAD = '''"""The simple lower-case mapping of Unicode {version}.

`tools/generate_lower_case.py` generates this module from the Unicode Character Database.
"""

# The first and the last capital letter of a range, the distance from one capital letter to the
# next, and the distance from a capital letter to its small letter.
_RANGES = (
'''
_TAIL = """)

#: The small letter of each capital letter, both as numbers, for `str.translate`.
LOWER_CASE: dict[int, int] = {
    capital: capital + distance
    for first, last, step, distance in _RANGES
    for capital in range(first, last + 1, step)
}
"""


def simple_mapping(folder: Path) -> dict[int, int]:
    """Return the small letter of each capital letter in Unicode `VERSION`.

    Args:
        folder: the folder of DerivedAge.txt and UnicodeData.txt.
    """
    known = set(_characters((folder / "DerivedAge.txt").read_text(encoding="utf-8")))
    mapping: dict[int, int] = {}
    for line in (folder / "UnicodeData.txt").read_text(encoding="utf-8").splitlines():
        fields = line.split(";")
        if small := fields[_SIMPLE_LOWER_CASE]:
            mapping[int(fields[0], 16)] = int(small, 16)
    found = {a: b for a, b in mapping.items() if a in known and b in known}
    return dict(sorted((found | CHANGED).items()))


def ranges(mapping: dict[int, int]) -> list[tuple[int, int, int, int]]:
    """Return the mapping as ranges of `(first, last, step, distance)`."""
    found = []
    for distance, pairs in groupby(mapping.items(), lambda pair: pair[1] - pair[0]):
        capitals = [capital for capital, _ in pairs]
        while capitals:
            step = capitals[1] - capitals[0] if len(capitals) > 1 else 1
            expected = zip(capitals, count(capitals[0], step), strict=False)
            length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], expected))
            found.append((capitals[0], capitals[length - 1], step, distance))
            capitals = capitals[length:]
    return found


def _characters(ages: str) -> list[int]:
    """Return the characters of Unicode `VERSION`."""
    found = []
    for first, last, major, minor in _AGE.findall(ages):
        if (int(major), int(minor)) <= VERSION:
            found.extend(range(int(first, 16), int(last or first, 16) + 1))
    return found


def main() -> None:
    """Print the module."""
    rows = ranges(simple_mapping(Path(sys.argv[1])))
    lines = (f"    (0x{a:04X}, 0x{b:04X}, {step}, {distance}),\n" for a, b, step, distance in rows)
    version = ".".join(map(str, VERSION))
    sys.stdout.write(_HEAD.format(version=version) + "".join(lines) + _TAIL)


if __name__ == "__main__":
    main()
