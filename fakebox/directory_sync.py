"""Copies directories of this machine into an account, and compares them.

This uses the core directly: no request is made or recorded.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fakebox.core.accounts import Scope
from fakebox.core.blobs import ContentHash
from fakebox.core.errors import DropboxError, NotFound
from fakebox.core.files import WriteMode
from fakebox.core.path_rules import is_ignored

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
        return "\n".join(f"{mark} {path}" for mark, paths in marked for path in paths)


def whole(account_id: int) -> Scope:
    """The scope of all files of an account."""
    return Scope(account_id, 0)


def seed(world: World, scope: Scope, directory: Path, folder: str = "") -> None:
    """Copy the entries of a directory into a folder of an account, over existing files.

    Files that Dropbox does not store, such as `.DS_Store`, are skipped. Symbolic links are
    followed.

    Args:
        world: the world of the account.
        scope: the account.
        directory: the directory.
        folder: the path of the folder, without a slash at its end; empty for the root.

    Raises:
        DirectoryError: an entry cannot be read or stored. Special files, and links without a target
            or to a parent directory, are rejected before anything is stored.
    """
    paths = sorted(_synced(directory))
    # Storing a file creates the folders above it, which is faster than creating each of them.
    made = {path.parent for path in paths}
    for path in paths:
        if path in made:
            continue
        name = f"{folder}/{path.relative_to(directory).as_posix()}"
        try:
            _put(world, scope, path, name)
        except OSError as error:
            raise DirectoryError(f"cannot read {path}: {error.strerror}") from error
        except DropboxError as error:
            why = describe(error)
            raise DirectoryError(f"{path} cannot be stored in a Dropbox: {why}") from error


def describe(error: Exception) -> str:
    """Describe in words why a file cannot be stored, such as `illegal path (backslash)`.

    Args:
        error: a `DropboxError` or `BodyError`.
    """
    boundary = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    words = re.sub(boundary, " ", type(error).__name__).lower()
    reason = getattr(error, "reason", "").replace("_", " ")
    return f"{words} ({reason})" if reason else words


def compare(world: World, scope: Scope, directory: Path) -> Difference:
    """Compare an account with a directory; symbolic links are followed.

    Raises:
        DirectoryError: as for `seed`.
    """
    here = {entry.path: entry.content for entry in world.files.descendants(scope)}
    there = {
        f"/{path.relative_to(directory).as_posix()}": _content(path) for path in _synced(directory)
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
    try:
        mode = path.stat().st_mode
    except OSError as error:
        # A symbolic link without a target, or to itself.
        raise DirectoryError(f"cannot read {path}: {error.strerror}") from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        kind = next((kind for is_kind, kind in _SPECIAL if is_kind(mode)), "special file")
        raise DirectoryError(f"{path} is a {kind}; only files and directories can be stored")
    return stat.S_ISDIR(mode)


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def _put(world: World, scope: Scope, path: Path, name: str) -> None:
    if path.is_dir():
        if not _is_there(world, scope, name):
            world.files.create_folder(scope, name)
        return
    modified_s = int(path.stat().st_mtime)
    world.files.upload(scope, name, _blocks(path), _REPLACE, modified_s)


def _is_there(world: World, scope: Scope, name: str) -> bool:
    try:
        return not world.files.metadata(scope, name).is_deleted
    except NotFound:
        return False


def _content(path: Path) -> str | None:
    if path.is_dir():
        return None
    hasher = ContentHash()
    for block in _blocks(path):
        hasher.update(block)
    return hasher.content().hash


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
