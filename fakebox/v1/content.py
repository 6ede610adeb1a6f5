"""The calls of the content host: files, files_put, chunked uploads, thumbnails and previews.

Source: the wire reference, under the name of each call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from fakebox.core.errors import BadSignature, NotAFile, NotFound, UploadNotFound
from fakebox.http.body import BodyError, MalformedBody, raw_stream
from fakebox.http.file_response import send
from fakebox.http.forms import Part, read_parts
from fakebox.media.file_types import check_thumbnail, file_type_of
from fakebox.media.images import Format, thumbnail
from fakebox.media.previews import preview
from fakebox.v1 import responses
from fakebox.v1.request import Invalid, V1Request, route

if TYPE_CHECKING:
    from fakebox.core.accounts import Scope
    from fakebox.core.entry import Entry

blueprint: Blueprint = Blueprint("content", __name__)

_METADATA = "x-dropbox-metadata"
_LARGEST_OFFSET = 2**62
# The SDK has the sizes with words, and the last API reference has the sizes with letters.
_SIZES = {
    "small": (32, 32),
    "medium": (64, 64),
    "large": (128, 128),
    "xs": (32, 32),
    "s": (64, 64),
    "m": (128, 128),
    "l": (640, 480),
    "xl": (1024, 768),
    # The Java SDK of OAuth 1.0 has these ones besides the words.
    "256x256": (256, 256),
    "320x240_bestfit": (320, 240),
    "480x320_bestfit": (480, 320),
    "640x480_bestfit": (640, 480),
    "960x640_bestfit": (960, 640),
    "1024x768_bestfit": (1024, 768),
}
_FORMATS: dict[str, Format] = {"jpeg": "JPEG", "jpg": "JPEG", "png": "PNG"}


@route(blueprint, "/files/<root><everything:path>", ["GET"])
def get(request: V1Request, root: str, path: str) -> Response:
    """Return the content of a file, with its metadata in a header."""
    scope = request.scope(root)
    try:
        entry, file = request.world.files.open(scope, path, request.params.text("rev"))
    except NotFound as error:
        # The service had one message for a folder, a deleted file and a path without a file.
        raise NotAFile(path) from error
    response = send(
        request.environ, file, entry.size_bytes, entry.rev, file_type_of(entry.name).mime_type
    )
    response.headers.add(_METADATA, responses.header(entry, scope, request.locale))
    return response


# It receives the content between two transactions.
@route(blueprint, "/files_put/<root><everything:path>", ["PUT", "POST"], is_one_transaction=False)
def put(request: V1Request, root: str, path: str) -> Response:
    """Store the body of the request as a file."""
    scope, mode = request.scope_before_body(root), request.params.write_mode()
    world = request.world
    blocks = raw_stream(request.environ, world.settings.upload_limit_bytes)
    return _metadata(request, scope, world.files.upload(scope, path, blocks, mode))


# --- upload by form ------------------------------------------------------------------------


# It receives the form between two transactions.
@route(blueprint, "/files/<root><everything:path>", ["POST"], is_one_transaction=False)
def post(request: V1Request, root: str, path: str) -> Response:
    """Store the file of a multipart form in the folder of the URL."""
    try:
        scope = request.scope_before_body(root)
        form = _form(request)
    except BadSignature as error:
        # Clients that sign the name of the file as a parameter send it only in the part.
        form = _form_that_may_be_signed(request, error)
        request.also_signed = (("file", form.name),)
        scope = request.scope_before_body(root)
    mode, target = request.params.write_mode(), f"{path.rstrip('/')}/{form.name}"
    entry = request.world.files.upload(scope, target, form.blocks(), mode)
    return _metadata(request, scope, entry)


@dataclass(frozen=True)
class _Form:
    name: str
    part: Part
    rest: Iterator[Part]

    def blocks(self) -> Iterator[bytes]:
        # Nothing is stored unless the whole form was received and is valid.
        yield from self.part.blocks
        if next(self.rest, None):
            raise MalformedBody("the form must have exactly one file")


def _form_that_may_be_signed(request: V1Request, error: BadSignature) -> _Form:
    try:
        return _form(request)
    except (BodyError, Invalid):
        raise error from None


def _form(request: V1Request) -> _Form:
    parts = read_parts(request.environ, request.world.settings.upload_limit_bytes)
    part = next(parts, None)
    if part is None or part.name != "file":
        raise Invalid("file", "Missing value")
    if not part.filename:
        raise Invalid("file", "Expecting a file upload")
    if "/" in part.filename:
        raise Invalid("file", "The file name must not contain a slash")
    return _Form(part.filename, part, parts)


# --- chunked upload ------------------------------------------------------------------------


# It receives the chunk between two transactions.
@route(blueprint, "/chunked_upload", ["PUT", "POST"], is_one_transaction=False)
def chunked_upload(request: V1Request) -> Response:
    """Append the body of the request to an upload, and return the new offset."""
    scope, params = request.scope_before_body(), request.params
    offset = params.integer("offset", 0, 0, _LARGEST_OFFSET)
    blocks = raw_stream(request.environ, request.world.settings.upload_limit_bytes)
    upload_id = params.text("upload_id")
    upload = request.world.upload_sessions.append(scope, blocks, upload_id, offset)
    return responses.json_response(
        {
            "upload_id": upload.id,
            "offset": upload.offset,
            "expires": responses.date(upload.expires_s),
        }
    )


# It waits for a chunk that arrives at the same time.
@route(
    blueprint, "/commit_chunked_upload/<root><everything:path>", ["POST"], is_one_transaction=False
)
def commit_chunked_upload(request: V1Request, root: str, path: str) -> Response:
    """Store a finished upload as a file."""
    scope, params = request.scope_before_body(root), request.params
    upload_id, mode = params.required("upload_id"), params.write_mode()
    try:
        entry = request.world.upload_sessions.commit(scope, upload_id, path, mode)
    except UploadNotFound as error:
        raise Invalid("upload_id", "No upload with upload_id found.") from error
    return _metadata(request, scope, entry)


def _metadata(request: V1Request, scope: Scope, entry: Entry) -> Response:
    return responses.json_response(responses.metadata(entry, scope, request.locale))


# --- thumbnails and previews ---------------------------------------------------------------


# The thumbnail is made after the transaction, because that takes long.
@route(blueprint, "/thumbnails/<root><everything:path>", ["GET"], is_one_transaction=False)
def thumbnails(request: V1Request, root: str, path: str) -> Response:
    """Return a thumbnail of a picture, with the metadata of the picture in a header."""
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
    response.headers[_METADATA] = responses.header(entry, scope, request.locale)
    return response


# The preview is made after the transaction, because that takes long.
@route(blueprint, "/previews/<root><everything:path>", ["GET"], is_one_transaction=False)
def previews(request: V1Request, root: str, path: str) -> Response:
    """Return an HTML page that shows a text or a picture."""
    with request.world.unit_of_work():
        scope = request.scope(root)
        entry, file = request.world.files.open(scope, path, request.params.text("rev"))
    with file:
        page = preview(entry, file, request.options.thumbnail_pixel_limit)
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers[_METADATA] = responses.header(entry, scope, request.locale)
    response.headers["Original-Content-Length"] = str(entry.size_bytes)
    return response
