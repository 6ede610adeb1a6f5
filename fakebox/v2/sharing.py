"""Shared links. Source: the wire reference of version 2, sharing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from flask import Blueprint

from fakebox.core.errors import (
    InvalidLinkSettings,
    LinkAccessDenied,
    LinkNotFound,
    LinkSettingNotAllowed,
    NotAFile,
    NotAllowed,
    PathError,
)
from fakebox.core.link_settings import LinkSettings, LinkVisitor
from fakebox.core.plans import PLANS, LinkAudience
from fakebox.http.file_response import send
from fakebox.http.urls import keyed_page_of, parse, short_page_of
from fakebox.media.file_types import file_type_of
from fakebox.v2 import responses
from fakebox.v2.paths import PathOrId, ReadPath, check_slashes, place
from fakebox.v2.request import decode_cursor, encode_cursor
from fakebox.v2.responses import file_id
from fakebox.v2.route_styles import download, rpc
from fakebox.v2.schema import Secret, Struct, Text, Timestamp
from fakebox.v2.tagged_errors import ErrorTable, MalformedPath, lookups, tagged_error, translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from fakebox.core.accounts import Scope
    from fakebox.core.entry import Entry
    from fakebox.core.shared_links import SharedLink
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("sharing", __name__)

_PAGE = 200
_MANY = 1_000
_FAMILY = "list_shared_links"
_NOT_MINE: ErrorTable = {
    LinkNotFound: ("shared_link_not_found",),
    LinkAccessDenied: ("shared_link_access_denied",),
    NotAllowed: ("shared_link_access_denied",),
    MalformedPath: ("shared_link_not_found",),
}
_SETTINGS: ErrorTable = {
    LinkSettingNotAllowed: ("settings_error", "not_authorized"),
    InvalidLinkSettings: ("settings_error", "invalid_settings"),
}
# The audience of a link with a deprecated visibility.
_AUDIENCES: dict[str, LinkAudience] = {
    "public": "public",
    "password": "public",
    "team_only": "team",
    "team": "team",
    "no_one": "no_one",
    "members": "members",
}
_POLICIES = ("public", "team_only", "password")
_FILE_FIELDS = ("client_modified", "server_modified", "rev", "size")

# A path below the folder of a link.
LinkPath: TypeAlias = Annotated[str, Text(r"/(.|[\r\n])*")]
RequestedAudience: TypeAlias = Literal[
    "public", "public_logged_in_only", "team", "no_one", "password", "members"
]
RequestedVisibility: TypeAlias = Literal["public", "team_only", "password"]
RequestedLinkAccessLevel: TypeAlias = Literal["viewer", "editor", "max", "default"]


class SharedLinkSettings(Struct):
    """Settings of a link. A null value is the same as a missing value."""

    require_password: bool | None = None
    link_password: Secret | None = None
    expires: Timestamp | None = None
    audience: RequestedAudience | None = None
    access: RequestedLinkAccessLevel | None = None
    requested_visibility: RequestedVisibility | None = None
    allow_download: bool | None = None


class CreateSharedLinkWithSettingsArg(Struct):
    """Argument of sharing/create_shared_link_with_settings."""

    path: ReadPath
    settings: SharedLinkSettings | None = None


class CreateSharedLinkArg(Struct):
    """Argument of sharing/create_shared_link."""

    path: PathOrId
    short_url: bool = False
    pending_upload: Literal["file", "folder"] | None = None


class GetSharedLinksArg(Struct):
    """Argument of sharing/get_shared_links."""

    path: str | None = None


class ListSharedLinksArg(Struct):
    """Argument of sharing/list_shared_links."""

    path: ReadPath | None = None
    cursor: str | None = None
    direct_only: bool | None = None


@dataclass(frozen=True, slots=True)
class SharedLinksCursor:
    """A position in the list of all links.

    Attributes:
        after: the core's key of the last link that was returned; 0 for the first page.
    """

    after: int


class GetSharedLinkMetadataArg(Struct):
    """Argument of sharing/get_shared_link_metadata and sharing/get_shared_link_file."""

    url: str
    path: LinkPath | None = None
    link_password: Secret | None = None


class ModifySharedLinkSettingsArg(Struct):
    """Argument of sharing/modify_shared_link_settings."""

    url: str
    settings: SharedLinkSettings
    remove_expiration: bool = False


class RevokeSharedLinkArg(Struct):
    """Argument of sharing/revoke_shared_link."""

    url: str


@rpc(
    blueprint,
    "sharing/create_shared_link_with_settings",
    CreateSharedLinkWithSettingsArg,
)
def create_shared_link(request: V2Request, arg: CreateSharedLinkWithSettingsArg) -> JSONObject:
    """Create a link. A file or folder has one link at most."""
    settings = _link_settings(arg.settings)
    with translated(_SETTINGS), lookups("path"):
        path = place(request, arg.path)
        link, is_new = request.world.shared_links.create(request.scope, path, settings)
    shown = _shown(request, link)
    if not is_new:
        raise tagged_error("shared_link_already_exists", "metadata", metadata=shown)
    return shown


@rpc(blueprint, "sharing/create_shared_link", CreateSharedLinkArg)
def find_or_create_shared_link(request: V2Request, arg: CreateSharedLinkArg) -> JSONObject:
    """Return the link of a file or folder, and create it if there is none."""
    with lookups("path"):
        path = place(request, arg.path)
        link, _ = request.world.shared_links.create(request.scope, path)
    url_of = short_page_of if arg.short_url else keyed_page_of
    return _briefly(link, url_of(request.origin, link.link))


@rpc(blueprint, "sharing/get_shared_links", GetSharedLinksArg)
def get_shared_links(request: V2Request, arg: GetSharedLinksArg) -> JSONObject:
    """Return the caller's links as sharing/list_shared_links does, but in one page."""
    try:
        where = place(request, arg.path) if arg.path else None
        links = _links(request, where)
    except (PathError, MalformedPath) as error:
        raise tagged_error("path") from error
    shown = ((one, keyed_page_of(request.origin, one.link)) for one in links)
    return {"links": [{".tag": "path", **_briefly(one, url)} for one, url in shown]}


@rpc(blueprint, "sharing/list_shared_links", ListSharedLinksArg)
def list_shared_links(request: V2Request, arg: ListSharedLinksArg) -> JSONObject:
    """Return the caller's links: all of them, or the links to a path and its parent folders."""
    if arg.path and not arg.cursor:
        with lookups("path"):
            where = place(request, arg.path)
            links = request.world.shared_links.list_for_path(
                request.scope, where, direct_only=bool(arg.direct_only)
            )
        return _page(request, links, None)
    cursor = SharedLinksCursor(0)
    if arg.cursor:
        cursor = decode_cursor(request.world, _FAMILY, SharedLinksCursor, arg.cursor)
    page = request.world.shared_links.list_page(request.scope, after=cursor.after, limit=_PAGE)
    return _page(request, page.links, page.after)


@rpc(blueprint, "sharing/get_shared_link_metadata", GetSharedLinkMetadataArg)
def get_shared_link_metadata(request: V2Request, arg: GetSharedLinkMetadataArg) -> JSONObject:
    """Return the metadata of the file or folder of any link."""
    visitor = _visitor(request, arg.link_password)
    with translated(_NOT_MINE):
        path = check_slashes(arg.path or "")
        link = request.world.shared_links.find(_token(request, arg.url), _own_scope(request))
        entry = request.world.shared_links.metadata(link.link.token, path or "/", visitor)
    return _shown(request, link, None if _is_entry_of(link, entry) else entry)


@download(blueprint, "sharing/get_shared_link_file", GetSharedLinkMetadataArg)
def get_shared_link_file(
    request: V2Request, arg: GetSharedLinkMetadataArg
) -> tuple[Response, JSONObject]:
    """Return the content of a file of any link."""
    with translated({**_NOT_MINE, NotAFile: ("shared_link_is_directory",)}):
        token = _token(request, arg.url)
        link = request.world.shared_links.find(token, _own_scope(request))
        path = check_slashes(arg.path or "") or "/"
        visitor = _visitor(request, arg.link_password)
        entry, file = request.world.shared_links.open(token, path, visitor=visitor)
    media_type = file_type_of(entry.name).mime_type
    response = send(
        request.environ, file, entry.size_bytes, entry.timestamp_rev, media_type, has_weak_etag=True
    )
    return response, _shown(request, link, None if _is_entry_of(link, entry) else entry)


@rpc(blueprint, "sharing/modify_shared_link_settings", ModifySharedLinkSettingsArg)
def modify_shared_link(request: V2Request, arg: ModifySharedLinkSettingsArg) -> JSONObject:
    """Change the settings of a link."""
    settings = _link_settings(arg.settings, removes_expiry=arg.remove_expiration)
    with translated({**_NOT_MINE, **_SETTINGS}):
        token = _token(request, arg.url)
        link = request.world.shared_links.configure(request.scope, token, settings)
    return _shown(request, link)


@rpc(blueprint, "sharing/revoke_shared_link", RevokeSharedLinkArg)
def revoke_shared_link(request: V2Request, arg: RevokeSharedLinkArg) -> None:
    """Revoke a link."""
    if parse(arg.url) is None:
        raise tagged_error("shared_link_malformed")
    with translated(_NOT_MINE):
        request.world.shared_links.revoke(request.scope, _token(request, arg.url))


def _links(request: V2Request, path: str | None) -> Sequence[SharedLink]:
    if path:
        return request.world.shared_links.list_for_path(request.scope, path)
    return request.world.shared_links.list_page(request.scope, limit=_MANY).links


def _page(request: V2Request, links: Sequence[SharedLink], after: int | None) -> JSONObject:
    payload: JSONObject = {"links": [_shown(request, one) for one in links]}
    if after is None:
        return {**payload, "has_more": False}
    cursor = encode_cursor(request.world, _FAMILY, SharedLinksCursor(after))
    return {**payload, "has_more": True, "cursor": cursor}


def _token(request: V2Request, url: str) -> str:
    link = parse(url)
    if link is None:
        raise LinkNotFound(url)
    kind, token = request.world.shared_links.resolve(*link)
    if kind != "share":
        raise LinkNotFound(url)
    return token


def _own_scope(request: V2Request) -> Scope | None:
    return None if request.has_app_credentials else request.scope


def _visitor(request: V2Request, password: str | None) -> LinkVisitor:
    return LinkVisitor(request.account_id, password)


def _is_entry_of(link: SharedLink, entry: Entry) -> bool:
    """Return whether an entry is the file or folder of a link, not one below it."""
    return entry.is_root or not link.entry.is_folder


def _link_settings(
    settings: SharedLinkSettings | None, *, removes_expiry: bool = False
) -> LinkSettings:
    """Return settings in the form of the core.

    Raises:
        TaggedError: no type of account has the settings.
    """
    if settings is None:
        return LinkSettings(removes_expiry=removes_expiry)
    if settings.access == "editor" or settings.audience == "public_logged_in_only":
        raise tagged_error("settings_error", "not_authorized")
    # The visibility is deprecated, so the audience has precedence.
    requested = settings.audience or settings.requested_visibility
    return LinkSettings(
        audience=_AUDIENCES[requested] if requested else None,
        requires_password=_requires_password(settings),
        password=settings.link_password,
        expires_s=settings.expires,
        removes_expiry=removes_expiry,
        allows_download=settings.allow_download,
    )


def _requires_password(settings: SharedLinkSettings) -> bool | None:
    """Return whether settings turn the password on or off; `None` if they do neither."""
    if settings.require_password is not None:
        return settings.require_password
    if "password" in (settings.audience, settings.requested_visibility):
        return True
    if settings.link_password is not None:
        return True
    return False if settings.requested_visibility else None


def _shown(request: V2Request, link: SharedLink, inner: Entry | None = None) -> JSONObject:
    """Return the metadata of a link, with the fields in the order of recorded responses.

    Args:
        request: the request.
        link: the link.
        inner: the file or folder below the folder of the link; `None` for that of the link.
    """
    entry = inner or link.entry
    metadata = responses.tagged(entry)
    payload: JSONObject = {
        ".tag": metadata[".tag"],
        "url": keyed_page_of(request.origin, link.link),
    }
    is_own = _is_own(request, link)
    if is_own:
        payload["id"] = file_id(entry.namespace_id, entry.file_id)
    payload |= {"name": entry.name, **_end(link)}
    if is_own:
        below = inner.path if inner else ""
        payload["path_lower"] = responses.lower(f"{link.entry.path}{below}")
    payload["link_permissions"] = _permissions(request, link)
    if not entry.is_folder:
        payload["preview_type"] = file_type_of(entry.name).preview_type
        payload |= {name: metadata[name] for name in _FILE_FIELDS}
    return payload


def _briefly(link: SharedLink, url: str) -> JSONObject:
    payload: JSONObject = {
        "url": url,
        "visibility": {".tag": link.visibility},
        "path": link.entry.path,
    }
    return payload | _end(link)


def _end(link: SharedLink) -> JSONObject:
    return {} if link.expires_s is None else {"expires": responses.date(link.expires_s)}


def _is_own(request: V2Request, link: SharedLink) -> bool:
    scope = _own_scope(request)
    return scope is not None and link.owner_id == scope.account_id


def _permissions(request: V2Request, link: SharedLink) -> JSONObject:
    """Return the permissions of a link: the recorded fields, then those that came later."""
    is_own, plan = _is_own(request, link), PLANS[link.owner_type]
    payload: JSONObject = {"resolved_visibility": {".tag": link.visibility}}
    if is_own and link.visibility in _POLICIES:
        payload["requested_visibility"] = {".tag": link.visibility}
    payload["can_revoke"] = is_own
    if not is_own:
        payload["revoke_failure_reason"] = {".tag": "owner_only"}
    return payload | {
        "visibility_policies": [_policy(link, name, is_own=is_own) for name in _POLICIES],
        "can_set_expiry": is_own and plan.link_expiry,
        "can_remove_expiry": is_own,
        "allow_download": link.allows_download,
        "can_allow_download": is_own,
        "can_disallow_download": is_own and plan.link_without_download,
        "allow_comments": True,
        "team_restricts_comments": False,
        "effective_audience": {".tag": link.audience},
        "link_access_level": {".tag": "viewer"},
        "can_set_password": is_own and plan.link_password,
        "can_remove_password": is_own,
        "require_password": link.has_password,
    }


def _policy(link: SharedLink, visibility: str, *, is_own: bool) -> JSONObject:
    """Return whether the caller may set a visibility, and the reason if it may not."""
    plan = PLANS[link.owner_type]
    reason = None
    if not is_own:
        reason = "permission_denied"
    elif _AUDIENCES[visibility] not in plan.link_audiences:
        reason = "user_not_on_team"
    elif visibility == "password" and not plan.link_password:
        reason = "user_account_type"
    policy: JSONObject = {
        "policy": {".tag": visibility},
        "resolved_policy": {".tag": visibility},
        "allowed": reason is None,
    }
    return {**policy, "disallowed_reason": {".tag": reason}} if reason else policy
