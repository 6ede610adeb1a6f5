"""files/upload and the downloads. Source: the wire reference of version 2, contents."""

from __future__ import annotations

from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask import Blueprint
from werkzeug.wrappers import Response

from fakebox.core.entry import Entry
from fakebox.core.errors import NotAFolder, NotFound, TooManyEntries
from fakebox.http.file_response import Blocks, send
from fakebox.http.urls import content_of
from fakebox.media.images import DamagedImage
from fakebox.media.previews import NoPreview, preview
from fakebox.v2 import responses
from fakebox.v2.commit_info import COMMIT, HASH, blocks, upload_failures, write_mode
from fakebox.v2.paths import any_path, locate, path_below_root, place, read_path, target
from fakebox.v2.route_styles import Download, download, rpc, upload
from fakebox.v2.schema import optional, struct, text
from fakebox.v2.tagged_errors import failure, lookups, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("contents", __name__)

_OCTETS = "application/octet-stream"
_IN_MEMORY_BYTES = 16 * 1024 * 1024
_COPIED_BYTES = 256 * 1024
_READ = struct({"path": read_path, "rev": optional(text())})


@upload(blueprint, "files/upload", struct({**COMMIT, "content_hash": HASH}))
def upload_file(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Have the body stand at a path."""
    body = blocks(request, argument["content_hash"])
    files, mode, modified_s = request.world.files, write_mode(argument), argument["client_modified"]
    with upload_failures(), files.receive(body) as incoming, request.world.unit_of_work():
        path = target(request, argument["path"])
        entry = files.keep(request.scope, path, incoming, mode, modified_s)
    return responses.metadata(entry)


@download(blueprint, "files/download", _READ)
def download_file(request: V2Request, argument: dict[str, Any]) -> tuple[Response, Any]:
    """A file's bytes; a part of them if a range is asked for."""
    entry, file = _opened(request, argument)
    response = send(request.environ, file, entry.size_bytes, entry.rev, _OCTETS)
    response.headers["Original-Content-Length"] = str(entry.size_bytes)
    return response, responses.metadata(entry)


@download(blueprint, "files/get_preview", _READ)
def get_preview(request: V2Request, argument: dict[str, Any]) -> Callable[[], Download]:
    """A page that shows a text or picture."""
    entry, file = _opened(request, argument)

    def render() -> Download:
        with file:
            try:
                page = preview(entry, file, request.options.thumbnail_pixel_limit)
            except NoPreview as error:
                raise failure("unsupported_extension") from error
            except DamagedImage as error:
                raise failure("unsupported_content") from error
        response = Response(page, content_type="text/html; charset=utf-8")
        return response, responses.metadata(entry)

    return render


@download(blueprint, "files/download_zip", struct({"path": any_path}))
def download_zip(request: V2Request, argument: dict[str, Any]) -> Callable[[], Download]:
    """A folder with everything in it as an archive."""
    with lookups("path"):
        path = place(request, argument["path"])
        folder = request.world.files.metadata(request.scope, path)
        if folder.is_deleted:
            raise NotFound(path)
        if not folder.is_folder:
            raise NotAFolder(path)
        limit = request.world.settings.operation_limit
        with translated({TooManyEntries: ("too_many_files",)}):
            entries = request.world.files.descendants(request.scope, folder.path, limit=limit)
    return partial(_zipped, request, folder, entries)


@rpc(blueprint, "files/get_temporary_link", struct({"path": path_below_root}))
def get_temporary_link(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """A URL that streams a file for some hours."""
    with lookups("path"):
        path = place(request, argument["path"])
        entry = request.world.files.metadata(request.scope, path)
        link = request.world.shared_links.create_temporary(request.scope, path)
    shown = responses.metadata(entry)
    return {"metadata": shown, "link": content_of(request.origin, link)}


def _opened(request: V2Request, argument: dict[str, Any]) -> tuple[Entry, BinaryIO]:
    with lookups("path"):
        path, rev = locate(request, argument["path"])
        return request.world.files.open(request.scope, path, rev or argument["rev"])


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
    # The caller of the answer closes it.
    file = cast("BinaryIO", SpooledTemporaryFile(_IN_MEMORY_BYTES))  # noqa: SIM115
    above = len(folder.path) - len(folder.name)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.mkdir(folder.name) if hasattr(archive, "mkdir") else archive.writestr(
            ZipInfo(f"{folder.name}/"), b""
        )
        for entry in entries:
            _add(request, archive, entry, entry.path[above:])
    return file


def _add(request: V2Request, archive: ZipFile, entry: Entry, name: str) -> None:
    if entry.is_folder:
        archive.writestr(ZipInfo(f"{name}/"), b"")
        return
    with request.world.files.content(entry) as source, archive.open(ZipInfo(name), "w") as target:
        while block := source.read(_COPIED_BYTES):
            target.write(block)


def _ascii(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
