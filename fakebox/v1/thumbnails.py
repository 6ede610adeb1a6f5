"""thumbnails and previews: files to look at. Source: seed; the wire reference, thumbnails."""

from flask import Blueprint, Response

from fakebox.media.file_types import check_thumbnail
from fakebox.media.images import Format, thumbnail
from fakebox.media.previews import preview
from fakebox.v1 import responses
from fakebox.v1.request import V1Request

blueprint: Blueprint = Blueprint("thumbnails", __name__)

# The words are the seed's sizes, the letters those of the later reference.
_SIZES = {
    "small": (32, 32),
    "medium": (64, 64),
    "large": (128, 128),
    "xs": (32, 32),
    "s": (64, 64),
    "m": (128, 128),
    "l": (640, 480),
    "xl": (1024, 768),
}
_FORMATS: dict[str, Format] = {"jpeg": "JPEG", "jpg": "JPEG", "png": "PNG"}


@blueprint.route("/thumbnails/<root><everything:path>", methods=["GET"])
def thumbnails(root: str, path: str) -> Response:
    """A small version of a picture, with the picture's metadata in a header."""
    request = V1Request.current()
    with request.world.unit_of_work():
        scope, params = request.scope(root), request.params
        width, height = _SIZES[params.choice("size", "small", tuple(_SIZES))]
        kind = _FORMATS[params.choice("format", "jpeg", tuple(_FORMATS))]
        entry, file = request.world.files.open(scope, path)
    with file:
        check_thumbnail(entry.name, entry.size_bytes)
        limit = request.options.thumbnail_pixel_limit
        data = thumbnail(file, width, height, kind, limit)
    response = Response(data, content_type=f"image/{kind.lower()}")
    response.headers["x-dropbox-metadata"] = responses.header(entry, scope, request.locale)
    return response


@blueprint.route("/previews/<root><everything:path>", methods=["GET"])
def previews(root: str, path: str) -> Response:
    """A page that shows a text or picture."""
    request = V1Request.current()
    with request.world.unit_of_work():
        scope = request.scope(root)
        entry, file = request.world.files.open(scope, path, request.params.text("rev"))
    with file:
        page = preview(entry, file, request.options.thumbnail_pixel_limit)
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["x-dropbox-metadata"] = responses.header(entry, scope, request.locale)
    response.headers["Original-Content-Length"] = str(entry.size_bytes)
    return response
