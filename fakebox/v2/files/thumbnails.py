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
from fakebox.http.urls import parse
from fakebox.media.file_types import NoThumbnail, check_thumbnail
from fakebox.media.images import DamagedImage, Format, TooManyPixels, describe, thumbnail
from fakebox.v2 import responses
from fakebox.v2.paths import locate, read_path
from fakebox.v2.route_styles import Download, download, rpc
from fakebox.v2.schema import anything, items, optional, struct, text, union
from fakebox.v2.tagged_errors import Failure, failure, lookups

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request

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
_OPTIONS = struct({"path": read_path, **_HOW})
_LINK = struct({"url": text(), "path": optional(text()), "password": optional(text())})
_RESOURCE = union({"path": read_path, "link": _LINK})


@download(
    blueprint,
    "files/get_thumbnail_v2",
    struct({"resource": _RESOURCE, **_HOW}),
    auth="either",
)
def get_thumbnail(request: V2Request, argument: dict[str, Any]) -> Callable[[], Download]:
    """A small version of a picture, one's own or one that a link shows."""
    resource = argument["resource"]
    if resource.tag == "link":
        entry, file = _shared(request, resource.value)
        # Where the file is stays its owner's business; the specification lets `path` and `id` lack.
        payload = {"link_metadata": {"url": resource.value["url"], "rev": entry.rev}}
    else:
        entry, file = _own(request, resource.value)
        payload = {"file_metadata": {".tag": "file", **responses.metadata(entry)}}

    def render() -> Download:
        with file:
            data, kind = _made(request, entry, file, argument)
        return Response(data, content_type=f"image/{kind.lower()}"), payload

    return render


@download(blueprint, "files/get_thumbnail", _OPTIONS)
def get_own_thumbnail(request: V2Request, argument: dict[str, Any]) -> Callable[[], Download]:
    """A small version of a picture of one's own."""
    entry, file = _own(request, argument["path"])

    def render() -> Download:
        with file:
            data, kind = _made(request, entry, file, argument)
        response = Response(data, content_type=f"image/{kind.lower()}")
        return response, responses.metadata(entry)

    return render


@rpc(
    blueprint,
    "files/get_thumbnail_batch",
    struct({"entries": items(_OPTIONS)}),
    is_one_transaction=False,
)
def get_thumbnail_batch(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Small versions of up to 25 pictures at once."""
    if len(argument["entries"]) > 25:
        raise failure("too_many_files")
    return {"entries": [_one(request, options) for options in argument["entries"]]}


def _one(request: V2Request, options: dict[str, Any]) -> dict[str, Any]:
    try:
        with request.world.unit_of_work():
            entry, file = _own(request, options["path"])
        with file:
            data, _ = _made(request, entry, file, options)
    except Failure as error:
        return {".tag": "failure", "failure": error.error}
    metadata = responses.metadata(entry)
    return {".tag": "success", "metadata": metadata, "thumbnail": b64encode(data).decode()}


def _own(request: V2Request, path: str) -> tuple[Entry, BinaryIO]:
    with lookups("path"):
        where, rev = locate(request, path)
        return request.world.files.open(request.scope, where, rev)


def _shared(request: V2Request, link: dict[str, Any]) -> tuple[Entry, BinaryIO]:
    own = parse(request.origin, link["url"])
    if own is None:
        raise failure("not_found")
    try:
        return request.world.shared_links.open(own[1], link["path"] or "/")
    except (LinkNotFound, NotAFile) as error:
        raise failure("not_found") from error


def _made(
    request: V2Request, entry: Entry, file: BinaryIO, options: dict[str, Any]
) -> tuple[bytes, str]:
    kind = _FORMATS[options["format"].tag if options["format"] else "jpeg"]
    size = options["size"].tag if options["size"] else "w64h64"
    width, height = (int(figure) for figure in size[1:].split("h"))
    try:
        check_thumbnail(entry.name, entry.size_bytes)
        box = _box(file, options["mode"].tag if options["mode"] else "strict", width, height)
        file.seek(0)
        limit = request.options.thumbnail_pixel_limit
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
