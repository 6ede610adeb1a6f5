"""The words by which version 2 names files and accounts."""

from __future__ import annotations

import struct
from hashlib import sha256

from fakebox.core.signed import decode_base64url, encode_base64url

_FILE = struct.Struct(">Qq")
_ACCOUNT_CHARACTERS = 33


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
    digest = encode_base64url(sha256(f"account {number}".encode()).digest())
    return "dbid:AA" + digest[:_ACCOUNT_CHARACTERS]
