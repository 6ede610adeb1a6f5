"""sharing/*: lasting links. Source: the wire reference of version 2, sharing.

Links are public, for viewers who may download, and may end at a time. The account's plan allows
nothing else, which is told as the service tells it: `settings_error/not_authorized`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox.core.errors import LinkNotFound, NotAFile, NotAllowed, PathError
from fakebox.http.file_response import send
from fakebox.http.urls import page_of, parse, short_page_of
from fakebox.media.file_types import file_type_of
from fakebox.v2 import responses
from fakebox.v2.cursors import decode, encode
from fakebox.v2.ids import file_id
from fakebox.v2.paths import path_below_root, place
from fakebox.v2.route_styles import download, rpc
from fakebox.v2.schema import Field, anything, boolean, optional, struct, text, timestamp, union
from fakebox.v2.tagged_errors import Failure, MalformedPath, failure, lookups, translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from fakebox.core.entry import Entry
    from fakebox.core.shared_links import SharedLink
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("sharing", __name__)

_PAGE = 200
_MANY = 1_000
_FAMILY = "list_shared_links"
_AUDIENCES = ("public", "public_logged_in_only", "team", "no_one", "password", "members")
_VISIBILITIES = ("public", "team_only", "password")
_LEVELS = ("viewer", "editor", "max", "default")
_SETTINGS = struct(
    {
        "require_password": optional(boolean),
        "link_password": optional(text()),
        "expires": optional(timestamp),
        "audience": optional(union(dict.fromkeys(_AUDIENCES))),
        "access": optional(union(dict.fromkeys(_LEVELS))),
        "requested_visibility": optional(union(dict.fromkeys(_VISIBILITIES))),
        "allow_download": optional(boolean),
    }
)
_LINK = struct({"url": text(), "path": optional(text()), "link_password": optional(anything)})
_NOT_MINE: dict[type[Exception], tuple[str, ...]] = {
    LinkNotFound: ("shared_link_not_found",),
    NotAllowed: ("shared_link_access_denied",),
}


@rpc(
    blueprint,
    "sharing/create_shared_link_with_settings",
    struct({"path": path_below_root, "settings": optional(_SETTINGS)}),
)
def create_shared_link(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """A link that others can open; there is one for each file or folder."""
    expires_s = _expiry(request, argument["settings"])
    with lookups("path"):
        path = place(request, argument["path"])
        link, is_new = request.world.shared_links.create(request.scope, path, expires_s)
    shown = _shown(request, link)
    if not is_new:
        tag = "shared_link_already_exists"
        payload = {".tag": "metadata", "metadata": shown}
        raise Failure(f"{tag}/metadata", {".tag": tag, tag: payload})
    return shown


@rpc(
    blueprint,
    "sharing/create_shared_link",
    struct(
        {
            "path": path_below_root,
            "short_url": Field(boolean, False),
            "pending_upload": optional(union({"file": None, "folder": None})),
        }
    ),
)
def find_or_create_shared_link(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """A link that others can open: the one that there is already, if there is one."""
    with lookups("path"):
        path = place(request, argument["path"])
        link, _ = request.world.shared_links.create(request.scope, path)
    url_of = short_page_of if argument["short_url"] else page_of
    return _briefly(link, url_of(request.origin, link.link))


@rpc(blueprint, "sharing/get_shared_links", struct({"path": optional(text())}))
def get_shared_links(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """The caller's links, as list_shared_links finds them; at once, and few of them."""
    try:
        where = place(request, argument["path"]) if argument["path"] else None
        links = _links(request, where)
    except (PathError, MalformedPath) as error:
        raise failure("path") from error
    shown = ((one, page_of(request.origin, one.link)) for one in links)
    return {"links": [{".tag": "path", **_briefly(one, url)} for one, url in shown]}


@rpc(
    blueprint,
    "sharing/list_shared_links",
    struct(
        {
            "path": optional(path_below_root),
            "cursor": optional(text()),
            "direct_only": optional(boolean),
        }
    ),
)
def list_shared_links(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """The caller's links: all of them, or those through which a path can be seen."""
    if argument["path"] and not argument["cursor"]:
        with lookups("path"):
            where = place(request, argument["path"])
            links = request.world.shared_links.list_for_path(
                request.scope, where, direct_only=bool(argument["direct_only"])
            )
        return _page(request, links, None)
    after = 0
    if argument["cursor"]:
        (after,) = decode(request.world, _FAMILY, argument["cursor"])
    page = request.world.shared_links.list_page(request.scope, after=after, limit=_PAGE)
    return _page(request, page.links, page.after)


@rpc(blueprint, "sharing/get_shared_link_metadata", _LINK, auth="either")
def get_shared_link_metadata(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """What a link shows, whoever's it is."""
    with translated(_NOT_MINE):
        link = request.world.shared_links.find(
            _token(request, argument["url"]), _own_scope(request)
        )
        below = argument["path"] or "/"
        inner = request.world.shared_links.metadata(link.link.token, below)
    return _shown(request, link, None if inner.is_root else inner)


@download(blueprint, "sharing/get_shared_link_file", _LINK, auth="either")
def get_shared_link_file(request: V2Request, argument: dict[str, Any]) -> tuple[Response, Any]:
    """The bytes of a file that a link shows."""
    with translated({**_NOT_MINE, NotAFile: ("shared_link_is_directory",)}):
        token = _token(request, argument["url"])
        link = request.world.shared_links.find(token, _own_scope(request))
        entry, file = request.world.shared_links.open(token, argument["path"] or "/")
    response = send(
        request.environ, file, entry.size_bytes, entry.rev, file_type_of(entry.name).mime_type
    )
    inner = entry if link.entry.is_folder else None
    return response, _shown(request, link, inner)


@rpc(
    blueprint,
    "sharing/modify_shared_link_settings",
    struct({"url": text(), "settings": _SETTINGS, "remove_expiration": Field(boolean, False)}),
)
def modify_shared_link(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Have a link end at a time, or last again."""
    expires_s = _expiry(request, argument["settings"])
    with translated(_NOT_MINE):
        token = _token(request, argument["url"])
        link = request.world.shared_links.find(token, request.scope)
        if link.owner_id != request.scope.account_id:
            raise NotAllowed
        if expires_s is not None or argument["remove_expiration"]:
            link = request.world.shared_links.set_expiry(request.scope, token, expires_s)
    return _shown(request, link)


@rpc(blueprint, "sharing/revoke_shared_link", struct({"url": text()}))
def revoke_shared_link(request: V2Request, argument: dict[str, Any]) -> None:
    """Have a link lead nowhere."""
    with translated(_NOT_MINE):
        request.world.shared_links.revoke(request.scope, _token(request, argument["url"]))


def _links(request: V2Request, path: str | None) -> Sequence[SharedLink]:
    if path:
        return request.world.shared_links.list_for_path(request.scope, path)
    return request.world.shared_links.list_page(request.scope, limit=_MANY).links


def _page(request: V2Request, links: Sequence[SharedLink], after: int | None) -> dict[str, Any]:
    payload: dict[str, Any] = {"links": [_shown(request, one) for one in links]}
    if after is None:
        return {**payload, "has_more": False}
    return {**payload, "has_more": True, "cursor": encode(request.world, _FAMILY, [after])}


def _token(request: V2Request, url: str) -> str:
    kind, token = parse(request.origin, url) or ("", "")
    if kind == "short":
        return request.world.shared_links.expand(token).link.token
    if kind != "share":
        raise LinkNotFound(url)
    return token


def _own_scope(request: V2Request) -> Any:
    is_app = request.authorization.lower().startswith("basic")
    return None if is_app else request.scope


def _expiry(request: V2Request, settings: dict[str, Any] | None) -> int | None:
    if settings is None:
        return None
    if not _is_allowed(settings):
        raise failure("settings_error", "not_authorized")
    expires_s: int | None = settings["expires"]
    if expires_s is not None and expires_s <= request.world.clock.now_s():
        raise failure("settings_error", "invalid_settings")
    return expires_s


def _is_allowed(settings: dict[str, Any]) -> bool:
    audience, visibility = settings["audience"], settings["requested_visibility"]
    is_public = all(word is None or word.tag == "public" for word in (audience, visibility))
    has_password = settings["require_password"] or settings["link_password"]
    has_editors = settings["access"] is not None and settings["access"].tag == "editor"
    hides_content = settings["allow_download"] is False
    return is_public and not (has_password or has_editors or hides_content)


def _shown(request: V2Request, link: SharedLink, inner: Entry | None = None) -> dict[str, Any]:
    entry = inner or link.entry
    metadata = responses.tagged(entry)
    kept = ("client_modified", "server_modified", "rev", "size")
    payload: dict[str, Any] = {
        ".tag": metadata[".tag"],
        "url": page_of(request.origin, link.link),
        "name": entry.name,
        "link_permissions": _permissions(request, link),
        **{name: metadata[name] for name in kept if name in metadata},
    }
    return payload | _end(link) | _owners_view(request, link, inner)


def _briefly(link: SharedLink, url: str) -> dict[str, Any]:
    payload = {"url": url, "visibility": {".tag": "public"}, "path": link.entry.path}
    return payload | _end(link)


def _end(link: SharedLink) -> dict[str, str]:
    return {} if link.expires_s is None else {"expires": responses.date(link.expires_s)}


def _owners_view(request: V2Request, link: SharedLink, inner: Entry | None) -> dict[str, Any]:
    scope = _own_scope(request)
    if scope is None or link.owner_id != scope.account_id or inner is not None:
        return {}
    return {
        "id": file_id(link.entry.namespace_id, link.entry.file_id),
        "path_lower": responses.lower(link.entry.path),
    }


def _permissions(request: V2Request, link: SharedLink) -> dict[str, Any]:
    scope = _own_scope(request)
    is_own = scope is not None and link.owner_id == scope.account_id
    public = {".tag": "public"}
    return {
        "can_revoke": is_own,
        "resolved_visibility": public,
        "requested_visibility": public,
        "effective_audience": public,
        "link_access_level": {".tag": "viewer"},
        "visibility_policies": [
            {"policy": public, "resolved_policy": public, "allowed": True},
        ],
        "can_set_expiry": is_own,
        "can_remove_expiry": is_own,
        "allow_download": True,
        "can_allow_download": True,
        "can_disallow_download": False,
        "allow_comments": False,
        "team_restricts_comments": False,
    }
