"""Signed values: only what was signed with the key for the purpose comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.errors import BadCursor
from fakebox.core.signed import BadSignedValue, sign, unsign


@given(st.binary(), st.text(), st.binary())
def test_value_comes_back_as_it_was(key, purpose, value):
    """Any bytes, with any key, for any purpose."""
    assert unsign(key, purpose, sign(key, purpose, value)) == value


@pytest.mark.parametrize(
    ("key", "purpose"), [(b"other", "page"), (b"key", "page\0"), (b"key", "other")]
)
def test_value_of_another_key_or_purpose_is_refused(key, purpose):
    """Though its text is unchanged."""
    with pytest.raises(BadSignedValue):
        unsign(key, purpose, sign(b"key", "page", b"value"))


@pytest.mark.parametrize("text", ["", "!", "AAAA", sign(b"key", "page", b"value")[:-1] + "A"])
def test_text_that_was_never_signed_is_refused(text):
    """Whatever it consists of."""
    with pytest.raises(BadSignedValue):
        unsign(b"key", "page", text)


def test_world_takes_back_what_it_signed_itself(world):
    """Until it is reset, which gives it another key."""
    text = world.sign("page", b"value")
    assert world.unsign("page", text) == b"value"
    world.reset()
    with pytest.raises(BadCursor):
        world.unsign("page", text)
