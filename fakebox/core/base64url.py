"""Bytes as words that can stand in URLs: base64url of RFC 4648, unpadded, and one word for each.

Python's own decoder overlooks what isn't in the alphabet, and the last bits of the last character.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_ALPHABET = re.compile("[A-Za-z0-9_-]*")


def encode(data: bytes) -> str:
    """The word for some bytes."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(word: str) -> bytes:
    """The bytes that a word stands for.

    Raises:
        ValueError: there is none that it would be the word for.
    """
    if not _ALPHABET.fullmatch(word):
        raise ValueError("there is a character that isn't in the alphabet")
    data = urlsafe_b64decode(word + "=" * (-len(word) % 4))
    if encode(data) != word:
        raise ValueError("there are bits left over")
    return data
