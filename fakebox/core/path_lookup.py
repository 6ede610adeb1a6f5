"""Find the node of a path, a file id or a revision, within the root of a caller.

Missing folders above a path are created here as well.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from fakebox.core import accounts, node_writes, nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry, parse_rev
from fakebox.core.errors import IllegalPath, NotAFolder, NotFound, ParentIsAFile, RevisionNotFound
from fakebox.core.nodes import Node, NodePath, NodeVersion
from fakebox.core.path_rules import NameRules, fold, join, may_be_made

# Reads what a lookup needs of the account, and the node of the first name, by one statement. Every
# request needs them, and a statement takes longer than reading its rows.
_FIRST = (
    "SELECT a.root_id, a.namespace_id, a.given_name, a.surname, "
    + ", ".join(f"e.{name}" for name in nodes.COLUMN_NAMES)
    + " FROM account a LEFT JOIN entry e ON e.parent_id = a.root_id AND e.folded = ? WHERE a.id = ?"
)
# The version of a caller's root, which never changes and may not have a node yet.
_ROOT = NodeVersion(0, 0, 1, 1, 0, None, 0, -1)


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """The result of looking up a path, whether or not there is a file or folder.

    Attributes:
        namespace_ids: the namespace of the account, and that in the caller's revs.
        owner_name: the full name of the account's owner.
        depth: the number of names from the account's root to the caller's root.
        names: all names from the account's root on, as the caller spelled them.
        node_path: the nodes of these names.
    """

    namespace_ids: tuple[int, int]
    owner_name: str
    depth: int
    names: tuple[str, ...]
    node_path: NodePath

    @classmethod
    def of(cls, db: sqlite3.Connection, scope: Scope, names: Sequence[str]) -> "ResolvedPath":
        """Look up names from the caller's root on."""
        all_names = (*scope.root, *names)
        first = fold(all_names[0]) if all_names else None
        root_id, namespace_id, given_name, surname, *row = db.execute(
            _FIRST, (first, scope.account_id)
        ).fetchone()
        known = (Node(*row) if row[0] else None,) if all_names else ()
        node_path = nodes.node_path(db, nodes.root(root_id, scope.account_id), all_names, known)
        owner_name = accounts.full_name(given_name, surname)
        namespace_ids = namespace_id, scope.rev_namespace_id(namespace_id)
        return cls(namespace_ids, owner_name, len(scope.root), all_names, node_path)

    def beyond(self, node_path: NodePath) -> "ResolvedPath":
        """Return the resolved path of other nodes, with the same account and root."""
        names = tuple(node.name for node in node_path.chain[1:])
        return ResolvedPath(self.namespace_ids, self.owner_name, self.depth, names, node_path)

    @property
    def path(self) -> str:
        """The path from the caller's root on, as the caller spelled it."""
        return join(self.names[self.depth :])

    @property
    def is_root(self) -> bool:
        """Whether this is the caller's root; it may not have a folder yet."""
        return len(self.names) == self.depth

    @property
    def folded_names(self) -> tuple[str, ...]:
        """The folded names, which are compared."""
        return tuple(fold(name) for name in self.names)

    def known(self) -> Node:
        """Return the node, live or deleted.

        Raises:
            NotFound: no file or folder was ever at the path.
        """
        if self.node_path.node is None:
            raise NotFound(self.path)
        return self.node_path.node

    def live(self) -> Node:
        """Return the live node.

        Raises:
            NotFound: the path has no file or folder.
        """
        if self.node_path.live_node is None:
            raise NotFound(self.path)
        return self.node_path.live_node

    def entry(self) -> Entry:
        """Return the entry, which may be deleted.

        Raises:
            NotFound: no file or folder was ever at the path.
        """
        if self.is_root:
            return nodes.entry_of(_ROOT, "/", self.namespace_ids)
        return self.entry_of(self.current())

    def folder(self) -> Entry:
        """Return the live folder.

        Raises:
            NotFound: the path has no file or folder.
            NotAFolder: a file is at the path.
        """
        entry = self.entry()
        if entry.is_deleted:
            raise NotFound(self.path)
        if not entry.is_folder:
            raise NotAFolder(self.path)
        return entry

    def current(self) -> NodeVersion:
        """Return the current version, which is a deletion if an ancestor was deleted.

        Raises:
            NotFound: no file or folder was ever at the path.
        """
        version, deleted_ancestor = self.known().version, self.node_path.deleted_ancestor
        return (
            nodes.deleted_by_ancestor(version, deleted_ancestor)
            if deleted_ancestor and version.is_live
            else version
        )

    def history(self, db: sqlite3.Connection) -> Iterator[NodeVersion]:
        """Return all versions, newest first."""
        node, current = self.known(), self.current()
        if current.seq != node.seq:
            yield current
        yield from nodes.history(db, node)

    def version(self, db: sqlite3.Connection, rev: str) -> NodeVersion:
        """Return the version of a revision.

        Raises:
            RevisionNotFound: there is no such revision.
        """
        key = parse_rev(rev, self.namespace_ids[1])
        node = self.node_path.node
        if key is None or node is None:
            raise RevisionNotFound(self.path, rev)
        current = self.current()
        found = current if nodes.has_rev(current, key) else nodes.version_of(db, node, key)
        if found is None:
            raise RevisionNotFound(self.path, rev)
        return found

    def file_version(self, db: sqlite3.Connection, rev: str) -> NodeVersion:
        """Return the version of a revision that has content.

        Raises:
            RevisionNotFound: there is no such revision, or it is a folder or a deletion.
        """
        version = self.version(db, rev)
        if version.content is None:
            raise RevisionNotFound(self.path, rev)
        return version

    def entry_of(self, version: NodeVersion) -> Entry:
        """Return the entry of a version."""
        return nodes.entry_of(version, self._shown_path(), self.namespace_ids)

    def children(self, db: sqlite3.Connection, *, include_deleted: bool) -> Iterator[Entry]:
        """Return the entries of the folder, by folded name."""
        node, deleted_ancestor = self.node_path.node, self.node_path.deleted_ancestor
        if node is None or (deleted_ancestor and not include_deleted):
            return
        prefix = self._shown_path().rstrip("/")
        for child in nodes.children(db, node.id, include_deleted=include_deleted):
            version = (
                nodes.deleted_by_ancestor(child.version, deleted_ancestor)
                if deleted_ancestor and child.is_live
                else child.version
            )
            path = f"{prefix}/{child.name}"
            yield nodes.entry_of(version, path, self.namespace_ids)

    def page(
        self, db: sqlite3.Connection, after: int, limit: int, *, include_deleted: bool
    ) -> tuple[list[Entry], int | None]:
        """Return a page of the live folder in the order of listings.

        Returns:
            Up to `limit` entries, and the key of the next page; `None` if this is the last page.
        """
        node, prefix = self.node_path.live_node, self._shown_path().rstrip("/")
        if node is None:
            return [], None
        rows = nodes.listed(db, node.id, after, limit + 1, include_deleted=include_deleted)
        shown, namespace_ids = rows[:limit], self.namespace_ids
        entries = [
            nodes.entry_of(child.version, f"{prefix}/{child.name}", namespace_ids)
            for _, child in shown
        ]
        return entries, shown[-1][0] if len(rows) > limit else None

    def descendants(self, db: sqlite3.Connection, limit: int) -> Iterator[Entry]:
        """Return up to `limit` entries below the folder, each folder before its entries."""
        node = self.node_path.live_node
        if node is None or not node.is_folder:
            return
        # The paths of the folders from here to the current entry, one for each level.
        above = [self._shown_path().rstrip("/")]
        for depth, below in nodes.descendants(db, node.id, limit):
            path = f"{above[depth - 1]}/{below.name}"
            above[depth:] = [path]
            yield nodes.entry_of(below.version, path, self.namespace_ids)

    def _shown_path(self) -> str:
        return join([node.name for node in self.node_path.chain[self.depth + 1 :]])


class FoundVersion(NamedTuple):
    """A version, and the path that had it."""

    at: ResolvedPath
    version: NodeVersion


def versions_of_file(
    db: sqlite3.Connection, base: ResolvedPath, file_id: int
) -> list[FoundVersion]:
    """Return all versions with a file id below the caller's root, newest first.

    Args:
        db: the connection.
        base: the caller's root.
        file_id: the file id.
    """
    paths, found = nodes.PathIndex(db), []
    for node in nodes.had_file_id(db, base.node_path.chain[0].account_id, file_id):
        node_path = paths.path_to(node)
        if _is_below(node_path, base):
            at = base.beyond(node_path)
            versions = (version for version in at.history(db) if version.file_id == file_id)
            found += [FoundVersion(at, version) for version in versions]
    return sorted(found, key=lambda one: one.version.seq, reverse=True)


class FileIds:
    """Finds the files and folders of a world by file id and by revision."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def by_file_id(self, scope: Scope, file_id: int) -> Entry:
        """Return the file or folder with this `Entry.file_id`.

        Raises:
            NotFound: the caller has no such file or folder, or it is deleted.
        """
        with self._context.database.reading() as db:
            base, paths = ResolvedPath.of(db, scope, ()), nodes.PathIndex(db)
            for node in nodes.with_file_id(db, scope.account_id, file_id):
                node_path = paths.path_to(node)
                if node_path.live_node and _is_below(node_path, base):
                    return base.beyond(node_path).entry()
        raise NotFound(str(file_id))

    def by_rev(self, scope: Scope, rev: str) -> Entry:
        """Return the file or folder of a revision, in the state of that revision.

        Raises:
            RevisionNotFound: the caller has no such revision.
        """
        with self._context.database.reading() as db:
            base, paths = ResolvedPath.of(db, scope, ()), nodes.PathIndex(db)
            key = parse_rev(rev, base.namespace_ids[1])
            for node in nodes.with_rev(db, scope.account_id, key) if key else ():
                node_path = paths.path_to(node)
                if _is_below(node_path, base):
                    resolved = base.beyond(node_path)
                    return resolved.entry_of(resolved.version(db, rev))
        raise RevisionNotFound("", rev)


def check_new_folders(resolved: ResolvedPath, rules: NameRules) -> None:
    """Check the names of the folders that copy, move or create_folder creates above a path.

    Raises:
        IllegalPath: the rules allow the name of a missing folder only for uploads.
    """
    live_folders = list(takewhile(lambda node: node.is_live, resolved.node_path.chain[1:]))
    missing = resolved.names[len(live_folders) : -1]
    if not all(may_be_made(name, rules) for name in missing):
        raise IllegalPath(resolved.path, "forbidden_character")


def make_folders(db: sqlite3.Connection, resolved: ResolvedPath, now_us: int) -> tuple[Node, ...]:
    """Create the missing folders above a path.

    Args:
        db: the connection, within a transaction.
        resolved: the path.
        now_us: the modification time of new folders, in microseconds since 1970.

    Returns:
        The folders from the account's root to the parent of the path.

    Raises:
        ParentIsAFile: a parent of the path is a file.
    """
    if file := resolved.node_path.file_ancestor:
        depth = resolved.node_path.chain.index(file)
        raise ParentIsAFile(join(resolved.names[resolved.depth : depth]))
    parent, *known = resolved.node_path.chain
    folders = [parent]
    for depth, name in enumerate(resolved.names[:-1]):
        if depth < len(known) and known[depth].is_live:
            parent = known[depth]
        else:
            # Restoring a deleted folder changes the nodes below it, so they are read again.
            known = []
            parent = node_writes.put(db, parent, name, nodes.child(db, parent.id, name), now_us)
        folders.append(parent)
    return tuple(folders)


def node_in(db: sqlite3.Connection, resolved: ResolvedPath, folder: Node, name: str) -> Node | None:
    """Return the child of a folder that `make_folders` returned for a path.

    If the folder existed before and `name` is the last name of the path, the node is not read
    again.
    """
    if resolved.node_path.folder is folder and name == resolved.names[-1]:
        return resolved.node_path.node
    return nodes.child(db, folder.id, name)


def first_free(db: sqlite3.Connection, resolved: ResolvedPath, candidates: Iterator[str]) -> str:
    """Return the first candidate that is a free name in the parent folder of a path."""
    parent_id = resolved.node_path.chain[-2].id

    def is_free(name: str) -> bool:
        node = nodes.child(db, parent_id, name)
        return node is None or not node.is_live

    return next(filter(is_free, candidates))


def _is_below(node_path: NodePath, base: ResolvedPath) -> bool:
    names = tuple(node.folded for node in node_path.chain[1:])
    root = base.folded_names
    return len(names) > len(root) and names[: len(root)] == root
