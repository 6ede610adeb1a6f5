"""Finding files and folders by words of their names."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from fakebox.core import nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.names import START, named_like
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import fold, has_illegal_character, split

# How many entries with matching names are sorted by their last change. If there are more, the
# entries of the account are read from the newest on.
_SORTED = 1_000


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A part of what a search finds.

    Attributes:
        entries: what was found, in the order that was requested.
        after: the key to continue after; `None` if this is the last page.
    """

    entries: tuple[Entry, ...]
    after: tuple[int, int] | None


class Search:
    """Looks through the names of a world."""

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
    ) -> list[Entry]:
        """As `find_page`, from the beginning."""
        found = self.find_page(scope, path, query, limit=limit, include_deleted=include_deleted)
        return list(found.entries)

    def find_page(
        self,
        scope: Scope,
        path: str,
        query: str,
        *,
        limit: int,
        include_deleted: bool = False,
        order: Literal["name", "newest"] = "name",
        after: tuple[int, int] | None = None,
        counts: Callable[[Entry], bool] = lambda _: True,
    ) -> SearchPage:
        """What lies below a folder, at any depth, and has every word of the query in its name.

        Args:
            scope, path: whose, below which folder.
            query: words in any case, between white space.
            limit: how many at most.
            include_deleted: find what was deleted as well.
            order: by the first use of each name, or the last change first.
            after: the key that the last page came with; `None` for the first page.
            counts: whether an entry is one that the caller looks for.

        Raises:
            NotFound: there is no such folder.
        """
        names, words = split(path), list(dict.fromkeys(fold(word) for word in query.split()))
        found: list[Entry] = []
        last = after
        with self._context.database.reading() as db:
            base = ResolvedPath.of(db, scope, names)
            if base.is_root and not base.node_path.live_node:
                return SearchPage((), None)
            top = base.live()
            if not words or any(map(has_illegal_character, words)):
                return SearchPage((), None)
            paths = nodes.PathIndex(db)
            if order == "name":
                likely = named_like(db, scope.account_id, words, after or START)
            else:
                likely = _newest_named_like(db, scope.account_id, words, after)
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


def _newest_named_like(
    db: sqlite3.Connection, account_id: int, words: Sequence[str], before: tuple[int, int] | None
) -> Iterator[tuple[tuple[int, int], Node]]:
    """The nodes of an account whose folded name holds every word, each with its key, the last
    change first; those before a key, or all of them.

    Few matches are found by their names and sorted. Of many, only those are read that the caller
    takes: they are found by the order of changes.
    """
    matching = list(islice(named_like(db, account_id, words), _SORTED + 1))
    found: Iterable[Node]
    if len(matching) <= _SORTED:
        found = sorted((node for _, node in matching), key=_change, reverse=True)
    else:
        found = nodes.newest(db, account_id, before)
    return (
        (_change(node), node)
        for node in found
        if (before is None or _change(node) < before) and all(word in node.folded for word in words)
    )


def _change(node: Node) -> tuple[int, int]:
    return node.seq, node.id
