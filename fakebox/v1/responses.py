"""JSON responses of version 1, rendered from values of the core.

Source: the wire reference, metadata object.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Response

from fakebox.core.entry import Entry, Listing
from fakebox.media.file_types import file_type_of, folder_icon, may_have_thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.core.accounts import Scope

# Clients compare these types exactly, so they have no charset.
JSON_TYPE = "text/javascript"
ERROR_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

# Languages with a decimal comma.
_COMMA = frozenset({"de", "es", "fr"})
_BYTES = {"de": "Byte", "es": "bytes", "fr": "octets", "ja": "バイト"}
_UNITS = ("KB", "MB", "GB", "TB")
_QUOTA = {
    "en": "You don't have enough room in your Dropbox for this.",
    "de": "In Ihrer Dropbox ist nicht genügend Speicherplatz dafür vorhanden.",
    "es": "No tienes espacio suficiente en tu Dropbox para esto.",
    "fr": "Vous n'avez pas assez d'espace dans votre Dropbox pour cela.",
    "ja": "Dropbox の空き容量が足りません。",
}


def json_response(value: object, status: int = 200) -> Response:
    """Make a JSON response."""
    content_type = JSON_TYPE if status == 200 else ERROR_TYPE
    return Response(json.dumps(value), status, content_type=content_type)


@lru_cache(maxsize=4096)
def date(when_s: int) -> str:
    """Format a time in seconds since 1970, such as `Sat, 21 Aug 2010 22:31:20 +0000`."""
    return format_datetime(datetime.fromtimestamp(when_s, timezone.utc))


def metadata(
    shown: Entry | Listing,
    scope: Scope,
    locale: str,
    media_info: Callable[[Entry], dict[str, object]] | None = None,
) -> dict[str, object]:
    """Render the metadata of a file or folder.

    Args:
        shown: the file or folder, or a folder with its entries.
        scope: the files that the caller has access to.
        locale: the language of sizes.
        media_info: returns fields to add to the metadata of an entry; None adds no fields.
    """

    def render(entry: Entry) -> dict[str, object]:
        fields = _entry(entry, scope, locale)
        return fields | media_info(entry) if media_info else fields

    if isinstance(shown, Entry):
        return render(shown)
    contents = [render(child) for child in shown.children]
    fields = render(shown.folder)
    size = fields.pop("size")
    return {"hash": shown.hash, **fields, "contents": contents, "size": size}


def header(entry: Entry, scope: Scope, locale: str) -> str:
    """Render the value of the header `x-dropbox-metadata`: JSON in ASCII, on one line."""
    return json.dumps(_entry(entry, scope, locale))


def _entry(entry: Entry, scope: Scope, locale: str) -> dict[str, object]:
    """Render an entry. Some clients find members by their order, which is that of the service."""
    fields: dict[str, object] = {"is_deleted": True} if entry.is_deleted else {}
    name, is_file = entry.name, not entry.is_folder
    kind = file_type_of(name)
    if not entry.is_root:
        fields |= {"revision": entry.revision, "rev": entry.rev}
    fields["thumb_exists"] = is_file and may_have_thumbnail(name, entry.size_bytes)
    fields["bytes"] = entry.size_bytes
    if not entry.is_root:
        fields["modified"] = date(entry.modified_s)
    if is_file:
        fields["client_mtime"] = date(entry.client_mtime_s)
    fields |= {
        "path": entry.path,
        "is_dir": entry.is_folder,
        "icon": kind.icon if is_file else _folder_icon(entry, scope),
        "root": "app_folder" if scope.root else "dropbox",
    }
    if is_file:
        fields["mime_type"] = kind.mime_type
    fields["size"] = size_text(entry.size_bytes, locale if is_file else "en")
    return fields


def _folder_icon(entry: Entry, scope: Scope) -> str:
    return "folder" if scope.root else folder_icon(entry.path)


# --- translated texts ----------------------------------------------------------------------


def size_text(size_bytes: int, locale: str) -> str:
    """Format a size for users: in bytes below 1024, or with one decimal, rounded half up."""
    language = _language(locale)
    if size_bytes < 1024:
        return f"{size_bytes} {_BYTES.get(language, 'bytes')}"
    power = 1
    while _tenths(size_bytes, power) >= 10240 and power < len(_UNITS):
        power += 1
    whole, tenth = divmod(_tenths(size_bytes, power), 10)
    comma, unit = "," if language in _COMMA else ".", _UNITS[power - 1]
    return f"{whole}{comma}{tenth} {unit}" if tenth else f"{whole} {unit}"


def over_quota_text(locale: str) -> str:
    """The message for a user whose account is over quota."""
    return _QUOTA.get(_language(locale), _QUOTA["en"])


def _tenths(size_bytes: int, power: int) -> int:
    # Integers, so that halves are always rounded up.
    divisor: int = 1024**power
    return (size_bytes * 20 + divisor) // (2 * divisor)


def _language(locale: str) -> str:
    return locale.replace("-", "_").partition("_")[0].lower()
