"""Signed values, which a client stores and sends back unchanged; and base64url.

A signature is valid for one purpose: a value that was signed for another purpose is rejected.
"""

import hmac
import re
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode

_SIGNATURE_BYTES = 12
_BASE64URL = re.compile("[A-Za-z0-9_-]*")


class BadSignedValue(ValueError):
    """The text is not a value that was signed with this key for this purpose."""


def sign(key: bytes, purpose: str, value: bytes) -> str:
    """Return a value with its signature, in base64url.

    Args:
        key: the secret key.
        purpose: the purpose of the value, such as a kind of cursor.
        value: the value. It is not encrypted.
    """
    return encode_base64url(_signature(key, purpose, value) + value)


def unsign(key: bytes, purpose: str, text: str) -> bytes:
    """Return the value of a text that `sign` returned.

    Raises:
        BadSignedValue: the text is malformed, or was signed with another key or for another
            purpose.
    """
    try:
        data = decode_base64url(text)
    except ValueError as error:
        raise BadSignedValue(purpose) from error
    signature, value = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(key, purpose, value)):
        raise BadSignedValue(purpose)
    return value


def derive(key: bytes, purpose: str, value: bytes) -> str:
    """Return 51 lower-case letters and digits that nobody can compute without the key.

    Args: as for `sign`.
    """
    digest = hmac.digest(key, f"{purpose}\0".encode() + value, "sha256")
    return b32encode(digest).decode().rstrip("=").lower()


def encode_base64url(data: bytes) -> str:
    """Encode bytes in base64url of RFC 4648 without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """Decode base64url without padding, as `encode_base64url` returns it.

    Python's own decoder ignores characters outside the alphabet, and the unused bits of the last
    character.

    Raises:
        ValueError: the text is not the encoding of any bytes.
    """
    if not _BASE64URL.fullmatch(text):
        raise ValueError("base64url contains only the characters A-Z, a-z, 0-9, - and _")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_base64url(data) != text:
        raise ValueError("the unused bits of the last base64url character must be zero")
    return data


def _signature(key: bytes, purpose: str, value: bytes) -> bytes:
    return hmac.digest(key, f"{purpose}\0".encode() + value, "sha256")[:_SIGNATURE_BYTES]
