"""The change log: what has become different since a client last looked, and waiting for it.

The log is the tree itself in the order of each place's last change, so every path comes up once,
with what is there now. Applied in that order, a client's copy ends like the original: a death comes
after all that it took with it, and whatever stands there again comes after that death.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from fakebox.core import accounts, nodes
from fakebox.core.accounts import Account, Scope
from fakebox.core.clock import Deadline
from fakebox.core.context import WorldContext
from fakebox.core.cursors import Cursor
from fakebox.core.entry import Entry
from fakebox.core.errors import BadCursor
from fakebox.core.nodes import Node, NodePath
from fakebox.core.path_rules import fold, join, split

# Bounds one call's work when only few of many changes lie below the prefix.
_SCAN_LIMIT = 20_000
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What to do at one path of a client's copy.

    Attributes:
        path: folded, within the caller's root.
        shown: the same path, spelled as it was last.
        entry: what is there now; `None` if nothing is, nor below it.
    """

    path: str
    shown: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the change log.

    Attributes:
        changes: in the order in which to apply them.
        reset: whether the client has to forget its copy first.
        cursor: what to send next time.
        has_more: whether there is more to fetch already.
    """

    changes: tuple[Change, ...]
    reset: bool
    cursor: str
    has_more: bool


class ChangeLog:
    """The change logs of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._news = threading.Condition()
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
        tells_past: bool = False,
        limit: int | None = None,
    ) -> Page:
        """What has changed since the cursor, or all there is without one.

        Args:
            scope: who looks.
            cursor: the one that the last page came with.
            prefix: a folder to look at alone; the same one with every page.
            with_media: noted in the cursor for the dialect.
            tells_past: without a cursor, tell of what is gone as well.
            limit: how many changes the caller takes at most; never more than `delta_page_size`.

        Raises:
            BadCursor: the cursor isn't one of this world, caller and prefix.
        """
        names = split(prefix)
        with self._context.database.reading() as db:
            account = accounts.load(db, scope.account_id)
            begin = self._start(db, account, scope, names, with_media)
            if cursor is None:
                begin = replace(begin, baseline=0) if tells_past else begin
                return self._read(db, account, begin, limit, reset=True)
            known = self._known(cursor, scope, names)
            if _must_restart(known, begin):
                begin = replace(begin, with_media=known.with_media)
                return self._read(db, account, begin, limit, reset=True)
            known = replace(known, root_mark=begin.root_mark)
            return self._read(db, account, known, limit, reset=False)

    def latest_cursor(self, scope: Scope, *, prefix: str = "", with_media: bool = False) -> str:
        """A cursor that has seen everything until now.

        Args:
            scope, prefix, with_media: as for `page`.
        """
        names = split(prefix)
        with self._context.database.reading() as db:
            account = accounts.load(db, scope.account_id)
            begin = self._start(db, account, scope, names, with_media)
            return self._encode(replace(begin, seq=begin.baseline, node_id=nodes.END))

    def wait(
        self, cursor: str, timeout_s: float, counts: Callable[[Change], bool] = lambda _: True
    ) -> bool:
        """Whether there is news for a cursor; waits for it up to `timeout_s` seconds of real time.

        Args:
            cursor: the one that the last page came with.
            timeout_s: how long to wait.
            counts: whether a change is news to the caller.

        Raises:
            BadCursor: the cursor isn't one of this world, or it was made `with_media`.
        """
        deadline = Deadline(timeout_s)
        while True:
            replacements = self._replacements
            known = self._decode(cursor)
            if known.with_media:
                raise BadCursor("media")
            account_id = known.account_id
            seen = replacements, self._commits[account_id]
            if self._has_news(known, counts):
                return True
            with self._news:
                while seen == (self._replacements, self._commits[account_id]):
                    if self._is_closed or not self._news.wait(deadline.remaining_s()):
                        return False

    def reset(self, account_id: int) -> None:
        """Have every cursor of an account start again, as the service does on rare occasions."""
        with self._context.database.transaction() as db:
            db.execute(
                "UPDATE account SET epoch = epoch + 1 WHERE id = ? RETURNING account_changed(id)",
                (account_id,),
            ).fetchall()

    def close(self) -> None:
        """Send everybody who waits home."""
        with self._news:
            self._is_closed = True
            self._news.notify_all()

    def _announce(self, account_ids: Iterable[int]) -> None:
        with self._news:
            self._commits.update(account_ids)
            self._news.notify_all()

    def _announce_replacement(self) -> None:
        with self._news:
            self._replacements += 1
            self._news.notify_all()

    def _has_news(self, cursor: Cursor, counts: Callable[[Change], bool]) -> bool:
        with self._context.database.reading() as db:
            account = accounts.load(db, cursor.account_id)
            root_mark = _root_mark(db, account, split(cursor.root))
            begin = replace(cursor, epoch=account.epoch, root_mark=root_mark)
            if _must_restart(cursor, begin):
                return True
            for scanned, (_, change) in enumerate(_changes(db, account, cursor, _BATCH)):
                # Who has that much to read past is told to come and read on.
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
        if cursor.prefix != _folded(prefix):
            raise BadCursor("prefix")
        return cursor

    def _read(
        self,
        db: sqlite3.Connection,
        account: Account,
        cursor: Cursor,
        wanted: int | None,
        *,
        reset: bool,
    ) -> Page:
        limit = min(self._context.settings.delta_page_size, wanted or nodes.END)
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
    """What a cursor's owner is told of a change anywhere in the account."""

    def __init__(self, db: sqlite3.Connection, account: Account, cursor: Cursor) -> None:
        self._namespace_id = account.namespace_id
        self._root = split(cursor.root)
        self._base = (*self._root, *split(cursor.prefix))
        self._prefix = cursor.prefix
        self._baseline = cursor.baseline
        self._fall = _last_fall(nodes.node_path(db, nodes.get(db, account.root_id), self._base))

    def change(self, node_path: NodePath) -> Change | None:
        steps = node_path.chain[1:]
        names = tuple(node.folded for node in steps)
        if node_path.deleted_ancestor and node_path.deleted_ancestor.seq <= self._baseline:
            return None
        if node_path.deleted_ancestor and len(names) <= len(self._base):
            # At or above the prefix something died, and with it the folder that the client looks
            # at; it is told of once. Without the root the client begins anew.
            is_below_root = len(names) > len(self._root)
            gone = Change(self._prefix, self._prefix, None)
            return gone if steps[-1] == self._fall and is_below_root else None
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
        entry = nodes.entry_of(node.version, spelled, self._namespace_id, node.file_id)
        return Change(path, spelled, entry)


def _last_fall(node_path: NodePath) -> Node | None:
    """The place whose death was the last one on the way to a place that there is or was."""
    dead = [node for node in node_path.chain if not node.is_live]
    return max(dead, key=lambda node: node.seq, default=None) if node_path.node else None


def _must_restart(cursor: Cursor, begin: Cursor) -> bool:
    lost_root = cursor.root_mark and cursor.root_mark != begin.root_mark
    return bool(lost_root) or cursor.epoch != begin.epoch


def _root_mark(db: sqlite3.Connection, account: Account, root: tuple[str, ...]) -> int:
    top = nodes.get(db, account.root_id)
    node = nodes.node_path(db, top, root).live_node if root else None
    return node.seq if node else 0


def _folded(names: tuple[str, ...]) -> str:
    return join([fold(name) for name in names]) if names else ""
