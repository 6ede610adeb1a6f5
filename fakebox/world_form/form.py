"""The sections of the declared form of a world, and their items."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fakebox.core import defaults
from fakebox.core.accounts import AccountType
from fakebox.core.apps import Access, check_redirect_uri
from fakebox.core.errors import DropboxError
from fakebox.core.path_rules import BASIC_NAMES, compose, fold, is_legal, split, split_below_root
from fakebox.core.scopes import check_scopes
from fakebox.credentials import check_credential, check_lifetime
from fakebox.directory_sync import describe as describe_error
from fakebox.world_form.schema import Mistakes, closest, items, read

TokenType = Literal["oauth1", "bearer", "refresh"]
_Problems = Iterator[tuple[str, str]]

_COUNTRY = re.compile(r"[A-Z]{2}")
_PASSWORD_HASH = re.compile(r"[0-9a-f]+\$[0-9a-f]{64}")
# The sections of the contract that worlds do not have yet.
_UNSUPPORTED = ("teams", "shared_folders", "webhooks")


def _check_email(value: str) -> None:
    if not value or value.split() != [value]:
        raise ValueError(f"must be an e-mail address without spaces, not {value!r}")


def _check_country(value: str) -> None:
    if not _COUNTRY.fullmatch(value):
        raise ValueError(f"must be two capital letters, such as US, not {value!r}")


def _check_hash(value: str) -> None:
    if not _PASSWORD_HASH.fullmatch(value):
        raise ValueError("must be a hash that /_fakebox/world has written")


def _check_quota(value: int) -> None:
    if value < 0:
        raise ValueError(f"must be at least 0, not {value}")


def _check_time(value: datetime) -> None:
    if not 1970 <= value.year < 3000:
        raise ValueError(f"must be from 1970 up to the year 3000, not {value}")


def _check_value(value: str) -> None:
    check_credential("", value)


def _check_scope(value: str) -> None:
    check_scopes([value])


def _check_path(value: str) -> None:
    if not value.startswith("/"):
        raise ValueError(f"must begin with a slash, not {value!r}")
    try:
        split_below_root(value)
    except DropboxError as error:
        raise ValueError(f"{value!r} cannot be stored: {describe_error(error)}") from error


def _check_folder(value: str) -> None:
    if value.strip("/"):
        _check_path(value)


def _check_name(value: str) -> None:
    if not is_legal(compose(value), BASIC_NAMES):
        raise ValueError(f"must be valid as the name of a folder, not {value!r}")


def _check_source(value: str) -> None:
    if not value or "\0" in value:
        raise ValueError(f"must be a path of this machine, not {value!r}")


def _check_base64(value: str) -> None:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"is not base64: {error}") from error


Email = Annotated[str, _check_email]
Value = Annotated[str, _check_value]
Scopes = tuple[Annotated[str, _check_scope], ...]
Path = Annotated[str, _check_path]
Source = Annotated[str, _check_source]


@dataclass(frozen=True, kw_only=True, repr=False)
class AccountForm:
    """An account. If a ready-made account has the e-mail address, only given fields change."""

    email: Email
    password: str | None = None
    password_hash: Annotated[str, _check_hash] | None = None
    given_name: str | None = None
    surname: str | None = None
    country: Annotated[str, _check_country] | None = None
    locale: str | None = None
    type: AccountType | None = None
    quota_bytes: Annotated[int, _check_quota] | None = None
    auto_approve: bool | None = None

    def check(self) -> _Problems:
        """Yield the mistakes of several fields together."""
        if self.password is not None and self.password_hash is not None:
            yield "password_hash", "excludes password; give one of them"


@dataclass(frozen=True, kw_only=True, repr=False)
class AppForm:
    """An app. If the ready-made app has the key, only given fields change."""

    key: Value
    secret: Value | None = None
    name: Annotated[str, _check_name] | None = None
    access: Access | None = None
    auto_approve: bool | None = None
    is_disabled: bool | None = None
    redirect_uris: tuple[Annotated[str, check_redirect_uri], ...] | None = None
    scopes: Scopes | None = None

    def check(self) -> _Problems:
        """Yield the mistakes of several fields together."""
        if self.name is None and not is_legal(compose(self.key), BASIC_NAMES):
            yield "name", "is missing, and the key cannot be the name of a folder"


@dataclass(frozen=True, kw_only=True, repr=False)
class TokenForm:
    """An access token or a refresh token. A ready-made token with the value is changed."""

    token: Value
    type: TokenType | None = None
    secret: Value | None = None
    app: str | None = None
    account: Email | None = None
    access: Access | None = None
    scopes: Scopes | None = None
    expires_in_s: Annotated[int, check_lifetime] | None = None
    is_revoked: bool | None = None
    refresh_token: Value | None = None
    oauth1_token: Value | None = None
    needs_secret: bool | None = None

    @property
    def kind(self) -> TokenType:
        """The type: by default that of a ready-made token with the value, or else `bearer`."""
        by_default = _READY_MADE.get(self.token, "bearer")
        return self.type or ("oauth1" if self.secret is not None else by_default)

    def check(self) -> _Problems:
        """Yield the fields that the type of token does not have."""
        for name, kinds in _FIELDS_OF_TYPES.items():
            if getattr(self, name) is not None and self.kind not in kinds:
                yield name, f"is not a field of a token of type {self.kind}"
        if self.kind == "oauth1" != _READY_MADE.get(self.token) and self.secret is None:
            yield "secret", "is missing; a token of type oauth1 needs one"
        if self.refresh_token is not None and self.oauth1_token is not None:
            yield "oauth1_token", "excludes refresh_token; give one of them"


# The ready-made tokens that are no bearer tokens.
_READY_MADE: Mapping[str, TokenType] = {
    defaults.TOKEN: "oauth1",
    defaults.SANDBOX_TOKEN: "oauth1",
    defaults.OTHER_TOKEN: "oauth1",
    defaults.REFRESH_TOKEN: "refresh",
}
_FIELDS_OF_TYPES: Mapping[str, tuple[TokenType, ...]] = {
    "secret": ("oauth1",),
    "access": ("oauth1", "bearer"),
    "scopes": ("bearer", "refresh"),
    "expires_in_s": ("bearer",),
    "refresh_token": ("bearer",),
    "oauth1_token": ("bearer",),
    "needs_secret": ("refresh",),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class FileForm:
    """A file, with its content as text, in base64, or in a file of this machine."""

    path: Path
    account: Email = defaults.USER.email
    text: str | None = None
    base64: Annotated[str, _check_base64] | None = None
    source: Source | None = None
    client_modified: Annotated[datetime, _check_time] | None = None

    def check(self) -> _Problems:
        """Yield a mistake unless there is exactly one content."""
        given = [name for name in ("text", "base64", "source") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            yield "path", f"a file must have one of text, base64 and source; it has {found}"


@dataclass(frozen=True, kw_only=True, repr=False)
class FolderForm:
    """An empty folder."""

    path: Path
    account: Email = defaults.USER.email


@dataclass(frozen=True, kw_only=True, repr=False)
class DirectoryForm:
    """A directory of this machine, which is copied into a folder."""

    source: Source
    path: Annotated[str, _check_folder] = "/"
    account: Email = defaults.USER.email


_SECTIONS: dict[str, type[Any]] = {
    "accounts": AccountForm,
    "apps": AppForm,
    "tokens": TokenForm,
    "directories": DirectoryForm,
    "folders": FolderForm,
    "files": FileForm,
}
_REFERENCES = ("account", "app", "oauth1_token")
# These sections are read by the modules that have faults and settings.
_OTHERS = ("faults", "settings")


class Form:
    """A form that was read. Items with mistakes are left out.

    Args:
        value: the form as decoded JSON or TOML.
        mistakes: receives the mistakes.

    Attributes:
        accounts, apps, tokens, directories, folders, files: the items by their location.
        faults: the values of faults by their location.
        settings: the values of settings by their name.
        raw: the form as it was given.
    """

    def __init__(self, value: Mapping[str, object], mistakes: Mistakes) -> None:
        self.raw = value
        _check_sections(value, mistakes)
        self.accounts: dict[str, AccountForm] = self._items("accounts", mistakes)
        self.apps: dict[str, AppForm] = self._items("apps", mistakes)
        self.tokens: dict[str, TokenForm] = self._items("tokens", mistakes)
        self.directories: dict[str, DirectoryForm] = self._items("directories", mistakes)
        self.folders: dict[str, FolderForm] = self._items("folders", mistakes)
        self.files: dict[str, FileForm] = self._items("files", mistakes)
        self.faults: dict[str, object] = dict(items(value.get("faults", []), "faults", mistakes))
        settings = value.get("settings", {})
        self.settings: Mapping[str, object] = settings if isinstance(settings, Mapping) else {}
        if settings is not self.settings:
            mistakes.add("settings", "must be of type object")

    def declared(self, section: str, name: str) -> set[str]:
        """Return the values of a field in all items of a section, also of those with mistakes."""
        values = (item.get(name) for _, item in self._objects(section))
        return {value for value in values if isinstance(value, str)}

    def references(self) -> Iterator[tuple[str, str, str]]:
        """Iterate over the fields that refer to other items: their location, name and value."""
        for section in _SECTIONS:
            for place, item in self._objects(section):
                for name in _REFERENCES:
                    if isinstance(item.get(name), str):
                        yield place, name, item[name]

    def _objects(self, section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        found = self.raw.get(section, [])
        for index, item in enumerate(found if isinstance(found, (list, tuple)) else []):
            if isinstance(item, Mapping):
                yield f"{section}[{index}]", item

    def _items(self, section: str, mistakes: Mistakes) -> dict[str, Any]:
        found = items(self.raw.get(section, []), section, mistakes)
        forms = {place: read(_SECTIONS[section], item, place, mistakes) for place, item in found}
        return {place: form for place, form in forms.items() if form is not None}


def _check_sections(value: Mapping[str, object], mistakes: Mistakes) -> None:
    known: Mapping[str, object] = dict.fromkeys((*_SECTIONS, *_OTHERS))
    for name in value:
        if name in _UNSUPPORTED:
            mistakes.add(name, "this version of fakebox cannot declare them")
        elif name not in known:
            nearest = closest(name, known)
            hint = f"did you mean {nearest!r}?" if nearest else f"accepted: {', '.join(known)}"
            mistakes.add("", f"unknown section {name!r}; {hint}")


def check_references(form: Form, world: KnownNames, mistakes: Mistakes) -> None:
    """Report accounts and apps that do not exist, and remove items that are declared twice.

    Args:
        form: the form.
        world: the names that every new world has.
        mistakes: receives the mistakes.
    """
    emails = {email.lower() for email in form.declared("accounts", "email")} | world.emails
    keys = form.declared("apps", "key") | world.keys
    tokens = form.declared("tokens", "token") | _READY_MADE.keys()
    for place, field, value in form.references():
        if field == "account" and value.lower() not in emails:
            mistakes.add(f"{place}.account", f"there is no account {value!r}")
        if field == "app" and value not in keys:
            mistakes.add(f"{place}.app", f"there is no app {value!r}")
        if field == "oauth1_token" and value not in tokens:
            mistakes.add(f"{place}.oauth1_token", "there is no token of type oauth1 with it")
    for section, name, key_of in _KEYS:
        _check_unique(getattr(form, section), name, key_of, mistakes)


@dataclass(frozen=True)
class KnownNames:
    """The names that a form may refer to without declaring them.

    Attributes:
        emails: the e-mail addresses of accounts, in lower case.
        keys: the keys of apps.
    """

    emails: frozenset[str]
    keys: frozenset[str]


_KEYS: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
    ("accounts", "email", lambda item: item.email.lower()),
    ("apps", "key", lambda item: item.key),
    ("tokens", "token", lambda item: item.token),
    ("files", "path", lambda item: (item.account.lower(), tuple(map(fold, split(item.path))))),
)


def _check_unique(
    section: dict[str, Any], name: str, key_of: Callable[[Any], object], mistakes: Mistakes
) -> None:
    first: dict[object, str] = {}
    for place, item in list(section.items()):
        other = first.setdefault(key_of(item), place)
        if other != place:
            mistakes.add(f"{place}.{name}", f"is the same as that of {other}")
            del section[place]
