"""Links and copy references."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dropbox.v2.errors import Failed, refusal
from dropbox.v2.metadata import date, redated

if TYPE_CHECKING:
    from dropbox.v2.v1_request import Asked

# 1 January 2030: what version 1 answered for every shared link.
_SHARED_UNTIL_S = 1_893_456_000
_MEDIA_LIFETIME_S = 4 * 60 * 60


def shares(asked: Asked) -> dict[str, Any]:
    """A lasting link; never a short one, since those were shut down."""
    try:
        link = asked.wire.call("sharing/create_shared_link_with_settings", {"path": asked.path})
    except Failed as error:
        if not error.has("shared_link_already_exists"):
            raise
        link = _known(asked, error)
    return {"url": link["url"], "expires": date(_SHARED_UNTIL_S), "visibility": "PUBLIC"}


def media(asked: Asked) -> dict[str, Any]:
    """A link to a file's bytes that works for some hours."""
    try:
        told = asked.wire.call("files/get_temporary_link", {"path": asked.path})
    except Failed as error:
        if not error.has("not_file"):
            raise
        raise refusal(400, {"path": "Folders are not supported"}) from error
    return {"url": told["link"], "expires": date(time.time() + _MEDIA_LIFETIME_S)}


def copy_ref(asked: Asked) -> dict[str, Any]:
    """A word with which any account can copy the file."""
    told = asked.wire.call("files/copy_reference/get", {"path": asked.path})
    return {"copy_ref": told["copy_reference"], "expires": redated(told["expires"])}


def _known(asked: Asked, error: Failed) -> dict[str, Any]:
    told = error.union.get("shared_link_already_exists") or {}
    if "metadata" in told:
        known: dict[str, Any] = told["metadata"]
        return known
    wish = {"path": asked.path, "direct_only": True}
    links: list[dict[str, Any]] = asked.wire.call("sharing/list_shared_links", wish)["links"]
    return links[0]
