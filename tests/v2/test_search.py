"""Search: pages, options and cursors."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest


@pytest.mark.usefixtures("tree")
def test_search_finds_names_in_pages(api):
    """Names that contain every word are found in any case and at any level, in pages."""
    for number in range(3):
        api.upload(f"/top/sub/Needle {number}.txt")
    api.upload("/elsewhere/needle.txt")
    options = {"path": "/top", "max_results": 2}
    page = api.rpc("files/search_v2", query="need txt", options=options)
    rest = api.rpc("files/search/continue_v2", cursor=page["cursor"])
    found = [match["metadata"]["metadata"]["name"] for match in page["matches"] + rest["matches"]]
    assert sorted(found) == [f"Needle {number}.txt" for number in range(3)]
    assert (page["has_more"], rest["has_more"]) == (True, False)


@pytest.mark.usefixtures("tree")
def test_first_version_of_search_has_numeric_pages(api):
    """Each response contains the number at which the next page starts."""
    for number in range(3):
        api.upload(f"/top/needle {number}")
    argument = {"path": "/top", "query": "needle", "max_results": 2}
    first = api.rpc("files/search", **argument)
    rest = api.rpc("files/search", **argument, start=first["start"])
    assert [(page["more"], page["start"]) for page in (first, rest)] == [(True, 2), (False, 3)]
    matches = first["matches"] + rest["matches"]
    assert [one["metadata"]["name"] for one in matches] == [f"needle {n}" for n in range(3)]
    assert [one["metadata"][".tag"] for one in matches] == ["file"] * 3
    assert {one["match_type"][".tag"] for one in matches} == {"filename"}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("filename", ["old 1"]), ("filename_and_content", ["old 1"]), ("deleted_filename", ["old 2"])],
)
def test_first_version_of_search_finds_existing_or_deleted_files_by_mode(api, mode, expected):
    """The mode selects existing or deleted files, and a missing folder is an error."""
    for number in (1, 2):
        api.upload(f"/old {number}")
    api.rpc("files/delete_v2", path="/old 2")
    matches = api.rpc("files/search", path="", query="old", mode={".tag": mode})["matches"]
    assert [one["metadata"]["name"] for one in matches] == expected
    error = api.fails("files/search", path="/no", query="old")
    assert error == {".tag": "path", "path": {".tag": "not_found"}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"file_extensions": ["PDF"]}, ["x.pdf"]),
        ({"file_categories": ["image"]}, ["x.jpg"]),
        ({"file_categories": ["folder", "others"]}, ["x.bin", "xs"]),
        ({"file_status": "deleted"}, ["x.old"]),
        ({"order_by": "last_modified_time"}, ["xs", "x.bin", "x.jpg", "x.pdf"]),
    ],
    ids=["extension", "category", "folders and others", "deleted", "newest first"],
)
def test_search_applies_its_options(api, options, expected):
    """Results are limited by extension, category and status, and sorted by date."""
    api.world.clock.freeze()
    for name in ("x.old", "x.pdf", "x.jpg", "x.bin"):
        api.upload(f"/{name}")
        api.world.clock.advance(1)
    api.rpc("files/create_folder_v2", path="/xs")
    api.rpc("files/delete_v2", path="/x.old")
    matches = api.rpc("files/search_v2", query="x", options=options)["matches"]
    assert [match["metadata"]["metadata"]["name"] for match in matches] == expected


@pytest.mark.usefixtures("tree")
def test_malformed_search_cursor_is_400(api):
    """A malformed cursor or the cursor of another route is answered with 400."""
    other = api.rpc("files/list_folder", path="")["cursor"]
    for cursor in ("nonsense", other, "W10"):
        response = api.post("files/search/continue_v2", {"cursor": cursor})
        assert (response.status_code, "cursor" in response.text) == (400, True)


@pytest.mark.parametrize(
    "values",
    [
        [[5, "", False, False, None], 1, 0],
        [["a", 5, False, False, None], 1, 0],
        [["a", "", False, False, 5], 1, 0],
        [["a", "", False, False, None], "1", 0],
        [["a", "\ud800", False, False, None], 1, 0],
        [["a", "", False, False, None], -1, 0],
    ],
    ids=["query", "path", "endings", "count", "surrogate", "negative count"],
)
@pytest.mark.usefixtures("tree")
def test_forged_search_cursor_is_400(api, values):
    """A cursor that was not signed is answered with 400."""
    cursor = urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
    response = api.post("files/search/continue_v2", {"cursor": cursor})
    assert (response.status_code, "cursor" in response.text) == (400, True)
