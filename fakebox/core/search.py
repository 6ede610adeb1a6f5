"""Search files and folders by words in their names."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Literal

from fakebox.core import nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import fold, has_illegal_character, split, without_accents

# Up to this number of matching entries are sorted by their last change. If there are more, the
# entries of the account are read from the newest on.
_SORTED = 1_000
# A name is found by groups of three characters that it contains. Only the rarest groups are looked
# up, because a lookup of common groups takes more time than it saves.
_GRAM = 3
_LOOKED_UP = 2
# How rare a group is, is estimated from its ninth name, for at most this number of groups.
_CONSIDERED = 64
_SAMPLE = 8
# SQLite limits the number of conditions.
_CONDITIONS = 100
_SEARCHED_COLUMNS = ", ".join(f"e.{name}" for name in nodes.COLUMN_NAMES)
_BY_GRAMS = (
    "SELECT n.id, n.folded FROM name_trigram t JOIN name n ON n.id = t.rowid"
    " WHERE t.folded MATCH ? AND t.rowid >= ?"
    " UNION ALL SELECT id, folded FROM unindexed_name WHERE id >= ?"
)
_ALL_NAMES = "SELECT id, folded FROM name WHERE id >= ?"
# The condition is that of the index of these names.
_MAY_HAVE_ACCENTS = "folded GLOB '*[^ -~]*'"
_ACCENTED_NAMES = (
    f"SELECT id, folded FROM name INDEXED BY name_accented WHERE {_MAY_HAVE_ACCENTS} AND id >= ?"
)
# The search key before all names and nodes.
_START = (0, 0)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of the results of a search.

    Attributes:
        entries: the files and folders, in the requested order.
        after: the key to continue after; `None` if this is the last page.
    """

    entries: tuple[Entry, ...]
    after: tuple[int, int] | None


class Search:
    """Searches the names of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def find(
        self,
        scope: Scope,
        path: str,
        query: str,
        *,
        limit: int,
        include_deleted: bool = False,
        ignore_accents: bool = False,
    ) -> list[Entry]:
        """Return the first page of `find_page`."""
        found = self.find_page(
            scope,
            path,
            query,
            limit=limit,
            include_deleted=include_deleted,
            ignore_accents=ignore_accents,
        )
        return list(found.entries)

    def find_page(
        self,
        scope: Scope,
        path: str,
        query: str,
        *,
        limit: int,
        include_deleted: bool = False,
        ignore_accents: bool = False,
        order: Literal["name", "newest"] = "name",
        after: tuple[int, int] | None = None,
        counts: Callable[[Entry], bool] = lambda _: True,
    ) -> SearchPage:
        """Return a page of the entries below a folder with every word of a query in their names.

        Args:
            scope: the caller.
            path: the folder.
            query: words in any case, separated by white space.
            limit: the maximum number of entries.
            include_deleted: whether deleted entries are found as well.
            ignore_accents: whether letters match with and without accents.
            order: `name` sorts by the first use of each name, `newest` has the last change first.
            after: the key of the last page; `None` for the first page.
            counts: returns whether to include an entry.

        Raises:
            NotFound: there is no such folder.
        """
        names, wanted = split(path, scope.rules), _Query.of(query, ignore_accents=ignore_accents)
        found: list[Entry] = []
        last = after
        with self._context.database.reading() as db:
            base = ResolvedPath.of(db, scope, names)
            if base.is_root and not base.node_path.live_node:
                return SearchPage((), None)
            top = base.live()
            if not wanted.can_match:
                return SearchPage((), None)
            paths = nodes.PathIndex(db)
            if order == "name":
                likely = _named_like(db, scope.account_id, wanted, after or _START)
            else:
                likely = _newest_named_like(db, scope.account_id, wanted, after)
            for key, node in likely:
                node_path = paths.path_to(node)
                if top not in node_path.chain[:-1] or (
                    node_path.deleted_ancestor and not include_deleted
                ):
                    continue
                entry = base.beyond(node_path).entry()
                if not counts(entry):
                    continue
                if len(found) == limit:
                    return SearchPage(tuple(found), last)
                found.append(entry)
                last = key
        return SearchPage(tuple(found), None)


@dataclass(frozen=True, slots=True)
class _Query:
    """The words of a query.

    Attributes:
        words: the folded words, without accents if these are ignored.
        ignore_accents: whether letters match with and without accents.
    """

    words: tuple[str, ...]
    ignore_accents: bool

    @classmethod
    def of(cls, text: str, *, ignore_accents: bool) -> "_Query":
        words = (fold(word) for word in text.split())
        found = map(without_accents, words) if ignore_accents else words
        # A word may consist of accents alone.
        return cls(tuple(dict.fromkeys(filter(None, found))), ignore_accents)

    @property
    def can_match(self) -> bool:
        """Whether any name can match."""
        return bool(self.words) and not any(map(has_illegal_character, self.words))

    def matches(self, folded: str) -> bool:
        """Whether a folded name contains every word."""
        name = without_accents(folded) if self.ignore_accents else folded
        return all(word in name for word in self.words)


def _newest_named_like(
    db: sqlite3.Connection, account_id: int, query: _Query, before: tuple[int, int] | None
) -> Iterator[tuple[tuple[int, int], Node]]:
    """Find nodes by the words in their names, and return them with their keys, newest first.

    A few matches are found by their names and sorted. Many matches are found in the order of their
    changes, and only as many are read as the caller takes.

    Args:
        db: the connection.
        account_id: the account.
        query: the words.
        before: the key before which to begin; `None` for all nodes.
    """
    matching = list(islice(_named_like(db, account_id, query), _SORTED + 1))
    found: Iterable[Node]
    if len(matching) <= _SORTED:
        found = sorted((node for _, node in matching), key=_change, reverse=True)
    else:
        found = nodes.newest(db, account_id, before)
    return (
        (_change(node), node)
        for node in found
        if (before is None or _change(node) < before) and query.matches(node.folded)
    )


def _change(node: Node) -> tuple[int, int]:
    return node.seq, node.id


def _named_like(
    db: sqlite3.Connection, account_id: int, query: _Query, after: tuple[int, int] = _START
) -> Iterator[tuple[tuple[int, int], Node]]:
    """Find the live and deleted nodes of an account whose folded names contain every word.

    Args:
        db: the connection.
        account_id: the account.
        query: the words.
        after: the key after which to begin.

    Returns:
        Each node with its key.
    """
    words = query.words[:_CONDITIONS]
    condition = "instr(likely.folded, ?)"
    name_id, node_id = after
    begin: tuple[str | int, ...]
    if grams := _rarest(db, query.words):
        likely, begin = _BY_GRAMS, (" ".join(map(_quoted, grams)), name_id, name_id)
    else:
        likely, begin = _ALL_NAMES, (name_id,)
    if query.ignore_accents:
        likely, begin = f"{likely} UNION {_ACCENTED_NAMES} ORDER BY id", (*begin, name_id)
        condition = f"({condition} OR likely.{_MAY_HAVE_ACCENTS})"
    conditions = " AND ".join(condition for _ in words)
    # Both parts of `likely` are in the order of ids, and names without trigrams have the last ids.
    rows = db.execute(
        f"SELECT likely.id, {_SEARCHED_COLUMNS} FROM ({likely}) likely"
        " CROSS JOIN entry e ON e.folded = likely.folded AND e.account_id = ?"
        f" WHERE e.parent_id IS NOT NULL AND (likely.id > ? OR e.id > ?) AND {conditions}",
        (*begin, account_id, name_id, node_id, *words),
    )
    found = ((row[0], Node(*row[1:])) for row in rows)
    return (((number, node.id), node) for number, node in found if query.matches(node.folded))


def _rarest(db: sqlite3.Connection, words: Sequence[str]) -> list[str]:
    grams = dict.fromkeys(gram for word in words for gram in _grams(word))
    seen: list[tuple[int, str]] = []
    for gram in list(grams)[:_CONSIDERED]:
        row = db.execute(
            "SELECT rowid FROM name_trigram WHERE folded MATCH ? LIMIT 1 OFFSET ?",
            (_quoted(gram), _SAMPLE),
        ).fetchone()
        if row is None:
            return [gram]
        # The further apart the ids of the first names are, the fewer names contain the group.
        seen.append((row[0], gram))
    return [gram for _, gram in nlargest(_LOOKED_UP, seen)]


def _grams(word: str) -> Iterator[str]:
    # Every second group and the last one cover all characters of the word.
    last = len(word) - _GRAM
    for start in (*range(0, last, 2), last) if last >= 0 else ():
        yield word[start : start + _GRAM]


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'
