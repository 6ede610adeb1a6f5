"""Previews: HTML pages that show a text or a picture."""

from __future__ import annotations

import html
from base64 import b64encode
from typing import TYPE_CHECKING, BinaryIO

from fakebox.media.file_types import file_type_of, may_have_thumbnail
from fakebox.media.images import thumbnail

if TYPE_CHECKING:
    from fakebox.core.entry import Entry

TEXT_LIMIT_BYTES = 1024 * 1024
_PICTURE_WIDTH, _PICTURE_HEIGHT = 1024, 768


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
    return f"<!doctype html><meta charset=utf-8><title>{name}</title>{shown}"


def read_text(file: BinaryIO, limit_bytes: int = TEXT_LIMIT_BYTES) -> str:
    """Read the beginning of a text; bytes that are not UTF-8 are replaced."""
    return file.read(limit_bytes).decode("utf-8", "replace")
