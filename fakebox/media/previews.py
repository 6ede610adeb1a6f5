"""Documents as pages: what can be shown of a text or picture without the program that made it.

Not here: the pages around a shared link, which `web` has.
"""

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
    """Nothing can be shown of such a file.

    Attributes:
        name: its name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def preview(entry: Entry, file: BinaryIO, pixel_limit: int) -> str:
    """An HTML page that shows a text or a picture, whole in itself.

    Args:
        entry: the file; its name says what it is.
        file: its bytes.
        pixel_limit: how many pixels a picture may have.

    Raises:
        NoPreview: it is neither.
        DamagedImage: it should be a picture, and can't be decoded.
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
    """The beginning of a text, whatever its bytes."""
    return file.read(limit_bytes).decode("utf-8", "replace")
