"""The change log: the changes since a client's last request, and waiting for changes.

The log is the table of nodes in the order of each node's last change, so every path occurs once,
with its current state. A client that applies the changes in this order gets a copy of the account:
a deletion comes after the entries that it deleted, and an entry that replaces a deleted one comes
after the deletion.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, fields, replace

from fakebox.core import accounts, nodes
from fakebox.core.accounts import Account, Scope
from fakebox.core.clock import Deadline
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.errors import BadCursor
from fakebox.core.nodes import Node, NodePath
from fakebox.core.path_rules import fold, join, split
from fakebox.core.signed import BadSignedValue, sign, unsign

# Limits the work of one call if most changes are not below the prefix.
_SCAN_LIMIT = 20_000
_BATCH = 100
# The purpose of the signature of cursors, and the separator of their fields.
_PURPOSE = "changes"
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one path in a client's copy.

    Attributes:
        path: the folded path within the caller's root.
        shown: the same path as it was last spelled.
        entry: the current file or folder; `None` if the path and everything below it was deleted.
    """

    path: str
    shown: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the change log.

    Attributes:
        changes: the changes, in the order in which to apply them.
        reset: whether the client has to empty its copy first.
        cursor: the cursor of the next page.
        has_more: whether the next page has changes already.
    """

    changes: tuple[Change, ...]
    reset: bool
    cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of a client in a change log. Clients receive it as signed text.

    Attributes:
        account_id, app_id, root: the account, the app, and the root folder of the caller (folded
            path).
        prefix: the folder below the root to which the log is limited (folded path); empty for the
            root itself.
        with_media: whether the client requested photo and video details.
        epoch: `Account.epoch` at the first page.
        root_mark: the number of the change that created the root folder, at the last page; 0 if
            the folder did not exist.
        baseline: the number of the account's last change at the first page. Entries that were
            deleted by then are not listed.
        seq, node_id: the last change that the client has received.
    """

    account_id: int
    app_id: int
    root: str
    prefix: str
    with_media: int
    epoch: int
    root_mark: int
    baseline: int
    seq: int
    node_id: int

    def encode(self, key: bytes) -> str:
        """Return the signed text of the cursor."""
        account_id, app_id, root, prefix, *others = astuple(self)
        numbers = [account_id, app_id, *others, len(root)]
        # The paths may contain the separator, so they are last.
        text = _SEPARATOR.join([*map(str, numbers), f"{root}{prefix}"])
        return sign(key, _PURPOSE, text.encode())

    @classmethod
    def decode(cls, key: bytes, signed: str) -> "Cursor":
        """Decode the signed text of a cursor.

        Raises:
            BadCursor: this world has not issued the cursor (`malformed`).
        """
        try:
            text = unsign(key, _PURPOSE, signed)
        except BadSignedValue as error:
            raise BadCursor("malformed") from error
        # Two of the fields are paths, and the length of the first is a number as well.
        *numbers, paths = text.decode().split(_SEPARATOR, len(fields(cls)) - 1)
        account_id, app_id, *others, length = map(int, numbers)
        return cls(account_id, app_id, paths[:length], paths[length:], *others)


class ChangeLog:
    """The change logs of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._condition = threading.Condition()
        self._replacements = 0
        self._commits: Counter[int] = Counter()
        self._is_closed = False
        context.database.after_commit(self._announce)
        context.database.on_replace(self._announce_replacement)

    def page(
        self,
        scope: Scope,
        cursor: str | None = None,
        *,
        prefix: str = "",
        with_media: bool = False,
        include_deleted: bool = False,
        limit: int | None = None,
    ) -> Page:
        """Return the changes since a cursor; without a cursor, the current entries.

        Args:
            scope: the caller.
            cursor: the cursor of the last page.
            prefix: the folder to which the log is limited. It may be the same for every page, or
                a folder below that of the last page.
            with_media: stored in the cursor; version 1 of the API reads it.
            include_deleted: whether the log without a cursor includes deleted entries.
            limit: the maximum number of changes; `delta_page_size` is a maximum as well.

        Raises:
            BadCursor: the cursor was not issued by this world or to this caller, or `prefix` is not
                the folder of the cursor or below it.
        """
        names = split(prefix, scope.rules)
        with self._context.database.reading() as db:
            account = accounts.load(db, scope.account_id)
            begin = self._start(db, account, scope, names, with_media)
            if cursor is None:
                begin = replace(begin, baseline=0) if include_deleted else begin
                return self._read(db, account, begin, limit, reset=True)
            known = self._known(cursor, scope, names)
            if _must_restart(known, begin):
                begin = replace(begin, with_media=known.with_media)
                return self._read(db, account, begin, limit, reset=True)
            known = replace(known, root_mark=begin.root_mark)
            return self._read(db, account, known, limit, reset=False)

    def latest_cursor(self, scope: Scope, *, prefix: str = "", with_media: bool = False) -> str:
        """Return a cursor for the changes from now on.

        Args:
            scope, prefix, with_media: as for `page`.
        """
        names = split(prefix, scope.rules)
        with self._context.database.reading() as db:
            account = accounts.load(db, scope.account_id)
            begin = self._start(db, account, scope, names, with_media)
            return self._encode(replace(begin, seq=begin.baseline, node_id=nodes.END))

    def wait(
        self, cursor: str, timeout_s: float, counts: Callable[[Change], bool] = lambda _: True
    ) -> bool:
        """Wait for changes since a cursor, and return whether there are any.

        Args:
            cursor: the cursor of the last page.
            timeout_s: the maximum time to wait, in seconds of real time.
            counts: returns whether a change is relevant to the caller.

        Raises:
            BadCursor: the cursor was not issued by this world, or was created `with_media`.
        """
        deadline = Deadline(timeout_s)
        while True:
            replacements = self._replacements
            known = self._decode(cursor)
            if known.with_media:
                raise BadCursor("media")
            account_id = known.account_id
            seen = replacements, self._commits[account_id]
            if self._has_changes(known, counts):
                return True
            with self._condition:
                while seen == (self._replacements, self._commits[account_id]):
                    if self._is_closed or not self._condition.wait(deadline.remaining_s()):
                        return False

    def reset(self, account_id: int) -> None:
        """Make every cursor of an account start again, as the service does on rare occasions."""
        with self._context.database.transaction() as db:
            db.execute(
                "UPDATE account SET epoch = epoch + 1 WHERE id = ? RETURNING account_changed(id)",
                (account_id,),
            ).fetchall()

    def close(self) -> None:
        """End all calls of `wait`."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()

    def _announce(self, account_ids: Iterable[int]) -> None:
        with self._condition:
            self._commits.update(account_ids)
            self._condition.notify_all()

    def _announce_replacement(self) -> None:
        with self._condition:
            self._replacements += 1
            self._condition.notify_all()

    def _has_changes(self, cursor: Cursor, counts: Callable[[Change], bool]) -> bool:
        with self._context.database.reading() as db:
            account = accounts.load(db, cursor.account_id)
            root_mark = _root_mark(db, account, split(cursor.root))
            begin = replace(cursor, epoch=account.epoch, root_mark=root_mark)
            if _must_restart(cursor, begin):
                return True
            for scanned, (_, change) in enumerate(_changes(db, account, cursor, _BATCH)):
                # The other changes are not scanned here. The client's next request reads them.
                if (change and counts(change)) or scanned == _SCAN_LIMIT:
                    return True
            return False

    def _start(
        self,
        db: sqlite3.Connection,
        account: Account,
        scope: Scope,
        prefix: tuple[str, ...],
        with_media: bool,
    ) -> Cursor:
        return Cursor(
            account.id,
            scope.app_id,
            _folded(scope.root),
            _folded(prefix),
            int(with_media),
            account.epoch,
            _root_mark(db, account, scope.root),
            account.last_seq,
            0,
            0,
        )

    def _encode(self, cursor: Cursor) -> str:
        return self._context.ids.prefix + cursor.encode(self._context.key())

    def _decode(self, word: str) -> Cursor:
        return Cursor.decode(self._context.key(), word.removeprefix(self._context.ids.prefix))

    def _known(self, word: str, scope: Scope, prefix: tuple[str, ...]) -> Cursor:
        cursor = self._decode(word)
        owner = (cursor.account_id, cursor.app_id, cursor.root)
        if owner != (scope.account_id, scope.app_id, _folded(scope.root)):
            raise BadCursor("foreign")
        # A client that has the changes of a folder has those of every folder below it.
        folder = split(cursor.prefix)
        if tuple(map(fold, prefix))[: len(folder)] != folder:
            raise BadCursor("prefix")
        return replace(cursor, prefix=_folded(prefix))

    def _read(
        self,
        db: sqlite3.Connection,
        account: Account,
        cursor: Cursor,
        max_changes: int | None,
        *,
        reset: bool,
    ) -> Page:
        limit = min(self._context.settings.delta_page_size, max_changes or nodes.END)
        found: list[Change] = []
        has_more = False
        for scanned, (node, change) in enumerate(_changes(db, account, cursor, limit + 1)):
            if len(found) == limit or scanned == _SCAN_LIMIT:
                has_more = True
                break
            cursor = replace(cursor, seq=node.seq, node_id=node.id)
            if change:
                found.append(change)
        return Page(tuple(found), reset, self._encode(cursor), has_more)


def _changes(
    db: sqlite3.Connection, account: Account, cursor: Cursor, batch_size: int
) -> Iterator[tuple[Node, Change | None]]:
    view = _View(db, account, cursor)
    paths = nodes.PathIndex(db)
    after, last_seq = (cursor.seq, cursor.node_id), account.last_seq
    while batch := nodes.changed(db, account.id, after, last_seq, batch_size):
        for node in batch:
            yield node, view.change(paths.path_to(node))
        after = (batch[-1].seq, batch[-1].id)


class _View:
    """The changes within the scope of a cursor."""

    def __init__(self, db: sqlite3.Connection, account: Account, cursor: Cursor) -> None:
        self._root = split(cursor.root)
        scope = Scope(cursor.account_id, cursor.app_id, self._root)
        namespace_id = account.namespace_id
        self._namespace_ids = namespace_id, scope.rev_namespace_id(namespace_id)
        self._base = (*self._root, *split(cursor.prefix))
        self._prefix = cursor.prefix
        self._baseline = cursor.baseline
        self._last_deleted = _last_deleted(
            nodes.node_path(db, nodes.get(db, account.root_id), self._base)
        )

    def change(self, node_path: NodePath) -> Change | None:
        steps = node_path.chain[1:]
        names = tuple(node.folded for node in steps)
        if node_path.deleted_ancestor and node_path.deleted_ancestor.seq <= self._baseline:
            return None
        if node_path.deleted_ancestor and len(names) <= len(self._base):
            # The prefix or a folder above it was deleted. The deletion is one change. If the root
            # was deleted, the cursor starts again.
            is_below_root = len(names) > len(self._root)
            deletion = Change(self._prefix, self._prefix, None)
            return deletion if steps[-1] == self._last_deleted and is_below_root else None
        if names[: len(self._base)] == self._base:
            shown = steps[len(self._root) :]
            return self._change_at(node_path, names, shown) if shown else None
        return None

    def _change_at(
        self, node_path: NodePath, names: tuple[str, ...], shown: tuple[Node, ...]
    ) -> Change:
        path = join(names[len(self._root) :])
        spelled = join([node.name for node in shown])
        if node_path.deleted_ancestor:
            return Change(path, spelled, None)
        node = node_path.chain[-1]
        entry = nodes.entry_of(node.version, spelled, self._namespace_ids)
        return Change(path, spelled, entry)


def _last_deleted(node_path: NodePath) -> Node | None:
    """Return the last node that was deleted on the path to a known node."""
    deleted = [node for node in node_path.chain if not node.is_live]
    return max(deleted, key=lambda node: node.seq, default=None) if node_path.node else None


def _must_restart(cursor: Cursor, begin: Cursor) -> bool:
    lost_root = cursor.root_mark and cursor.root_mark != begin.root_mark
    return bool(lost_root) or cursor.epoch != begin.epoch


def _root_mark(db: sqlite3.Connection, account: Account, root: tuple[str, ...]) -> int:
    top = nodes.get(db, account.root_id)
    node = nodes.node_path(db, top, root).live_node if root else None
    return node.seq if node else 0


def _folded(names: tuple[str, ...]) -> str:
    return join([fold(name) for name in names]) if names else ""
