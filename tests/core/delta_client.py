"""A client that knows of a Dropbox only what delta tells it, applied as the SDK's page says."""

from __future__ import annotations

from fakebox.core.accounts import Scope
from fakebox.core.change_log import Change, Page
from fakebox.core.world import World

Path = tuple[str, ...]


class Follower:
    """A copy of a Dropbox, or of a part of it.

    Attributes:
        copy: by folded path, the path as it is spelled, and a file's content hash.
    """

    def __init__(self, world: World, scope: Scope, prefix: str = "") -> None:
        self.scope, self.prefix = scope, prefix
        self.copy: dict[Path, tuple[str, str | None]] = {}
        self._world = world
        self._cursor: str | None = None

    def read_page(self) -> Page:
        """Fetch one page and do as it says."""
        page = self._world.change_log.page(self.scope, self._cursor, prefix=self.prefix)
        if page.reset:
            self.copy = {}
        for change in page.changes:
            self._apply(change)
        self._cursor = page.cursor
        return page

    def catch_up(self) -> list[str]:
        """Fetch pages until there are no more; every path that came up."""
        payload: list[str] = []
        while True:
            page = self.read_page()
            payload.extend(change.path for change in page.changes)
            if not page.has_more:
                return payload

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
