"""Thumbnails of pictures.

The result has the media info of a photo, unless it is excluded.
Source: the wire reference of version 2, thumbnails and previews.
"""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Literal, TypeAlias

from flask import Blueprint, Response

from fakebox.core.errors import LinkAccessDenied, LinkNotFound, NotAFile
from fakebox.core.link_settings import LinkVisitor
from fakebox.http.urls import parse
from fakebox.media.file_types import (
    THUMBNAILED_BY_V2,
    NoThumbnail,
    check_thumbnail,
    may_have_media_info,
)
from fakebox.media.images import DamagedImage, Format, TooManyPixels, describe, thumbnail
from fakebox.v2 import responses
from fakebox.v2.paths import ReadPath, check_slashes, locate
from fakebox.v2.route_styles import Download, download, rpc
from fakebox.v2.schema import Secret, Struct, Tagged
from fakebox.v2.tagged_errors import MalformedPath, TaggedError, lookups, tagged_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("thumbnails", __name__)

# The content type of a recorded response.
_OCTETS = "application/octet-stream"
_FORMATS: dict[str, Format] = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
_QUALITIES = {"quality_80": 80, "quality_90": 90}

ThumbnailFormat: TypeAlias = Literal["jpeg", "png", "webp"]
ThumbnailMode: TypeAlias = Literal["strict", "bestfit", "fitone_bestfit", "original"]
ThumbnailSize: TypeAlias = Literal[
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
ThumbnailQuality: TypeAlias = Literal["quality_80", "quality_90"]


class ThumbnailOptions(Struct):
    """Format and size of a thumbnail."""

    format: ThumbnailFormat | None = None
    size: ThumbnailSize | None = None
    mode: ThumbnailMode | None = None
    exclude_media_info: bool | None = None
    # Only programs of the service itself have this field; other clients send the default.
    quality: ThumbnailQuality | None = None

    @property
    def keeps_transparency(self) -> bool:
        """Whether a PNG or WebP thumbnail keeps the transparency of the picture."""
        return True


class ThumbnailArg(ThumbnailOptions):
    """Argument of files/get_thumbnail."""

    path: ReadPath


class SharedLinkFileInfo(Struct):
    """A file that is shared by a link."""

    url: str
    path: str | None = None
    password: Secret | None = None


PathOrLink: TypeAlias = (
    Tagged[Literal["path"], ReadPath] | Tagged[Literal["link"], SharedLinkFileInfo]
)


class ThumbnailV2Arg(ThumbnailOptions):
    """Argument of files/get_thumbnail_v2."""

    resource: PathOrLink
    preserve_transparency: bool = False

    @property
    def keeps_transparency(self) -> bool:
        """Whether a PNG or WebP thumbnail keeps the transparency of the picture."""
        return self.preserve_transparency


class GetThumbnailBatchArg(Struct):
    """Argument of files/get_thumbnail_batch."""

    entries: tuple[ThumbnailArg, ...]


@download(blueprint, "files/get_thumbnail_v2", ThumbnailV2Arg)
def get_thumbnail(request: V2Request, arg: ThumbnailV2Arg) -> Callable[[], Download]:
    """Return a thumbnail of a picture, found by its path or by a shared link."""
    # A JPEG, the default format, has no transparency.
    if arg.preserve_transparency and arg.format in (None, "jpeg"):
        raise tagged_error("unsupported_output_format")
    resource = arg.resource
    if resource.tag == "link":
        entry, file = _shared(request, resource.value)
        # Other callers get no path and no id, which are optional in the specification.
        link: JSONObject = {"url": resource.value.url, "rev": entry.timestamp_rev}
        return partial(_render, request, entry, file, arg, lambda _: {"link_metadata": link})
    entry, file = _own(request, resource.value)

    def result(metadata: JSONObject) -> JSONObject:
        return {"file_metadata": {".tag": "file", **metadata}}

    return partial(_render, request, entry, file, arg, result)


@download(blueprint, "files/get_thumbnail", ThumbnailArg)
def get_own_thumbnail(request: V2Request, arg: ThumbnailArg) -> Callable[[], Download]:
    """Return a thumbnail of a picture of the caller."""
    entry, file = _own(request, arg.path)
    return partial(_render, request, entry, file, arg, lambda metadata: metadata)


@rpc(blueprint, "files/get_thumbnail_batch", GetThumbnailBatchArg, is_one_transaction=False)
def get_thumbnail_batch(request: V2Request, arg: GetThumbnailBatchArg) -> JSONObject:
    """Return thumbnails of up to 25 pictures."""
    if len(arg.entries) > 25:
        raise tagged_error("too_many_files")
    return {"entries": [_one(request, entry) for entry in arg.entries]}


def _one(request: V2Request, arg: ThumbnailArg) -> JSONObject:
    try:
        with request.world.unit_of_work():
            entry, file = _own(request, arg.path)
        with file:
            data = _thumbnail(request, entry, file, arg)
            metadata = _metadata(entry, file, arg)
    except TaggedError as error:
        return {".tag": "failure", "failure": error.error}
    return {".tag": "success", "metadata": metadata, "thumbnail": b64encode(data).decode()}


def _own(request: V2Request, path: str) -> tuple[Entry, BinaryIO]:
    with lookups("path"):
        where, rev = locate(request, path)
        return request.world.files.open(request.scope, where, rev)


def _shared(request: V2Request, link: SharedLinkFileInfo) -> tuple[Entry, BinaryIO]:
    parsed, links = parse(link.url), request.world.shared_links
    if parsed is None:
        raise tagged_error("not_found")
    try:
        _, token = links.resolve(*parsed)
        visitor = LinkVisitor(request.account_id, link.password)
        path = check_slashes(link.path or "") or "/"
        return links.open(token, path, visitor=visitor, is_preview=True)
    except LinkAccessDenied as error:
        raise tagged_error("access_denied") from error
    except (LinkNotFound, MalformedPath, NotAFile) as error:
        raise tagged_error("not_found") from error


def _render(
    request: V2Request,
    entry: Entry,
    file: BinaryIO,
    options: ThumbnailOptions,
    result: Callable[[JSONObject], JSONObject],
) -> Download:
    with file:
        data = _thumbnail(request, entry, file, options)
        payload = result(_metadata(entry, file, options))
    return Response(data, content_type=_OCTETS), payload


def _metadata(entry: Entry, file: BinaryIO, options: ThumbnailOptions) -> JSONObject:
    """Return the metadata of a picture, from which a thumbnail was made."""
    metadata = responses.metadata(entry)
    if not options.exclude_media_info and may_have_media_info(entry.name, entry.size_bytes):
        file.seek(0)
        with suppress(DamagedImage):
            metadata["media_info"] = responses.media_info(describe(file))
    return metadata


def _thumbnail(
    request: V2Request, entry: Entry, file: BinaryIO, options: ThumbnailOptions
) -> bytes:
    size = options.size or "w64h64"
    width, height = (int(number) for number in size[1:].split("h"))
    try:
        check_thumbnail(entry.name, entry.size_bytes, THUMBNAILED_BY_V2)
        box = _box(file, options.mode or "strict", width, height)
        file.seek(0)
        return thumbnail(
            file,
            *box,
            _FORMATS[options.format or "jpeg"],
            request.options.thumbnail_pixel_limit,
            keeps_transparency=options.keeps_transparency,
            quality=_QUALITIES[options.quality or "quality_80"],
        )
    except NoThumbnail as error:
        raise tagged_error("unsupported_extension") from error
    except TooManyPixels as error:
        raise tagged_error("conversion_error") from error
    except DamagedImage as error:
        raise tagged_error("unsupported_image") from error


def _box(file: BinaryIO, mode: str, width: int, height: int) -> tuple[int, int]:
    """Return the maximum width and height of a thumbnail in a mode, in pixels."""
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
