"""Finding files and folders by something else than their path."""

from fakebox.core import accounts, nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import Ground
from fakebox.core.entry import Entry, parse_rev
from fakebox.core.errors import NotFound, RevisionNotFound
from fakebox.core.nodes import Walk
from fakebox.core.path_lookup import Spot


class Finding:
    """Finds the files and folders of a world by their file id and by their revisions."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def by_file_id(self, scope: Scope, file_id: int) -> Entry:
        """The file or folder with this `Entry.file_id`.

        Raises:
            NotFound: the caller has none, or has it no more.
        """
        with self._ground.store.reading() as db:
            base, paths = Spot.of(db, scope, ()), nodes.Paths(db)
            for place in nodes.with_file_id(db, scope.account_id, file_id):
                walk = paths.walk_to(place)
                if walk.live_place and _is_below(walk, base):
                    return base.beyond(walk).entry()
        raise NotFound(str(file_id))

    def by_rev(self, scope: Scope, rev: str) -> Entry:
        """What a revision was of, as it was then.

        Raises:
            RevisionNotFound: the caller has none of that name.
        """
        with self._ground.store.reading() as db:
            account = accounts.load(db, scope.account_id)
            base, paths = Spot.of(db, scope, ()), nodes.Paths(db)
            seq = parse_rev(rev, account.namespace_id)
            rows = db.execute(
                "SELECT id FROM entry WHERE account_id = ? AND seq = ? UNION SELECT entry_id"
                " FROM revision r JOIN entry e ON e.id = r.entry_id AND e.account_id = ?"
                " WHERE r.seq = ?",
                (scope.account_id, seq) * 2,
            ).fetchall()
            for (place_id,) in rows:
                walk = paths.walk_to(nodes.get(db, place_id))
                if _is_below(walk, base):
                    spot = base.beyond(walk)
                    return spot.tell(spot.version(db, rev))
        raise RevisionNotFound("", rev)


def _is_below(walk: Walk, base: Spot) -> bool:
    names = tuple(place.folded for place in walk.chain[1:])
    root = base.folded_names
    return len(names) > len(root) and names[: len(root)] == root
