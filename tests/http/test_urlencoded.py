"""Parsing of `application/x-www-form-urlencoded` parameters."""

from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.http.forms import PARAMETERS_LIMIT, NotUtf8, TooManyParameters, parse_pairs


@given(
    st.lists(st.tuples(st.text(), st.text())),
    st.sampled_from([quote, quote_plus]),
)
def test_decoding_restores_any_parameters(pairs, quote_via):
    """Order, duplicates, empty names and empty values are kept."""
    assert parse_pairs(urlencode(pairs, quote_via=quote_via).encode()) == tuple(pairs)


@pytest.mark.parametrize(
    ("encoded", "pairs"),
    [
        (b"", ()),
        (b"&&", ()),
        (b"a", (("a", ""),)),
        (b"a=", (("a", ""),)),
        (b"=", (("", ""),)),
        (b"=b", (("", "b"),)),
        (b"a=1&a=2&&a=1", (("a", "1"), ("a", "2"), ("a", "1"))),
        (b"a=b=c", (("a", "b=c"),)),
        (b"a=1;b=2", (("a", "1;b=2"),)),
        (b"a+b=%2B+%26", (("a b", "+ &"),)),
        (b"a=%zz%", (("a", "%zz%"),)),
        ("ü=ß".encode(), (("ü", "ß"),)),
    ],
)
def test_parameters_are_split_at_ampersands_and_kept_as_sent(encoded, pairs):
    """A semicolon is part of a value, and an invalid escape stays as it is."""
    assert parse_pairs(encoded) == pairs


@given(st.lists(st.sampled_from([b"a", b"&", b"=", b"%", b"C3", b"%FF", b"+", b"\xff", b";"])))
def test_arbitrary_bytes_are_decoded_or_rejected_as_not_utf8(pieces):
    """Malformed input raises no exception other than NotUtf8."""
    try:
        pairs = parse_pairs(b"".join(pieces))
    except NotUtf8:
        return
    assert all(isinstance(text, str) for pair in pairs for text in pair)


@pytest.mark.parametrize("encoded", [b"a=%ff", b"%ff=a", b"a=\xff", b"a=%ED%A0%80", b"a=%C0%AF"])
def test_parameters_that_are_not_utf8_are_rejected(encoded):
    """Names and values must be UTF-8, whether or not they are percent-encoded."""
    with pytest.raises(NotUtf8):
        parse_pairs(encoded)


def test_number_of_parameters_is_limited():
    """As many parameters as the limit are accepted, and one more is rejected."""
    assert len(parse_pairs(b"&".join([b"a=1"] * PARAMETERS_LIMIT))) == PARAMETERS_LIMIT
    with pytest.raises(TooManyParameters):
        parse_pairs(b"&".join([b"a=1"] * (PARAMETERS_LIMIT + 1)))
