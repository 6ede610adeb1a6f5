"""The content hash of version 2 of the API."""

from __future__ import annotations

from hashlib import sha256
from typing import IO

from dropbox.arguments import read_block
from dropbox.compat import Buffer

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
    hasher = ContentHasher()
    unread_bytes = length_bytes
    while True:
        size = BLOCK_BYTES if unread_bytes is None else min(BLOCK_BYTES, unread_bytes)
        block = read_block(file, size) if size else b""
        if not block:
            return hasher.hexdigest()
        hasher.update(block)
        if unread_bytes is not None:
            unread_bytes -= len(block)


class ContentHasher:
    """Computes a content hash of bytes that arrive in parts of any size.

    Example:
        >>> from dropbox.content_hash import ContentHasher
        >>> hasher = ContentHasher()
        >>> hasher.update(b"Hello, ")
        >>> hasher.update(b"Dropbox")
        >>> hasher.hexdigest()
        '1ddaa605d2a2d045eba41d371772d78505a1c1eafd9f8f42f1f3c5d7caa4bf9e'
    """

    def __init__(self) -> None:
        self._digests = sha256()
        self._block = sha256()
        self._block_bytes = 0

    def update(self, data: Buffer) -> None:
        """Add bytes.

        Args:
            data: the bytes that follow the previous ones.

        Example:
            >>> from dropbox.content_hash import ContentHasher
            >>> ContentHasher().update(b"Hello")
        """
        view = memoryview(data).cast("B")
        while view:
            part = view[: BLOCK_BYTES - self._block_bytes]
            view = view[len(part) :]
            self._block.update(part)
            self._block_bytes += len(part)
            if self._block_bytes == BLOCK_BYTES:
                self._digests.update(self._block.digest())
                self._block, self._block_bytes = sha256(), 0

    def hexdigest(self) -> str:
        """Return the content hash of the bytes so far.

        Returns:
            64 hexadecimal digits.

        Example:
            >>> from dropbox.content_hash import ContentHasher
            >>> ContentHasher().hexdigest()
            'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
        """
        digests = self._digests.copy()
        if self._block_bytes:
            digests.update(self._block.digest())
        return digests.hexdigest()
