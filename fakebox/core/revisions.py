"""The past of a file, and bringing a piece of it back."""

from fakebox.core import node_writes, nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import Ground
from fakebox.core.entry import Entry
from fakebox.core.errors import FolderInTheWay, NotFound, RevisionNotFound
from fakebox.core.files import Files
from fakebox.core.path_lookup import Spot
from fakebox.core.path_rules import split
from fakebox.core.targets import make_folders


class Revisions:
    """The revisions of a world's files."""

    def __init__(self, ground: Ground, files: Files) -> None:
        self._ground = ground
        self._files = files

    def list(self, scope: Scope, path: str, limit: int) -> list[Entry]:
        """What stood at a file's path, newest first, deletions included.

        Args:
            scope, path: whose, which file.
            limit: how many at most.

        Raises:
            NotFound: no file ever was there, or a folder is there now.
        """
        names = split(path)
        with self._ground.store.reading() as db:
            spot = Spot.of(db, scope, names)
            if spot.known().is_folder and spot.walk.live_place:
                raise NotFound(path)
            versions = [version for version in spot.history(db) if not version.is_folder]
            if not versions:
                raise NotFound(path)
            return [spot.tell(version) for version in versions[:limit]]

    def forget(self, scope: Scope, path: str) -> None:
        """Have what was deleted at a path, and all that was below it, never come back.

        Raises:
            NotFound: nothing ever was there, or something is there now.
        """
        names = split(path)
        with self._ground.change() as db:
            spot = Spot.of(db, scope, names)
            place, grave = spot.known(), spot.walk.grave
            if grave is None:
                raise NotFound(path)
            for place_id in nodes.below(db, place.id):
                below = nodes.get(db, place_id)
                if below.is_live:
                    node_writes.bury(db, below, grave)
                node_writes.forget_past(db, place_id)

    def restore(self, scope: Scope, path: str, rev: str) -> Entry:
        """Make a file what it was at `rev`; it gets a new revision, and its folders if they are
        gone.

        Raises:
            NotFound: no file ever was there.
            RevisionNotFound: there was no such `rev`, or it is that of a deletion.
            FolderInTheWay: a folder is there now.
            OverQuota: the account has no room for it.
        """
        names = split(path)
        with self._ground.change() as db:
            spot = Spot.of(db, scope, names)
            place = spot.known()
            version = spot.version(db, rev)
            if version.content is None:
                raise RevisionNotFound(path, rev)
            if spot.walk.live_place and place.is_folder:
                raise FolderInTheWay(path)
            current_bytes = place.size_bytes if spot.walk.live_place else 0
            folders = make_folders(db, spot, self._ground.clock.now_s())
            node_writes.put(
                db,
                folders[-1],
                place.name,
                nodes.child(db, folders[-1].id, place.name),
                self._ground.clock.now_s(),
                content=version.content,
                size_bytes=version.size_bytes,
                client_mtime_s=version.client_mtime_s,
                added_bytes=version.size_bytes - current_bytes,
                comes_back=True,
            )
            return Spot.of(db, scope, names).entry()
