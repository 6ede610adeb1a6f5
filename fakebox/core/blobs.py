"""Files' contents, each kept once under the hash of its bytes, streamed in and out.

Without a directory, small contents stay in memory and large ones in a temporary folder. Which
contents are still needed is for the database to say; nothing is removed here but what `sweep` is
told nobody refers to.
"""

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

IN_MEMORY_LIMIT_BYTES = 64 * 1024
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


class ContentHasher:
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


class Blobs:
    """A store of contents.

    Args:
        directory: where they are kept for good; `None` keeps them until `close`.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._kept_directory = directory
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._small: dict[str, bytes] = {}

    def store(self, blocks: Iterable[bytes]) -> Content:
        """Keep what the blocks hold; if they end in an exception, nothing is kept and it is passed
        on.
        """
        hasher, held, spool = ContentHasher(), [], None
        try:
            for block in blocks:
                hasher.update(block)
                held.append(block)
                if spool or self._kept_directory or hasher.size_bytes > IN_MEMORY_LIMIT_BYTES:
                    spool = spool or _Spool(self._folder())
                    spool.write(held)
                    held = []
            content = hasher.content()
            if spool or self._kept_directory:
                spool = spool or _Spool(self._folder())
                self.adopt(spool.close(), content)
                spool.discard()
            else:
                self._small.setdefault(content.hash, b"".join(held))
        except BaseException:
            if spool:
                spool.discard()
            raise
        return content

    def adopt(self, path: Path, content: Content) -> None:
        """Keep the file at `path`, which holds just this content; the old name may then go."""
        target = self._file(content.hash)
        if target.exists():
            return
        if self._kept_directory:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        target.parent.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            os.link(path, target)

    def open(self, content_hash: str) -> BinaryIO:
        """The content, to read and seek in; the caller closes it."""
        small = self._small.get(content_hash)
        return io.BytesIO(small) if small is not None else self._file(content_hash).open("rb")

    def scratch(self, name: str) -> Path:
        """Where a content that is still growing is kept under a name of the caller's."""
        folder = self._folder() / "growing"
        folder.mkdir(exist_ok=True)
        return folder / name

    def sweep(self, needed: set[str]) -> None:
        """Remove every content that isn't needed."""
        self._small = {name: data for name, data in self._small.items() if name in needed}
        if self._kept_directory or self._temporary:
            for path in self._folder().glob("??/*"):
                if path.name not in needed:
                    path.unlink()

    def close(self) -> None:
        """Let go of what was only kept until now."""
        self._small.clear()
        if self._temporary:
            self._temporary.cleanup()

    def export(self, directory: Path) -> None:
        """Write every content, and what is still growing, to a directory that another store can
        use.
        """
        directory.mkdir(parents=True, exist_ok=True)
        for name, data in self._small.items():
            path = directory / name[:2] / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        if self._kept_directory or self._temporary:
            shutil.copytree(self._folder(), directory, dirs_exist_ok=True)

    def absorb(self, directory: Path) -> None:
        """Take in a copy of every content that `export` wrote."""
        shutil.copytree(directory, self._folder(), dirs_exist_ok=True)

    def _folder(self) -> Path:
        if self._kept_directory:
            self._kept_directory.mkdir(exist_ok=True)
            return self._kept_directory
        if not self._temporary:
            self._temporary = tempfile.TemporaryDirectory(prefix="fakebox-")
        return Path(self._temporary.name)

    def _file(self, content_hash: str) -> Path:
        return self._folder() / content_hash[:2] / content_hash


class _Spool:
    """A file on its way in, under a temporary name until all of it is there."""

    def __init__(self, folder: Path) -> None:
        handle, name = tempfile.mkstemp(prefix="incoming-", dir=folder)
        self._path = Path(name)
        self._file = os.fdopen(handle, "wb", buffering=0)

    def write(self, blocks: Iterable[bytes]) -> None:
        for block in blocks:
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]

    def close(self) -> Path:
        self._file.close()
        return self._path

    def discard(self) -> None:
        self.close().unlink(missing_ok=True)
