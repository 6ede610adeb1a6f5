"""Temporary upload links. Each link accepts one upload to a fixed path."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.errors import LinkNotFound, LinkSpent
from fakebox.core.files import ADD, WriteMode
from fakebox.core.settings import DAY_S


@dataclass(frozen=True, slots=True)
class UploadLink:
    """The upload that a link permits.

    Attributes:
        scope: the caller that created the link.
        path: the path of the file.
        mode: the behaviour if the path exists.
        client_mtime_s: the modification time of the file, in seconds since 1970.
    """

    scope: Scope
    path: str
    mode: WriteMode = ADD
    client_mtime_s: int | None = None


class UploadLinks:
    """The upload links of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._in_use: set[str] = set()

    def make(self, link: UploadLink, lifetime_s: int) -> str:
        """Create a link that is valid for some seconds, and return its token."""
        token = self._context.ids.token(22)
        now_s, scope = self._context.clock.now_s(), link.scope
        with self._context.database.transaction() as db:
            # Expired links are kept for a day, so that their use raises `LinkSpent`.
            db.execute("DELETE FROM upload_link WHERE expires_s <= ?", (now_s - DAY_S,))
            db.execute(
                "INSERT INTO upload_link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                (
                    token,
                    *scope.owner(),
                    link.path,
                    *astuple(link.mode),
                    link.client_mtime_s,
                    now_s + lifetime_s,
                ),
            )
        return token

    @contextmanager
    def use(self, token: str) -> Iterator[UploadLink]:
        """Return a context manager that reserves a link; `spend` makes it unusable.

        Raises:
            LinkNotFound: there is no such link.
            LinkSpent: the link is in use, was used before, or has expired.
        """
        link = self._take(token)
        try:
            yield link
        finally:
            self._in_use.discard(token)

    def spend(self, token: str) -> None:
        """Store that a link was used."""
        with self._context.database.transaction() as db:
            db.execute("UPDATE upload_link SET is_spent = 1 WHERE token = ?", (token,))

    def _take(self, token: str) -> UploadLink:
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT expires_s, is_spent, account_id, app_id, root, path, client_mtime_s,"
                " overwrite, parent_rev, autorename, accepts_same_content, requires_known_parent,"
                " accepts_deleted_parent"
                " FROM upload_link WHERE token = ?",
                (token,),
            ).fetchone()
            if row is None:
                raise LinkNotFound(token)
            expires_s, is_spent, account_id, app_id, root, path, client_mtime_s, *mode = row
            if is_spent or token in self._in_use or expires_s <= self._context.clock.now_s():
                raise LinkSpent(token)
            # Within the transaction, so that only one of two threads can use the link.
            self._in_use.add(token)
        scope = Scope(account_id, app_id, tuple(filter(None, root.split("/"))))
        overwrite, parent_rev, *flags = mode
        return UploadLink(
            scope, path, WriteMode(bool(overwrite), parent_rev, *map(bool, flags)), client_mtime_s
        )
