"""The script that generates the table of lower-case letters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "generate_lower_case.py"
AGES = """\
# Age=V1_1
0041..0043    ; 1.1 #   [3] LATIN CAPITAL LETTER A..LATIN CAPITAL LETTER C
0061..0063    ; 1.1 #   [3] LATIN SMALL LETTER A..LATIN SMALL LETTER C
0130          ; 1.1 #       LATIN CAPITAL LETTER I WITH DOT ABOVE
0069          ; 1.1 #       LATIN SMALL LETTER I
0100..0103    ; 1.1 #   [4] LATIN CAPITAL LETTER A WITH MACRON..LATIN SMALL LETTER A WITH BREVE
023A          ; 4.1 #       LATIN CAPITAL LETTER A WITH STROKE
2C65          ; 5.0 #       LATIN SMALL LETTER A WITH STROKE
1E9E          ; 5.1 #       LATIN CAPITAL LETTER SHARP S
00DF          ; 1.1 #       LATIN SMALL LETTER SHARP S
"""
LETTERS = {
    "0041": "0061",
    "0042": "0062",
    "0043": "0063",
    "0061": "",
    "0100": "0101",
    "0102": "0103",
    "0130": "0069",
    "023A": "2C65",
    "1E9E": "00DF",
}


def test_generated_table_has_the_mappings_of_letters_of_unicode_4_1(tmp_path):
    """A mapping is kept if both letters are in Unicode 4.1; one mapping is that of version 4.1."""
    (tmp_path / "DerivedAge.txt").write_text(AGES, encoding="utf-8")
    lines = (f"{letter};NAME{';' * 12}{small};\n" for letter, small in LETTERS.items())
    (tmp_path / "UnicodeData.txt").write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, str(SCRIPT), str(tmp_path)]
    module = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names: dict[str, dict[int, int]] = {}
    exec(module, names)
    small_letters = {chr(a): chr(b) for a, b in names["LOWER_CASE"].items()}
    assert small_letters == {
        "A": "a",
        "B": "b",
        "C": "c",
        "\u0100": "\u0101",
        "\u0102": "\u0103",
        "\u0130": "i",
        "\u0241": "\u0294",
    }
