"""What names a content: the hash that Dropbox publishes for its bytes."""

import hashlib
from dataclasses import dataclass

HASH_BLOCK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file, by name.

    Attributes:
        hash: the content hash that Dropbox publishes: SHA-256 over the SHA-256s of blocks of 4 MiB.
        size_bytes: how many bytes there are.
    """

    hash: str
    size_bytes: int


class ContentHash:
    """Computes the content hash of bytes that come in pieces."""

    def __init__(self) -> None:
        self.size_bytes: int = 0
        self._overall = hashlib.sha256()
        self._block = hashlib.sha256()
        self._room_bytes = HASH_BLOCK_BYTES

    def update(self, data: bytes | memoryview) -> None:
        """Take in the next bytes."""
        view = memoryview(data)
        self.size_bytes += len(view)
        while len(view) >= self._room_bytes:
            self._block.update(view[: self._room_bytes])
            self._overall.update(self._block.digest())
            view = view[self._room_bytes :]
            self._block, self._room_bytes = hashlib.sha256(), HASH_BLOCK_BYTES
        if view:
            self._block.update(view)
            self._room_bytes -= len(view)

    def content(self) -> Content:
        """The content so far; more may follow."""
        overall = self._overall.copy()
        if self._room_bytes < HASH_BLOCK_BYTES:
            overall.update(self._block.digest())
        return Content(overall.hexdigest(), self.size_bytes)
