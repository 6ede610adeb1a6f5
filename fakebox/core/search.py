"""Finding files and folders by words of their names."""

from fakebox.core import places
from fakebox.core.accounts import Scope
from fakebox.core.entry import Entry
from fakebox.core.ground import Ground
from fakebox.core.names import named_like
from fakebox.core.paths import fold, has_illegal_character, split
from fakebox.core.spots import Spot


class Search:
    """Looks through the names of a world."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def find(
        self,
        scope: Scope,
        path: str,
        query: str,
        *,
        limit: int,
        include_deleted: bool = False,
    ) -> list[Entry]:
        """What lies below a folder, at any depth, and has every word of the query in its name.

        Args:
            scope, path: whose, below which folder.
            query: words in any case, between white space.
            limit: how many at most.
            include_deleted: find what was deleted as well.

        Raises:
            NotFound: there is no such folder.
        """
        names, words = split(path), list(dict.fromkeys(fold(word) for word in query.split()))
        found: list[Entry] = []
        with self._ground.store.reading() as db:
            base = Spot.of(db, scope, names)
            if base.is_root and not base.walk.live_place:
                return found
            top = base.live()
            if not words or any(map(has_illegal_character, words)):
                return found
            paths = places.Paths(db)
            for place in named_like(db, scope.account_id, words):
                walk = paths.walk_to(place)
                if top not in walk.chain[:-1] or (walk.grave and not include_deleted):
                    continue
                found.append(base.beyond(walk).entry())
                if len(found) == limit:
                    break
        return found
