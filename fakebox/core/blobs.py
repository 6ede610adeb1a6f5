"""Files' contents, each kept once under the hash of its bytes, streamed in and out.

Without a directory, small contents stay in memory and large ones in a temporary folder. Which
contents are still needed is for the database to say; nothing is removed here but what `sweep` is
told nobody refers to.
"""

import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO

from fakebox.core.contents import Content, ContentHasher

IN_MEMORY_LIMIT_BYTES = 64 * 1024
_UNFINISHED = "incoming-"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A content that is here, and not kept yet.

    Attributes:
        content: its name.
        source: its bytes, or the file that holds just them.
    """

    content: Content
    source: bytes | Path


class Blobs:
    """A store of contents, for any number of threads.

    Args:
        directory: where they are kept for good; `None` keeps them until `close`.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._small: dict[str, bytes] = {}
        self._directory = directory
        self._memory_bytes = 0 if directory else IN_MEMORY_LIMIT_BYTES
        self._remove_temporary: weakref.finalize[..., Blobs] | None = None
        if directory:
            # What a process that was killed had not received in full.
            for path in directory.glob(_UNFINISHED + "*"):
                path.unlink()

    def receive(self, blocks: Iterable[bytes]) -> AbstractContextManager[Incoming]:
        """Take in what the blocks hold, on entering a `with` block.

        It is gone when the block ends, unless it was kept by then. What the blocks raise is passed
        on.
        """
        return _Receiving(self, blocks, _Spool(self._folder, self._memory_bytes))

    def flush(self, incoming: Incoming) -> None:
        """Have the disk hold a content that is to be kept for good, before anything names it."""
        if not self._memory_bytes and isinstance(incoming.source, Path):
            with incoming.source.open("rb") as file:
                os.fsync(file.fileno())

    def keep(self, incoming: Incoming) -> None:
        """Keep a content; its source may then go."""
        name = incoming.content.hash
        if isinstance(incoming.source, bytes):
            with self._lock:
                self._small.setdefault(name, incoming.source)
            return
        target = self._file(name)
        target.parent.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            os.link(incoming.source, target)

    def store(self, blocks: Iterable[bytes]) -> None:
        """Keep what the blocks hold."""
        with self.receive(blocks) as incoming:
            self.keep(incoming)

    def open(self, content_hash: str) -> BinaryIO:
        """The content, to read and seek in; the caller closes it."""
        small = self._small.get(content_hash)
        return BytesIO(small) if small is not None else self._file(content_hash).open("rb")

    def scratch(self, name: str) -> Path:
        """Where a content that is still growing is kept under a name of the caller's."""
        folder = self._folder() / "growing"
        folder.mkdir(exist_ok=True)
        return folder / name

    def growing(self) -> list[Path]:
        """What is kept by such names."""
        return list(self._directory.glob("growing/*")) if self._directory else []

    def sweep(self, needed: set[str]) -> None:
        """Remove every content that isn't needed."""
        with self._lock:
            self._small = {name: data for name, data in self._small.items() if name in needed}
        if self._directory:
            for path in self._directory.glob("??/*"):
                if path.name not in needed:
                    path.unlink()

    def close(self) -> None:
        """Let go of what was only kept until now."""
        self._small.clear()
        if self._remove_temporary:
            self._remove_temporary()

    def _folder(self) -> Path:
        with self._lock:
            if not self._directory:
                self._directory = Path(tempfile.mkdtemp(prefix="fakebox-"))
                self._remove_temporary = weakref.finalize(
                    self, shutil.rmtree, self._directory, ignore_errors=True
                )
            self._directory.mkdir(exist_ok=True)
            return self._directory

    def _file(self, content_hash: str) -> Path:
        return self._folder() / content_hash[:2] / content_hash


# A generator would do, at a hundredth of a small upload.
class _Receiving:
    def __init__(self, blobs: Blobs, blocks: Iterable[bytes], spool: "_Spool") -> None:
        self._blobs = blobs
        self._blocks = blocks
        self._spool = spool

    def __enter__(self) -> Incoming:
        hasher, spool = ContentHasher(), self._spool
        try:
            for block in self._blocks:
                hasher.update(block)
                spool.write(block)
            incoming = Incoming(hasher.content(), spool.finish())
            self._blobs.flush(incoming)
        except BaseException:
            spool.discard()
            raise
        return incoming

    def __exit__(self, *error: object) -> None:
        self._spool.discard()


class _Spool:
    """A content on its way in: in memory while it is small, then in a file of its own."""

    def __init__(self, folder: Callable[[], Path], memory_bytes: int) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._held = bytearray()
        self._path: Path | None = None
        self._file: FileIO | None = None

    def write(self, block: bytes) -> None:
        self._held += block
        if len(self._held) > self._memory_bytes:
            self._spill()

    def finish(self) -> bytes | Path:
        if self._path is None and self._memory_bytes:
            return bytes(self._held)
        return self._spill()

    def discard(self) -> None:
        if self._file and self._path:
            self._file.close()
            self._path.unlink()

    def _spill(self) -> Path:
        if self._file is None or self._path is None:
            handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=self._folder())
            self._path, self._file = Path(name), FileIO(handle, "wb")
        write_all(self._file, self._held)
        self._held = bytearray()
        return self._path


def write_all(file: FileIO, data: bytes | bytearray) -> None:
    """Write every byte to an unbuffered file."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
