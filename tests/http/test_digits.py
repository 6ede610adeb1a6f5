"""Numbers that clients send as text."""

from __future__ import annotations

import pytest

from fakebox.http.headers import parse_digits


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), (str(2**63 - 1), 2**63 - 1), (str(2**63), None), ("9" * 5_000, None)],
)
def test_number_is_read_up_to_its_limit(text, number):
    """A number of 64 bits or more is rejected, with any number of digits."""
    assert parse_digits(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1 ", "1_0", "1.0", "\u0661", "\u00b2"])
def test_text_with_other_characters_than_digits_is_rejected(text):
    """Signs, spaces, and digits of other scripts are rejected."""
    assert parse_digits(text) is None
