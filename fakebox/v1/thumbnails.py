"""thumbnails and previews: files to look at. Source: seed; the wire reference, thumbnails."""

import html

from flask import Blueprint, Response

from fakebox.core.entry import Entry
from fakebox.v1 import render
from fakebox.v1.asked import asked
from fakebox.wire.images import Format, thumbnail
from fakebox.wire.kinds import kind_of, may_have_thumbnail

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
_PREVIEW_LIMIT_BYTES = 1024 * 1024


@blueprint.route("/thumbnails/<root><everything:path>", methods=["GET"])
def thumbnails(root: str, path: str) -> Response:
    """A small version of a picture, with the picture's metadata in a header."""
    request = asked()
    scope, params = request.scope(root), request.params
    width, height = _SIZES[params.choice("size", "small", tuple(_SIZES))]
    kind = _FORMATS[params.choice("format", "jpeg", tuple(_FORMATS))]
    entry, file = request.world.files.open(scope, path)
    with file:
        if not may_have_thumbnail(entry.name, entry.size_bytes):
            return _no_thumbnail(entry)
        data = thumbnail(file, width, height, kind)
    response = Response(data, content_type=f"image/{kind.lower()}")
    response.headers["x-dropbox-metadata"] = render.header(entry, scope)
    return response


@blueprint.route("/previews/<root><everything:path>", methods=["GET"])
def previews(root: str, path: str) -> Response:
    """An HTML page that shows a text or picture; other types have none."""
    request = asked()
    scope = request.scope(root)
    entry, file = request.world.files.open(scope, path, request.params.text("rev"))
    with file:
        if not kind_of(entry.name).mime_type.startswith("text/"):
            return render.answer({"error": f"No preview available for '{entry.name}'"}, 409)
        text = file.read(_PREVIEW_LIMIT_BYTES).decode("utf-8", "replace")
    title = html.escape(entry.name)
    page = f"<!doctype html><title>{title}</title><pre>{html.escape(text)}</pre>"
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["x-dropbox-metadata"] = render.header(entry, scope)
    response.headers["Original-Content-Length"] = str(entry.size_bytes)
    return response


def _no_thumbnail(entry: Entry) -> Response:
    dot, extension = "." if "." in entry.name else "", entry.name.rpartition(".")[2]
    # The blank at the end is the service's.
    text = f"No thumbnail available for the file type '{dot}{extension if dot else ''}' "
    return render.answer({"error": text}, 404)
