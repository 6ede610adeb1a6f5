"""Calls that create links and copy references, sent to version 2."""

from __future__ import annotations

import time

from dropbox.json_response import JsonObject
from dropbox.v2.errors import RouteError, v1_error
from dropbox.v2.metadata import convert_date, format_date
from dropbox.v2.v1_request import V1Request

# 1 January 2030, the date that version 1 reported for every shared link.
_SHARED_LINK_EXPIRES_S = 1_893_456_000
_MEDIA_LINK_LIFETIME_S = 4 * 60 * 60


def shares(request: V1Request) -> JsonObject:
    """Create a shared link, or return the existing link. Version 2 has no short links.

    `visibility` is the one that the service resolved for the link, in the words of version 1. A
    link without an expiry has the date that version 1 reported for every link.
    """
    argument = {"path": request.path}
    try:
        link = request.client.call("sharing/create_shared_link_with_settings", argument)
    except RouteError as error:
        if not error.has_tag("shared_link_already_exists"):
            raise
        link = _existing_link(request, error)
    expires_at = link.get("expires")
    return {
        "url": link["url"],
        "expires": convert_date(expires_at) if expires_at else format_date(_SHARED_LINK_EXPIRES_S),
        "visibility": _visibility(link.get("link_permissions") or {}),
    }


def media(request: V1Request) -> JsonObject:
    """Create a temporary link to the content of a file."""
    try:
        result = request.client.call("files/get_temporary_link", {"path": request.path})
    except RouteError as error:
        if not error.has_tag("not_file"):
            raise
        raise v1_error(400, {"path": "Folders are not supported"}) from error
    return {"url": result["link"], "expires": format_date(time.time() + _MEDIA_LINK_LIFETIME_S)}


def copy_ref(request: V1Request) -> JsonObject:
    """Create a copy reference, which allows any account to copy the file."""
    result = request.client.call("files/copy_reference/get", {"path": request.path})
    return {"copy_ref": result["copy_reference"], "expires": convert_date(result["expires"])}


def _visibility(permissions: JsonObject) -> str:
    for name in ("resolved_visibility", "requested_visibility"):
        if visibility := permissions.get(name):
            tag: str = visibility[".tag"]
            return tag.upper()
    return "PUBLIC"


def _existing_link(request: V1Request, error: RouteError) -> JsonObject:
    details = error.union.get("shared_link_already_exists") or {}
    if "metadata" in details:
        link: JsonObject = details["metadata"]
        return link
    argument = {"path": request.path, "direct_only": True}
    result = request.client.call("sharing/list_shared_links", argument)
    links: list[JsonObject] = result["links"]
    if not links:
        # The link was revoked in the meantime, or belongs to another account.
        raise error
    return links[0]
