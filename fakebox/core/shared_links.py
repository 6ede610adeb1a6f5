"""Create, list, change and open shared links and temporary links.

A link refers to an entry of the tree, and opens the current content of the entry.
"""

import hmac
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Literal, NamedTuple

from fakebox.core import accounts, nodes
from fakebox.core.accounts import AccountType, Scope
from fakebox.core.context import WorldContext
from fakebox.core.entry import Entry, Listing
from fakebox.core.errors import (
    DownloadNotAllowed,
    IllegalPath,
    InvalidLinkSettings,
    LinkNotFound,
    LinkPasswordRequired,
    LinkSpent,
    NotAFile,
    NotAllowed,
    NotFound,
    NotInAudience,
)
from fakebox.core.files import Files
from fakebox.core.link_keys import ContentAddress, LinkKeys
from fakebox.core.link_settings import ANYBODY, UNCHANGED, LinkSettings, LinkVisitor
from fakebox.core.nodes import Node, NodePath
from fakebox.core.passwords import hash_password, is_password
from fakebox.core.path_lookup import ResolvedPath
from fakebox.core.path_rules import join, split, split_below_root
from fakebox.core.plans import PLANS, LinkAudience
from fakebox.core.settings import DAY_S

# 1 January 2030, which the service of 2012 returned for every shared link.
_EXPIRES_AT_FIRST_S = 1_893_456_000
# The maximum number of rows that a page reads for each link of its limit. Rows are skipped if
# their link has expired, its entry is deleted, or the entry is outside the caller's root.
_ROWS_PER_LINK = 5
# The visibility of a link without a password, and with one.
_VISIBILITIES: dict[LinkAudience, tuple[str, str]] = {
    "public": ("public", "password"),
    "team": ("team_only", "team_and_password"),
    "no_one": ("no_one", "no_one"),
    "members": ("no_one", "no_one"),
}
_COLUMNS = (
    "id, token, short_code, account_id, entry_id, expires_s, is_limited, audience, password,"
    " allows_download, seq, (SELECT type FROM account WHERE account.id = link.account_id)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """The URL of a shared or temporary link, and its expiry.

    Attributes:
        token: the token in its URL of the older form.
        short_code: the code in its short URL; a temporary link has none.
        name: the name of its entry.
        expires_s: when the link expires, in seconds since 1970.
        is_folder: whether its entry is a folder.
        key: the key in its URL of the current form; a temporary link has none.
        rlkey: the second key, without which that URL does not work.
        path: the path of its entry from the account's root; only a temporary link has it.
    """

    token: str
    short_code: str | None
    name: str
    expires_s: int
    is_folder: bool = False
    key: str = ""
    rlkey: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class SharedLink:
    """A shared link and its entry.

    Attributes:
        link: the link.
        entry: the file or folder, with the path in the owner's account.
        expires_s: the expiry that the owner set, in seconds since 1970; `None` if there is none.
        owner_id: the owner's account.
        owner_type: the type of the owner's account.
        audience: who may use the link.
        has_password: whether the link requires a password.
        allows_download: whether the link allows downloads.
    """

    link: Link
    entry: Entry
    expires_s: int | None
    owner_id: int
    owner_type: AccountType
    audience: LinkAudience
    has_password: bool
    allows_download: bool

    @property
    def visibility(self) -> str:
        """The audience and the password as one word, such as `password` or `team_only`."""
        return _VISIBILITIES[self.audience][self.has_password]


@dataclass(frozen=True, slots=True)
class SharedLinkPage:
    """A part of an account's shared links.

    Attributes:
        links: the links, oldest first.
        after: the key to continue after; `None` if this is the last page.
    """

    links: tuple[SharedLink, ...]
    after: int | None


class _Row(NamedTuple):
    id: int
    token: str
    short_code: str | None
    account_id: int
    entry_id: int
    expires_s: int
    is_limited: int
    audience: LinkAudience
    password: str | None
    allows_download: int
    seq: int | None
    owner_type: AccountType


class _Target(NamedTuple):
    # The entry of a link, as a path within a scope. A temporary link may serve a version of it.
    scope: Scope
    path: str
    seq: int | None


class SharedLinks:
    """The shared links and temporary links of a world.

    A link is found by its token or its entry. The cost does not depend on the number of links.
    """

    def __init__(self, context: WorldContext, files: Files) -> None:
        self._context = context
        self._files = files
        self._keys = LinkKeys(context)

    # --- for the owner -----------------------------------------------------------------------

    def create(
        self, scope: Scope, path: str, settings: LinkSettings = UNCHANGED
    ) -> tuple[SharedLink, bool]:
        """Return the shared link to a file or folder, and whether it is new.

        An entry has one shared link. An existing link is returned unchanged.

        Args:
            scope: the caller.
            path: the file or folder.
            settings: the settings of a new link. By default it is public and never expires.

        Raises:
            LinkSettingNotAllowed: the type of the account does not have the settings.
            InvalidLinkSettings: the password is missing, or the expiry is in the past.
            NotFound: the path has no file or folder.
            IllegalPath: the path is the root.
        """
        names = split_below_root(path, scope.rules)
        with self._context.database.transaction() as db:
            self._check_settings(db, scope, settings)
            resolved = ResolvedPath.of(db, scope, names)
            node = resolved.live()
            row = self._row_of(db, node)
            is_new = row is None
            if row is None:
                row = self._insert_shared(db, node)
                row = self._change(db, row, settings)
            return self._shared_link(row, resolved), is_new

    def list_page(self, scope: Scope, *, after: int = 0, limit: int) -> SharedLinkPage:
        """Return a part of the caller's shared links, oldest first.

        A page reads at most five rows for each link of its limit. It may contain fewer links than
        `limit`, or no links, although there are more pages. The last page has `after=None`.

        Args:
            scope: the caller.
            after: the key that the last page returned; 0 for the first page.
            limit: the maximum number of links.
        """
        links: list[SharedLink] = []
        with self._context.database.reading() as db:
            base, paths = ResolvedPath.of(db, scope, ()), nodes.PathIndex(db)
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM link WHERE account_id = ? AND kind = 'share' AND id > ?"
                " ORDER BY id LIMIT ?",
                (scope.account_id, after, limit * _ROWS_PER_LINK),
            )
            for row in map(_Row._make, rows):
                shown = self._shown(row, base, _path_to(db, paths, row))
                if shown and len(links) == limit:
                    return SharedLinkPage(tuple(links), after)
                links += [shown] if shown else []
                after = row.id
            rest = "account_id = ? AND kind = 'share' AND id > ?"
            has_more = _row(db, rest, scope.account_id, after) is not None
        return SharedLinkPage(tuple(links), after if has_more else None)

    def list_for_path(
        self, scope: Scope, path: str, *, direct_only: bool = False
    ) -> list[SharedLink]:
        """Return the caller's shared links that give access to a path, the nearest first.

        Args:
            scope: the caller.
            path: a file or folder.
            direct_only: leave out the links to parent folders.

        Raises:
            NotFound: the path has no file or folder.
        """
        names = split(path, scope.rules)
        with self._context.database.reading() as db:
            resolved = ResolvedPath.of(db, scope, names)
            resolved.live()
            chain = resolved.node_path.chain
            end = len(chain) - 1 if direct_only else max(resolved.depth, 1)
            links = []
            for depth in range(len(chain) - 1, end - 1, -1):
                if row := self._row_of(db, chain[depth]):
                    above = resolved.beyond(NodePath(chain[: depth + 1], ()))
                    links.append(self._shared_link(row, above))
            return links

    def configure(self, scope: Scope, token: str, settings: LinkSettings) -> SharedLink:
        """Change the settings of one of the caller's links.

        Raises:
            LinkNotFound: as `find`.
            NotAllowed: the link belongs to another account.
            LinkSettingNotAllowed, InvalidLinkSettings: as `create`.
        """
        with self._context.database.transaction() as db:
            self._check_owner(scope, token)
            self._check_settings(db, scope, settings)
            row = _row(db, "token = ?", token)
            assert row is not None
            self._change(db, row, settings)
            return self.find(token, scope)

    def revoke(self, scope: Scope, token: str) -> None:
        """Delete one of the caller's links.

        Raises:
            LinkNotFound: as `find`.
            NotAllowed: the link belongs to another account.
        """
        with self._context.database.transaction() as db:
            self._check_owner(scope, token)
            db.execute("DELETE FROM link WHERE token = ?", (token,))

    def create_temporary(self, scope: Scope, path: str, rev: str | None = None) -> Link:
        """Create a link to the bytes of a file, which expires after `media_lifetime_s`.

        Args:
            scope: the caller.
            path: the path.
            rev: the revision that the link serves; `None` serves the current one.

        Raises:
            NotFound: the path has no file or folder.
            NotAFile: a folder is at the path.
            RevisionNotFound: the path has no such `rev`, or the `rev` is a deletion.
            IllegalPath: the path is the root.
        """
        names = split_below_root(path, scope.rules)
        now_s = self._context.clock.now_s()
        with self._context.database.transaction() as db:
            resolved = ResolvedPath.of(db, scope, names)
            node = resolved.live()
            if node.is_folder:
                raise NotAFile(path)
            # Expired links are kept for a day, so that their use raises `LinkSpent`.
            db.execute("DELETE FROM link WHERE kind = 'media' AND expires_s <= ?", (now_s - DAY_S,))
            expires_s = now_s + self._context.settings.media_lifetime_s
            seq = None if rev is None else resolved.file_version(db, rev).seq
            row = self._insert(db, "media", node, None, (expires_s, True), seq)
            below_root = join([one.name for one in resolved.node_path.chain[1:]])
            return Link(row.token, None, node.name, row.expires_s, path=below_root)

    # --- for every client with the link ------------------------------------------------------

    def find(self, token: str, scope: Scope | None = None) -> SharedLink:
        """Return the shared link with a token.

        Args:
            token: the token in its URL.
            scope: the caller. If the caller owns the link, the entry has the path within the scope.

        Raises:
            LinkNotFound: the token is unknown, the link has expired, its entry is deleted, or
                the caller owns the link but its entry is outside the caller's root.
        """
        return self._find("token", token, scope)

    def expand(self, short_code: str) -> SharedLink:
        """Return the shared link with the code of a short URL.

        Raises:
            LinkNotFound: as `find`.
        """
        return self._find("short_code", short_code, None)

    def resolve(self, kind: str, value: str, rlkey: str = "") -> tuple[str, str]:
        """Return the kind and the token of the link that a URL names.

        Args:
            kind: `share` or `media` with a token as the value, `short` with the code of a short
                URL, or `keyed` with the key of a URL of today's form.
            value: the token, the code or the key.
            rlkey: the second key.

        Returns:
            `share` or `media`, and the token. Whether a link has the token is not checked.

        Raises:
            LinkNotFound: as `expand`, or no link has the key.
            LinkAccessDenied: the second key is missing or wrong.
        """
        if kind == "short":
            return "share", self.expand(value).link.token
        if kind == "keyed":
            return "share", self._keys.token_of(value, rlkey)
        return kind, value

    def exists(self, kind: str, value: str, rlkey: str = "") -> bool:
        """Return whether there is a link; arguments as for `resolve`."""
        try:
            kind, token = self.resolve(kind, value, rlkey)
            self._target(token, "/", kind, None)
        except LinkNotFound:
            return False
        return True

    def access_key(self, token: str, visitor: LinkVisitor) -> str:
        """Return a value with which a client may use the link again, until its settings change.

        Args:
            token: the token of the link.
            visitor: the client, which may use the link.

        Returns:
            The value, which is empty for a link that every client may use.

        Raises:
            LinkNotFound, LinkAccessDenied: as `look`.
        """
        with self._context.database.reading() as db:
            row = self._open_row(db, token, "share")
            self._check_visitor(row, visitor)
            return self._access_key(row)

    def look(
        self, token: str, path: str = "/", *, visitor: LinkVisitor = ANYBODY
    ) -> Entry | Listing:
        """Return the entry of a shared link: a file, or a folder with its entries.

        Args:
            token: the token of the link.
            path: a path within a shared folder.
            visitor: the client.

        Raises:
            LinkNotFound: the token is unknown, the link has expired, or its entry is deleted.
            LinkPasswordRequired: the password is missing or wrong.
            NotInAudience: the client is not in the audience of the link.
        """
        with self._reading(token, path, "share", visitor) as target:
            shown = self._files.list(target.scope, target.path)
        if (shown.folder if isinstance(shown, Listing) else shown).is_deleted:
            raise LinkNotFound(token)
        return shown

    def metadata(self, token: str, path: str = "/", visitor: LinkVisitor = ANYBODY) -> Entry:
        """Return the file or folder of a shared link, without the entries of the folder.

        Args:
            token, path, visitor: as for `look`.

        Raises:
            LinkNotFound, LinkAccessDenied: as `look`.
        """
        with self._reading(token, path, "share", visitor) as target:
            return self._metadata(token, target)

    def open(
        self,
        token: str,
        path: str = "/",
        *,
        kind: str = "share",
        visitor: LinkVisitor = ANYBODY,
        is_preview: bool = False,
    ) -> tuple[Entry, BinaryIO]:
        """Return the file of a link, and its content, which the caller must close.

        Args:
            token, path, visitor: as for `look`.
            kind: `share` or `media`. A token of the other kind is not found.
            is_preview: whether the client gets a preview instead of the content, which links
                without downloads allow as well.

        Raises:
            LinkNotFound, LinkAccessDenied: as `look`.
            LinkSpent: a temporary link has expired.
            DownloadNotAllowed: the link does not allow downloads.
            NotAFile: the link refers to a folder.
        """
        reading = self._reading(token, path, kind, visitor, is_download=not is_preview)
        with reading as target:
            if target.seq is None:
                return self._files.open(target.scope, target.path)
            return self._files.open_version(target.scope, target.path, target.seq)

    def descendants(
        self, token: str, path: str, visitor: LinkVisitor, limit: int
    ) -> tuple[str, Sequence[Entry]]:
        """Return the name of a shared folder, and everything below it for a download.

        Args:
            token, path, visitor: as for `look`.
            limit: the maximum number of entries.

        Raises:
            LinkNotFound, LinkAccessDenied: as `look`.
            DownloadNotAllowed: the link does not allow downloads.
            TooManyEntries: there are more than `limit` entries.
        """
        with self._reading(token, path, "share", visitor, is_download=True) as target:
            name = self._metadata(token, target).name or self.find(token).link.name
            return name, self._files.descendants(target.scope, target.path, limit=limit)

    def make_address(self, token: str, path: str, visitor: LinkVisitor) -> str:
        """Return a text with which a client may download the content for `media_lifetime_s`.

        The text does not contain the token, and is useless once the settings of the link change.

        Args:
            token, path, visitor: as for `look`.

        Raises:
            LinkNotFound, LinkAccessDenied: as `look`.
            DownloadNotAllowed: the link does not allow downloads.
        """
        with self._context.database.reading() as db:
            row = self._open_row(db, token, "share")
            self._check_visitor(row, visitor, is_download=True)
            digest, access_key = self._keys.digest(token), self._access_key(row)
            return self._keys.sign_address(ContentAddress(row.id, digest, access_key, path))

    def resolve_address(self, address: str) -> tuple[str, str, LinkVisitor]:
        """Return the token, the path and the visitor of a text that `make_address` returned.

        Raises:
            LinkNotFound: this world did not return the text, or the link was revoked.
            LinkSpent: the text has expired.
        """
        found = self._keys.read_address(address)
        with self._context.database.reading() as db:
            row = _row(db, "id = ?", found.link_id)
        if row is None or found.digest != self._keys.digest(row.token):
            raise LinkNotFound(address)
        return row.token, found.path, LinkVisitor(access_key=found.access_key)

    def scope(self, token: str, visitor: LinkVisitor = ANYBODY) -> Scope | None:
        """Return the scope of a shared folder for clients with the link; `None` for a file.

        Raises:
            LinkNotFound, LinkAccessDenied: as `look`.
        """
        target = self._target(token, "/", "share", visitor)
        return target.scope if target.path == "/" else None

    # --- rows --------------------------------------------------------------------------------

    def _find(
        self, column: Literal["token", "short_code"], value: str, scope: Scope | None
    ) -> SharedLink:
        with self._context.database.reading() as db:
            row = _row(db, f"{column} = ? AND kind = 'share'", value)
            if row is None:
                raise LinkNotFound(value)
            is_own = scope is not None and scope.account_id == row.account_id
            owner = scope if scope and is_own else Scope(row.account_id, 0)
            base, node_path = ResolvedPath.of(db, owner, ()), _path_to(db, nodes.PathIndex(db), row)
            shown = self._shown(row, base, node_path)
        if shown is None:
            raise LinkNotFound(value)
        return shown

    def _check_owner(self, scope: Scope, token: str) -> None:
        if self.find(token, scope).owner_id != scope.account_id:
            raise NotAllowed

    # --- settings ----------------------------------------------------------------------------

    def _check_settings(self, db: sqlite3.Connection, scope: Scope, settings: LinkSettings) -> None:
        if settings == UNCHANGED:
            return
        plan = PLANS[accounts.load(db, scope.account_id).type]
        settings.check(plan, self._context.clock.now_s())

    def _change(self, db: sqlite3.Connection, row: _Row, settings: LinkSettings) -> _Row:
        """Store changes of settings, which have been checked, and return the changed row."""
        if settings == UNCHANGED:
            return row
        password = row.password
        if settings.password is not None:
            password = hash_password(settings.password, self._context.ids.hexadecimal(16))
        elif settings.requires_password is False:
            password = None
        elif settings.requires_password and password is None:
            raise InvalidLinkSettings
        expiry: tuple[int, bool] = row.expires_s, bool(row.is_limited)
        if settings.expires_s is not None or settings.removes_expiry:
            expiry = self._expiry(settings.expires_s)
        allows_download = settings.allows_download
        changed = row._replace(
            audience=settings.audience or row.audience,
            password=password,
            expires_s=expiry[0],
            is_limited=expiry[1],
            allows_download=row.allows_download if allows_download is None else allows_download,
        )
        db.execute(
            "UPDATE link SET audience = ?, password = ?, expires_s = ?, is_limited = ?,"
            " allows_download = ? WHERE id = ?",
            (changed.audience, password, *expiry, changed.allows_download, row.id),
        )
        return changed

    def _check_visitor(self, row: _Row, visitor: LinkVisitor, *, is_download: bool = False) -> None:
        if is_download and not row.allows_download:
            raise DownloadNotAllowed(row.token)
        if row.audience == "public" and row.password is None:
            return
        if hmac.compare_digest(visitor.access_key.encode(), self._access_key(row).encode()):
            return
        # Until there are teams and shared folders, only the owner is in the other audiences.
        if row.audience != "public" and visitor.account_id != row.account_id:
            raise NotInAudience(row.token)
        if row.password is not None and not is_password(visitor.password or "", row.password):
            raise LinkPasswordRequired(row.token)

    def _access_key(self, row: _Row) -> str:
        return self._keys.access_key(row.token, row.audience, row.password)

    # --- entries -----------------------------------------------------------------------------

    def _open_row(self, db: sqlite3.Connection, token: str, kind: str) -> _Row:
        row = _row(db, "token = ? AND kind = ?", token, kind)
        if row is None:
            raise LinkNotFound(token)
        if self._has_expired(row):
            raise LinkSpent(token) if kind == "media" else LinkNotFound(token)
        return row

    @contextmanager
    def _reading(
        self,
        token: str,
        path: str,
        kind: str,
        visitor: LinkVisitor,
        *,
        is_download: bool = False,
    ) -> Iterator[_Target]:
        """Read the entry of a link in one transaction; an entry that is missing has no link."""
        with self._context.database.reading():
            target = self._target(token, path, kind, visitor, is_download=is_download)
            try:
                yield target
            except (IllegalPath, NotFound) as error:
                raise LinkNotFound(token) from error

    def _target(
        self,
        token: str,
        path: str,
        kind: str,
        visitor: LinkVisitor | None,
        *,
        is_download: bool = False,
    ) -> _Target:
        with self._context.database.reading() as db:
            row = self._open_row(db, token, kind)
            if visitor:
                self._check_visitor(row, visitor, is_download=is_download)
            node_path = _path_to(db, nodes.PathIndex(db), row)
        if node_path.live_node is None:
            raise LinkNotFound(token)
        names = tuple(node.name for node in node_path.chain[1:])
        if node_path.live_node.is_folder:
            return _Target(Scope(row.account_id, 0, names), path, row.seq)
        return _Target(Scope(row.account_id, 0, names[:-1]), names[-1], row.seq)

    def _metadata(self, token: str, target: _Target) -> Entry:
        entry = self._files.metadata(target.scope, target.path)
        if entry.is_deleted:
            raise LinkNotFound(token)
        return entry

    def _row_of(self, db: sqlite3.Connection, node: Node) -> _Row | None:
        row = _row(db, "entry_id = ? AND kind = 'share'", node.id)
        return None if row is None or self._has_expired(row) else row

    def _shown(self, row: _Row, base: ResolvedPath, node_path: NodePath) -> SharedLink | None:
        names = tuple(node.folded for node in node_path.chain[1:])
        if self._has_expired(row) or not node_path.live_node:
            return None
        if names[: base.depth] != base.folded_names:
            return None
        return self._shared_link(row, base.beyond(node_path))

    def _shared_link(self, row: _Row, resolved: ResolvedPath) -> SharedLink:
        entry, node = resolved.entry(), resolved.known()
        key, rlkey = self._keys.url_keys(row.token)
        link = Link(
            row.token, row.short_code, node.name, row.expires_s, bool(node.is_folder), key, rlkey
        )
        return SharedLink(
            link,
            entry,
            row.expires_s if row.is_limited else None,
            row.account_id,
            row.owner_type,
            row.audience,
            row.password is not None,
            bool(row.allows_download),
        )

    def _has_expired(self, row: _Row) -> bool:
        return row.expires_s <= self._context.clock.now_s()

    def _expiry(self, expires_s: int | None) -> tuple[int, bool]:
        """Return when a shared link expires, and whether the owner has set the expiry."""
        if expires_s is not None:
            return expires_s, True
        return max(_EXPIRES_AT_FIRST_S, self._context.clock.now_s() + 365 * DAY_S), False

    def _insert_shared(self, db: sqlite3.Connection, node: Node) -> _Row:
        short_code = self._context.ids.token(8)
        return self._insert(db, "share", node, short_code, self._expiry(None))

    def _insert(
        self,
        db: sqlite3.Connection,
        kind: str,
        node: Node,
        short_code: str | None,
        expiry: tuple[int, bool],
        seq: int | None = None,
    ) -> _Row:
        token = self._context.ids.token(15).lower()
        # An expired link to the same entry is replaced.
        row = db.execute(
            "INSERT OR REPLACE INTO link (token, short_code, kind, account_id, entry_id, expires_s,"
            f" is_limited, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING {_COLUMNS}",
            (token, short_code, kind, node.account_id, node.id, *expiry, seq),
        ).fetchone()
        return _Row._make(row)


def _row(db: sqlite3.Connection, condition: str, *values: str | int) -> _Row | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM link WHERE {condition}", values).fetchone()
    return row and _Row._make(row)


def _path_to(db: sqlite3.Connection, paths: nodes.PathIndex, row: _Row) -> NodePath:
    return paths.path_to(nodes.get(db, row.entry_id))
