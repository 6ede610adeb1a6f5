"""Read, write, create, copy, move and delete files and folders.

Every method completes, or raises and changes nothing. Where the documentation of the service is
ambiguous, the docstring states the behaviour.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import BinaryIO

from fakebox.core import accounts, node_writes, nodes
from fakebox.core.accounts import Scope
from fakebox.core.blobs import Content, Incoming
from fakebox.core.context import WorldContext
from fakebox.core.copy_move import CopyMove, CopyOrMove
from fakebox.core.entry import Entry, Listing, ListingPage
from fakebox.core.errors import (
    AlreadyExists,
    FolderExists,
    FolderInTheWay,
    IllegalPath,
    NotAFile,
    NotFound,
    RevisionNotFound,
    RootNotAllowed,
    TooManyEntries,
    UnknownParentRev,
    UploadConflict,
)
from fakebox.core.nodes import Node, NodePath
from fakebox.core.path_lookup import (
    ResolvedPath,
    check_new_folders,
    first_free,
    make_folders,
    node_in,
)
from fakebox.core.path_rules import (
    conflicted_names,
    numbered_names,
    split,
    split_target,
    split_upload,
)


@dataclass(frozen=True, slots=True)
class WriteMode:
    """The behaviour of an upload to a path that exists.

    Attributes:
        overwrite: replace an existing file; otherwise an existing file is a conflict.
        parent_rev: replace the file only if this is its revision; otherwise the file is a conflict.
            If `parent_rev` is set, `overwrite` has no effect.
        autorename: store a conflicting upload under another name; otherwise reject it.
        accepts_same_content: an upload of the content that the file has already changes nothing and
            is not a conflict.
        requires_known_parent: reject a `parent_rev` that was never issued; otherwise treat it as a
            conflict.
        accepts_deleted_parent: an upload with a `parent_rev` to the path of a deleted file is not a
            conflict.
    """

    overwrite: bool = False
    parent_rev: str | None = None
    autorename: bool = True
    accepts_same_content: bool = False
    requires_known_parent: bool = True
    accepts_deleted_parent: bool = True


ADD = WriteMode()


class Files:
    """The files and folders of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._copy_move = CopyMove(context)

    # --- reading -----------------------------------------------------------------------------

    def metadata(self, scope: Scope, path: str, rev: str | None = None) -> Entry:
        """Return the entry at a path, which may be deleted.

        Raises:
            NotFound: no file or folder was ever at the path.
            RevisionNotFound: the path has no such `rev`.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            return resolved.entry() if rev is None else resolved.entry_of(resolved.version(db, rev))

    def folder(self, scope: Scope, path: str) -> Entry:
        """Return a folder that is not deleted.

        Raises:
            NotFound: the path has no file or folder.
            NotAFolder: a file is at the path.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            return ResolvedPath.of(db, scope, names).folder()

    def list(
        self, scope: Scope, path: str, *, include_deleted: bool = False, limit: int | None = None
    ) -> Entry | Listing:
        """Return a folder and its entries, or a file as `metadata` does.

        Args:
            scope: the caller.
            path: the path.
            include_deleted: whether deleted entries of the folder are listed.
            limit: the maximum number of entries.

        Raises:
            NotFound: no file or folder was ever at the path.
            TooManyEntries: there are more than `limit` entries.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            folder = resolved.entry()
            if not folder.is_folder:
                return folder
            shown = tuple(
                islice(resolved.children(db, include_deleted=include_deleted), limit and limit + 1)
            )
        _check_count(shown, limit)
        return Listing(folder, shown, _listing_hash(folder, shown))

    def list_page(
        self, scope: Scope, path: str, *, after: int = 0, limit: int, include_deleted: bool = False
    ) -> ListingPage:
        """Return a page of the entries of a folder. Its cost depends on the size of the page only.

        Args:
            scope: the caller.
            path: the path.
            after: the key of the last page; 0 for the first page.
            limit: the maximum number of entries.
            include_deleted: whether deleted entries of the folder are listed.

        Raises:
            NotFound: the path has no file or folder.
            NotAFolder: a file is at the path.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            folder = resolved.folder()
            entries, follows = resolved.page(db, after, limit, include_deleted=include_deleted)
            return ListingPage(folder, tuple(entries), follows)

    def descendants(
        self, scope: Scope, path: str = "/", *, limit: int | None = None
    ) -> Sequence[Entry]:
        """Return every live file and folder below a folder, each folder before its entries.

        The time that this takes grows with the number of entries, not with their depth.

        Args:
            scope: the caller.
            path: the path. The result is empty for a file or a deleted folder.
            limit: the maximum number of entries.

        Raises:
            NotFound: no file or folder was ever at the path.
            TooManyEntries: there are more than `limit` entries.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            resolved.entry()
            shown = tuple(resolved.descendants(db, -1 if limit is None else limit + 1))
        _check_count(shown, limit)
        return shown

    def open(self, scope: Scope, path: str, rev: str | None = None) -> tuple[Entry, BinaryIO]:
        """Return a file and its content, which the caller must close.

        Raises:
            NotFound: the path has no file, or the file is deleted.
            NotAFile: a folder is at the path.
            RevisionNotFound: the path has no such `rev`, or the `rev` is a deletion.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            entry = (
                resolved.entry() if rev is None else resolved.entry_of(resolved.version(db, rev))
            )
            if entry.is_folder and not entry.is_deleted:
                raise NotAFile(path)
            if entry.content is None:
                raise NotFound(path) if rev is None else RevisionNotFound(path, rev)
            return entry, self._context.blobs.open(entry.content)

    def open_version(self, scope: Scope, path: str, seq: int) -> tuple[Entry, BinaryIO]:
        """Return a file and its content like `open`, in the version that change `seq` created.

        Raises:
            NotFound: no file was ever at the path, or the version was deleted permanently.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            version = nodes.version_at(db, resolved.known(), seq)
            if version is None or version.content is None:
                raise NotFound(path)
            return resolved.entry_of(version), self._context.blobs.open(version.content)

    def content(self, entry: Entry) -> BinaryIO:
        """Return the content of a file, which the caller must close."""
        assert entry.content, f"{entry.path} has no content: it is a folder, or deleted"
        return self._context.blobs.open(entry.content)

    # --- writing -----------------------------------------------------------------------------

    def upload(
        self,
        scope: Scope,
        path: str,
        blocks: Iterable[bytes],
        mode: WriteMode = ADD,
        client_mtime_s: int | None = None,
    ) -> Entry:
        """Store a file like `put`, with bytes that are received during the call.

        If the blocks raise an exception, nothing is stored and the exception is passed on.
        """
        with self.receive(blocks) as incoming:
            return self.keep(scope, path, incoming, mode, client_mtime_s)

    def receive(self, blocks: Iterable[bytes]) -> AbstractContextManager[Incoming]:
        """Return a context manager that receives bytes when it is entered, without a transaction.

        Bytes that `keep` has not stored are deleted at the end of the block.
        """
        return self._context.blobs.receive(blocks)

    def keep(
        self,
        scope: Scope,
        path: str,
        incoming: Incoming,
        mode: WriteMode = ADD,
        client_mtime_s: int | None = None,
    ) -> Entry:
        """Store a file like `put`, with the bytes of a call of `receive`."""
        with self._context.change() as db:
            entry = self._put(db, scope, path, incoming.content, mode, client_mtime_s)
            # The content is stored last, so that a rejected upload stores nothing.
            self._context.blobs.keep(incoming)
            return entry

    def put(
        self,
        scope: Scope,
        path: str,
        content: Content,
        mode: WriteMode = ADD,
        client_mtime_s: int | None = None,
    ) -> Entry:
        """Create or replace a file at a path, and create missing folders above it.

        Nothing changes if the same content is stored again. Otherwise, the file gets the spelling
        of the path; existing folders above it keep their spelling.

        Args:
            scope: the caller.
            path: the path.
            content: the content, which is stored already.
            mode: the behaviour if the path exists.
            client_mtime_s: the modification time from the client, in seconds since 1970.

        Raises:
            IllegalPath, IgnoredName, ParentIsAFile: the file cannot be created.
            UploadConflict: the path exists, and `autorename` is off.
            FolderInTheWay: a folder would be overwritten.
            UnknownParentRev: the `parent_rev` was never issued for this path.
            OverQuota: the account does not have enough space.
        """
        with self._context.change() as db:
            return self._put(db, scope, path, content, mode, client_mtime_s)

    def create_folder(
        self,
        scope: Scope,
        path: str,
        *,
        autorename: bool = False,
        allows_ignored_name: bool = False,
    ) -> Entry:
        """Create a folder, and missing folders above it.

        Args:
            scope: the caller.
            path: the path.
            autorename: whether the folder gets another name if the path exists.
            allows_ignored_name: whether the folder may have a name that Dropbox never stores for
                files. Uploads create such folders above a file.

        Raises:
            FolderExists: the path exists, and `autorename` is off.
            IllegalPath, IgnoredName, ParentIsAFile: the folder cannot be created.
        """
        names = (split if allows_ignored_name else split_target)(path, scope.rules)
        with self._context.change() as db:
            resolved = ResolvedPath.of(db, scope, names)
            check_new_folders(resolved, scope.rules)
            name = _folder_name(db, resolved, autorename=autorename)
            now_us = self._context.clock.now_us()
            folders = make_folders(db, resolved, now_us)
            old = node_in(db, resolved, folders[-1], name)
            made = node_writes.put(db, folders[-1], name, old, now_us)
            return resolved.beyond(NodePath((*folders, made), ())).entry()

    def copy(
        self, scope: Scope, from_path: str, to_path: str, *, autorename: bool | None = None
    ) -> Entry:
        """Copy a file, or a folder with all its entries.

        Args:
            scope: the caller.
            from_path: the source.
            to_path: the target.
            autorename: whether the copy gets another name if the target exists; `None` uses
                `Settings.on_conflict`.

        Raises:
            NotFound: there is no file or folder at `from_path`.
            RootNotAllowed, IllegalPath, IgnoredName, ParentIsAFile: the target cannot be created.
            IntoItself: the target is inside the source.
            AlreadyExists: the target exists, and the copy does not get another name.
            TooManyItems: the source has more entries than one operation may change.
            OverQuota: the account does not have enough space.
        """
        from_names, to_names = split(from_path, scope.rules), split_target(to_path, scope.rules)
        find = _finder(scope, from_names)
        return self._copy_move.do(CopyOrMove(find, scope, to_names, False, autorename))

    def move(
        self,
        scope: Scope,
        from_path: str,
        to_path: str,
        *,
        autorename: bool | None = None,
        changes_case: bool = True,
    ) -> Entry:
        """Move a file, or a folder with all its entries. Moving to the same path changes nothing.

        Args:
            scope: the caller.
            from_path: the source.
            to_path: the target.
            autorename: as for `copy`.
            changes_case: whether moving to another spelling of the same path changes the spelling;
                otherwise the target exists.

        Raises:
            RootNotAllowed: the source is the root.
            AlreadyExists: the target is another spelling of the source, and `changes_case` is off.
            Exception: any error of `copy`, except `OverQuota`.
        """
        from_names, to_names = split(from_path, scope.rules), split_target(to_path, scope.rules)
        find = _finder(scope, from_names)
        with self._context.change() as db:
            source, target = (
                ResolvedPath.of(db, scope, from_names),
                ResolvedPath.of(db, scope, to_names),
            )
            if source.is_root:
                raise RootNotAllowed(from_path)
            if source.folded_names == target.folded_names:
                if not changes_case and source.live().name != to_names[-1]:
                    raise AlreadyExists(target.path, by_folder=bool(source.live().is_folder))
                return self._respell(db, scope, source, to_names)
            return self._copy_move.do(CopyOrMove(find, scope, to_names, True, autorename))

    def delete(self, scope: Scope, path: str, *, parent_rev: str | None = None) -> Entry:
        """Delete a file, or a folder with all its entries, and return the deleted entry.

        Args:
            scope: the caller.
            path: the path.
            parent_rev: delete a file only if this is its revision.

        Raises:
            NotFound: the path has no file or folder.
            UploadConflict: the revision is not `parent_rev`.
            RootNotAllowed: the path is the root.
            TooManyItems: the folder has more entries than one operation may change.
        """
        names = split(path, scope.rules)
        if not names:
            raise RootNotAllowed(path)
        with self._context.change() as db:
            resolved = ResolvedPath.of(db, scope, names)
            node = resolved.live()
            if parent_rev is not None and not resolved.entry().has_rev(parent_rev):
                raise UploadConflict(resolved.path, by_folder=bool(node.is_folder))
            accounts.adjust_usage(db, scope.account_id, -self._copy_move.measure(db, node)[1])
            node_writes.mark_deleted(db, node, self._context.clock.now_us())
            return ResolvedPath.of(db, scope, names).entry()

    def _put(
        self,
        db: sqlite3.Connection,
        scope: Scope,
        path: str,
        content: Content,
        mode: WriteMode,
        client_mtime_s: int | None,
    ) -> Entry:
        names = split_upload(path, scope.rules)
        if not names:
            raise IllegalPath(path, "root")
        resolved = ResolvedPath.of(db, scope, names)
        name = _upload_name(db, resolved, mode, content)
        now_us = self._context.clock.now_us()
        folders = make_folders(db, resolved, now_us)
        node = node_in(db, resolved, folders[-1], name)
        if node is None or not node.is_live or node.content != content.hash:
            old_bytes = node.size_bytes if node and node.is_live else 0
            node = node_writes.put(
                db,
                folders[-1],
                name,
                node,
                now_us,
                content=content.hash,
                size_bytes=content.size_bytes,
                client_mtime_s=client_mtime_s,
                added_bytes=content.size_bytes - old_bytes,
            )
        return resolved.beyond(NodePath((*folders, node), ())).entry()

    def _respell(
        self, db: sqlite3.Connection, scope: Scope, source: ResolvedPath, names: tuple[str, ...]
    ) -> Entry:
        node = source.live()
        if node.name != names[-1]:
            self._copy_move.measure(db, node)
            node_writes.respell(db, node, names[-1], self._context.clock.now_us())
        return ResolvedPath.of(db, scope, names).entry()


def _finder(scope: Scope, names: tuple[str, ...]) -> Callable[[sqlite3.Connection], Node]:
    return lambda db: ResolvedPath.of(db, scope, names).live()


def _folder_name(db: sqlite3.Connection, resolved: ResolvedPath, *, autorename: bool) -> str:
    node = resolved.node_path.live_node
    if not resolved.is_root and node is None:
        return resolved.names[-1]
    if resolved.is_root or not autorename:
        raise FolderExists(resolved.path, by_folder=node is None or bool(node.is_folder))
    return first_free(db, resolved, numbered_names(resolved.names[-1]))


def _upload_name(
    db: sqlite3.Connection, resolved: ResolvedPath, mode: WriteMode, content: Content
) -> str:
    name, node = resolved.names[-1], resolved.node_path.live_node
    if node and mode.accepts_same_content and node.content == content.hash:
        return name
    if mode.parent_rev is not None:
        if _may_replace(db, resolved, mode, mode.parent_rev):
            return name
        candidates = conflicted_names(name, resolved.owner_name)
    elif node is None or (mode.overwrite and not node.is_folder):
        return name
    elif mode.overwrite:
        raise FolderInTheWay(resolved.path)
    else:
        candidates = numbered_names(name)
    if not mode.autorename:
        raise UploadConflict(resolved.path, by_folder=bool(node and node.is_folder))
    return first_free(db, resolved, candidates)


def _may_replace(db: sqlite3.Connection, resolved: ResolvedPath, mode: WriteMode, rev: str) -> bool:
    is_current = _is_current_parent(db, resolved, rev, mode.requires_known_parent)
    node = resolved.node_path.live_node
    if node is None:
        return mode.accepts_deleted_parent or mode.autorename
    return is_current and not node.is_folder


def _is_current_parent(
    db: sqlite3.Connection, resolved: ResolvedPath, rev: str, must_be_known: bool
) -> bool:
    try:
        return resolved.version(db, rev).seq == resolved.known().seq
    except RevisionNotFound as error:
        if must_be_known:
            raise UnknownParentRev(resolved.path, rev) from error
        return False


def _check_count(shown: Sequence[Entry], limit: int | None) -> None:
    if limit is not None and len(shown) > limit:
        raise TooManyEntries(limit)


def _listing_hash(folder: Entry, shown: tuple[Entry, ...]) -> str:
    digest = blake2b(digest_size=16)
    for entry in (folder, *shown):
        digest.update(f"{entry.path}\0{entry.rev}\0".encode())
    return digest.hexdigest()
