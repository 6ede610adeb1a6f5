"""Copies directories of this machine into an account, and compares them.

This uses the core directly: no request is made or recorded.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from fakebox.core.accounts import Scope
from fakebox.core.blobs import ContentHash
from fakebox.core.errors import DropboxError, NotFound
from fakebox.core.files import WriteMode
from fakebox.core.path_rules import compose, fold, is_ignored

if TYPE_CHECKING:
    from fakebox.core.world import World

_BLOCK_BYTES = 1024 * 1024
_REPLACE = WriteMode(overwrite=True)
_Identity = tuple[int, int]
_SPECIAL = (
    (stat.S_ISFIFO, "named pipe (FIFO)"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "character device"),
    (stat.S_ISBLK, "block device"),
)


class DirectoryError(ValueError):
    """A directory cannot be read or stored. The message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences between an account and a directory; false if there are none.

    Attributes:
        added: paths that only the account has.
        missing: paths that only the directory has.
        changed: files whose content differs, and paths that are a file on one side and a folder
            on the other side.
    """

    added: tuple[str, ...]
    missing: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.missing or self.changed)

    def __str__(self) -> str:
        """One line for each path: + for added, - for missing, ! for changed."""
        marked = (("+", self.added), ("-", self.missing), ("!", self.changed))
        return "\n".join(f"{mark} {_printable(path)}" for mark, paths in marked for path in paths)


class Target(Protocol):
    """An account that directories are copied into."""

    def create_folder(self, path: str) -> None:
        """Create a folder, unless it exists.

        Raises:
            DropboxError: the folder cannot be created. The text of the error may be the reason.
        """
        ...

    def store(self, path: str, blocks: Iterable[bytes], modified_s: int | None) -> None:
        """Store a file, over an existing one.

        Args:
            path: the path of the file.
            blocks: the content.
            modified_s: when the file was changed, in seconds since 1970; `None` for now.

        Raises:
            DropboxError: as for `create_folder`.
        """
        ...


class AccountFiles:
    """The files of an account of a world.

    Args:
        world: the world.
        account_id: the account.
    """

    def __init__(self, world: World, account_id: int) -> None:
        self._world = world
        self._scope = whole(account_id)

    def create_folder(self, path: str) -> None:
        """Create a folder; see `Target`."""
        try:
            if not self._world.files.metadata(self._scope, path).is_deleted:
                return
        except NotFound:
            pass
        self._world.files.create_folder(self._scope, path)

    def store(self, path: str, blocks: Iterable[bytes], modified_s: int | None = None) -> None:
        """Store a file; see `Target`."""
        self._world.files.upload(self._scope, path, blocks, _REPLACE, modified_s)

    def read(self, path: str) -> bytes:
        """Return the content of a file.

        Raises:
            NotFound, NotAFile: there is no file at the path.
        """
        _, file = self._world.files.open(self._scope, path)
        with file:
            return file.read()

    def contents(self) -> dict[str, str | None]:
        """The content hash of each file by its path; `None` for a folder."""
        entries = self._world.files.descendants(self._scope)
        return {entry.path: entry.content for entry in entries}


def whole(account_id: int) -> Scope:
    """The scope of all files of an account."""
    return Scope(account_id, 0)


def listed(contents: Mapping[str, str | None]) -> list[str]:
    """All paths, sorted; those of folders end with a slash.

    Args:
        contents: the content hash of each file by its path; `None` for a folder.
    """
    return sorted(f"{path}/" if content is None else path for path, content in contents.items())


def seed(account: Target, directory: Path, folder: str = "") -> None:
    """Copy the entries of a directory into a folder of an account, over existing files.

    Files that Dropbox does not store, such as `.DS_Store`, are skipped. Symbolic links are
    followed.

    Args:
        account: the account.
        directory: the directory.
        folder: the path of the folder, without a slash at its end; empty for the root.

    Raises:
        DirectoryError: an entry cannot be read or stored. Special files, links without a target or
            to a parent directory, and two paths that are one path in a Dropbox are rejected before
            anything is stored.
    """
    paths = sorted(_synced(directory))
    _check_names(directory, paths)
    # Storing a file creates the folders above it, which is faster than creating each of them.
    made = {path.parent for path in paths}
    for path in paths:
        if path in made:
            continue
        name = f"{folder}/{path.relative_to(directory).as_posix()}"
        try:
            _put(account, path, name)
        except DropboxError as error:
            why = describe(error)
            raise DirectoryError(f"{path} cannot be stored in a Dropbox: {why}") from error


def _check_names(directory: Path, paths: Iterable[Path]) -> None:
    """Check that no two paths differ only by case or by the form of their characters.

    Raises:
        DirectoryError: they do; one of them would replace the other.
    """
    found: dict[str, Path] = {}
    for path in paths:
        other = found.setdefault(fold(path.relative_to(directory).as_posix()), path)
        if other is not path:
            raise DirectoryError(
                f"{other} and {path} are one path in a Dropbox, which ignores case"
            )


def describe(error: Exception) -> str:
    """Describe in words why a file cannot be stored, such as `illegal path (backslash)`.

    Args:
        error: a `DropboxError` or `BodyError`.
    """
    boundary = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    words = re.sub(boundary, " ", type(error).__name__).lower()
    reason = getattr(error, "reason", "").replace("_", " ")
    return f"{words} ({reason})" if reason else words


def compare(here: Mapping[str, str | None], directory: Path) -> Difference:
    """Compare an account with a directory; symbolic links are followed.

    Args:
        here: the content hash of each file of the account by its path; `None` for a folder.
        directory: the directory.

    Raises:
        DirectoryError: as for `seed`.
    """
    # A file system may store decomposed names, which an account stores composed.
    there = {
        compose(f"/{path.relative_to(directory).as_posix()}"): _content(path)
        for path in _synced(directory)
    }
    both = here.keys() & there.keys()
    return Difference(
        added=tuple(sorted(here.keys() - there.keys())),
        missing=tuple(sorted(there.keys() - here.keys())),
        changed=tuple(sorted(path for path in both if here[path] != there[path])),
    )


def _synced(directory: Path) -> Iterator[Path]:
    """Iterate over the entries below a directory that Dropbox stores; follows symbolic links."""
    # Directories to list, each with the identities of the directories above it.
    waiting: list[tuple[Path, frozenset[_Identity]]] = [(directory, frozenset())]
    while waiting:
        folder, above = waiting.pop()
        try:
            identity = _identity(folder.stat())
            paths = list(folder.iterdir())
        except OSError as error:
            raise DirectoryError(f"{folder} is not a directory that can be read") from error
        if identity in above:
            raise DirectoryError(f"{folder} is a symbolic link to a directory that contains it")
        for path in paths:
            if is_ignored(path.name):
                continue
            if _is_directory(path):
                waiting.append((path, above | {identity}))
            yield path


def _is_directory(path: Path) -> bool:
    """Whether a path is a directory; if not, it is a file.

    Raises:
        DirectoryError: the path is neither a file nor a directory, or cannot be read.
    """
    # A symbolic link may have no target, or lead to itself.
    with _read_errors(path):
        mode = path.stat().st_mode
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        kind = next((kind for is_kind, kind in _SPECIAL if is_kind(mode)), "special file")
        raise DirectoryError(f"{path} is a {kind}; only files and directories can be stored")
    return stat.S_ISDIR(mode)


def _printable(path: str) -> str:
    """Return a path in one line; line breaks and other control characters are escaped."""
    return path if path.isprintable() else repr(path)[1:-1]


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def _put(account: Target, path: Path, name: str) -> None:
    if path.is_dir():
        account.create_folder(name)
    else:
        account.store(name, _blocks(path), _modified_s(path))


def _modified_s(path: Path) -> int:
    with _read_errors(path):
        return int(path.stat().st_mtime)


def _content(path: Path) -> str | None:
    if path.is_dir():
        return None
    hasher = ContentHash()
    for block in _blocks(path):
        hasher.update(block)
    return hasher.content().hash


def _blocks(path: Path) -> Iterator[bytes]:
    with _read_errors(path):
        file = path.open("rb")
    with file:
        # An error of the account that receives a block is not an error of the file.
        while block := _block(path, file):
            yield block


def _block(path: Path, file: BinaryIO) -> bytes:
    with _read_errors(path):
        return file.read(_BLOCK_BYTES)


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DirectoryError(f"cannot read {path}: {error.strerror}") from error
