"""List, restore and permanently delete the revisions of files."""

import sqlite3
from dataclasses import dataclass

from fakebox.core import node_writes, nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import FolderInTheWay, NotAFile, NotFound
from fakebox.core.files import Files
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import FoundVersion, ResolvedPath, make_folders, versions_of_file
from fakebox.core.path_rules import split


@dataclass(frozen=True, slots=True)
class FileRevisions:
    """The revisions of a file.

    Attributes:
        entries: the revisions, newest first, without deletions.
        deleted_s: when the file was deleted, in seconds since 1970; `None` if it exists.
    """

    entries: tuple[Entry, ...]
    deleted_s: int | None


class Revisions:
    """The revisions of a world's files."""

    def __init__(self, context: WorldContext, files: Files) -> None:
        self._context = context
        self._files = files

    def list(self, scope: Scope, path: str, limit: int) -> list[Entry]:
        """Return the revisions at a file's path, newest first, including deletions.

        Args:
            scope: the caller.
            path: the path.
            limit: the maximum number of revisions.

        Raises:
            NotFound: no file was ever at the path, or a folder is at the path.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            if resolved.known().is_folder and resolved.node_path.live_node:
                raise NotFound(path)
            versions = [version for version in resolved.history(db) if not version.is_folder]
            if not versions:
                raise NotFound(path)
            return [resolved.entry_of(version) for version in versions[:limit]]

    def of_file(self, scope: Scope, path: str, *, by_file_id: bool = False) -> FileRevisions:
        """Return the revisions of the last file at a path.

        Args:
            scope: the caller.
            path: the path.
            by_file_id: whether to return the revisions with the file id of this file, at every path
                that it was moved from or to; otherwise all revisions at the path are returned.

        Raises:
            NotFound: nothing was ever at the path, or it was permanently deleted.
            NotAFile: there were only folders at the path, or a folder is at the path.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            found = [FoundVersion(resolved, version) for version in resolved.history(db)]
            file_id = _file_id_of(resolved, found)
            if by_file_id:
                found = versions_of_file(db, ResolvedPath.of(db, scope, ()), file_id)
            return FileRevisions(
                tuple(at.entry_of(version) for at, version in found if version.content),
                _deleted_s(found, file_id),
            )

    def delete_permanently(self, scope: Scope, path: str) -> None:
        """Permanently delete the revisions of a deleted entry and of its descendants.

        Raises:
            NotFound: no file or folder was ever at the path, or the entry is not deleted.
        """
        names = split(path, scope.rules)
        with self._context.change() as db:
            resolved = ResolvedPath.of(db, scope, names)
            node, deleted_ancestor = resolved.known(), resolved.node_path.deleted_ancestor
            if deleted_ancestor is None:
                raise NotFound(path)
            for node_id in nodes.below(db, node.id):
                below = nodes.get(db, node_id)
                if below.is_live:
                    node_writes.write_tombstone(db, below, deleted_ancestor)
                node_writes.delete_history(db, node_id)

    def restore(self, scope: Scope, path: str, rev: str) -> Entry:
        """Restore a file and its deleted parent folders. The old content becomes a new revision.

        The file has its old file id, unless it was moved and exists at another path.

        Raises:
            NotFound: no file was ever at the path.
            RevisionNotFound: the path has no such `rev`, or the `rev` is a deletion.
            FolderInTheWay: a folder is at the path.
            OverQuota: the account does not have enough space.
        """
        names = split(path, scope.rules)
        with self._context.change() as db:
            resolved = ResolvedPath.of(db, scope, names)
            node = resolved.known()
            version = resolved.file_version(db, rev)
            if resolved.node_path.live_node and node.is_folder:
                raise FolderInTheWay(path)
            current_bytes = node.size_bytes if resolved.node_path.live_node else 0
            now_us = self._context.clock.now_us()
            folders = make_folders(db, resolved, now_us)
            node_writes.put(
                db,
                folders[-1],
                node.name,
                nodes.child(db, folders[-1].id, node.name),
                now_us,
                content=version.content,
                size_bytes=version.size_bytes,
                client_mtime_s=version.client_mtime_s,
                added_bytes=version.size_bytes - current_bytes,
                restores=not _exists_elsewhere(db, node),
            )
            return ResolvedPath.of(db, scope, names).entry()


def _file_id_of(resolved: ResolvedPath, found: list[FoundVersion]) -> int:
    """Return the file id of the last file at a path."""
    is_folder = resolved.known().is_folder
    file_ids = [version.file_id for _, version in found if version.content]
    if is_folder and (resolved.node_path.live_node or not file_ids):
        raise NotAFile(resolved.path)
    if not file_ids:
        raise NotFound(resolved.path)
    return file_ids[0]


def _deleted_s(found: list[FoundVersion], file_id: int) -> int | None:
    current = (at.current() for at, _ in found)
    if any(version.is_live and version.file_id == file_id for version in current):
        return None
    return found[0].version.modified_us // 1_000_000


def _exists_elsewhere(db: sqlite3.Connection, node: Node) -> bool:
    paths = nodes.PathIndex(db)
    same = nodes.with_file_id(db, node.account_id, node.file_id)
    return any(one.id != node.id and paths.path_to(one).live_node for one in same)
