"""A client that applies the pages of delta to a copy, as the documentation of the SDK describes."""

from __future__ import annotations

from fakebox.core.accounts import Scope
from fakebox.core.change_log import Change, Page
from fakebox.core.path_rules import fold
from fakebox.core.world import World

Path = tuple[str, ...]


class DeltaClient:
    """A copy of a Dropbox, or of a part of it, that is updated only by delta.

    Attributes:
        copy: The spelled path and the content hash of a file (`None` for a folder), by folded path.
    """

    def __init__(self, world: World, scope: Scope, prefix: str = "") -> None:
        self.scope, self.prefix = scope, prefix
        self.copy: dict[Path, tuple[str, str | None]] = {}
        self._world = world
        self._cursor: str | None = None

    def read_page(self) -> Page:
        """Fetch one page and apply it to the copy."""
        page = self._world.change_log.page(self.scope, self._cursor, prefix=self.prefix)
        if page.reset:
            self.copy = {}
        for change in page.changes:
            self._apply(change)
        self._cursor = page.cursor
        return page

    def catch_up(self) -> list[str]:
        """Fetch pages until `has_more` is false, and return the paths of all entries."""
        paths: list[str] = []
        while True:
            page = self.read_page()
            paths.extend(change.path for change in page.changes)
            if not page.has_more:
                return paths

    def narrow(self, prefix: str) -> None:
        """Continue with a folder below the prefix, and keep only the entries of that folder."""
        self.prefix = prefix
        base = tuple(fold(name) for name in prefix.split("/") if name)
        self.copy = {place: node for place, node in self.copy.items() if place[: len(base)] == base}

    def _apply(self, change: Change) -> None:
        path = tuple(change.path.split("/")[1:])
        if change.entry is None:
            self._remove(path)
            return
        for depth in range(1, len(path)):
            if self._is_file(path[:depth]) or path[:depth] not in self.copy:
                self.copy[path[:depth]] = ("/".join(("", *path[:depth])), None)
        if not change.entry.is_folder:
            self._remove(path)
        self.copy[path] = (change.entry.path, change.entry.content)

    def _is_file(self, path: Path) -> bool:
        return self.copy.get(path, ("", None))[1] is not None

    def _remove(self, path: Path) -> None:
        self.copy = {place: node for place, node in self.copy.items() if place[: len(path)] != path}
