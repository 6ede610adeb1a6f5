"""The hash that names a content."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.content_hash import HASH_BLOCK_BYTES, ContentHash


def hashed(*pieces):
    """The content that the pieces make."""
    hasher = ContentHash()
    for piece in pieces:
        hasher.update(piece)
    return hasher.content()


def test_hash_is_that_of_the_blocks_hashes():
    """SHA-256 over the SHA-256s of blocks of 4 MiB, the last one being shorter."""
    data = bytes(HASH_BLOCK_BYTES) + b"tail"
    blocks = (data[:HASH_BLOCK_BYTES], data[HASH_BLOCK_BYTES:])
    digests = b"".join(hashlib.sha256(block).digest() for block in blocks)
    assert hashed(data).hash == hashlib.sha256(digests).hexdigest()


def test_hash_of_nothing_is_that_of_no_blocks():
    """An empty content has no block at all."""
    assert hashed().hash == hashlib.sha256().hexdigest()
    assert hashed().size_bytes == 0


@given(st.lists(st.integers(0, HASH_BLOCK_BYTES + 1), max_size=3))
def test_hash_is_the_same_however_the_bytes_come(cuts):
    """Where the pieces end makes no difference."""
    data = bytes(2 * HASH_BLOCK_BYTES)
    pieces, rest = [], data
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert hashed(*pieces, rest) == hashed(data)


def test_hash_may_be_asked_for_before_the_end():
    """Asking for the hash so far doesn't disturb what follows."""
    hasher = ContentHash()
    hasher.update(b"one")
    assert hasher.content() == hashed(b"one")
    hasher.update(b"two")
    assert hasher.content() == hashed(b"onetwo")
