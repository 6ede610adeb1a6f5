"""Tags of files and folders. They belong to the file id, so they stay when an entry is moved."""

import sqlite3

from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.errors import LimitExceeded, TagNotFound
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import split

_TAGS_LIMIT = 20


class Tags:
    """The tags of a world's files and folders."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context

    def add(self, scope: Scope, path: str, word: str) -> None:
        """Add a tag to the entry at a path, unless it has the tag already.

        Raises:
            NotFound: there is no entry.
            LimitExceeded: the entry has 20 tags already.
        """
        with self._context.change() as db:
            key = _tag_key(db, scope, path)
            db.execute("INSERT OR IGNORE INTO tag VALUES (?, ?, ?)", (*key, word.lower()))
            if len(_words(db, key)) > _TAGS_LIMIT:
                raise LimitExceeded(_TAGS_LIMIT)

    def remove(self, scope: Scope, path: str, word: str) -> None:
        """Remove a tag from the entry at a path.

        Raises:
            NotFound: there is no entry.
            TagNotFound: the entry has no such tag.
        """
        with self._context.change() as db:
            removed = db.execute(
                "DELETE FROM tag WHERE account_id = ? AND file_id = ? AND word = ?",
                (*_tag_key(db, scope, path), word.lower()),
            )
            if not removed.rowcount:
                raise TagNotFound(word)

    def of(self, scope: Scope, path: str) -> list[str]:
        """Return the tags of the entry at a path, in alphabetical order.

        Raises:
            NotFound: there is no entry.
        """
        with self._context.database.reading() as db:
            return _words(db, _tag_key(db, scope, path))


def _tag_key(db: sqlite3.Connection, scope: Scope, path: str) -> tuple[int, int]:
    node = ResolvedPath.of(db, scope, split(path, scope.rules)).live()
    return scope.account_id, node.file_id


def _words(db: sqlite3.Connection, key: tuple[int, int]) -> list[str]:
    rows = db.execute(
        "SELECT word FROM tag WHERE account_id = ? AND file_id = ? ORDER BY word", key
    )
    return [word for (word,) in rows]
