"""files/get_thumbnail_v2, get_thumbnail and get_thumbnail_batch.

Source: the wire reference of version 2, thumbnails.
"""

from __future__ import annotations

from base64 import b64encode
from math import ceil
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from werkzeug.wrappers import Response

from fakebox.core.errors import LinkNotFound, NotAFile
from fakebox.http.link_urls import parse
from fakebox.media.file_types import NoThumbnail, check_thumbnail
from fakebox.media.images import DamagedImage, Format, TooManyPixels, describe, thumbnail
from fakebox.v2 import responses
from fakebox.v2.paths import locate, read_path
from fakebox.v2.route_styles import download, rpc
from fakebox.v2.schema import anything, items, optional, struct, text, union
from fakebox.v2.tagged_errors import Failure, failure, lookups

if TYPE_CHECKING:
    from typing import BinaryIO

    from fakebox.core.entry import Entry
    from fakebox.v2.request import Asked

blueprint: Blueprint = Blueprint("thumbnails", __name__)

_SIZES = [
    "w32h32",
    "w64h64",
    "w128h128",
    "w256h256",
    "w480h320",
    "w640h480",
    "w960h640",
    "w1024h768",
    "w2048h1536",
    "w3200h2400",
]
_MODES = ("strict", "bestfit", "fitone_bestfit", "original")
_FORMATS: dict[str, Format] = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
_HOW = {
    "format": optional(union(dict.fromkeys(_FORMATS))),
    "size": optional(union(dict.fromkeys(_SIZES))),
    "mode": optional(union(dict.fromkeys(_MODES))),
    "quality": optional(anything),
    "exclude_media_info": optional(anything),
    "preserve_transparency": optional(anything),
}
_WISH = struct({"path": read_path, **_HOW})
_LINK = struct({"url": text(), "path": optional(text()), "password": optional(text())})
_RESOURCE = union({"path": read_path, "link": _LINK})


@download(
    blueprint,
    "files/get_thumbnail_v2",
    struct({"resource": _RESOURCE, **_HOW}),
    auth="either",
    is_one_transaction=False,
)
def get_thumbnail(asked: Asked, argument: dict[str, Any]) -> tuple[Response, Any]:
    """A small version of a picture, one's own or one that a link shows."""
    resource = argument["resource"]
    if resource.tag == "link":
        entry, file = _shared(asked, resource.value)
        # Where the file is stays its owner's business; the specification lets `path` and `id` lack.
        told = {"link_metadata": {"url": resource.value["url"], "rev": entry.rev}}
    else:
        entry, file = _own(asked, resource.value)
        told = {"file_metadata": {".tag": "file", **responses.metadata(entry)}}
    with file:
        data, kind = _made(asked, entry, file, argument)
    response = Response(data, content_type=f"image/{kind.lower()}")
    return response, told


@download(blueprint, "files/get_thumbnail", _WISH, is_one_transaction=False)
def get_own_thumbnail(asked: Asked, argument: dict[str, Any]) -> tuple[Response, Any]:
    """A small version of a picture of one's own."""
    entry, data, kind = _made_of_own(asked, argument)
    response = Response(data, content_type=f"image/{kind.lower()}")
    return response, responses.metadata(entry)


@rpc(
    blueprint,
    "files/get_thumbnail_batch",
    struct({"entries": items(_WISH)}),
    is_one_transaction=False,
)
def get_thumbnail_batch(asked: Asked, argument: dict[str, Any]) -> dict[str, Any]:
    """Small versions of up to 25 pictures at once."""
    if len(argument["entries"]) > 25:
        raise failure("too_many_files")
    return {"entries": [_one(asked, wish) for wish in argument["entries"]]}


def _one(asked: Asked, wish: dict[str, Any]) -> dict[str, Any]:
    try:
        entry, data, _ = _made_of_own(asked, wish)
    except Failure as error:
        return {".tag": "failure", "failure": error.error}
    metadata = responses.metadata(entry)
    return {".tag": "success", "metadata": metadata, "thumbnail": b64encode(data).decode()}


def _made_of_own(asked: Asked, wish: dict[str, Any]) -> tuple[Entry, bytes, str]:
    entry, file = _own(asked, wish["path"])
    with file:
        return entry, *_made(asked, entry, file, wish)


def _own(asked: Asked, path: str) -> tuple[Entry, BinaryIO]:
    with lookups("path"), asked.world.unit_of_work():
        where, rev = locate(asked, path)
        return asked.world.files.open(asked.scope, where, rev)


def _shared(asked: Asked, link: dict[str, Any]) -> tuple[Entry, BinaryIO]:
    own = parse(asked.origin, link["url"])
    if own is None:
        raise failure("not_found")
    try:
        return asked.world.sharing.open(own[1], link["path"] or "/")
    except (LinkNotFound, NotAFile) as error:
        raise failure("not_found") from error


def _made(asked: Asked, entry: Entry, file: BinaryIO, wish: dict[str, Any]) -> tuple[bytes, str]:
    kind = _FORMATS[wish["format"].tag if wish["format"] else "jpeg"]
    size = wish["size"].tag if wish["size"] else "w64h64"
    width, height = (int(figure) for figure in size[1:].split("h"))
    try:
        check_thumbnail(entry.name, entry.size_bytes)
        box = _box(file, wish["mode"].tag if wish["mode"] else "strict", width, height)
        file.seek(0)
        limit = asked.options.thumbnail_pixel_limit
        return thumbnail(file, *box, kind, limit), kind
    except NoThumbnail as error:
        raise failure("unsupported_extension") from error
    except TooManyPixels as error:
        raise failure("conversion_error") from error
    except DamagedImage as error:
        raise failure("unsupported_image") from error


def _box(file: BinaryIO, mode: str, width: int, height: int) -> tuple[int, int]:
    """The box that a picture has to fit into so that it comes out as a mode wants it."""
    if mode == "strict":
        return width, height
    picture = describe(file)
    if mode == "original":
        return picture.width, picture.height
    if (picture.width < picture.height) != (width < height):
        width, height = height, width
    if mode == "bestfit":
        return width, height
    scale = max(width / picture.width, height / picture.height)
    return ceil(picture.width * scale), ceil(picture.height * scale)
