"""Links by which whoever has one puts a file where its maker has chosen, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fakebox.core.accounts import Scope
from fakebox.core.errors import LinkNotFound, LinkSpent
from fakebox.core.ground import Ground
from fakebox.core.settings import DAY_S


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link is for.

    Attributes:
        scope: on whose behalf.
        text: what is to be put where, in the words of the dialect that was asked.
    """

    scope: Scope
    text: str


class UploadLinks:
    """The links for uploading of a world."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def make(self, wish: Wish, lifetime_s: int) -> str:
        """A link that works for so many seconds; its token."""
        token = self._ground.ids.token(22)
        now_s, scope = self._ground.clock.now_s(), wish.scope
        with self._ground.store.transaction() as db:
            # For a day it is told of what is over that it was there.
            db.execute("DELETE FROM upload_link WHERE expires_s <= ?", (now_s - DAY_S,))
            db.execute(
                "INSERT INTO upload_link VALUES (?, ?, ?, ?, ?, ?, 0)",
                (token, *scope.owner(), wish.text, now_s + lifetime_s),
            )
        return token

    @contextmanager
    def spend(self, token: str) -> Iterator[Wish]:
        """A block that does what a link is for; the link is good again if the block raises.

        Raises:
            LinkNotFound: there never was such a link.
            LinkSpent: somebody uses it or has used it, or it has expired.
        """
        wish = self._take(token)
        try:
            yield wish
        except BaseException:
            self._mark(token, is_spent=False)
            raise

    def _take(self, token: str) -> Wish:
        with self._ground.store.transaction() as db:
            row = db.execute(
                "SELECT account_id, app_id, root, wish, expires_s, is_spent FROM upload_link"
                " WHERE token = ?",
                (token,),
            ).fetchone()
            if row is None:
                raise LinkNotFound(token)
            account_id, app_id, root, text, expires_s, is_spent = row
            if is_spent or expires_s <= self._ground.clock.now_s():
                raise LinkSpent(token)
            self._mark(token, is_spent=True)
        return Wish(Scope(account_id, app_id, tuple(filter(None, root.split("/")))), text)

    def _mark(self, token: str, *, is_spent: bool) -> None:
        with self._ground.store.transaction() as db:
            db.execute("UPDATE upload_link SET is_spent = ? WHERE token = ?", (is_spent, token))
