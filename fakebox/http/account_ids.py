"""Ids of accounts, as version 2 and OAuth 2 return them."""

import struct
from hashlib import sha256

from fakebox.core.signed import decode_base64url, encode_base64url

# Two zero bytes as in real ids, a digest of the number, and the number.
_ACCOUNT_ID = struct.Struct(">H16sq")


def account_id(number: int) -> str:
    """Format the id of an account: `dbid:AA` and 33 characters."""
    digest = sha256(f"account {number}".encode()).digest()[:16]
    return "dbid:" + encode_base64url(_ACCOUNT_ID.pack(0, digest, number))


def parse_account_id(text: str) -> int | None:
    """Parse the id of an account.

    Args:
        text: the id as a client sent it.

    Returns:
        The number of the account; `None` if the text is not an id that `account_id` returns.
    """
    try:
        *_, number = _ACCOUNT_ID.unpack(decode_base64url(text.removeprefix("dbid:")))
    except (struct.error, ValueError):
        return None
    return int(number) if text == account_id(number) else None
