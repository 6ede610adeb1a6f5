"""URL-safe Base64 without padding."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core import base64url


@given(data=st.binary())
def test_encoded_bytes_are_url_safe_and_decode_to_the_same_bytes(data):
    """Encoded text contains no character that a URL escapes, and decodes to the original bytes."""
    text = base64url.encode(data)
    assert base64url.decode(text) == data
    assert not set(text) & set("+/=")


@given(text=st.text() | st.text("AQgw048_-+/="))
def test_each_value_has_exactly_one_encoding(text):
    """Decoding accepts a text only if encoding the result gives the same text."""
    with contextlib.suppress(ValueError):
        assert base64url.encode(base64url.decode(text)) == text


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+", "A/", "AA\n", " AA", "ÄÄ", "AAAAA"])
def test_text_that_is_not_canonical_is_rejected(text):
    """A text that the encoder never returns is rejected, even if Python's decoder accepts it."""
    with pytest.raises(ValueError, match=r"there|Invalid"):
        base64url.decode(text)
