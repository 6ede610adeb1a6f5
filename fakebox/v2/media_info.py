"""What a photo says of itself, as version 2 tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakebox.media.file_types import may_have_thumbnail
from fakebox.media.images import DamagedImage, describe
from fakebox.v2.responses import date

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request


def media_info(request: V2Request, entry: Entry) -> dict[str, Any] | None:
    """Dimensions, place and time of a picture; `None` if the file is none."""
    if entry.content is None or not may_have_thumbnail(entry.name, entry.size_bytes):
        return None
    _, file = request.world.files.open(request.scope, entry.path, entry.rev)
    with file:
        try:
            photo = describe(file)
        except DamagedImage:
            return None
    payload: dict[str, Any] = {
        ".tag": "photo",
        "dimensions": {"height": photo.height, "width": photo.width},
    }
    if photo.lat_long:
        payload["location"] = {"latitude": photo.lat_long[0], "longitude": photo.lat_long[1]}
    if photo.time_taken_s is not None:
        payload["time_taken"] = date(photo.time_taken_s)
    return {".tag": "metadata", "metadata": payload}
