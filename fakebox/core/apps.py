"""The apps that may ask for access to an account."""

import hmac
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from fakebox.core.context import WorldContext
from fakebox.core.errors import (
    AlreadyTaken,
    AppDisabled,
    IllegalPath,
    InvalidRedirectUri,
    UnknownApp,
)
from fakebox.core.path_rules import is_legal
from fakebox.core.row_cache import RowCache

Access = Literal["dropbox", "app_folder", "either"]
# Where a browser would not read the URI as this module does: it takes a backslash for a slash, and
# drops control characters.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\\s]")
_WEB_SCHEMES = frozenset({"http", "https"})
_SCRIPT_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_COLUMNS = "id, key, secret, name, access, auto_approve, is_disabled, redirect_uris"


@dataclass(frozen=True, slots=True)
class App:
    """A registered app.

    Attributes:
        id: the world's number for it.
        key, secret: its credentials; the secret stays out of every text.
        name: what the user is told, and the name of its folder under `/Apps`.
        access: `dropbox` (all of the user's files), `app_folder` (its own folder alone), or
            `either`: the app may use both roots, as the emulator's ready-made app does so that a
            newcomer needn't choose.
        auto_approve: whoever is asked allows it, without a page.
        is_disabled: refused from now on.
        redirect_uris: where OAuth 2 may send the user back to.
    """

    id: int
    key: str
    secret: str
    name: str
    access: Access
    auto_approve: bool
    is_disabled: bool
    redirect_uris: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<App {self.key!r} {self.name!r} {self.access}>"

    def check_secret(self, secret: str) -> None:
        """See that this is the app's secret.

        Raises:
            UnknownApp: it isn't.
        """
        if not hmac.compare_digest(self.secret.encode(), secret.encode()):
            raise UnknownApp(self.key)


def check_redirect_uri(uri: str) -> None:
    """Check that OAuth 2 may send a browser to this URI (RFC 6749, section 3.1.2).

    Raises:
        InvalidRedirectUri: it has a fragment, is not absolute, or is not one that a browser reads
            in only one way.
    """
    if "#" in uri:
        raise InvalidRedirectUri(f"redirect_uri must not have a fragment: {uri!r}")
    if _AMBIGUOUS.search(uri):
        raise InvalidRedirectUri(
            f"redirect_uri must not have spaces, control characters or backslashes: {uri!r}"
        )
    try:
        parts = urlsplit(uri)
        is_complete = bool(parts.scheme) and (parts.scheme not in _WEB_SCHEMES or parts.hostname)
        _ = parts.port
        uri.encode()
    except ValueError as error:
        raise InvalidRedirectUri(f"redirect_uri is not a valid URI: {uri!r}") from error
    if not is_complete or parts.scheme in _SCRIPT_SCHEMES:
        raise InvalidRedirectUri(f"redirect_uri must be an absolute URI of a page or app: {uri!r}")


class Apps:
    """The apps of a world."""

    def __init__(self, context: WorldContext) -> None:
        self._context = context
        self._known: RowCache[str | int, App] = RowCache(context.database)

    def create(
        self,
        name: str,
        *,
        access: Access = "dropbox",
        key: str | None = None,
        secret: str | None = None,
        auto_approve: bool = False,
        redirect_uris: tuple[str, ...] = (),
    ) -> App:
        """Register an app; key and secret are drawn unless given.

        Raises:
            AlreadyTaken: another app has the key.
            IllegalPath: there can be no folder of this name.
            InvalidRedirectUri: a redirect URI is not one that OAuth 2 allows.
        """
        if not is_legal(name):
            raise IllegalPath(name, "app_name")
        for uri in redirect_uris:
            check_redirect_uri(uri)
        key = key or self._context.ids.prefix + self._context.ids.hexadecimal(15)
        with self._context.database.transaction() as db:
            if db.execute("SELECT 1 FROM app WHERE key = ?", (key,)).fetchone():
                raise AlreadyTaken(key)
            db.execute(
                "INSERT INTO app (key, secret, name, access, auto_approve, redirect_uris)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    key,
                    secret or self._context.ids.hexadecimal(15),
                    name,
                    access,
                    auto_approve,
                    "\n".join(redirect_uris),
                ),
            )
            return self.find(key)

    def find(self, key: str) -> App:
        """The app with this key.

        Raises:
            UnknownApp: there is none.
            AppDisabled: it may not be used any more.
        """
        app = self._known.get(key) or self._read("key", key)
        if app is None:
            raise UnknownApp(key)
        if app.is_disabled:
            raise AppDisabled(key)
        return app

    def get(self, app_id: int) -> App:
        """The app with this number, which must be one."""
        app = self._known.get(app_id) or self._read("id", app_id)
        assert app, "every number that is handed on is an app's"
        return app

    def all(self) -> list[App]:
        """Every app, in the order of their making."""
        with self._context.database.reading() as db:
            return [_app(row) for row in db.execute(f"SELECT {_COLUMNS} FROM app ORDER BY id")]

    def configure(
        self, key: str, *, auto_approve: bool | None = None, is_disabled: bool | None = None
    ) -> None:
        """Change how an app is let in; `None` leaves it."""
        with self._context.database.transaction() as db:
            self._known.forget()
            db.execute(
                "UPDATE app SET auto_approve = coalesce(?, auto_approve),"
                " is_disabled = coalesce(?, is_disabled) WHERE key = ?",
                (auto_approve, is_disabled, key),
            )

    def _read(self, column: str, value: str | int) -> App | None:
        with self._context.database.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM app WHERE {column} = ?", (value,)).fetchone()
            app = _app(row) if row else None
            if app:
                self._known.note(db, value, app)
            return app


def _app(row: tuple[int, str, str, str, Access, int, int, str]) -> App:
    app_id, key, secret, name, access, auto_approve, is_disabled, redirect_uris = row
    uris = tuple(redirect_uris.split())
    return App(app_id, key, secret, name, access, bool(auto_approve), bool(is_disabled), uris)
