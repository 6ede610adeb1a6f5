"""Apps that request access to accounts."""

import hmac
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from fakebox.core.context import WorldContext
from fakebox.core.database import RowCache
from fakebox.core.errors import (
    AlreadyTaken,
    AppDisabled,
    IllegalPath,
    InvalidRedirectUri,
    UnknownApp,
)
from fakebox.core.path_rules import is_legal

Access = Literal["dropbox", "app_folder", "either"]
# Browsers treat a backslash as a slash and drop control characters, so they would read such a URI
# differently.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\\s]")
_WEB_SCHEMES = frozenset({"http", "https"})
_SCRIPT_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_COLUMNS = "id, key, secret, name, access, auto_approve, is_disabled, redirect_uris"


@dataclass(frozen=True, slots=True)
class App:
    """A registered app.

    Attributes:
        id: the number of the app in this world.
        key, secret: the credentials. The secret is left out of `repr`.
        name: the name on pages, and the name of the app's folder in `/Apps`.
        access: `dropbox` (all files of the account), `app_folder` (the app's own folder), or
            `either` (both roots, as the default app has).
        auto_approve: whether the app gets access without a page.
        is_disabled: whether requests of the app are rejected.
        redirect_uris: the URIs that OAuth 2 may redirect to.
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
        """Check the app's secret.

        Raises:
            UnknownApp: the secret is wrong.
        """
        if not hmac.compare_digest(self.secret.encode(), secret.encode()):
            raise UnknownApp(self.key)


def check_redirect_uri(uri: str) -> None:
    """Check that OAuth 2 may redirect a browser to a URI (RFC 6749, section 3.1.2).

    Raises:
        InvalidRedirectUri: the URI has a fragment, is not absolute, or could be read differently by
            a browser.
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
        self._cache: RowCache[str | int, App] = RowCache(context.database)

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
        """Register an app. A key or secret that is not given is random.

        Raises:
            AlreadyTaken: another app has the key.
            IllegalPath: the name cannot be the name of a folder.
            InvalidRedirectUri: OAuth 2 does not allow one of the redirect URIs.
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
        """Return the app with this key.

        Raises:
            UnknownApp: no app has this key.
            AppDisabled: the app is disabled.
        """
        app = self._cache.get(key) or self._read("key", key)
        if app is None:
            raise UnknownApp(key)
        if app.is_disabled:
            raise AppDisabled(key)
        return app

    def get(self, app_id: int) -> App:
        """Return the app with this number, which must exist."""
        app = self._cache.get(app_id) or self._read("id", app_id)
        assert app, "no app has this number"
        return app

    def all(self) -> list[App]:
        """Return every app, in the order of registration."""
        with self._context.database.reading() as db:
            return [_app(row) for row in db.execute(f"SELECT {_COLUMNS} FROM app ORDER BY id")]

    def configure(
        self, key: str, *, auto_approve: bool | None = None, is_disabled: bool | None = None
    ) -> None:
        """Change whether an app is approved without a page or disabled; `None` means no change."""
        with self._context.database.transaction() as db:
            self._cache.clear()
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
                self._cache.store(db, value, app)
            return app


def _app(row: tuple[int, str, str, str, Access, int, int, str]) -> App:
    app_id, key, secret, name, access, auto_approve, is_disabled, redirect_uris = row
    uris = tuple(redirect_uris.split())
    return App(app_id, key, secret, name, access, bool(auto_approve), bool(is_disabled), uris)
