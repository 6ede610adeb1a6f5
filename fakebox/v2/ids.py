"""The words by which version 2 names files and accounts."""

from __future__ import annotations

import struct
from hashlib import sha256

from fakebox.core.signed import decode_base64url, encode_base64url

_FILE = struct.Struct(">Qq")
# Two zero bytes, which real ids begin with, a digest, and the number that the digest is of.
_ACCOUNT = struct.Struct(">H16sq")


def file_id(namespace_id: int, identity: int) -> str:
    """The id of a file or folder: `id:` and 22 characters."""
    return "id:" + encode_base64url(_FILE.pack(namespace_id, identity))


def parse_id(word: str, namespace_id: int) -> int | None:
    """What a file or folder of an account is known by; `None` if that is no id of one."""
    try:
        owner, identity = _FILE.unpack(decode_base64url(word.removeprefix("id:")))
    except (struct.error, ValueError):
        return None
    return int(identity) if owner == namespace_id else None


def account_id(number: int) -> str:
    """The id of an account: `dbid:AA` and 33 characters."""
    digest = sha256(f"account {number}".encode()).digest()[:16]
    return "dbid:" + encode_base64url(_ACCOUNT.pack(0, digest, number))


def parse_account_id(word: str) -> int | None:
    """The number of the account with an id; `None` if it is not an id that `account_id` returns."""
    try:
        *_, number = _ACCOUNT.unpack(decode_base64url(word.removeprefix("dbid:")))
    except (struct.error, ValueError):
        return None
    return int(number) if word == account_id(number) else None
