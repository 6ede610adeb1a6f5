"""The content hash, which identifies a stored content."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.blobs import HASH_BLOCK_BYTES, ContentHash


def hashed(*pieces):
    """Return the content that consists of these pieces."""
    hasher = ContentHash()
    for piece in pieces:
        hasher.update(piece)
    return hasher.content()


def test_content_hash_is_the_hash_of_the_block_hashes():
    """The content hash is SHA-256 of the SHA-256 digests of blocks of 4 MiB."""
    data = bytes(HASH_BLOCK_BYTES) + b"tail"
    blocks = (data[:HASH_BLOCK_BYTES], data[HASH_BLOCK_BYTES:])
    digests = b"".join(hashlib.sha256(block).digest() for block in blocks)
    assert hashed(data).hash == hashlib.sha256(digests).hexdigest()


def test_empty_content_has_no_blocks():
    """The content hash of empty content is SHA-256 of no bytes."""
    assert hashed().hash == hashlib.sha256().hexdigest()
    assert hashed().size_bytes == 0


@given(st.lists(st.integers(0, HASH_BLOCK_BYTES + 1), max_size=3))
def test_content_hash_does_not_depend_on_the_pieces(cuts):
    """Any division of the bytes into pieces gives the same content hash."""
    data = bytes(2 * HASH_BLOCK_BYTES)
    pieces, rest = [], data
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert hashed(*pieces, rest) == hashed(data)


def test_content_hash_can_be_read_before_the_end():
    """Reading the hash does not affect later updates."""
    hasher = ContentHash()
    hasher.update(b"one")
    assert hasher.content() == hashed(b"one")
    hasher.update(b"two")
    assert hasher.content() == hashed(b"onetwo")
