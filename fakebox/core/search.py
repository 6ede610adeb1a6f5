"""Search files and folders by words in their names, and texts by words in their contents."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from fakebox.core import nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import split
from fakebox.core.search_query import SearchQuery

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
# A position in the results: the part of the search, and two numbers that are a key in it.
SearchKey: TypeAlias = tuple[int, int, int]
_IN_NAMES, _IN_CONTENTS = 0, 1
# Contents have no index. These limits bound the time that a page takes.
_NODES_PER_PAGE = 4_000
_BYTES_PER_PAGE = 8 * 1024 * 1024
_TEXT_LIMIT_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """A result of a search.

    Attributes:
        entry: the file or folder.
        in_name: whether its name matches.
        excerpt: the part of its content with a word of the query; `None` if the content does not
            match, or was not searched.
    """

    entry: Entry
    in_name: bool
    excerpt: str | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of the results of a search.

    Attributes:
        matches: the results, in the requested order.
        after: the key to continue after; `None` if this is the last page.
    """

    matches: tuple[SearchMatch, ...]
    after: SearchKey | None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The files and folders."""
        return tuple(match.entry for match in self.matches)


class Search:
    """Searches the names, and the contents of texts, of a world."""

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
            SearchQuery.of(query, ignore_accents=ignore_accents),
            limit=limit,
            include_deleted=include_deleted,
        )
        return list(found.entries)

    def find_page(
        self,
        scope: Scope,
        path: str,
        query: SearchQuery,
        *,
        limit: int,
        include_deleted: bool = False,
        order: Literal["name", "newest"] = "name",
        after: SearchKey | None = None,
        counts: Callable[[Entry], bool] = lambda _: True,
        is_text: Callable[[str], bool] | None = None,
    ) -> SearchPage:
        """Return a page of the entries below a folder that match a query.

        With `is_text`, a page reads a limited number of entries and bytes. It may have fewer
        results than `limit`, or none, although there are more pages.

        Args:
            scope: the caller.
            path: the folder.
            query: the words that have to be in the name or in the content.
            limit: the maximum number of entries.
            include_deleted: whether deleted entries are found as well.
            order: `name` sorts by the first use of each name, then by the age of the files whose
                content matches; `newest` has the last change first.
            after: the key of the last page; `None` for the first page.
            counts: returns whether to include an entry.
            is_text: returns whether to search the content of a file with a name; `None` searches
                names only.

        Raises:
            NotFound: there is no such folder.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            base = ResolvedPath.of(db, scope, names)
            if base.is_root and not base.node_path.live_node:
                return SearchPage((), None)
            top = base.live()
            if not query.words:
                return SearchPage((), None)
            matcher = _Matcher(base, top, query, nodes.PathIndex(db), counts, include_deleted)
            reader = _ContentReader(self._context, query, is_text)
            find = _newest_candidates if order == "newest" else _candidates
            candidates = find(db, scope.account_id, query, after, is_text is not None)
            return _page(candidates, matcher, reader, limit, after)


class _Candidate(NamedTuple):
    """A node whose name matches, or whose content may match."""

    key: SearchKey
    node: Node
    in_name: bool


class _ContentReader:
    """Searches the contents of files, up to a limit for each page."""

    def __init__(
        self, context: WorldContext, query: SearchQuery, is_text: Callable[[str], bool] | None
    ) -> None:
        self._context = context
        self._query = query
        self._is_text = is_text
        self._remaining_nodes = _NODES_PER_PAGE
        self._remaining_bytes = _BYTES_PER_PAGE

    def count(self) -> bool:
        """Count a candidate, and return whether it is within the limit of the page."""
        if self._is_text is None:
            return True
        self._remaining_nodes -= 1
        return self._remaining_nodes >= 0 and self._remaining_bytes > 0

    def reads(self, node: Node) -> bool:
        """Return whether the content of a node is searched: that of a live text file."""
        is_file = bool(node.is_live) and node.content is not None
        return is_file and self._is_text is not None and self._is_text(node.name)

    def excerpt(self, node: Node) -> str | None:
        """Return the part of a live text file with a word of the query; `None` if it has none."""
        if node.content is None or not self.reads(node):
            return None
        with self._context.blobs.open(node.content) as file:
            data = file.read(_TEXT_LIMIT_BYTES)
        self._remaining_bytes -= len(data)
        text = data.decode("utf-8", "replace")
        return self._query.excerpt(text) if self._query.matches_text(text) else None


@dataclass(frozen=True, slots=True)
class _Matcher:
    """Checks which candidates are results.

    Attributes:
        base: the caller's root.
        top: the folder that is searched.
        query: the words.
        paths: the paths of nodes.
        counts: returns whether to include an entry.
        include_deleted: whether deleted entries are found as well.
    """

    base: ResolvedPath
    top: Node
    query: SearchQuery
    paths: nodes.PathIndex
    counts: Callable[[Entry], bool]
    include_deleted: bool

    def match(self, candidate: _Candidate, reader: _ContentReader) -> SearchMatch | None:
        """Return the result that a candidate is; `None` if it is none."""
        node = candidate.node
        if not candidate.in_name and not reader.reads(node):
            return None
        if candidate.key[0] == _IN_CONTENTS and self.query.matches_name(node.folded):
            # It was found by its name.
            return None
        entry = self._entry(node)
        if entry is None:
            return None
        excerpt = reader.excerpt(node)
        if not candidate.in_name and excerpt is None:
            return None
        return SearchMatch(entry, candidate.in_name, excerpt)

    def _entry(self, node: Node) -> Entry | None:
        """Return the entry of a node; `None` if it is not in the folder, or is not included."""
        node_path = self.paths.path_to(node)
        if self.top not in node_path.chain[:-1]:
            return None
        if node_path.deleted_ancestor and not self.include_deleted:
            return None
        entry = self.base.beyond(node_path).entry()
        return entry if self.counts(entry) else None


def _page(
    candidates: Iterable[_Candidate],
    matcher: _Matcher,
    reader: _ContentReader,
    limit: int,
    after: SearchKey | None,
) -> SearchPage:
    found: list[SearchMatch] = []
    for candidate in candidates:
        if not reader.count():
            return SearchPage(tuple(found), after)
        match = matcher.match(candidate, reader)
        if match and len(found) == limit:
            return SearchPage(tuple(found), after)
        found += [match] if match else []
        after = candidate.key
    return SearchPage(tuple(found), None)


def _candidates(
    db: sqlite3.Connection,
    account_id: int,
    query: SearchQuery,
    after: SearchKey | None,
    with_contents: bool,
) -> Iterator[_Candidate]:
    """Find the nodes whose names match, and then those whose contents may match."""
    part, *key = after or (_IN_NAMES, *_START)
    first, second = key
    if part == _IN_NAMES and query.can_match_names:
        for found, node in _named_like(db, account_id, query, (first, second)):
            yield _Candidate((_IN_NAMES, *found), node, in_name=True)
    if with_contents:
        begin = (first, second) if part == _IN_CONTENTS else _START
        for node in nodes.oldest(db, account_id, begin):
            yield _Candidate((_IN_CONTENTS, node.file_id, node.id), node, in_name=False)


def _newest_candidates(
    db: sqlite3.Connection,
    account_id: int,
    query: SearchQuery,
    after: SearchKey | None,
    with_contents: bool,
) -> Iterator[_Candidate]:
    """Find the nodes whose names match or whose contents may match, the last change first."""
    before = after and (after[1], after[2])
    if with_contents:
        for node in nodes.newest(db, account_id, before):
            yield _Candidate(
                (_IN_NAMES, *_change(node)), node, in_name=query.matches_name(node.folded)
            )
    elif query.can_match_names:
        for key, node in _newest_named_like(db, account_id, query, before):
            yield _Candidate((_IN_NAMES, *key), node, in_name=True)


def _newest_named_like(
    db: sqlite3.Connection, account_id: int, query: SearchQuery, before: tuple[int, int] | None
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
        if (before is None or _change(node) < before) and query.matches_name(node.folded)
    )


def _change(node: Node) -> tuple[int, int]:
    return node.seq, node.id


def _named_like(
    db: sqlite3.Connection, account_id: int, query: SearchQuery, after: tuple[int, int] = _START
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
    return (((number, node.id), node) for number, node in found if query.matches_name(node.folded))


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
