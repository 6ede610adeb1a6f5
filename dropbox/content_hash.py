"""The content hash of version 2 of the API."""

from __future__ import annotations

from hashlib import sha256
from typing import IO

BLOCK_BYTES = 4 * 1024 * 1024


def content_hash(file: IO[bytes], length_bytes: int | None = None) -> str:
    """Compute the hash that version 2 of the API reports as `content_hash`.

    It is the SHA-256 of the concatenated SHA-256 digests of the file's blocks of 4 MiB.

    Args:
        file: a binary file, read from its current position.
        length_bytes: the number of bytes to read; `None` reads to the end.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> from io import BytesIO
        >>> from dropbox.content_hash import content_hash
        >>> content_hash(BytesIO(b"Hello, Dropbox"))
        '1ddaa605d2a2d045eba41d371772d78505a1c1eafd9f8f42f1f3c5d7caa4bf9e'
    """
    digests = sha256()
    unread_bytes = length_bytes
    while True:
        size = BLOCK_BYTES if unread_bytes is None else min(BLOCK_BYTES, unread_bytes)
        block = file.read(size) if size else b""
        if not block:
            return digests.hexdigest()
        digests.update(sha256(block).digest())
        if unread_bytes is not None:
            unread_bytes -= len(block)
