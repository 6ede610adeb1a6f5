"""Words that people put on files and folders."""

from fakebox.core.accounts import Scope
from fakebox.core.errors import LimitExceeded, NotFound, TagNotFound
from fakebox.core.ground import Ground
from fakebox.core.paths import split
from fakebox.core.spots import Spot

_TAGS_LIMIT = 20


class Tags:
    """The tags of a world's files and folders."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add(self, scope: Scope, path: str, word: str) -> None:
        """Tag what is at a path; twice is once.

        Raises:
            NotFound: nothing is there.
            LimitExceeded: it has 20 tags already.
        """
        names = split(path)
        with self._ground.change() as db:
            place_id = Spot.of(db, scope, names).live().id
            db.execute("INSERT OR IGNORE INTO tag VALUES (?, ?)", (place_id, word.lower()))
            (count,) = db.execute(
                "SELECT count(*) FROM tag WHERE entry_id = ?", (place_id,)
            ).fetchone()
            if count > _TAGS_LIMIT:
                raise LimitExceeded(_TAGS_LIMIT)

    def remove(self, scope: Scope, path: str, word: str) -> None:
        """Take a tag away.

        Raises:
            NotFound: nothing is at the path.
            TagNotFound: it has no such tag.
        """
        names = split(path)
        with self._ground.change() as db:
            place_id = Spot.of(db, scope, names).live().id
            removed = db.execute(
                "DELETE FROM tag WHERE entry_id = ? AND word = ?", (place_id, word.lower())
            )
            if not removed.rowcount:
                raise TagNotFound(word)

    def of(self, scope: Scope, path: str) -> list[str]:
        """The tags of what is at a path, in alphabetical order.

        Raises:
            NotFound: nothing is there.
        """
        names = split(path)
        if not names:
            raise NotFound(path)
        with self._ground.store.reading() as db:
            place_id = Spot.of(db, scope, names).live().id
            rows = db.execute("SELECT word FROM tag WHERE entry_id = ? ORDER BY word", (place_id,))
            return [word for (word,) in rows]
