"""Loads a world from its declared form.

The whole form is checked, and the world is made once, before anything is served. Every emulator
then starts as a copy of this world.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from fakebox import config, directory_sync
from fakebox.context import Options
from fakebox.core import defaults
from fakebox.core.errors import DropboxError, FolderExists
from fakebox.core.files import WriteMode
from fakebox.core.oauth2 import RefreshToken
from fakebox.core.scopes import check_scopes
from fakebox.core.settings import Settings
from fakebox.core.tokens import AccessToken
from fakebox.core.world import World
from fakebox.middleware.endpoints import Endpoints
from fakebox.middleware.faults import Fault, InvalidFault, check_endpoint
from fakebox.namespaces import InitialState
from fakebox.world_form.form import (
    DirectoryForm,
    FileForm,
    FolderForm,
    Form,
    KnownNames,
    check_references,
)
from fakebox.world_form.schema import Mistakes, check_values

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from fakebox.core.accounts import Account, Scope
    from fakebox.core.apps import App
    from fakebox.world_form.form import AccountForm, AppForm, TokenForm

Source: TypeAlias = "str | os.PathLike[str] | Mapping[str, object]"

Stored = TypeVar("Stored", DirectoryForm, FolderForm, FileForm)

_REPLACE = WriteMode(overwrite=True, autorename=False)
_BLOCK_BYTES = 1024 * 1024
# Limits of requests do not apply to a declared world.
_NO_LIMIT = 2**62


class WorldError(ValueError):
    """A declared world has mistakes. The message has one line for each of them.

    Attributes:
        mistakes: the lines.
    """

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes: tuple[str, ...] = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class DeclaredWorld:
    """A world that was loaded from its declared form.

    Attributes:
        initial: the state in which emulators start.
        settings: the declared settings by name.
    """

    initial: InitialState = field(default_factory=InitialState)
    settings: Mapping[str, object] = field(default_factory=dict)

    def options(self, **given: object) -> tuple[Settings, Options]:
        """Return the settings and options of an emulator.

        Args:
            given: settings that were given explicitly, which win over declared ones; `None` is one
                that was not given.
        """
        explicit = {name: value for name, value in given.items() if value is not None}
        return config.changed(Settings(), Options(), {**self.settings, **explicit})


def load(
    source: Source, *, endpoints: Endpoints | None = None, seed: int | None = None
) -> DeclaredWorld:
    """Load a declared world.

    Args:
        source: the path of a file, which ends with `.json` or `.toml`, or the form as a mapping.
            Paths in a file are relative to its directory.
        endpoints: the endpoints that faults can have; `None` accepts all.
        seed: the seed of the emulator, which makes identifiers repeatable.

    Raises:
        WorldError: the form has mistakes, or a file cannot be read.
    """
    if isinstance(source, Mapping):
        return _load(source, Path(), "", endpoints, seed)
    try:
        path = Path(source)
    except TypeError:
        kind = type(source).__name__
        raise WorldError([f"world must be a path or a dictionary, not {kind}"]) from None
    return _load(_read_file(path), path.parent, f"{path}: ", endpoints, seed)


def _load(
    value: Mapping[str, object],
    directory: Path,
    prefix: str,
    endpoints: Endpoints | None,
    seed: int | None,
) -> DeclaredWorld:
    mistakes = Mistakes()
    check_values(value, "", mistakes)
    if mistakes.lines:
        # Such values cannot be stored, and not even printed.
        raise WorldError(prefix + line for line in mistakes.lines)
    form = Form(value, mistakes)
    check_references(form, _known_names(), mistakes)
    for name, setting in form.settings.items():
        _check_setting(name, setting, mistakes)
    faults = [_fault(place, values, endpoints, mistakes) for place, values in form.faults.items()]
    world = _Builder(directory, mistakes, seed).build(form)
    if mistakes.lines:
        world.close()
        raise WorldError(prefix + line for line in mistakes.lines)
    credentials = {item.token for item in form.tokens.values()}
    initial = InitialState(
        world.snapshot(),
        tuple(fault for fault in faults if fault),
        defaults.WELL_KNOWN | credentials | {item.key for item in form.apps.values()},
    )
    return DeclaredWorld(initial, dict(form.settings))


# --- files ----------------------------------------------------------------------------------------


def _read_file(path: Path) -> Mapping[str, object]:
    parsers: dict[str, tuple[str, Callable[[str], object]]] = {
        ".json": ("JSON", _parse_json),
        ".toml": ("TOML", tomllib.loads),
    }
    if path.suffix.lower() not in parsers:
        raise WorldError([f"the name of a declared world must end with .json or .toml, not {path}"])
    name, parse = parsers[path.suffix.lower()]
    try:
        text = path.read_bytes().decode("utf-8-sig")
        value = parse(text)
    except OSError as error:
        raise WorldError([f"cannot read {path}: {error.strerror}"]) from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).splitlines())
        raise WorldError([f"{path} is not {name}: {reason}"]) from error
    if not isinstance(value, Mapping):
        kind = type(value).__name__
        raise WorldError([f"{path} must contain an object, not {kind}"])
    return value


def _parse_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_object, parse_constant=_reject_constant)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has the name {repeated!r} twice")
    return made


def _reject_constant(text: str) -> object:
    raise ValueError(f"{text} is not a number of JSON")


# --- faults ---------------------------------------------------------------------------------------


def _fault(
    place: str, values: object, endpoints: Endpoints | None, mistakes: Mistakes
) -> Fault | None:
    try:
        fault = Fault.of(values)
        if endpoints:
            check_endpoint(fault, endpoints)
    except InvalidFault as error:
        mistakes.add(place, error)
        return None
    return fault


def _check_setting(name: str, value: object, mistakes: Mistakes) -> None:
    try:
        config.check(name, value)
    except config.InvalidSetting as error:
        mistakes.add(f"settings.{name}", error)


# --- the world ------------------------------------------------------------------------------------


@cache
def _known_names() -> KnownNames:
    with closing(World()) as world:
        emails = frozenset(account.email.lower() for account in world.accounts.all())
        return KnownNames(emails, frozenset(app.key for app in world.apps.all()))


class _Builder:
    """Makes the world of a form. Items with mistakes are left out.

    Args:
        directory: the directory that paths of this machine are relative to.
        mistakes: receives the mistakes.
        seed: the seed of the emulator.
    """

    def __init__(self, directory: Path, mistakes: Mistakes, seed: int | None) -> None:
        self._directory = directory
        self._mistakes = mistakes
        settings = Settings(upload_limit_bytes=_NO_LIMIT, operation_limit=_NO_LIMIT)
        # The emulator generates the identifiers of its own seed.
        self._world = World(None, settings, None if seed is None else ~seed)
        oauth2 = self._world.oauth2
        self._access_tokens = {each.token: each for each in self._world.tokens.all()}
        self._refresh_tokens = {each.token: each for each in oauth2.refresh_tokens()}
        self._apps: dict[str, App] = {}

    def build(self, form: Form) -> World:
        """Make the world, and add the mistakes that only the world can find."""
        for account in form.accounts.values():
            self._put_account(account)
        for app in form.apps.values():
            self._put_app(app)
        self._apps = {app.key: app for app in self._world.apps.all()}
        for token in form.tokens.values():
            if token.kind == "refresh":
                self._put_refresh_token(token)
            else:
                self._put_access_token(token)
        self._put_files(form)
        # At last, because the files may be larger than the quota.
        for account in form.accounts.values():
            found = self._account(account.email)
            if found and account.quota_bytes is not None:
                self._world.accounts.configure(found.id, quota_bytes=account.quota_bytes)
        return self._world

    def _put_account(self, form: AccountForm) -> None:
        accounts = self._world.accounts
        found = self._account(form.email)
        account = found or accounts.create(form.email, form.password or defaults.PASSWORD)
        accounts.configure(
            account.id,
            password=form.password if found else None,
            given_name=form.given_name,
            surname=form.surname,
            country=form.country,
            locale=form.locale,
            type=form.type,
            quota_bytes=_NO_LIMIT,
            auto_approve=form.auto_approve,
        )
        if form.quota_bytes is None:
            accounts.configure(account.id, quota_bytes=account.quota_bytes)
        if form.password_hash is not None:
            accounts.set_password_hash(account.id, form.password_hash)

    def _put_app(self, form: AppForm) -> None:
        apps = self._world.apps
        if form.key != defaults.APP_KEY:
            apps.create(form.name or form.key, key=form.key, secret=form.secret)
        apps.configure(
            form.key,
            name=form.name,
            secret=form.secret,
            access=form.access,
            auto_approve=form.auto_approve,
            is_disabled=form.is_disabled,
            redirect_uris=form.redirect_uris,
            scopes=form.scopes,
        )

    def _put_refresh_token(self, form: TokenForm) -> None:
        found = self._refresh_tokens.get(form.token)
        owner = self._owner(form, found)
        if owner is None:
            return
        app, account = owner
        made = found or RefreshToken(form.token, app.id, account.id, app.scopes)
        changes = {"needs_secret": form.needs_secret, "is_revoked": form.is_revoked}
        scopes = check_scopes(made.scopes if form.scopes is None else form.scopes)
        made = replace(made, app_id=app.id, account_id=account.id, scopes=scopes)
        self._store_refresh_token(replace(made, **_given(changes)))

    def _store_refresh_token(self, token: RefreshToken) -> None:
        self._refresh_tokens[token.token] = token
        self._world.oauth2.put_refresh_token(token)

    def _put_access_token(self, form: TokenForm) -> None:
        is_oauth1 = form.kind == "oauth1"
        found = self._access_tokens.get(form.token)
        if found and (found.secret is not None) != is_oauth1:
            found = None
        owner = self._owner(form, found)
        if owner is None:
            return
        app, account = owner
        made = found or AccessToken(form.token, form.secret, app.id, account.id, "dropbox")
        old_scopes = found.scopes if found else app.scopes
        scopes = check_scopes(old_scopes if form.scopes is None else form.scopes)
        changes = {
            "secret": form.secret,
            "access": form.access,
            "is_revoked": form.is_revoked,
            "made_from": form.refresh_token or form.oauth1_token,
            "expires_s": self._expires_s(form.expires_in_s),
        }
        made = replace(made, app_id=app.id, account_id=account.id)
        made = replace(made, scopes=() if is_oauth1 else scopes, **_given(changes))
        self._world.tokens.put(made)
        if form.refresh_token and form.refresh_token not in self._refresh_tokens:
            value = form.refresh_token
            self._store_refresh_token(RefreshToken(value, app.id, account.id, scopes))

    def _owner(
        self, form: TokenForm, found: AccessToken | RefreshToken | None
    ) -> tuple[App, Account] | None:
        """The app and the account of a token; `None` if one has a mistake, which was reported."""
        by_default = found.app_id if found else self._apps[defaults.APP_KEY].id
        app = self._apps.get(form.app) if form.app else self._world.apps.get(by_default)
        number = found.account_id if found else self._world.accounts.first().id
        account = self._account(form.account) if form.account else self._world.accounts.get(number)
        return (app, account) if app and account else None

    def _expires_s(self, expires_in_s: int | None) -> int | None:
        return None if expires_in_s is None else self._world.clock.now_s() + expires_in_s

    def _put_files(self, form: Form) -> None:
        for place, directory in form.directories.items():
            self._try(place, directory, self._seed)
        for place, folder in form.folders.items():
            self._try(place, folder, self._make_folder)
        for place, file in form.files.items():
            self._try(place, file, self._upload)

    def _try(self, place: str, form: Stored, put: Callable[[Scope, Stored], None]) -> None:
        account = self._account(form.account)
        if account is None:
            return
        try:
            put(directory_sync.whole(account.id), form)
        except directory_sync.DirectoryError as error:
            self._mistakes.add(place, error)
        except DropboxError as error:
            path = getattr(error, "path", "the file")
            reason = f"{path} cannot be stored: {directory_sync.describe(error)}"
            self._mistakes.add(place, reason)
        except OSError as error:
            self._mistakes.add(place, f"cannot read {error.filename}: {error.strerror}")

    def _seed(self, scope: Scope, form: DirectoryForm) -> None:
        folder = form.path.rstrip("/")
        source = self._directory / form.source
        if not source.is_dir():
            raise directory_sync.DirectoryError(f"{source} is not a directory that can be read")
        if folder:
            self._make_folder(scope, FolderForm(path=folder, account=form.account))
        account = directory_sync.AccountFiles(self._world, scope.account_id)
        directory_sync.seed(account, source, folder)

    def _make_folder(self, scope: Scope, form: FolderForm) -> None:
        try:
            self._world.files.create_folder(scope, form.path, allows_ignored_name=True)
        except FolderExists as error:
            if not error.by_folder:
                raise

    def _upload(self, scope: Scope, form: FileForm) -> None:
        modified_s = None
        if form.client_modified is not None:
            modified_s = int(form.client_modified.timestamp())
        self._world.files.upload(scope, form.path, self._blocks(form), _REPLACE, modified_s)

    def _blocks(self, form: FileForm) -> Iterator[bytes]:
        if form.source is None:
            text = form.text
            yield base64.b64decode(form.base64 or "") if text is None else text.encode()
            return
        path = self._directory / form.source
        # Opening a pipe would wait for a writer.
        if path.exists() and not path.is_file():
            raise directory_sync.DirectoryError(f"{path} is not a file")
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                yield block

    def _account(self, email: str) -> Account | None:
        return self._world.accounts.find_by_email(email)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """The values of fields that are given."""
    return {name: value for name, value in values.items() if value is not None}
