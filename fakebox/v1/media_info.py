"""When and where a picture was taken, for calls that ask with `include_media_info`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakebox.media.images import DamagedImage, describe
from fakebox.v1.responses import date

if TYPE_CHECKING:
    from fakebox.core.accounts import Scope
    from fakebox.v1.request import V1Request


def with_media_info(fields: dict[str, Any], request: V1Request, scope: Scope) -> dict[str, Any]:
    """The metadata, with `photo_info` on every live picture if the call asks for it.

    Films are never looked into: theirs is always `pending`, as the service had it for fresh ones.
    """
    if request.params.boolean("include_media_info", False):
        for item in (fields, *fields.get("contents", ())):
            _add(item, request, scope)
    return fields


def _add(item: dict[str, Any], request: V1Request, scope: Scope) -> None:
    kind = item.get("mime_type", "")
    if item.get("is_deleted"):
        return
    if kind.startswith("video/"):
        item["video_info"] = "pending"
    if kind.startswith("image/"):
        item["photo_info"] = _photo_info(request, scope, item["path"], item["rev"])


def _photo_info(request: V1Request, scope: Scope, path: str, rev: str) -> dict[str, Any] | None:
    _, file = request.world.files.open(scope, path, rev)
    with file:
        try:
            seen = describe(file)
        except DamagedImage:
            return None
    taken = None if seen.time_taken_s is None else date(seen.time_taken_s)
    return {"time_taken": taken, "lat_long": list(seen.lat_long) if seen.lat_long else None}
