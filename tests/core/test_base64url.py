"""Words for bytes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core import base64url


@given(data=st.binary())
def test_word_stands_for_what_it_was_made_of(data):
    """And is safe in a URL."""
    word = base64url.encode(data)
    assert base64url.decode(word) == data
    assert not set(word) & set("+/=")


@given(word=st.text() | st.text("AQgw048_-+/="))
def test_no_two_words_stand_for_the_same(word):
    """What isn't the word for something is refused."""
    with contextlib.suppress(ValueError):
        assert base64url.encode(base64url.decode(word)) == word


@pytest.mark.parametrize("word", ["A", "AB", "AA==", "A+", "A/", "AA\n", " AA", "ÄÄ", "AAAAA"])
def test_word_that_stands_for_nothing_is_refused(word):
    """Though Python's own decoder would take most of them."""
    with pytest.raises(ValueError, match=r"there|Invalid"):
        base64url.decode(word)
