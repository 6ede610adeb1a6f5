"""Finding files and folders by words of their names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fakebox.core import nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry
from fakebox.core.names import START, named_like, newest_named_like
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import fold, has_illegal_character, split


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
                likely = newest_named_like(db, scope.account_id, words, after)
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
