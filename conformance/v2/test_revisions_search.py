"""Revisions, restoring, and search."""

import pytest

from conformance.v2.api import names
from conformance.v2.shapes import check_error, check_file, when

REVISIONS = "files/list_revisions"
RESTORE = "files/restore"
SEARCH = "files/search_v2"
CONTINUE = "files/search/continue_v2"
OLD_SEARCH = "files/search"


def revisions(api, name, **argument):
    """Return the revisions of a file."""
    return api.ok(REVISIONS, {"path": api.path(name), **argument})


def write(api, name, *texts):
    """Write texts to a file one after another; return the metadata of each."""
    return [api.put(name, text, mode="overwrite") for text in texts]


@pytest.mark.checks("v2-revisions")
def test_revisions(api):
    """Revisions are the metadata of each write, the newest first."""
    written = write(api, "r", b"1", b"22", b"333")
    result = revisions(api, "r")
    assert result["is_deleted"] is False
    assert "server_deleted" not in result
    assert result["entries"] == written[::-1]
    for entry in result["entries"]:
        check_file(entry)


@pytest.mark.checks("v2-revisions-limit")
def test_limit_of_revisions(api):
    """The limit is 10 by default, and has_more is true if there are more."""
    written = write(api, "r", *(str(number).encode() for number in range(12)))
    result = revisions(api, "r")
    assert (len(result["entries"]), result["has_more"]) == (10, True)
    result = revisions(api, "r", limit=2)
    assert [entry["rev"] for entry in result["entries"]] == [
        written[-1]["rev"],
        written[-2]["rev"],
    ]
    result = revisions(api, "r", limit=12)
    assert (len(result["entries"]), result["has_more"]) == (12, False)


@pytest.mark.checks("v2-revisions-before")
def test_revisions_before_a_rev(api):
    """before_rev continues after the last entry."""
    written = write(api, "r", b"1", b"22", b"333")
    first = revisions(api, "r", limit=1)
    rest = revisions(api, "r", before_rev=first["entries"][-1]["rev"])
    assert rest["entries"] == written[1::-1]
    assert rest["has_more"] is False


@pytest.mark.checks("v2-revisions-before")
def test_revisions_before_an_unknown_rev(api):
    """A before_rev that the file does not have is an error."""
    write(api, "r", b"1")
    argument = {"path": api.path("r"), "before_rev": "0123456789abc"}
    assert api.fails(REVISIONS, argument) == "invalid_before_rev"


@pytest.mark.checks("v2-revisions-deleted")
def test_revisions_of_a_deleted_file(api):
    """A deleted file has its revisions without one for the deletion, and the deletion time."""
    written = write(api, "r", b"1", b"22")
    api.delete("r")
    result = revisions(api, "r")
    assert result["is_deleted"] is True
    assert result["entries"] == written[::-1]
    assert when(result["server_deleted"]) >= when(written[-1]["server_modified"])


@pytest.mark.checks("v2-revisions-errors")
def test_revisions_of_nothing(api):
    """A path without a file is an error."""
    api.mkdir("folder")
    assert api.fails(REVISIONS, {"path": api.path("never")}) == "path/not_found"
    assert api.fails(REVISIONS, {"path": api.path("folder")}) == "path/not_file"


@pytest.mark.checks("v2-revisions-errors")
def test_revisions_of_a_deleted_folder(api):
    """A deleted folder is not a file."""
    api.mkdir("folder")
    api.delete("folder")
    assert api.fails(REVISIONS, {"path": api.path("folder")}) == "path/not_file"


@pytest.mark.checks("v2-revisions-id-mode")
def test_revisions_by_id(api):
    """In mode id the revisions follow the file over a move."""
    write(api, "before", b"1", b"22")
    moved = api.relocate("move", "before", "after")
    result = api.ok(REVISIONS, {"path": moved["id"], "mode": "id"})
    assert len(result["entries"]) == 3
    assert {entry["id"] for entry in result["entries"]} == {moved["id"]}


@pytest.mark.checks("v2-revisions-path-mode")
def test_revisions_by_path(api):
    """In mode path the revisions are those of all files at the path; in mode id of the last one."""
    first = write(api, "r", b"1", b"22")
    api.delete("r")
    (last,) = write(api, "r", b"333")
    assert revisions(api, "r", mode="path")["entries"] == [last, *first[::-1]]
    assert revisions(api, "r", mode="id")["entries"] == [last]


@pytest.mark.checks("v2-restore")
def test_restore(api):
    """A file is restored to a revision, with the same id and a new rev."""
    first, second = write(api, "r", b"1", b"22")
    result = api.ok(RESTORE, {"path": api.path("r"), "rev": first["rev"]})
    check_file(result, b"1")
    assert result["id"] == first["id"]
    assert result["rev"] not in (first["rev"], second["rev"])
    assert api.content("r") == b"1"


@pytest.mark.checks("v2-restore")
def test_restore_of_a_deleted_file(api):
    """A deleted file is restored with its id."""
    (first,) = write(api, "r", b"1")
    api.delete("r")
    result = api.ok(RESTORE, {"path": api.path("r"), "rev": first["rev"]})
    assert result["id"] == first["id"]
    assert names(api.entries()) == ["r"]


@pytest.mark.checks("v2-restore-invalid")
def test_restore_of_an_unknown_rev(api):
    """A rev that the file does not have is an error."""
    write(api, "r", b"1")
    other = api.put("other", b"2")
    argument = {"path": api.path("r"), "rev": "0123456789abcdef0"}
    assert api.fails(RESTORE, argument) == "invalid_revision"
    assert api.content("r") == b"1"
    argument = {"path": api.path("never"), "rev": other["rev"]}
    assert api.fails(RESTORE, argument).startswith(("path_lookup/", "invalid_revision"))


@pytest.mark.checks("v2-restore-conflict")
def test_restore_over_a_folder(api):
    """A folder at the path is a conflict."""
    (first,) = write(api, "r", b"1")
    api.delete("r")
    api.mkdir("r")
    argument = {"path": api.path("r"), "rev": first["rev"]}
    assert api.fails(RESTORE, argument) == "path_write/conflict/folder"
    assert api.metadata("r")[".tag"] == "folder"


def search(api, query, expected, **options):
    """Return the page of a search, when the index has the expected number of matches."""
    options = {"path": api.folder, **options}
    return api.eventually(
        lambda: api.ok(SEARCH, {"query": query, "options": options}),
        lambda page: len(page["matches"]) >= expected,
    )


def found(page):
    """Return the sorted names of the matches."""
    return sorted(match["metadata"]["metadata"]["name"] for match in page["matches"])


@pytest.mark.checks("v2-search")
def test_search_result(api):
    """A match has its kind, and the metadata of a file or folder with tags."""
    put, folder = api.put("needle.txt"), api.mkdir("the needle")
    api.put("hay.txt")
    page = search(api, "needle", 2)
    assert page["has_more"] is False
    assert "cursor" not in page
    matches = {match["metadata"]["metadata"]["name"]: match for match in page["matches"]}
    assert set(matches) == {"needle.txt", "the needle"}
    for match in matches.values():
        assert match["match_type"] == {".tag": "filename"}
        assert match["metadata"][".tag"] == "metadata"
        assert "highlight_spans" not in match
    assert matches["needle.txt"]["metadata"]["metadata"] == {".tag": "file", **put}
    assert matches["the needle"]["metadata"]["metadata"] == {".tag": "folder", **folder}


@pytest.mark.checks("v2-search-case")
def test_search_in_another_case(api):
    """A search ignores case."""
    api.put("Needle.TXT")
    assert found(search(api, "nEEDLE", 1)) == ["Needle.TXT"]


@pytest.mark.checks("v2-search-words")
def test_search_for_several_words(api):
    """Every word has to match, in any order."""
    api.put("red needle.txt")
    api.put("blue needle.txt")
    assert found(search(api, "needle red", 1)) == ["red needle.txt"]


@pytest.mark.checks("v2-search-path")
def test_search_below_a_path(api):
    """A search is limited to its path."""
    api.put("in/needle")
    api.put("out/needle 2")
    page = search(api, "needle", 1, path=api.path("in"))
    assert found(page) == ["needle"]


@pytest.mark.checks("v2-search-path-missing")
def test_search_below_a_missing_path(api):
    """A search below a missing folder has no matches."""
    argument = {"query": "needle", "options": {"path": api.path("never")}}
    assert api.ok(SEARCH, argument) == {"has_more": False, "matches": []}


@pytest.mark.checks("v2-search-pages")
def test_pages_of_a_search(api):
    """A search continues by its cursor, and returns each match once."""
    for number in range(5):
        api.put(f"needle {number}")
    search(api, "needle", 5)
    page = search(api, "needle", 2, max_results=2)
    matches = found(page)
    assert (len(matches), page["has_more"]) == (2, True)
    for following in api.following(page, CONTINUE):
        matches += found(following)
    assert sorted(matches) == [f"needle {number}" for number in range(5)]


@pytest.mark.checks("v2-search-limit")
@pytest.mark.not_live("needs 10,001 folders")
def test_number_of_matches_of_a_search(api):
    """A search has at most 10,000 matches, whatever the size of a page is."""
    paths = [api.path(f"needle {number}") for number in range(10_001)]
    for part in (paths[:6000], paths[6000:]):
        api.job("files/create_folder_batch", {"paths": part}, "files/create_folder_batch/check")
    page = search(api, "needle", 1000, max_results=1000)
    matches = found(page)
    for following in api.following(page, CONTINUE):
        matches += found(following)
    assert len(matches) == 10_000


@pytest.mark.checks("v2-search-pages")
def test_invalid_cursor_of_a_search(api):
    """A text that is no cursor is rejected."""
    response = api.call(CONTINUE, {"cursor": "nonsense"})
    assert "cursor" in response.text if response.status == 400 else check_error(response)
    assert api.call(CONTINUE, {"cursor": ""}).status == 400


@pytest.mark.checks("v2-search-deleted")
def test_search_for_deleted_files(api):
    """A deleted file is found with file_status deleted only."""
    api.put("needle old")
    api.put("needle")
    api.delete("needle old")
    assert found(search(api, "needle", 1)) == ["needle"]
    page = search(api, "needle", 1, file_status="deleted")
    assert found(page) == ["needle old"]


@pytest.mark.checks("v2-search-extensions")
def test_search_by_extension(api):
    """A search is limited to extensions."""
    for name in ("needle.txt", "needle.pdf", "needle.jpg"):
        api.put(name)
    search(api, "needle", 3)
    assert found(search(api, "needle", 1, file_extensions=["pdf"])) == ["needle.pdf"]
    page = search(api, "needle", 2, file_extensions=["pdf", "txt"])
    assert found(page) == ["needle.pdf", "needle.txt"]


@pytest.mark.checks("v2-search-categories")
def test_search_by_category(api):
    """A search is limited to categories of files."""
    for name in ("needle.pdf", "needle.jpg", "needle.mp3"):
        api.put(name)
    api.mkdir("needle folder")
    search(api, "needle", 4)
    assert found(search(api, "needle", 1, file_categories=["image"])) == ["needle.jpg"]
    assert found(search(api, "needle", 1, file_categories=["folder"])) == ["needle folder"]
    page = search(api, "needle", 2, file_categories=["pdf", {".tag": "audio"}])
    assert found(page) == ["needle.mp3", "needle.pdf"]


@pytest.mark.checks("v2-search-categories")
@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("image", "needle.png"),
        ("document", "needle.docx"),
        ("pdf", "needle.pdf"),
        ("spreadsheet", "needle.xlsx"),
        ("presentation", "needle.pptx"),
        ("audio", "needle.mp3"),
        ("video", "needle.mp4"),
    ],
)
def test_category_of_an_extension(api, category, name):
    """Each category has its files, and no others."""
    api.put(name)
    api.put("needle.other")
    search(api, "needle", 2)
    assert found(search(api, "needle", 1, file_categories=[category])) == [name]


@pytest.mark.checks("v2-search-categories")
def test_search_for_other_files(api):
    """The category others has the files of no other category."""
    for name in ("needle.txt", "needle.jpg", "needle.unknown"):
        api.put(name)
    search(api, "needle", 3)
    assert found(search(api, "needle", 1, file_categories=["others"])) == ["needle.unknown"]


@pytest.mark.checks("v2-search-order")
@pytest.mark.parametrize("filename_only", [False, True])
def test_search_by_time(api, filename_only):
    """A search can be ordered by the time of the last change, the newest first."""
    for name in ("needle b", "needle a", "needle c"):
        api.put(name)
        if api.box:
            # Times have a resolution of one second.
            api.box.clock.advance(2)
    options = {"order_by": "last_modified_time", "filename_only": filename_only}
    page = search(api, "needle", 3, **options)
    times = [match["metadata"]["metadata"]["server_modified"] for match in page["matches"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.checks("v2-search-content")
@pytest.mark.not_live("needs an account whose plan has full-text search")
def test_search_in_contents(api):
    """The contents of files are searched, unless filename_only is set."""
    api.put("hay.txt", b"a needle in the text")
    page = search(api, "needle", 1)
    assert found(page) == ["hay.txt"]
    assert page["matches"][0]["match_type"] == {".tag": "file_content"}
    assert found(search(api, "needle", 0, filename_only=True)) == []


@pytest.mark.checks("v2-search-highlights")
def test_highlights(api):
    """With include_highlights a match has the spans of its name, in any case."""
    api.put("Needle.txt")
    argument = {
        "query": "nEEDLE",
        "options": {"path": api.folder},
        "match_field_options": {"include_highlights": True},
    }
    page = api.eventually(lambda: api.ok(SEARCH, argument), lambda page: page["matches"])
    spans = page["matches"][0]["highlight_spans"]
    assert {span["highlight_str"] for span in spans if span["is_highlighted"]} == {"Needle"}
    assert "".join(span["highlight_str"] for span in spans) == "Needle.txt"


@pytest.mark.checks("v2-search-query")
def test_length_of_a_query(api):
    """A query has 1000 characters at most."""
    text = api.rejects(SEARCH, {"query": "x" * 1001})
    assert text.startswith("request body: query: ")


@pytest.mark.checks("v2-old-search")
def test_search_of_the_first_version(api):
    """The first version of search has numbers in place of a cursor."""
    put = api.put("needle 1")
    api.put("needle 2")
    argument = {"path": api.folder, "query": "needle", "max_results": 1}
    page = api.eventually(
        lambda: api.ok(OLD_SEARCH, argument), lambda page: page["more"] or api.box
    )
    assert set(page) == {"matches", "more", "start"}
    assert (len(page["matches"]), page["more"], page["start"]) == (1, True, 1)
    rest = api.ok(OLD_SEARCH, {**argument, "start": page["start"]})
    assert rest["more"] is False
    matches = page["matches"] + rest["matches"]
    assert sorted(match["metadata"]["name"] for match in matches) == ["needle 1", "needle 2"]
    assert {match["match_type"][".tag"] for match in matches} == {"filename"}
    assert {".tag": "file", **put} in [match["metadata"] for match in matches]


@pytest.mark.checks("v2-old-search-mode")
def test_modes_of_the_first_version_of_search(api):
    """The mode deleted_filename finds deleted files only, and filename none of them."""
    api.put("needle old")
    api.put("needle")
    api.delete("needle old")
    for mode, name in (("filename", "needle"), ("deleted_filename", "needle old")):
        argument = {"path": api.folder, "query": "needle", "mode": mode}
        page = api.eventually(
            lambda argument=argument: api.ok(OLD_SEARCH, argument), lambda page: page["matches"]
        )
        assert [match["metadata"]["name"] for match in page["matches"]] == [name]


@pytest.mark.checks("v2-old-search-path")
def test_search_of_the_first_version_below_a_missing_path(api):
    """The first version of search has an error for a missing path."""
    argument = {"path": api.path("never"), "query": "needle"}
    assert api.fails(OLD_SEARCH, argument) == "path/not_found"


@pytest.mark.checks("v2-old-search-prefix")
def test_prefixes_of_words(api):
    """The last word of the first version of search matches as a prefix only."""
    api.put("bat cave")
    api.put("batman car")
    argument = {"path": api.folder, "query": "bat c"}
    page = api.eventually(lambda: api.ok(OLD_SEARCH, argument), lambda page: page["matches"])
    assert [match["metadata"]["name"] for match in page["matches"]] == ["bat cave"]
