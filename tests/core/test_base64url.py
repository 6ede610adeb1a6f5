"""Bytes in base64url."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.signed import decode_base64url, encode_base64url


@given(data=st.binary())
def test_base64url_decodes_to_the_encoded_bytes(data):
    """The encoded text has no character that is special in a URL."""
    text = encode_base64url(data)
    assert decode_base64url(text) == data
    assert not set(text) & set("+/=")


@given(text=st.text() | st.text("AQgw048_-+/="))
def test_base64url_accepts_one_encoding_of_the_same_bytes(text):
    """An accepted text is decoded to bytes, and these bytes are encoded to the same text."""
    with contextlib.suppress(ValueError):
        assert encode_base64url(decode_base64url(text)) == text


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+", "A/", "AA\n", " AA", "ÄÄ", "AAAAA"])
def test_malformed_base64url_is_rejected(text):
    """Some texts that Python's decoder accepts are rejected."""
    with pytest.raises(ValueError, match=r"base64url|Invalid"):
        decode_base64url(text)
