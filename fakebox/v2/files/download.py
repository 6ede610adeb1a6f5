"""Download a file, a preview of it, or a folder as an archive.

Source: the wire reference of version 2, contents.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from flask import Blueprint, Response

from fakebox.core.entry import Entry
from fakebox.core.errors import TooManyEntries
from fakebox.http.archive import send_archive
from fakebox.http.file_response import send
from fakebox.http.urls import temporary_of
from fakebox.media.previews import NoPreview, document_preview
from fakebox.v2 import responses
from fakebox.v2.paths import ReadPath, Rev, locate, place
from fakebox.v2.route_styles import Download, download, rpc
from fakebox.v2.schema import Struct
from fakebox.v2.tagged_errors import lookups, tagged_error, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("download", __name__)

_OCTETS = "application/octet-stream"


class DownloadArg(Struct):
    """Argument of files/download and files/get_preview."""

    path: ReadPath
    rev: Rev | None = None


class DownloadZipArg(Struct):
    """Argument of files/download_zip."""

    path: ReadPath


class GetTemporaryLinkArg(Struct):
    """Argument of files/get_temporary_link."""

    path: ReadPath


@download(blueprint, "files/download", DownloadArg)
def download_file(request: V2Request, arg: DownloadArg) -> tuple[Response, JSONObject]:
    """Return the content of a file, or the part in the Range header."""
    entry, file = _opened(request, arg)
    return _sent(request, entry, file, entry.size_bytes, _OCTETS), responses.metadata(entry)


@download(blueprint, "files/get_preview", DownloadArg)
def get_preview(request: V2Request, arg: DownloadArg) -> Callable[[], Download]:
    """Return the preview of a document or a table, as a PDF or an HTML page."""
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
        path, rev = locate(request, arg.path)
        entry = request.world.files.metadata(request.scope, path, rev)
        link = request.world.shared_links.create_temporary(request.scope, path, rev)
    return {"metadata": responses.metadata(entry), "link": temporary_of(request.origin, link)}


def _opened(request: V2Request, arg: DownloadArg) -> tuple[Entry, BinaryIO]:
    with lookups("path"):
        path, rev = locate(request, arg.path)
        return request.world.files.open(request.scope, path, rev or arg.rev)


def _preview(request: V2Request, entry: Entry, file: BinaryIO) -> Download:
    with file:
        try:
            data, content_type = document_preview(entry, file)
        except NoPreview as error:
            raise tagged_error("unsupported_extension") from error
    response = _sent(request, entry, BytesIO(data), len(data), content_type)
    return response, responses.metadata(entry)


def _sent(
    request: V2Request, entry: Entry, file: BinaryIO, size_bytes: int, media_type: str
) -> Response:
    response = send(
        request.environ, file, size_bytes, entry.timestamp_rev, media_type, has_weak_etag=True
    )
    response.headers.add("Original-Content-Length", str(entry.size_bytes))
    return response


def _zipped(request: V2Request, folder: Entry, entries: Sequence[Entry]) -> Download:
    response = send_archive(
        entries, request.world.files.content, below=folder.path, top_name=folder.name
    )
    name = f'attachment; filename="{_ascii(folder.name)}.zip"'
    response.headers["Content-Disposition"] = name
    return response, {"metadata": responses.metadata(folder)}


def _ascii(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
