"""Download a file, a preview of it, or a folder as an archive.

Source: the wire reference of version 2, contents.
"""

from __future__ import annotations

from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask import Blueprint, Response

from fakebox.core.entry import Entry
from fakebox.core.errors import TooManyEntries
from fakebox.http.file_response import Blocks, send
from fakebox.http.urls import temporary_of
from fakebox.media.images import DamagedImage
from fakebox.media.previews import NoPreview, preview
from fakebox.v2 import responses
from fakebox.v2.paths import PathOrId, PathROrId, ReadPath, locate, place
from fakebox.v2.route_styles import Download, download, rpc
from fakebox.v2.schema import Struct
from fakebox.v2.tagged_errors import lookups, tagged_error, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("download", __name__)

_OCTETS = "application/octet-stream"
_IN_MEMORY_BYTES = 16 * 1024 * 1024
_COPIED_BYTES = 256 * 1024
# The attributes of a folder on Unix and on Windows, as `ZipFile.mkdir` sets them.
_FOLDER_ATTRIBUTES = 0o40777 << 16 | 0x10


class DownloadArg(Struct):
    """Argument of files/download and files/get_preview."""

    path: ReadPath
    rev: str | None = None


class DownloadZipArg(Struct):
    """Argument of files/download_zip."""

    path: PathROrId


class GetTemporaryLinkArg(Struct):
    """Argument of files/get_temporary_link."""

    path: PathOrId


@download(blueprint, "files/download", DownloadArg)
def download_file(request: V2Request, arg: DownloadArg) -> tuple[Response, JSONObject]:
    """Return the content of a file, or the part in the Range header."""
    entry, file = _opened(request, arg)
    response = send(request.environ, file, entry.size_bytes, entry.timestamp_rev, _OCTETS)
    response.headers.add("Original-Content-Length", str(entry.size_bytes))
    return response, responses.metadata(entry)


@download(blueprint, "files/get_preview", DownloadArg)
def get_preview(request: V2Request, arg: DownloadArg) -> Callable[[], Download]:
    """Return the preview of a text or a picture as an HTML page."""
    return partial(_preview, request, *_opened(request, arg))


@download(blueprint, "files/download_zip", DownloadZipArg)
def download_zip(request: V2Request, arg: DownloadZipArg) -> Callable[[], Download]:
    """Return a folder with all its contents as a ZIP archive."""
    with lookups("path"):
        folder = request.world.files.folder(request.scope, place(request, arg.path))
        limit = request.world.settings.operation_limit
        with translated({TooManyEntries: ("too_many_files",)}):
            entries = request.world.files.descendants(request.scope, folder.path, limit=limit)
    return partial(_zipped, request, folder, entries)


@rpc(blueprint, "files/get_temporary_link", GetTemporaryLinkArg)
def get_temporary_link(request: V2Request, arg: GetTemporaryLinkArg) -> JSONObject:
    """Return a URL for the content of a file, which expires after some hours."""
    with lookups("path"):
        path = place(request, arg.path)
        entry = request.world.files.metadata(request.scope, path)
        link = request.world.shared_links.create_temporary(request.scope, path)
    return {"metadata": responses.metadata(entry), "link": temporary_of(request.origin, link)}


def _opened(request: V2Request, arg: DownloadArg) -> tuple[Entry, BinaryIO]:
    with lookups("path"):
        path, rev = locate(request, arg.path)
        return request.world.files.open(request.scope, path, rev or arg.rev)


def _preview(request: V2Request, entry: Entry, file: BinaryIO) -> Download:
    with file:
        try:
            page = preview(entry, file, request.options.thumbnail_pixel_limit)
        except NoPreview as error:
            raise tagged_error("unsupported_extension") from error
        except DamagedImage as error:
            raise tagged_error("unsupported_content") from error
    response = Response(page, content_type="text/html; charset=utf-8")
    return response, responses.metadata(entry)


def _zipped(request: V2Request, folder: Entry, entries: Sequence[Entry]) -> Download:
    file = _archive(request, folder, entries)
    size_bytes = file.seek(0, 2)
    headers = {
        "Content-Length": str(size_bytes),
        "Content-Disposition": f'attachment; filename="{_ascii(folder.name)}.zip"',
    }
    response = Response(
        Blocks(file, 0, size_bytes),
        headers=headers,
        content_type="application/zip",
        direct_passthrough=True,
    )
    return response, {"metadata": responses.metadata(folder)}


def _archive(request: V2Request, folder: Entry, entries: Sequence[Entry]) -> BinaryIO:
    # Closing the response closes the file.
    file = cast("BinaryIO", SpooledTemporaryFile(_IN_MEMORY_BYTES))  # noqa: SIM115
    above = len(folder.path) - len(folder.name)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        _add_folder(archive, folder.name)
        for entry in entries:
            _add(request, archive, entry, entry.path[above:])
    return file


def _add_folder(archive: ZipFile, name: str) -> None:
    # `ZipFile.mkdir` needs Python 3.11. The default mode of an entry, 0600, makes a folder that
    # cannot be opened.
    info = ZipInfo(f"{name}/")
    info.external_attr = _FOLDER_ATTRIBUTES
    archive.writestr(info, b"")


def _add(request: V2Request, archive: ZipFile, entry: Entry, name: str) -> None:
    if entry.is_folder:
        _add_folder(archive, name)
        return
    with request.world.files.content(entry) as source, archive.open(ZipInfo(name), "w") as target:
        while block := source.read(_COPIED_BYTES):
            target.write(block)


def _ascii(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
