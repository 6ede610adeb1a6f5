"""The words by which version 2 names files and accounts."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256

_FILE = struct.Struct(">Qq")
_ACCOUNT_CHARACTERS = 33


def file_id(namespace_id: int, identity: int) -> str:
    """The id of a file or folder: `id:` and 22 characters."""
    packed = _FILE.pack(namespace_id, identity)
    return "id:" + urlsafe_b64encode(packed).rstrip(b"=").decode()


def parse_id(word: str, namespace_id: int) -> int | None:
    """What a file or folder of an account is known by; `None` if that is no id of one."""
    try:
        packed = urlsafe_b64decode(word.removeprefix("id:").encode() + b"==")
        owner, identity = _FILE.unpack(packed)
    except (NotBase64, struct.error, ValueError):
        return None
    return int(identity) if owner == namespace_id else None


def account_id(number: int) -> str:
    """The id of an account: `dbid:AA` and 33 characters."""
    digest = urlsafe_b64encode(sha256(f"account {number}".encode()).digest()).decode()
    return "dbid:AA" + digest[:_ACCOUNT_CHARACTERS]
