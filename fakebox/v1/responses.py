"""The JSON of version 1: from what the core answers to what clients of the day parsed.

Source: the wire reference, metadata object.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Response

from fakebox.core.entry import Entry, Listing
from fakebox.media.file_types import file_type_of, folder_icon, may_have_thumbnail
from fakebox.v1.locales import size_text

if TYPE_CHECKING:
    from fakebox.core.accounts import Scope

JSON_TYPE = "text/javascript; charset=UTF-8"
ERROR_TYPE = "application/json"


def json_response(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    content_type = JSON_TYPE if status == 200 else ERROR_TYPE
    return Response(json.dumps(value), status, content_type=content_type)


@lru_cache(maxsize=4096)
def date(when_s: int) -> str:
    """A time in seconds since 1970 as version 1 writes it, `Sat, 21 Aug 2010 22:31:20 +0000`."""
    return format_datetime(datetime.fromtimestamp(when_s, timezone.utc))


def metadata(shown: Entry | Listing, scope: Scope, locale: str) -> dict[str, Any]:
    """The metadata of a file or folder, with what is in it if it was listed."""
    if isinstance(shown, Entry):
        return _entry(shown, scope, locale)
    fields = _entry(shown.folder, scope, locale)
    fields["hash"] = shown.hash
    fields["contents"] = [_entry(child, scope, locale) for child in shown.children]
    return fields


def header(entry: Entry, scope: Scope, locale: str) -> str:
    """The metadata as it stands in a response's `x-dropbox-metadata`: ASCII, on one line."""
    return json.dumps(_entry(entry, scope, locale))


def _entry(entry: Entry, scope: Scope, locale: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "bytes": entry.size_bytes,
        "is_dir": entry.is_folder,
        "path": entry.path,
        "root": "app_folder" if scope.root else "dropbox",
        "size": size_text(0, "en") if entry.is_folder else size_text(entry.size_bytes, locale),
    }
    if not entry.is_root:
        fields["rev"] = entry.rev
        fields["revision"] = entry.revision
        fields["modified"] = date(entry.modified_s)
    if entry.is_deleted:
        fields["is_deleted"] = True
    return fields | (_folder(entry, scope) if entry.is_folder else _file(entry))


def _folder(entry: Entry, scope: Scope) -> dict[str, Any]:
    icon = "folder" if scope.root else folder_icon(entry.path)
    return {"icon": icon, "thumb_exists": False}


def _file(entry: Entry) -> dict[str, Any]:
    kind = file_type_of(entry.name)
    return {
        "icon": kind.icon,
        "mime_type": kind.mime_type,
        "thumb_exists": may_have_thumbnail(entry.name, entry.size_bytes),
        "client_mtime": date(entry.client_mtime_s),
    }
