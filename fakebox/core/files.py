"""Files and folders: looking at them, and putting, making, copying, moving and deleting them.

Every call is whole: it does all that it says, or it raises and leaves everything as it was. Where
the documents leave a choice, the docstring says which was made.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import BinaryIO

from fakebox.core import accounts, node_writes
from fakebox.core.accounts import Scope
from fakebox.core.blobs import Content, Incoming
from fakebox.core.context import WorldContext
from fakebox.core.copy_move import CopyMove, CopyOrMove
from fakebox.core.entry import Entry, Listing, ListingPage
from fakebox.core.errors import (
    FolderExists,
    FolderInTheWay,
    IllegalPath,
    NotAFile,
    NotAFolder,
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
    """What an upload does when its path is taken.

    Attributes:
        overwrite: replace the file that stands there; without it, a taken path is a conflict.
        parent_rev: replace it only if this is still its revision, else it is a conflict; with it,
            `overwrite` says nothing.
        autorename: store a conflicting upload under another name; without it, refuse it.
        takes_same: a path that holds the very bytes already is no conflict; nothing is written.
        knows_revs: refuse a `parent_rev` that was never issued; without it, that is a conflict
            like any other.
        over_nothing: with a `parent_rev`, it is no conflict if nothing stands there any more.
    """

    overwrite: bool = False
    parent_rev: str | None = None
    autorename: bool = True
    takes_same: bool = False
    knows_revs: bool = True
    over_nothing: bool = True


ADD = WriteMode()


class Files:
    """The files and folders of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._relocations = CopyMove(context)

    # --- looking -----------------------------------------------------------------------------

    def metadata(self, scope: Scope, path: str, rev: str | None = None) -> Entry:
        """What is, or was, at a path; a deleted one is answered as such.

        Raises:
            NotFound: nothing ever was there.
            RevisionNotFound: it had no such `rev`.
        """
        names = split(path)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            return resolved.entry() if rev is None else resolved.tell(resolved.version(db, rev))

    def list(
        self, scope: Scope, path: str, *, include_deleted: bool = False, limit: int | None = None
    ) -> Entry | Listing:
        """A folder with what is in it, or a file as `metadata` has it.

        Args:
            scope, path: whose, where.
            include_deleted: show what was deleted from the folder as well.
            limit: how many entries the caller takes.

        Raises:
            NotFound: nothing ever was there.
            TooManyEntries: there are more than `limit`.
        """
        names = split(path)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            folder = resolved.entry()
            if not folder.is_folder:
                return folder
            shown = tuple(
                islice(resolved.children(db, dead_too=include_deleted), limit and limit + 1)
            )
        _check_count(shown, limit)
        return Listing(folder, shown, _listing_hash(folder, shown))

    def list_page(
        self, scope: Scope, path: str, *, after: int = 0, limit: int, include_deleted: bool = False
    ) -> ListingPage:
        """A part of what is in a folder; its cost follows the size of the page, not of the folder.

        Args:
            scope, path: whose, where.
            after: the key that the last page came with; 0 begins.
            limit: how many entries at most.
            include_deleted: list what was deleted from the folder as well.

        Raises:
            NotFound: nothing is there.
            NotAFolder: a file is there.
        """
        names = split(path)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            folder = resolved.entry()
            if folder.is_deleted:
                raise NotFound(path)
            if not folder.is_folder:
                raise NotAFolder(path)
            entries, follows = resolved.page(db, after, limit, dead_too=include_deleted)
            return ListingPage(folder, tuple(entries), follows)

    def descendants(
        self, scope: Scope, path: str = "/", *, limit: int | None = None
    ) -> Sequence[Entry]:
        """Every live file and folder below a folder, each folder before what is in it.

        The time that it takes grows with the number of entries, however deep they are.

        Args:
            scope, path: whose, where; nothing is below a file or a deleted folder.
            limit: how many entries the caller takes.

        Raises:
            NotFound: nothing ever was there.
            TooManyEntries: there are more than `limit`.
        """
        names = split(path)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            resolved.entry()
            shown = tuple(resolved.descendants(db, -1 if limit is None else limit + 1))
        _check_count(shown, limit)
        return shown

    def open(self, scope: Scope, path: str, rev: str | None = None) -> tuple[Entry, BinaryIO]:
        """A file with its bytes; the caller closes them.

        Raises:
            NotFound: nothing is there, or what was there is deleted.
            NotAFile: a folder is there.
            RevisionNotFound: there was no such `rev`, or it is that of a deletion.
        """
        names = split(path)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            entry = resolved.entry() if rev is None else resolved.tell(resolved.version(db, rev))
            if entry.is_folder and not entry.is_deleted:
                raise NotAFile(path)
            if entry.content is None:
                raise NotFound(path) if rev is None else RevisionNotFound(path, rev)
            return entry, self._context.blobs.open(entry.content)

    def content(self, entry: Entry) -> BinaryIO:
        """The bytes of a file that was looked at before; the caller closes them."""
        assert entry.content, "only a live file has any"
        return self._context.blobs.open(entry.content)

    # --- changing ----------------------------------------------------------------------------

    def upload(
        self,
        scope: Scope,
        path: str,
        blocks: Iterable[bytes],
        mode: WriteMode = ADD,
        client_mtime_s: int | None = None,
    ) -> Entry:
        """As `put`, with bytes that are still on their way.

        If the blocks end in an exception nothing is stored, and the exception is passed on.
        """
        with self.receive(blocks) as incoming:
            return self.keep(scope, path, incoming, mode, client_mtime_s)

    def receive(self, blocks: Iterable[bytes]) -> AbstractContextManager[Incoming]:
        """A block before which bytes come in, without a transaction; `keep` makes a file of them.

        What isn't kept is gone at the end of the block.
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
        """As `put`, with bytes that `receive` has taken in."""
        with self._context.change() as db:
            entry = self._put(db, scope, path, incoming.content, mode, client_mtime_s)
            # Last, so that a refused upload leaves nothing behind.
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
        """Have a file with this content stand at a path; missing parents are made.

        What is stored over the same file byte for byte changes nothing. A name that was free
        keeps the spelling given; one that was taken keeps its own.

        Args:
            scope, path: whose, where.
            content: bytes that are stored already.
            mode: what to do if the path is taken.
            client_mtime_s: how old the uploader says the file is, in seconds since 1970.

        Raises:
            IllegalPath, IgnoredName, ParentIsAFile: there can't be a file there.
            UploadConflict: the path is taken and `autorename` is off.
            FolderInTheWay: a folder is to be overwritten.
            UnknownParentRev: the `parent_rev` was never issued for this path.
            OverQuota: the account has no room for it.
        """
        with self._context.change() as db:
            return self._put(db, scope, path, content, mode, client_mtime_s)

    def create_folder(self, scope: Scope, path: str, *, autorename: bool = False) -> Entry:
        """Make a folder, and its parents if they are missing.

        Args:
            scope, path: whose, where.
            autorename: take another name if that one is taken.

        Raises:
            FolderExists: a file or folder is there, and `autorename` is off.
            IllegalPath, IgnoredName, ParentIsAFile: there can't be a folder there.
        """
        names = split_target(path)
        with self._context.change() as db:
            resolved = ResolvedPath.of(db, scope, names)
            check_new_folders(resolved)
            name = _folder_name(db, resolved, autorename=autorename)
            folders = make_folders(db, resolved, self._context.clock.now_s())
            old = node_in(db, resolved, folders[-1], name)
            made = node_writes.put(db, folders[-1], name, old, self._context.clock.now_s())
            return resolved.beyond(NodePath((*folders, made), ())).entry()

    def copy(
        self, scope: Scope, from_path: str, to_path: str, *, autorename: bool | None = None
    ) -> Entry:
        """Copy a file, or a folder with everything in it.

        Args:
            scope, from_path, to_path: whose, what, where to.
            autorename: take another name if the target is taken; `None` leaves that to the world.

        Raises:
            NotFound: nothing is at `from_path`.
            RootNotAllowed, IllegalPath, IgnoredName, ParentIsAFile: it can't be at `to_path`.
            IntoItself: a folder is to be copied into itself.
            AlreadyExists: the target is taken, and it isn't to be renamed.
            TooManyItems, OverQuota: there is too much of it.
        """
        from_names, to_names = split(from_path), split_target(to_path)
        find = _finder(scope, from_names)
        return self._relocations.do(CopyOrMove(find, scope, to_names, False, autorename))

    def move(
        self, scope: Scope, from_path: str, to_path: str, *, autorename: bool | None = None
    ) -> Entry:
        """Move a file, or a folder with everything in it.

        Moving to another spelling of the same path changes the spelling; moving to the very same
        path changes nothing.

        Raises:
            RootNotAllowed: the root is to be moved.
            As `copy`, but for `OverQuota`.
        """
        from_names, to_names = split(from_path), split_target(to_path)
        find = _finder(scope, from_names)
        with self._context.change() as db:
            source, target = (
                ResolvedPath.of(db, scope, from_names),
                ResolvedPath.of(db, scope, to_names),
            )
            if source.is_root:
                raise RootNotAllowed(from_path)
            if source.folded_names == target.folded_names:
                return self._respell(db, scope, source, to_names)
            return self._relocations.do(CopyOrMove(find, scope, to_names, True, autorename))

    def delete(self, scope: Scope, path: str, *, parent_rev: str | None = None) -> Entry:
        """Delete a file, or a folder with everything in it; what is left is answered.

        Args:
            scope, path: whose, what.
            parent_rev: delete a file only if this is still its revision.

        Raises:
            NotFound: nothing is there.
            UploadConflict: it isn't what it was at `parent_rev`.
            RootNotAllowed: it is the root.
            TooManyItems: there is too much in it.
        """
        names = split(path)
        if not names:
            raise RootNotAllowed(path)
        with self._context.change() as db:
            resolved = ResolvedPath.of(db, scope, names)
            node = resolved.live()
            if parent_rev is not None and resolved.entry().rev != parent_rev:
                raise UploadConflict(resolved.path, by_folder=bool(node.is_folder))
            accounts.adjust_usage(db, scope.account_id, -self._relocations.measure(db, node)[1])
            node_writes.mark_deleted(db, node, self._context.clock.now_s())
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
        names = split_upload(path)
        if not names:
            raise IllegalPath(path, "root")
        resolved = ResolvedPath.of(db, scope, names)
        name = _upload_name(db, resolved, mode, content)
        folders = make_folders(db, resolved, self._context.clock.now_s())
        node = node_in(db, resolved, folders[-1], name)
        if node is None or not node.is_live or node.content != content.hash:
            old_bytes = node.size_bytes if node and node.is_live else 0
            node = node_writes.put(
                db,
                folders[-1],
                name,
                node,
                self._context.clock.now_s(),
                content=content.hash,
                size_bytes=content.size_bytes,
                client_mtime_s=client_mtime_s,
                added_bytes=content.size_bytes - old_bytes,
                spelling_stays=True,
            )
        return resolved.beyond(NodePath((*folders, node), ())).entry()

    def _respell(
        self, db: sqlite3.Connection, scope: Scope, source: ResolvedPath, names: tuple[str, ...]
    ) -> Entry:
        node = source.live()
        if node.name != names[-1]:
            self._relocations.measure(db, node)
            node_writes.respell(db, node, names[-1], self._context.clock.now_s())
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
    if node and mode.takes_same and node.content == content.hash:
        return name
    if mode.parent_rev is not None:
        if _may_replace(db, resolved, mode, mode.parent_rev):
            return name
        candidates = conflicted_names(name, resolved.account.display_name)
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
    is_current = _is_current_parent(db, resolved, rev, mode.knows_revs)
    node = resolved.node_path.live_node
    if node is None:
        return mode.over_nothing or mode.autorename
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
