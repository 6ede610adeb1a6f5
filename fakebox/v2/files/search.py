"""Search for files and folders. Source: the wire reference of version 2, search.

Every word of the query has to be in the name, in any case; or in the content of a text, if the type
of the account has full-text search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from flask import Blueprint

from fakebox.core.errors import NotFound
from fakebox.core.path_rules import compose
from fakebox.core.plans import PLANS
from fakebox.core.search import SearchMatch, SearchPage
from fakebox.core.search_query import SearchQuery
from fakebox.http.account_ids import account_id
from fakebox.media.file_types import file_type_of
from fakebox.v2 import responses
from fakebox.v2.paths import PathROrId, place
from fakebox.v2.request import decode_cursor, encode_cursor
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Range, Struct, Text
from fakebox.v2.tagged_errors import lookups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakebox.core.entry import Entry
    from fakebox.core.search_query import MatchRule
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("search", __name__)

# The service returns at most this number of matches for a query.
_ALL = 10_000
_FAMILY = "search"
# The pages of a search in contents that files/search reads for one response.
_PAGES_OF_CONTENTS = 16
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
# The types of matches: in the name, in the content, and in both.
_TYPES = "filename", "file_content", "filename_and_content"
_OLD_TYPES = "filename", "content", "both"

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


AccountId: TypeAlias = Annotated[str, Text(min_length=40, max_length=40)]


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
    # Deprecated; the specification has it in `match_field_options`.
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
        contents: whether the contents of texts are searched.
        highlights: whether matches have highlights.
        count: the number of matches in a page.
        start: the number of matches that were returned.
        after: the core's key of the last match that was returned; `None` for the first page.
    """

    query: str
    path: str
    deleted: bool
    newest: bool
    endings: list[str] | None
    contents: bool
    highlights: bool
    count: int
    start: int
    after: Sequence[int] | None


@rpc(blueprint, "files/search_v2", SearchV2Arg)
def search(request: V2Request, arg: SearchV2Arg) -> JSONObject:
    """Return the first page of the matches of a query."""
    options = arg.options or SearchOptions()
    if options.account_id not in (None, account_id(request.account.id)):
        # Other accounts have no files that the caller can see.
        return {"matches": [], "has_more": False}
    is_deleted = options.file_status == "deleted"
    has_full_text = PLANS[request.account.type].full_text_search
    cursor = SearchCursor(
        query=arg.query,
        path=options.path or "",
        deleted=is_deleted,
        newest=options.order_by == "last_modified_time",
        endings=_endings(options),
        contents=has_full_text and not options.filename_only and not is_deleted,
        highlights=_includes_highlights(arg),
        count=options.max_results,
        start=0,
        after=None,
    )
    return _found(request, cursor)


@rpc(blueprint, "files/search", SearchArg)
def search_from(request: V2Request, arg: SearchArg) -> JSONObject:
    """Return matches as files/search_v2 does, with a number as the position of a page."""
    start, end = arg.start, arg.start + arg.max_results
    cursor = SearchCursor(
        query=arg.query,
        path=arg.path,
        deleted=arg.mode == "deleted_filename",
        newest=False,
        endings=None,
        contents=arg.mode == "filename_and_content" and request.account.type == "business",
        highlights=False,
        count=end,
        start=0,
        after=None,
    )
    with lookups("path"):
        found, more = _find_many(request, cursor)
    matches: list[JSONObject] = [
        {"match_type": _type(one, _OLD_TYPES), "metadata": responses.tagged(one.entry)}
        for one in found[start:end]
    ]
    # No request can begin after the last match.
    return {"matches": matches, "more": more and end < _ALL, "start": start + len(matches)}


@rpc(blueprint, "files/search/continue_v2", SearchV2ContinueArg)
def search_continue(request: V2Request, arg: SearchV2ContinueArg) -> JSONObject:
    """Return the next page of matches."""
    return _found(request, decode_cursor(request.world, _FAMILY, SearchCursor, arg.cursor))


def _found(request: V2Request, cursor: SearchCursor) -> JSONObject:
    with lookups("path"):
        try:
            limit = min(cursor.count, _ALL - cursor.start)
            found = _find_page(request, cursor, limit, rule="anywhere")
        except NotFound:
            found = SearchPage((), None)
    following = replace(cursor, start=cursor.start + len(found.matches), after=found.after)
    has_more = found.after is not None and following.start < _ALL
    matches = [_shown(match, cursor) for match in found.matches]
    payload: JSONObject = {"matches": matches, "has_more": has_more}
    if has_more:
        payload["cursor"] = encode_cursor(request.world, _FAMILY, following)
    return payload


def _find_many(request: V2Request, cursor: SearchCursor) -> tuple[list[SearchMatch], bool]:
    """Return the first `cursor.count` matches of files/search, and whether there are more.

    A number cannot say where the search ended, so what is beyond the limit is left out.
    """
    found: list[SearchMatch] = []
    for _ in range(_PAGES_OF_CONTENTS):
        page = _find_page(request, cursor, cursor.count - len(found), rule="prefix")
        found += page.matches
        if page.after is None or len(found) == cursor.count:
            return found, page.after is not None
        cursor = replace(cursor, after=page.after)
    return found, False


def _find_page(
    request: V2Request, cursor: SearchCursor, limit: int, *, rule: MatchRule
) -> SearchPage:
    deleted, endings, after = cursor.deleted, cursor.endings, cursor.after
    return request.world.search.find_page(
        request.scope,
        place(request, cursor.path, root=True),
        SearchQuery.of(cursor.query, rule=rule),
        limit=limit,
        include_deleted=deleted,
        order="newest" if cursor.newest else "name",
        after=None if after is None else (after[0], after[1], after[2]),
        counts=lambda entry: entry.is_deleted == deleted and _has(entry, endings),
        is_text=(lambda name: file_type_of(name).is_text) if cursor.contents else None,
    )


def _includes_highlights(arg: SearchV2Arg) -> bool:
    if arg.match_field_options:
        return arg.match_field_options.include_highlights
    return bool(arg.include_highlights)


def _shown(match: SearchMatch, cursor: SearchCursor) -> JSONObject:
    payload: JSONObject = {
        "match_type": _type(match, _TYPES),
        "metadata": {".tag": "metadata", "metadata": responses.tagged(match.entry)},
    }
    if cursor.highlights:
        texts = ([match.entry.name] if match.in_name else []) + (
            [] if match.excerpt is None else [match.excerpt]
        )
        payload["highlight_spans"] = [
            span for text in texts for span in _spans(text, compose(cursor.query).split())
        ]
    return payload


def _type(match: SearchMatch, types: tuple[str, str, str]) -> JSONObject:
    in_name, in_content, in_both = types
    if match.excerpt is None:
        return {".tag": in_name}
    return {".tag": in_both if match.in_name else in_content}


def _spans(text: str, words: Sequence[str]) -> list[JSONObject]:
    """Divide a text into spans, of which those with a word are highlighted."""
    # A longer word is preferred to its beginning.
    pattern = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    # The separators are at the odd positions.
    parts = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    return [
        {"highlight_str": part, "is_highlighted": position % 2 == 1}
        for position, part in enumerate(parts)
        if part
    ]


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
