"""Contents of files: their hash, and a store that keeps each content once under its hash.

Without a directory, small contents stay in memory and large ones in a temporary folder. Nothing is
removed except by `collect_garbage`.

Another program may damage the file of a content. Its bytes are compared with its hash before the
first read in this process, and again whenever the size, times or inode of the file have changed.
Uploading the same bytes replaces the file.
"""

import hashlib
import os
import re
import shutil
import stat
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fakebox.core.data_directory import sync_directory
from fakebox.core.errors import ContentDamaged

if TYPE_CHECKING:
    from typing_extensions import Buffer

HASH_BLOCK_BYTES = 4 * 1024 * 1024
IN_MEMORY_LIMIT_BYTES = 64 * 1024
_UNFINISHED = "incoming-"
_NAME = re.compile(r"[0-9a-f]{64}")
_BLOCK_BYTES = 1024 * 1024
# Opening does not wait for the writer of a FIFO, and does not follow a symbolic link.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a file, by its hash.

    Attributes:
        hash: the content hash as Dropbox documents it: the SHA-256 of the concatenated SHA-256
            digests of blocks of 4 MiB, in hexadecimal.
        size_bytes: the size.
    """

    hash: str
    size_bytes: int


class ContentHash:
    """Computes the content hash of bytes that arrive in several parts."""

    def __init__(self) -> None:
        self.size_bytes: int = 0
        self._overall = hashlib.sha256()
        self._block = hashlib.sha256()
        self._free_bytes = HASH_BLOCK_BYTES

    def update(self, data: bytes | memoryview) -> None:
        """Add the next bytes."""
        view = memoryview(data)
        self.size_bytes += len(view)
        while len(view) >= self._free_bytes:
            self._block.update(view[: self._free_bytes])
            self._overall.update(self._block.digest())
            view = view[self._free_bytes :]
            self._block, self._free_bytes = hashlib.sha256(), HASH_BLOCK_BYTES
        if view:
            self._block.update(view)
            self._free_bytes -= len(view)

    def content(self) -> Content:
        """Return the content of the bytes so far. More bytes may be added afterwards."""
        overall = self._overall.copy()
        if self._free_bytes < HASH_BLOCK_BYTES:
            overall.update(self._block.digest())
        return Content(overall.hexdigest(), self.size_bytes)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A content that was received, and is not stored yet.

    Attributes:
        content: the hash and the size.
        source: the bytes, or the file that contains them.
    """

    content: Content
    source: bytes | Path


class Blobs:
    """A store of contents, for any number of threads.

    Args:
        directory: where contents are stored permanently; `None` stores them until `close`.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._small: dict[str, bytes] = {}
        # The stamps of the files whose bytes match their hash.
        self._verified: dict[str, _Stamp] = {}
        self._directory = directory
        self._memory_bytes = 0 if directory else IN_MEMORY_LIMIT_BYTES
        self._remove_temporary: weakref.finalize[..., Blobs] | None = None
        if directory:
            # Incomplete contents of a process that was killed.
            for path in directory.glob(_UNFINISHED + "*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def receive(self, blocks: Iterable[bytes]) -> AbstractContextManager[Incoming]:
        """Return a context manager that receives bytes when it is entered.

        Received bytes are deleted at the end of the block, unless `keep` has stored them.
        Exceptions of `blocks` are not caught.
        """
        return _Receiving(self, blocks, _Spool(self._folder, self._memory_bytes))

    def flush(self, incoming: Incoming) -> None:
        """Write the content to the disk, before the database refers to it."""
        if not self._memory_bytes and isinstance(incoming.source, Path):
            with incoming.source.open("rb") as file:
                os.fsync(file.fileno())

    def keep(self, incoming: Incoming) -> None:
        """Store a received content. Its source can be deleted afterwards."""
        name = incoming.content.hash
        if isinstance(incoming.source, bytes):
            with self._lock:
                self._small.setdefault(name, incoming.source)
            return
        target = self._file(name)
        target.parent.mkdir(exist_ok=True)
        try:
            os.link(incoming.source, target)
        except FileExistsError:
            # The stored file may be damaged. The received one replaces it atomically.
            with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=self._folder()) as folder:
                link = Path(folder, name)
                os.link(incoming.source, link)
                link.replace(target)
        self._verified[name] = _stamp(target.stat())
        if not self._memory_bytes:
            for directory in (target.parent, target.parent.parent):
                sync_directory(directory)

    def store(self, blocks: Iterable[bytes]) -> Content:
        """Receive and store a content."""
        with self.receive(blocks) as incoming:
            self.keep(incoming)
            return incoming.content

    def open(self, content_hash: str) -> BinaryIO:
        """Return a content as a seekable file, which the caller must close.

        Reading from the file raises `ContentDamaged` if the bytes do not match the hash.

        Raises:
            FileNotFoundError: the content is not stored.
            ContentDamaged: the path of the content is not a regular file.
        """
        small = self._small.get(content_hash)
        if small is not None:
            return BytesIO(small)
        return BufferedReader(_VerifiedFile(self._file(content_hash), self._verified))

    def scratch(self, name: str) -> Path:
        """Return the path of a file to which the caller can append.

        Args:
            name: a name that the caller chooses.
        """
        folder = self._folder() / "growing"
        folder.mkdir(exist_ok=True)
        return folder / name

    def growing(self) -> list[Path]:
        """Return the files that were created with `scratch`."""
        return list(self._directory.glob("growing/*")) if self._directory else []

    def collect_garbage(self, needed: set[str]) -> None:
        """Delete every content that is not needed."""
        with self._lock:
            self._small = {name: data for name, data in self._small.items() if name in needed}
        if self._directory:
            for path in self._directory.glob("??/*"):
                if path.name not in needed:
                    path.unlink()

    def close(self) -> None:
        """Delete everything that is stored until `close`."""
        self._small.clear()
        with self._lock:
            remove, self._remove_temporary = self._remove_temporary, None
            if remove:
                # A request that still runs gets another directory, which is deleted later.
                self._directory = None
        if remove:
            remove()

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
        # An untrusted database may contain any text, which must not become a path.
        if not _NAME.fullmatch(content_hash):
            raise ContentDamaged(content_hash, "its name is not 64 hexadecimal digits")
        return self._folder() / content_hash[:2] / content_hash


_Stamp = tuple[int, int, int, int]


def _stamp(status: os.stat_result) -> _Stamp:
    """Return values that change when a file is written to or replaced."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


class _VerifiedFile(FileIO):
    """The file of a content, whose bytes are compared with the hash at the first read.

    Args:
        path: the file. Its name is the hash of the content.
        verified: the stamps of the files that were verified before, by name.
    """

    def __init__(self, path: Path, verified: dict[str, _Stamp]) -> None:
        try:
            super().__init__(path, opener=lambda name, _: os.open(name, _OPEN_FLAGS))
        except OSError as error:
            if not path.is_symlink():
                raise
            raise ContentDamaged(path.name, "its file is a symbolic link") from error
        self._hash = path.name
        self._verified = verified
        self._is_verified = False
        if not stat.S_ISREG(os.fstat(self.fileno()).st_mode):
            self.close()
            raise ContentDamaged(path.name, "its file is not a regular file")

    def readinto(self, buffer: "Buffer") -> int:
        """Read into a buffer, and return the number of bytes."""
        self._verify()
        return super().readinto(buffer)

    def readall(self) -> bytes:
        """Read to the end."""
        self._verify()
        return super().readall()

    def _verify(self) -> None:
        if self._is_verified:
            return
        now = _stamp(os.fstat(self.fileno()))
        if self._verified.get(self._hash) != now:
            if self._computed_hash() != self._hash:
                self._verified.pop(self._hash, None)
                raise ContentDamaged(self._hash, "its bytes do not match its hash")
            self._verified[self._hash] = now
        self._is_verified = True

    def _computed_hash(self) -> str:
        hasher, position, block = ContentHash(), self.tell(), bytearray(_BLOCK_BYTES)
        self.seek(0)
        while count := super().readinto(block):
            hasher.update(memoryview(block)[:count])
        self.seek(position)
        return hasher.content().hash


# A class, because a generator would take 1 % of the time of a small upload.
class _Receiving:
    def __init__(self, blobs: Blobs, blocks: Iterable[bytes], spool: "_Spool") -> None:
        self._blobs = blobs
        self._blocks = blocks
        self._spool = spool

    def __enter__(self) -> Incoming:
        hasher, spool = ContentHash(), self._spool
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
    """Received bytes, in memory up to a limit, in a file above the limit."""

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


def write_all(file: FileIO, data: bytes | bytearray | memoryview) -> None:
    """Write all bytes to an unbuffered file."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
