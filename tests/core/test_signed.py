"""Signed values are accepted only with the key and purpose that they were signed with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.errors import BadCursor
from fakebox.core.signed import BadSignedValue, sign, unsign


@given(st.binary(), st.text(), st.binary())
def test_signed_value_round_trips(key, purpose, value):
    """Any bytes are returned unchanged, with any key and purpose."""
    assert unsign(key, purpose, sign(key, purpose, value)) == value


@pytest.mark.parametrize(
    ("key", "purpose"), [(b"other", "page"), (b"key", "page\0"), (b"key", "other")]
)
def test_value_of_another_key_or_purpose_is_rejected(key, purpose):
    """A signed value is rejected with another key or another purpose."""
    with pytest.raises(BadSignedValue):
        unsign(key, purpose, sign(b"key", "page", b"value"))


@pytest.mark.parametrize("text", ["", "!", "AAAA", sign(b"key", "page", b"value")[:-1] + "A"])
def test_unsigned_text_is_rejected(text):
    """A text that is not the result of signing is rejected."""
    with pytest.raises(BadSignedValue):
        unsign(b"key", "page", text)


def test_world_accepts_its_own_signatures_until_reset(world):
    """A reset gives the world a new key, so that older signatures are rejected."""
    text = world.sign("page", b"value")
    assert world.unsign("page", text) == b"value"
    world.reset()
    with pytest.raises(BadCursor):
        world.unsign("page", text)
