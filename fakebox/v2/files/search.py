"""files/search_v2 and search. Source: the wire reference of version 2, search.

As in version 1 every word of the query has to be in the name, in any case and at any place; what
is in the files isn't looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox.v2 import responses
from fakebox.v2.cursors import decode, encode
from fakebox.v2.paths import any_path, place
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import (
    Field,
    anything,
    boolean,
    integer,
    items,
    optional,
    struct,
    text,
    union,
)
from fakebox.v2.tagged_errors import lookups

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.core.search import SearchPage
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("search", __name__)

# The service tells of no more, however often one asks it to go on.
_ALL = 10_000
_FAMILY = "search"
_FLAG = Field(boolean, False)
_CATEGORIES = {
    "image": "jpg jpeg png gif bmp tif tiff webp heic svg",
    "document": "doc docx odt rtf txt md",
    "pdf": "pdf",
    "spreadsheet": "xls xlsx ods csv",
    "presentation": "ppt pptx odp key",
    "audio": "mp3 wav m4a ogg flac aac aiff wma",
    "video": "avi mov mp4 m4v mpg mpeg wmv mkv webm",
    "folder": "",
    "paper": "paper",
    "others": "",
}
_OPTIONS = struct(
    {
        "path": optional(any_path),
        "max_results": Field(integer(1, 1000), 100),
        "order_by": optional(union({"relevance": None, "last_modified_time": None})),
        "file_status": optional(union({"active": None, "deleted": None})),
        "filename_only": _FLAG,
        "file_extensions": optional(items(text())),
        "file_categories": optional(items(union(dict.fromkeys(_CATEGORIES)))),
        "account_id": optional(text()),
    }
)
_MODES = ("filename", "filename_and_content", "deleted_filename")
_BY_NAME = {".tag": "filename"}
_NO_OPTIONS: dict[str, Any] = _OPTIONS({})


@rpc(
    blueprint,
    "files/search_v2",
    struct(
        {
            "query": text(max_length=1000),
            "options": optional(_OPTIONS),
            "match_field_options": optional(struct({"include_highlights": _FLAG})),
            "include_highlights": optional(anything),
        }
    ),
)
def search(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """What has the words of a query in its name."""
    options = argument["options"] or _NO_OPTIONS
    deleted = bool(options["file_status"] and options["file_status"].tag == "deleted")
    newest = bool(options["order_by"] and options["order_by"].tag == "last_modified_time")
    endings = _endings(options)
    asking = [argument["query"], options["path"] or "", deleted, newest, endings]
    return _found(request, asking, options["max_results"], 0, None)


@rpc(
    blueprint,
    "files/search",
    struct(
        {
            "path": any_path,
            "query": text(max_length=1000),
            "start": Field(integer(0, 9999), 0),
            "max_results": Field(integer(1, 1000), 100),
            "mode": optional(union(dict.fromkeys(_MODES))),
        }
    ),
)
def search_from(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """As search_v2, with a number to go on from in the place of a cursor."""
    deleted = bool(argument["mode"] and argument["mode"].tag == "deleted_filename")
    asking = [argument["query"], argument["path"], deleted, False, None]
    start, count = argument["start"], argument["max_results"]
    found = _find(request, asking, start + count)
    matches = [
        {"match_type": _BY_NAME, "metadata": responses.tagged(entry)}
        for entry in found.entries[start : start + count]
    ]
    more = found.after is not None
    return {"matches": matches, "more": more, "start": start + len(matches)}


@rpc(blueprint, "files/search/continue_v2", struct({"cursor": text(min_length=1)}))
def search_continue(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """More of what was found."""
    return _found(request, *decode(request.world, _FAMILY, argument["cursor"]))


def _found(
    request: V2Request, asking: list[Any], count: int, start: int, after: list[int] | None
) -> dict[str, Any]:
    key = None if after is None else (after[0], after[1])
    found = _find(request, asking, min(count, _ALL - start), key)
    has_more = found.after is not None and start + count < _ALL
    answer: dict[str, Any] = {
        "matches": [
            {
                "match_type": _BY_NAME,
                "metadata": {".tag": "metadata", "metadata": responses.tagged(entry)},
            }
            for entry in found.entries
        ],
        "has_more": has_more,
    }
    if has_more:
        values = [asking, count, start + count, found.after]
        answer["cursor"] = encode(request.world, _FAMILY, values)
    return answer


def _find(
    request: V2Request, asking: list[Any], limit: int, after: tuple[int, int] | None = None
) -> SearchPage:
    query, where, deleted, newest, endings = asking
    with lookups("path"):
        return request.world.search.find_page(
            request.scope,
            place(request, where, root=True),
            query,
            limit=limit,
            include_deleted=deleted,
            order="newest" if newest else "name",
            after=after,
            counts=lambda entry: entry.is_deleted == deleted and _has(entry, endings),
        )


def _endings(options: dict[str, Any]) -> list[str] | None:
    if not (options["file_extensions"] or options["file_categories"]):
        return None
    endings = {word.lower().lstrip(".") for word in options["file_extensions"] or ()}
    for category in options["file_categories"] or ():
        endings.update(_CATEGORIES[category.tag].split())
        if category.tag in ("folder", "others"):
            endings.add(f"/{category.tag}")
    return sorted(endings)


def _has(entry: Entry, endings: list[str] | None) -> bool:
    if endings is None:
        return True
    if entry.is_folder:
        return "/folder" in endings
    ending = entry.name.rpartition(".")[2].lower()
    known = " ".join(_CATEGORIES.values()).split()
    return ending in endings or ("/others" in endings and ending not in known)
