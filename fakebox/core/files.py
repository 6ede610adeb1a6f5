"""Files and folders: looking at them, and putting, making, copying, moving and deleting them.

Every call is whole: it does all that it says, or it raises and leaves everything as it was. Where
the documents leave a choice, the docstring says which was made.
"""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import BinaryIO

from fakebox.core import accounts, tree
from fakebox.core.accounts import Scope
from fakebox.core.contents import Content
from fakebox.core.entry import Entry, Listing
from fakebox.core.errors import (
    FolderExists,
    FolderInTheWay,
    IllegalPath,
    NotAFile,
    NotFound,
    RevisionNotFound,
    RootRefused,
    TooManyEntries,
    UnknownParentRev,
    UploadConflict,
)
from fakebox.core.ground import Ground
from fakebox.core.paths import (
    conflicted_names,
    numbered_names,
    split,
    split_target,
    split_upload,
)
from fakebox.core.places import Place, Walk
from fakebox.core.relocations import Relocation, Relocations
from fakebox.core.spots import Spot
from fakebox.core.targets import first_free, make_folders, standing


@dataclass(frozen=True, slots=True)
class WriteMode:
    """What an upload does when its path is taken.

    Attributes:
        overwrite: replace the file that stands there; without it, a taken path is a conflict.
        parent_rev: replace it only if this is still its revision, else it is a conflict; with it,
            `overwrite` says nothing.
        autorename: store a conflicting upload under another name; without it, refuse it.
    """

    overwrite: bool = False
    parent_rev: str | None = None
    autorename: bool = True


ADD = WriteMode()


class Files:
    """The files and folders of a world."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._relocations = Relocations(ground)

    # --- looking -----------------------------------------------------------------------------

    def metadata(self, scope: Scope, path: str, rev: str | None = None) -> Entry:
        """What is, or was, at a path; a deleted one is answered as such.

        Raises:
            NotFound: nothing ever was there.
            RevisionNotFound: it had no such `rev`.
        """
        names = split(path)
        with self._ground.store.reading() as db:
            spot = Spot.of(db, scope, names)
            return spot.entry() if rev is None else spot.tell(spot.version(db, rev))

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
        with self._ground.store.reading() as db:
            spot = Spot.of(db, scope, names)
            folder = spot.entry()
            if not folder.is_folder:
                return folder
            shown = tuple(islice(spot.children(db, dead_too=include_deleted), limit and limit + 1))
        if limit is not None and len(shown) > limit:
            raise TooManyEntries(limit)
        return Listing(folder, shown, _listing_hash(folder, shown))

    def open(self, scope: Scope, path: str, rev: str | None = None) -> tuple[Entry, BinaryIO]:
        """A file with its bytes; the caller closes them.

        Raises:
            NotFound: nothing is there, or what was there is deleted.
            NotAFile: a folder is there.
            RevisionNotFound: there was no such `rev`, or it is that of a deletion.
        """
        names = split(path)
        with self._ground.store.reading() as db:
            spot = Spot.of(db, scope, names)
            entry = spot.entry() if rev is None else spot.tell(spot.version(db, rev))
            if entry.is_folder and not entry.is_deleted:
                raise NotAFile(path)
            if entry.content is None:
                raise NotFound(path) if rev is None else RevisionNotFound(path, rev)
            return entry, self._ground.blobs.open(entry.content)

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
        blobs = self._ground.blobs
        with blobs.receive(blocks) as incoming, self._ground.change() as db:
            entry = self._put(db, scope, path, incoming.content, mode, client_mtime_s)
            # Last, so that a refused upload leaves nothing behind.
            blobs.keep(incoming)
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
        with self._ground.change() as db:
            return self._put(db, scope, path, content, mode, client_mtime_s)

    def create_folder(self, scope: Scope, path: str) -> Entry:
        """Make a folder, and its parents if they are missing.

        Raises:
            FolderExists: a file or folder is there.
            IllegalPath, IgnoredName, ParentIsAFile: there can't be a folder there.
        """
        names = split_target(path)
        with self._ground.change() as db:
            spot = Spot.of(db, scope, names)
            if spot.is_root or spot.walk.live_place:
                raise FolderExists(spot.path)
            folders = make_folders(db, spot, self._ground.clock.now_s())
            old = standing(db, spot, folders[-1], names[-1])
            made = tree.put(db, folders[-1], names[-1], old, self._ground.clock.now_s())
            return spot.beyond(Walk((*folders, made), ())).entry()

    def copy(self, scope: Scope, from_path: str, to_path: str) -> Entry:
        """Copy a file, or a folder with everything in it.

        Raises:
            NotFound: nothing is at `from_path`.
            RootRefused, IllegalPath, IgnoredName, ParentIsAFile: it can't be at `to_path`.
            IntoItself: a folder is to be copied into itself.
            AlreadyExists: the target is taken, and the world forbids it rather than renames.
            TooManyItems, OverQuota: there is too much of it.
        """
        from_names, to_names = split(from_path), split_target(to_path)
        return self._relocations.do(Relocation(_finder(scope, from_names), scope, to_names, False))

    def move(self, scope: Scope, from_path: str, to_path: str) -> Entry:
        """Move a file, or a folder with everything in it.

        Moving to another spelling of the same path changes the spelling; moving to the very same
        path changes nothing.

        Raises:
            RootRefused: the root is to be moved.
            As `copy`, but for `OverQuota`.
        """
        from_names, to_names = split(from_path), split_target(to_path)
        with self._ground.change() as db:
            source, target = Spot.of(db, scope, from_names), Spot.of(db, scope, to_names)
            if source.is_root:
                raise RootRefused(from_path)
            if source.folded_names == target.folded_names:
                return self._respell(db, scope, source, to_names)
        return self._relocations.do(Relocation(_finder(scope, from_names), scope, to_names, True))

    def delete(self, scope: Scope, path: str) -> Entry:
        """Delete a file, or a folder with everything in it; what is left is answered.

        Raises:
            NotFound: nothing is there.
            RootRefused: it is the root.
            TooManyItems: there is too much in it.
        """
        names = split(path)
        if not names:
            raise RootRefused(path)
        with self._ground.change() as db:
            spot = Spot.of(db, scope, names)
            place = spot.live()
            accounts.use_room(db, scope.account_id, -self._relocations.measure(db, place)[1])
            tree.kill(db, place, self._ground.clock.now_s())
            return Spot.of(db, scope, names).entry()

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
        spot = Spot.of(db, scope, names)
        name = _upload_name(db, spot, mode)
        folders = make_folders(db, spot, self._ground.clock.now_s())
        place = standing(db, spot, folders[-1], name)
        if place is None or not place.is_live or place.content != content.hash:
            old_bytes = place.size_bytes if place and place.is_live else 0
            place = tree.put(
                db,
                folders[-1],
                name,
                place,
                self._ground.clock.now_s(),
                content=content.hash,
                size_bytes=content.size_bytes,
                client_mtime_s=client_mtime_s,
                added_bytes=content.size_bytes - old_bytes,
                spelling_stays=True,
            )
        return spot.beyond(Walk((*folders, place), ())).entry()

    def _respell(
        self, db: sqlite3.Connection, scope: Scope, source: Spot, names: tuple[str, ...]
    ) -> Entry:
        place = source.live()
        if place.name != names[-1]:
            self._relocations.measure(db, place)
            tree.respell(db, place, names[-1], self._ground.clock.now_s())
        return Spot.of(db, scope, names).entry()


def _finder(scope: Scope, names: tuple[str, ...]) -> Callable[[sqlite3.Connection], Place]:
    return lambda db: Spot.of(db, scope, names).live()


def _upload_name(db: sqlite3.Connection, spot: Spot, mode: WriteMode) -> str:
    name, place = spot.names[-1], spot.walk.live_place
    candidates = numbered_names(name)
    if mode.parent_rev is not None:
        is_current = _is_current_parent(db, spot, mode.parent_rev)
        if place is None or (is_current and not place.is_folder):
            return name
        candidates = conflicted_names(name, spot.account.display_name)
    elif place is None:
        return name
    elif mode.overwrite and place.is_folder:
        raise FolderInTheWay(spot.path)
    elif mode.overwrite:
        return name
    if not mode.autorename:
        raise UploadConflict(spot.path)
    return first_free(db, spot, candidates)


def _is_current_parent(db: sqlite3.Connection, spot: Spot, rev: str) -> bool:
    try:
        return spot.version(db, rev).seq == spot.known().seq
    except RevisionNotFound as error:
        raise UnknownParentRev(spot.path, rev) from error


def _listing_hash(folder: Entry, shown: tuple[Entry, ...]) -> str:
    digest = blake2b(digest_size=16)
    for entry in (folder, *shown):
        digest.update(f"{entry.path}\0{entry.rev}\0".encode())
    return digest.hexdigest()
