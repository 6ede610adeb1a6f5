"""Folders as ZIP archives."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask import Response

from fakebox.http.file_response import Blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

    from fakebox.core.entry import Entry

_COPIED_BYTES = 256 * 1024
# The attributes of a folder on Unix and on Windows, as `ZipFile.mkdir` sets them.
_FOLDER_ATTRIBUTES = 0o40777 << 16 | 0x10


def send_archive(
    entries: Iterable[Entry],
    open_content: Callable[[Entry], BinaryIO],
    *,
    below: str,
    top_name: str = "",
) -> Response:
    """Respond with a ZIP archive of files and folders.

    Args:
        entries: the files and folders, each folder before its entries.
        open_content: returns the content of a file.
        below: the path of the folder that contains all of them.
        top_name: the name of this folder in the archive; empty if the archive does not contain it.
    """
    # Closing the response closes the file.
    file = TemporaryFile()  # noqa: SIM115
    start = len(below.rstrip("/")) + 1
    top = f"{top_name}/" if top_name else ""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        if top:
            _add_folder(archive, top)
        for entry in entries:
            name = f"{top}{entry.path[start:]}"
            if entry.is_folder:
                _add_folder(archive, f"{name}/")
            else:
                with open_content(entry) as source:
                    _add_file(archive, name, source)
    size_bytes = file.seek(0, 2)
    return Response(
        Blocks(file, 0, size_bytes),
        headers={"Content-Length": str(size_bytes)},
        content_type="application/zip",
        direct_passthrough=True,
    )


def _add_folder(archive: ZipFile, name: str) -> None:
    # `ZipFile.mkdir` needs Python 3.11. The default mode of an entry, 0600, makes a folder that
    # cannot be opened.
    info = ZipInfo(name)
    info.external_attr = _FOLDER_ATTRIBUTES
    archive.writestr(info, b"")


def _add_file(archive: ZipFile, name: str, source: BinaryIO) -> None:
    with archive.open(ZipInfo(name), "w") as target:
        while block := source.read(_COPIED_BYTES):
            target.write(block)
