"""What others may see: shared links, temporary links and copy references.

All of them name a place of the tree, and show what stands there when they are used.
"""

import sqlite3
from dataclasses import dataclass
from typing import BinaryIO, Literal

from fakebox.core import nodes
from fakebox.core.accounts import Scope
from fakebox.core.context import WorldContext
from fakebox.core.copy_move import CopyMove, CopyOrMove
from fakebox.core.entry import Entry, Listing
from fakebox.core.errors import CopyRefNotFound, IllegalPath, LinkNotFound, NotAFile, NotFound
from fakebox.core.files import Files
from fakebox.core.nodes import Node
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import split, split_target
from fakebox.core.settings import DAY_S

# 1 January 2030: what the service of the day answered for every shared link.
_SHARED_UNTIL_S = 1_893_456_000
_COPY_REF_LIFETIME_S = 30 * 365 * DAY_S


@dataclass(frozen=True, slots=True)
class Link:
    """A way in without credentials.

    Attributes:
        token: what stands in its URL.
        short_code: what stands in its short URL; a temporary link has none.
        name: the name of what it shows.
        expires_s: when it stops working, in seconds since 1970.
    """

    token: str
    short_code: str | None
    name: str
    expires_s: int


@dataclass(frozen=True, slots=True)
class CopyRef:
    """A word that lets any account copy a file or folder.

    Attributes:
        ref: the word.
        expires_s: when it stops working, in seconds since 1970.
    """

    ref: str
    expires_s: int


class Sharing:
    """The links and copy references of a world."""

    def __init__(self, context: WorldContext, files: Files) -> None:
        self._context = context
        self._files = files
        self._relocations = CopyMove(context)

    # --- links -------------------------------------------------------------------------------

    def share(self, scope: Scope, path: str) -> Link:
        """The lasting link to a file or folder: the same one each time.

        Raises:
            NotFound: nothing is there.
            IllegalPath: it is the root.
        """
        names = _split_below_root(path)
        with self._context.database.transaction() as db:
            node = ResolvedPath.of(db, scope, names).live()
            row = db.execute(
                "SELECT token, short_code, expires_s FROM link WHERE entry_id = ? AND kind ="
                " 'share'",
                (node.id,),
            ).fetchone()
            if row and row[2] > self._context.clock.now_s():
                return Link(row[0], row[1], node.name, row[2])
            return self._make(db, "share", node.id, node.name, self.lasting_until_s())

    def lasting_until_s(self) -> int:
        """When a lasting link that is made now stops working, in seconds since 1970."""
        return max(_SHARED_UNTIL_S, self._context.clock.now_s() + 365 * DAY_S)

    def media(self, scope: Scope, path: str) -> Link:
        """A link to a file's bytes that works for `media_lifetime_s`.

        Raises:
            NotFound: nothing is there.
            NotAFile: a folder is there.
            IllegalPath: it is the root.
        """
        names = _split_below_root(path)
        with self._context.database.transaction() as db:
            node = ResolvedPath.of(db, scope, names).live()
            if node.is_folder:
                raise NotAFile(path)
            expires_s = self._context.clock.now_s() + self._context.settings.media_lifetime_s
            return self._make(db, "media", node.id, node.name, expires_s)

    def find(self, token: str) -> Link:
        """The lasting link of this token.

        Raises:
            LinkNotFound: there is none, or it has expired.
        """
        return self._find("token", token)

    def expand(self, short_code: str) -> Link:
        """The link behind a short URL.

        Raises:
            LinkNotFound: there is none, or it has expired.
        """
        return self._find("short_code", short_code)

    def look(self, token: str, path: str = "/", *, kind: str = "share") -> Entry | Listing:
        """What a link shows: a file, or a folder with what is in it.

        Args:
            token: the link's.
            path: what to look at within a shared folder.
            kind: `share` or `media`; one kind's token never opens the other.

        Raises:
            LinkNotFound: there is no such link, it has expired, or nothing is there any more.
        """
        with self._context.database.reading():
            scope, below = self._behind(token, path, kind)
            try:
                shown = self._files.list(scope, below)
            except NotFound as error:
                raise LinkNotFound(token) from error
        if (shown.folder if isinstance(shown, Listing) else shown).is_deleted:
            raise LinkNotFound(token)
        return shown

    def scope(self, token: str) -> Scope | None:
        """What whoever has a lasting link sees, from the folder that it shows on; `None` if it
        shows a file.

        Raises:
            LinkNotFound: as `look`.
        """
        scope, below = self._behind(token, "/", "share")
        return scope if below == "/" else None

    def open(self, token: str, path: str = "/", *, kind: str = "share") -> tuple[Entry, BinaryIO]:
        """The file that a link shows, with its bytes; the caller closes them.

        Raises:
            LinkNotFound: as `look`.
            NotAFile: the link shows a folder.
        """
        with self._context.database.reading():
            scope, below = self._behind(token, path, kind)
            try:
                return self._files.open(scope, below)
            except NotFound as error:
                raise LinkNotFound(token) from error

    # --- copy references ---------------------------------------------------------------------

    def make_copy_ref(self, scope: Scope, path: str) -> CopyRef:
        """A copy reference to a file or folder.

        Raises:
            NotFound: nothing is there.
            IllegalPath: it is the root.
        """
        names = _split_below_root(path)
        with self._context.database.transaction() as db:
            node = ResolvedPath.of(db, scope, names).live()
            expires_s = self._context.clock.now_s() + _COPY_REF_LIFETIME_S
            made = CopyRef(self._context.ids.token(22), expires_s)
            db.execute("INSERT INTO copy_ref VALUES (?, ?, ?)", (made.ref, node.id, expires_s))
        return made

    def copy_from_ref(
        self, scope: Scope, ref: str, to_path: str, *, autorename: bool | None = None
    ) -> Entry:
        """Copy what a reference stands for, as it is now, to a path of the caller's.

        Args:
            scope, ref, to_path: who, what, where to.
            autorename: as for `Files.copy`.

        Raises:
            CopyRefNotFound: there is no such reference, it has expired, or nothing is there any
                more. As `Files.copy`.
        """

        def find(db: sqlite3.Connection) -> Node:
            row = db.execute(
                "SELECT entry_id FROM copy_ref WHERE ref = ? AND expires_s > ?",
                (ref, self._context.clock.now_s()),
            ).fetchone()
            node = nodes.PathIndex(db).path_to(nodes.get(db, row[0])).live_node if row else None
            if node is None:
                raise CopyRefNotFound(ref)
            return node

        names = split_target(to_path)
        return self._relocations.do(CopyOrMove(find, scope, names, False, autorename))

    def _find(self, column: Literal["token", "short_code"], word: str) -> Link:
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT l.token, l.short_code, e.name, l.expires_s FROM link l"
                f" JOIN entry e ON e.id = l.entry_id WHERE l.{column} = ? AND l.kind = 'share'"
                " AND l.expires_s > ?",
                (word, self._context.clock.now_s()),
            ).fetchone()
        if not row:
            raise LinkNotFound(word)
        return Link(*row)

    def _make(
        self, db: sqlite3.Connection, kind: str, node_id: int, name: str, expires_s: int
    ) -> Link:
        short_code = self._context.ids.token(8) if kind == "share" else None
        link = Link(self._context.ids.token(15).lower(), short_code, name, expires_s)
        db.execute(
            "INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, 0)",
            (link.token, short_code, kind, node_id, expires_s),
        )
        return link

    def _behind(self, token: str, path: str, kind: str) -> tuple[Scope, str]:
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT entry_id FROM link WHERE token = ? AND kind = ? AND expires_s > ?",
                (token, kind, self._context.clock.now_s()),
            ).fetchone()
            node_path = nodes.PathIndex(db).path_to(nodes.get(db, row[0])) if row else None
        if node_path is None or node_path.live_node is None:
            raise LinkNotFound(token)
        names = tuple(node.name for node in node_path.chain[1:])
        account_id = node_path.live_node.account_id
        if node_path.live_node.is_folder:
            return Scope(account_id, 0, names), path
        return Scope(account_id, 0, names[:-1]), names[-1]


def _split_below_root(path: str) -> tuple[str, ...]:
    names = split(path)
    if not names:
        raise IllegalPath(path, "root")
    return names
