"""Signed values: what a client keeps and sends back, so that it can neither forge nor change it.

A signature belongs to one purpose: a value that was signed for another one is refused.
"""

import hmac

from fakebox.core import base64url

_SIGNATURE_BYTES = 12


class BadSignedValue(ValueError):
    """The text isn't a value that was signed with this key for this purpose."""


def sign(key: bytes, purpose: str, value: bytes) -> str:
    """A value with its signature, in the characters of base64url.

    Args:
        key: the secret key.
        purpose: what the value is for.
        value: the value, which stays readable.
    """
    return base64url.encode(_signature(key, purpose, value) + value)


def unsign(key: bytes, purpose: str, text: str) -> bytes:
    """The value in a text that `sign` returned.

    Raises:
        BadSignedValue: the text has another form, key or purpose.
    """
    try:
        data = base64url.decode(text)
    except ValueError as error:
        raise BadSignedValue(purpose) from error
    signature, value = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(key, purpose, value)):
        raise BadSignedValue(purpose)
    return value


def _signature(key: bytes, purpose: str, value: bytes) -> bytes:
    return hmac.digest(key, f"{purpose}\0".encode() + value, "sha256")[:_SIGNATURE_BYTES]
