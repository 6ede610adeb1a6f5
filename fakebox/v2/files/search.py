"""Search for files and folders. Source: the wire reference of version 2, search.

As in version 1, every word of the query has to be in the name, in any case and at any position. The
contents of files are not searched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from flask import Blueprint

from fakebox.v2 import responses
from fakebox.v2.paths import PathROrId, place
from fakebox.v2.request import decode_cursor, encode_cursor
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Range, Struct, Text
from fakebox.v2.tagged_errors import lookups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakebox.core.entry import Entry
    from fakebox.core.search import SearchPage
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("search", __name__)

# The service returns at most this number of matches for a query.
_ALL = 10_000
_FAMILY = "search"
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
_BY_NAME = {".tag": "filename"}

AccountId: TypeAlias = Annotated[str, Text(min_length=40, max_length=40)]
FileCategory: TypeAlias = Literal[
    "image",
    "document",
    "pdf",
    "spreadsheet",
    "presentation",
    "audio",
    "video",
    "folder",
    "paper",
    "others",
]


class SearchOptions(Struct):
    """Options of files/search_v2."""

    path: PathROrId | None = None
    max_results: Annotated[int, Range(1, 1000)] = 100
    order_by: Literal["relevance", "last_modified_time"] | None = None
    file_status: Literal["active", "deleted"] | None = None
    filename_only: bool = False
    file_extensions: tuple[str, ...] | None = None
    file_categories: tuple[FileCategory, ...] | None = None
    account_id: AccountId | None = None


class SearchMatchFieldOptions(Struct):
    """Options of the matches of files/search_v2."""

    include_highlights: bool = False


class SearchV2Arg(Struct):
    """Argument of files/search_v2."""

    query: Annotated[str, Text(max_length=1000)]
    options: SearchOptions | None = None
    match_field_options: SearchMatchFieldOptions | None = None
    include_highlights: bool | None = None


class SearchArg(Struct):
    """Argument of files/search."""

    path: PathROrId
    query: Annotated[str, Text(max_length=1000)]
    start: Annotated[int, Range(0, 9999)] = 0
    max_results: Annotated[int, Range(1, 1000)] = 100
    mode: Literal["filename", "filename_and_content", "deleted_filename"] | None = None


class SearchV2ContinueArg(Struct):
    """Argument of files/search/continue_v2."""

    cursor: Annotated[str, Text(min_length=1)]


@dataclass(frozen=True, slots=True)
class SearchCursor:
    """A search, and a position in its matches.

    Attributes:
        query: the words that have to be in a name.
        path: the folder that is searched.
        deleted: whether deleted entries are searched.
        newest: whether the newest match is the first.
        endings: the file extensions that match, and `/folder` or `/others`; `None` for all.
        count: the number of matches in a page.
        start: the number of matches that were returned.
        after: the core's key of the last match that was returned; `None` for the first page.
    """

    query: str
    path: str
    deleted: bool
    newest: bool
    endings: list[str] | None
    count: int
    start: int
    after: Sequence[int] | None


@rpc(blueprint, "files/search_v2", SearchV2Arg)
def search(request: V2Request, arg: SearchV2Arg) -> JSONObject:
    """Return the first page of the matches of a query."""
    options = arg.options or SearchOptions()
    cursor = SearchCursor(
        query=arg.query,
        path=options.path or "",
        deleted=options.file_status == "deleted",
        newest=options.order_by == "last_modified_time",
        endings=_endings(options),
        count=options.max_results,
        start=0,
        after=None,
    )
    return _found(request, cursor)


@rpc(blueprint, "files/search", SearchArg)
def search_from(request: V2Request, arg: SearchArg) -> JSONObject:
    """Return matches as files/search_v2 does, with a number as the position of a page."""
    start, count = arg.start, arg.max_results
    deleted = arg.mode == "deleted_filename"
    cursor = SearchCursor(arg.query, arg.path, deleted, False, None, count, start, None)
    found = _find(request, cursor, start + count)
    matches: list[JSONObject] = [
        {"match_type": _BY_NAME, "metadata": responses.tagged(entry)}
        for entry in found.entries[start : start + count]
    ]
    more = found.after is not None
    return {"matches": matches, "more": more, "start": start + len(matches)}


@rpc(blueprint, "files/search/continue_v2", SearchV2ContinueArg)
def search_continue(request: V2Request, arg: SearchV2ContinueArg) -> JSONObject:
    """Return the next page of matches."""
    return _found(request, decode_cursor(request.world, _FAMILY, SearchCursor, arg.cursor))


def _found(request: V2Request, cursor: SearchCursor) -> JSONObject:
    found = _find(request, cursor, min(cursor.count, _ALL - cursor.start))
    following = replace(cursor, start=cursor.start + cursor.count, after=found.after)
    has_more = found.after is not None and following.start < _ALL
    matches: list[JSONObject] = [
        {
            "match_type": _BY_NAME,
            "metadata": {".tag": "metadata", "metadata": responses.tagged(entry)},
        }
        for entry in found.entries
    ]
    payload: JSONObject = {"matches": matches, "has_more": has_more}
    if has_more:
        payload["cursor"] = encode_cursor(request.world, _FAMILY, following)
    return payload


def _find(request: V2Request, cursor: SearchCursor, limit: int) -> SearchPage:
    deleted, endings = cursor.deleted, cursor.endings
    with lookups("path"):
        return request.world.search.find_page(
            request.scope,
            place(request, cursor.path, root=True),
            cursor.query,
            limit=limit,
            include_deleted=deleted,
            order="newest" if cursor.newest else "name",
            after=None if cursor.after is None else (cursor.after[0], cursor.after[1]),
            counts=lambda entry: entry.is_deleted == deleted and _has(entry, endings),
        )


def _endings(options: SearchOptions) -> list[str] | None:
    if not (options.file_extensions or options.file_categories):
        return None
    endings = {text.lower().lstrip(".") for text in options.file_extensions or ()}
    for category in options.file_categories or ():
        endings.update(_CATEGORIES[category].split())
        if category in ("folder", "others"):
            endings.add(f"/{category}")
    return sorted(endings)


def _has(entry: Entry, endings: list[str] | None) -> bool:
    if endings is None:
        return True
    if entry.is_folder:
        return "/folder" in endings
    ending = entry.name.rpartition(".")[2].lower()
    known = " ".join(_CATEGORIES.values()).split()
    return ending in endings or ("/others" in endings and ending not in known)
