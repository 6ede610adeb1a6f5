"""A model of the core in a dictionary, without history and without a database."""

from __future__ import annotations

from fakebox.core.errors import (
    FolderExists,
    FolderInTheWay,
    IntoItself,
    NotFound,
    ParentIsAFile,
    RootNotAllowed,
)
from fakebox.core.path_rules import compose, fold, numbered_names

# A path is a tuple of folded names. A node is the spelled name, and the content of a file.
Path = tuple[str, ...]
Node = tuple[str, "bytes | None"]


def key(names: Path) -> Path:
    """Return the key of a path in the model."""
    return tuple(map(fold, names))


class Model:
    """The Dropbox of one account."""

    def __init__(self) -> None:
        self.tree: dict[Path, Node] = {}
        self.ever: set[Path] = set()

    def put(self, names: Path, content: bytes, *, overwrite: bool) -> Path:
        """Upload a file, and return the key of its final path."""
        existing = self.tree.get(key(names))
        if existing and overwrite and existing[1] is None:
            raise FolderInTheWay("")
        if existing and not overwrite:
            names = self._free(names)
        self._make_parents(names)
        place = key(names)
        # The same content changes nothing.
        name, old = self.tree.get(place, (names[-1], None))
        self._set(place, (name if old == content else names[-1], content))
        return place

    def create_folder(self, names: Path) -> Path:
        """Create a folder."""
        if key(names) in self.tree:
            raise FolderExists("", by_folder=True)
        self._make_parents(names)
        self._set(key(names), (names[-1], None))
        return key(names)

    def copy(self, source: Path, target: Path) -> Path:
        """Copy a file or folder, and return the key of its final path."""
        below = self._subtree(source)
        if key(target)[: len(source)] == key(source) and key(target) != key(source):
            raise IntoItself("")
        return self._paste(below, target)

    def move(self, source: Path, target: Path) -> Path:
        """Move a file or folder, and return the key of its final path."""
        below = self._subtree(source)
        if key(source) == key(target):
            self._set(key(source), (target[-1], self.tree[key(source)][1]))
            return key(source)
        if key(target)[: len(source)] == key(source):
            raise IntoItself("")
        place = self._paste(below, target)
        self.delete(source)
        return place

    def delete(self, names: Path) -> Path:
        """Delete a file or folder."""
        for relative in self._subtree(names):
            del self.tree[(*key(names), *relative)]
        return key(names)

    def restore(self, names: Path, content: bytes) -> Path:
        """Restore a file at its path with an earlier content."""
        existing = self.tree.get(key(names))
        if existing and existing[1] is None:
            raise FolderInTheWay("")
        self._make_parents(names)
        self._set(key(names), (existing[0] if existing else names[-1], content))
        return key(names)

    def spelled(self, place: Path, root: Path = ()) -> str:
        """Return a path as it is spelled, relative to `root`."""
        depths = range(len(root), len(place))
        return "/" + "/".join(self.tree[place[: depth + 1]][0] for depth in depths)

    def view(self, base: Path, root: Path) -> dict[Path, Node]:
        """Return the nodes at and below `base`. The keys are paths relative to `root`."""
        return {
            place[len(root) :]: (self.spelled(place, root), node[1])
            for place, node in self.tree.items()
            if place[: len(base)] == base and place != root
        }

    def _set(self, place: Path, node: Node) -> None:
        name, content = node
        self.tree[place] = (compose(name), content)
        self.ever.add(place)

    def _subtree(self, names: Path) -> dict[Path, Node]:
        top = key(names)
        if top not in self.tree:
            raise NotFound("")
        return {
            place[len(top) :]: node for place, node in self.tree.items() if place[: len(top)] == top
        }

    def _paste(self, below: dict[Path, Node], target: Path) -> Path:
        if not target:
            raise RootNotAllowed("")
        if key(target) in self.tree:
            target = self._free(target)
        self._make_parents(target)
        for place, (name, content) in below.items():
            self._set((*key(target), *place), (name if place else target[-1], content))
        return key(target)

    def _free(self, names: Path) -> Path:
        return next(
            (*names[:-1], name)
            for name in numbered_names(names[-1])
            if key((*names[:-1], name)) not in self.tree
        )

    def _make_parents(self, names: Path) -> None:
        parents = [names[:depth] for depth in range(1, len(names))]
        if any(self.tree.get(key(parent), ("", None))[1] is not None for parent in parents):
            raise ParentIsAFile("")
        for parent in parents:
            if key(parent) not in self.tree:
                self._set(key(parent), (parent[-1], None))
