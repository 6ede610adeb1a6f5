"""Apps that request access to accounts."""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from fakebox.core.arguments import check_flag, check_text
from fakebox.core.context import WorldContext
from fakebox.core.database import RowCache
from fakebox.core.errors import (
    AlreadyTaken,
    AppDisabled,
    IllegalPath,
    InvalidRedirectUri,
    UnknownApp,
)
from fakebox.core.path_rules import BASIC_NAMES, compose, is_legal
from fakebox.core.scopes import USER_SCOPES, check_scopes

Access = Literal["dropbox", "app_folder", "either"]
# Browsers treat a backslash as a slash and drop control characters, so they would read such a URI
# differently.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\\s]")
_WEB_SCHEMES = frozenset({"http", "https"})
_SCRIPT_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_COLUMNS = "id, key, secret, name, access, auto_approve, is_disabled, redirect_uris, scopes"


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
        scopes: the scopes that tokens of the app may have.
        scope_set: the same as a set.
    """

    id: int
    key: str
    secret: str
    name: str
    access: Access
    auto_approve: bool
    is_disabled: bool
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    scope_set: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Every request looks up a scope.
        object.__setattr__(self, "scope_set", frozenset(self.scopes))

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
        redirect_uris: Iterable[str] = (),
        scopes: Iterable[str] = USER_SCOPES,
    ) -> App:
        """Register an app. A key or secret that is not given is random.

        Raises:
            AlreadyTaken: another app has the key.
            IllegalPath: the name cannot be the name of a folder.
            InvalidRedirectUri: OAuth 2 does not allow one of the redirect URIs.
            InvalidScope: a scope is unknown.
            ValueError: `name` is not a string, or `auto_approve` not True or False.
        """
        check_text("name", name)
        check_flag("auto_approve", auto_approve)
        name = _folder_name(name)
        uris, granted = _joined(redirect_uris), " ".join(check_scopes(scopes))
        key = key or self._context.ids.prefix + self._context.ids.hexadecimal(15)
        with self._context.database.transaction() as db:
            if db.execute("SELECT 1 FROM app WHERE key = ?", (key,)).fetchone():
                raise AlreadyTaken(key)
            db.execute(
                "INSERT INTO app (key, secret, name, access, auto_approve, redirect_uris, scopes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    secret or self._context.ids.hexadecimal(15),
                    name,
                    access,
                    auto_approve,
                    uris,
                    granted,
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
        return _enabled(app)

    def get_enabled(self, app_id: int) -> App:
        """Return the app with this number, which must exist.

        Raises:
            AppDisabled: the app is disabled.
        """
        return _enabled(self.get(app_id))

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
        self,
        key: str,
        *,
        name: str | None = None,
        secret: str | None = None,
        access: Access | None = None,
        auto_approve: bool | None = None,
        is_disabled: bool | None = None,
        redirect_uris: Iterable[str] | None = None,
        scopes: Iterable[str] | None = None,
    ) -> None:
        """Change an app. Arguments that are `None` change nothing.

        Raises:
            IllegalPath, InvalidRedirectUri, InvalidScope: as for `create`.
        """
        name = None if name is None else _folder_name(name)
        changes = {
            "name": name,
            "secret": secret,
            "access": access,
            "auto_approve": auto_approve,
            "is_disabled": is_disabled,
            "redirect_uris": None if redirect_uris is None else _joined(redirect_uris),
            "scopes": None if scopes is None else " ".join(check_scopes(scopes)),
        }
        assignments = ", ".join(f"{column} = coalesce(?, {column})" for column in changes)
        with self._context.database.transaction() as db:
            self._cache.clear()
            db.execute(f"UPDATE app SET {assignments} WHERE key = ?", (*changes.values(), key))

    def _read(self, column: str, value: str | int) -> App | None:
        with self._context.database.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM app WHERE {column} = ?", (value,)).fetchone()
            app = _app(row) if row else None
            if app:
                self._cache.store(db, value, app)
            return app


def _enabled(app: App) -> App:
    if app.is_disabled:
        raise AppDisabled(app.key)
    return app


def _joined(redirect_uris: Iterable[str]) -> str:
    if isinstance(redirect_uris, str) or not isinstance(redirect_uris, Iterable):
        raise InvalidRedirectUri(f"redirect_uris must be a list of strings, not {redirect_uris!r}")
    uris = tuple(redirect_uris)
    if not all(isinstance(uri, str) for uri in uris):
        raise InvalidRedirectUri(f"redirect_uris must be a list of strings, not {redirect_uris!r}")
    uris = tuple(dict.fromkeys(uris))
    for uri in uris:
        check_redirect_uri(uri)
    return "\n".join(uris)


def _folder_name(name: str) -> str:
    """Return the name of an app as that of its folder, which every caller can use."""
    composed = compose(name)
    if not is_legal(composed, BASIC_NAMES):
        raise IllegalPath(name, "app_name")
    return composed


def _app(row: tuple[int, str, str, str, Access, int, int, str, str]) -> App:
    app_id, key, secret, name, access, auto_approve, is_disabled, redirect_uris, scopes = row
    flags = (bool(auto_approve), bool(is_disabled))
    lists = (tuple(redirect_uris.split()), tuple(scopes.split()))
    return App(app_id, key, secret, name, access, *flags, *lists)
