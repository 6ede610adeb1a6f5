"""Previews of files: HTML pages and PDF documents.

The content of an office document is not read, so its preview shows only its name.
"""

from __future__ import annotations

import html
import io
from base64 import b64encode
from datetime import datetime, timezone
from typing import TYPE_CHECKING, BinaryIO

from fakebox.media.file_types import extension_of, file_type_of, may_have_thumbnail
from fakebox.media.images import thumbnail

if TYPE_CHECKING:
    from fakebox.core.entry import Entry

TEXT_LIMIT_BYTES = 1024 * 1024
_PICTURE_WIDTH, _PICTURE_HEIGHT = 1024, 768
# The extensions that version 2 of the API documents.
_PDF_EXTENSIONS = frozenset(
    {"ai", "doc", "docm", "docx", "eps", "gdoc", "gslides", "odp"}
    | {"odt", "pps", "ppsm", "ppsx", "ppt", "pptm", "pptx", "rtf"}
)
_HTML_EXTENSIONS = frozenset({"csv", "ods", "xls", "xlsm", "gsheet", "xlsx"})
_HTML = "text/html; charset=utf-8"
# A page of A4 at 72 pixels per inch.
_PAGE_SIZE = 595, 842
_MARGIN = 72
_CREATED = datetime.fromtimestamp(0, timezone.utc).timetuple()


class NoPreview(Exception):
    """The service makes no preview of the file.

    Attributes:
        name: the name of the file.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def preview(entry: Entry, file: BinaryIO, pixel_limit: int) -> str:
    """Make an HTML page, without references to other files.

    Args:
        entry: the file; its extension decides how it is shown.
        file: the content of the file.
        pixel_limit: the largest number of pixels of a picture.

    Raises:
        NoPreview: the extension does not belong to a text or a picture.
        DamagedImage: the picture cannot be decoded.
    """
    name = html.escape(entry.name)
    if file_type_of(entry.name).is_text:
        shown = f"<pre>{html.escape(read_text(file))}</pre>"
    elif may_have_thumbnail(entry.name, entry.size_bytes):
        box = _PICTURE_WIDTH, _PICTURE_HEIGHT
        data = b64encode(thumbnail(file, *box, "PNG", pixel_limit)).decode()
        shown = f'<img alt="{name}" src="data:image/png;base64,{data}">'
    else:
        raise NoPreview(entry.name)
    return _page(name, shown)


def document_preview(entry: Entry, file: BinaryIO) -> tuple[bytes, str]:
    """Make the preview of a document or a table, for version 2 of the API.

    Args:
        entry: the file; its extension decides the type of the preview.
        file: the content of the file.

    Returns:
        The preview, and its content type: a PDF for documents and an HTML page for tables.

    Raises:
        NoPreview: the extension does not belong to a document or a table.
    """
    extension, name = extension_of(entry.name), html.escape(entry.name)
    if extension in _PDF_EXTENSIONS:
        return _pdf(entry.name), "application/pdf"
    if extension not in _HTML_EXTENSIONS:
        raise NoPreview(entry.name)
    text = read_text(file) if file_type_of(entry.name).is_text else ""
    shown = f"<pre>{html.escape(text)}</pre>" if text else f"<h1>{name}</h1>"
    return _page(name, shown).encode(), _HTML


def read_text(file: BinaryIO, limit_bytes: int = TEXT_LIMIT_BYTES) -> str:
    """Read the beginning of a text; bytes that are not UTF-8 are replaced."""
    return file.read(limit_bytes).decode("utf-8", "replace")


def _page(title: str, body: str) -> str:
    return f"<!doctype html><meta charset=utf-8><title>{title}</title>{body}"


def _pdf(name: str) -> bytes:
    """Make a PDF of one page with the name of a file, without characters outside ASCII."""
    from PIL import Image, ImageDraw

    page = Image.new("L", _PAGE_SIZE, "white")
    text = name.encode("ascii", "replace").decode()
    ImageDraw.Draw(page).text((_MARGIN, _MARGIN), text, fill="black")
    file = io.BytesIO()
    # Without dates, previews of the same file are equal.
    page.save(file, "PDF", creationDate=_CREATED, modDate=_CREATED)
    return file.getvalue()
