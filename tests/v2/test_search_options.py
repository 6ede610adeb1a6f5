"""Options of a search: contents, highlights, accounts, missing folders and whole words."""

from __future__ import annotations

import pytest

from fakebox.core import search as core_search
from fakebox.http.account_ids import account_id
from fakebox.v2.files import search as search_views


def search(api, query, **options):
    """Return the page of a search with options."""
    return api.rpc("files/search_v2", query=query, options=options)


def found(page):
    """Return the sorted names of the matches of a page."""
    return sorted(match["metadata"]["metadata"]["name"] for match in page["matches"])


def old_search(api, query, mode="filename", **argument):
    """Return the names that the first version of search finds."""
    page = api.rpc("files/search", path="", query=query, mode=mode, **argument)
    return [match["metadata"]["name"] for match in page["matches"]]


@pytest.mark.parametrize("path", ["/never", "/deleted", "/file/below", "id:aaaaaaaaaaaaaaaaaaaaaa"])
def test_search_below_a_missing_folder_has_no_matches(api, path):
    """A folder that is not there is no error for the second version of search."""
    api.upload("/file")
    api.upload("/deleted/file")
    api.rpc("files/delete_v2", path="/deleted")
    assert search(api, "file", path=path) == {"matches": [], "has_more": False}
    error = api.fails("files/search", path=path, query="file")
    assert error == {".tag": "path", "path": {".tag": "not_found"}}


def test_search_below_a_malformed_path_is_an_error(api):
    """A path with a slash at its end is malformed."""
    error = api.fails("files/search_v2", query="a", options={"path": "/a/"})
    assert error == {".tag": "path", "path": {".tag": "malformed_path"}}


def test_search_ends_when_its_folder_is_deleted(api):
    """The cursor of a folder that is deleted has no more matches."""
    for number in range(3):
        api.upload(f"/in/file {number}")
    cursor = search(api, "file", path="/in", max_results=1)["cursor"]
    api.rpc("files/delete_v2", path="/in")
    page = api.rpc("files/search/continue_v2", cursor=cursor)
    assert page == {"matches": [], "has_more": False}


def test_contents_of_texts_are_searched(api):
    """A text is found by its content, by its name, or by both, and the type of match says which."""
    api.upload("/content.txt", b"hay, a Needle and MORE hay")
    api.upload("/needle more.txt", b"nothing")
    api.upload("/both needle more.txt", b"more needles")
    api.upload("/needle.txt", b"and no other word")
    api.upload("/a.bin", b"needle more")
    page = search(api, "needle more")
    kinds = {
        match["metadata"]["metadata"]["name"]: match["match_type"][".tag"]
        for match in page["matches"]
    }
    assert kinds == {
        "content.txt": "file_content",
        "needle more.txt": "filename",
        "both needle more.txt": "filename_and_content",
    }
    names = ["both needle more.txt", "needle more.txt"]
    assert found(search(api, "needle more", filename_only=True)) == names
    newest = search(api, "needle more", order_by="last_modified_time")["matches"]
    assert [match["metadata"]["metadata"]["name"] for match in newest] == [
        "both needle more.txt",
        "needle more.txt",
        "content.txt",
    ]


@pytest.mark.parametrize("word", ["GROẞ", "İzmir", "ΟΔΟΣ", "e\u0301te\u0301"])
def test_text_is_found_by_a_word_that_it_contains(api, word):
    """A word of another alphabet or form is found in the text, and is highlighted."""
    api.upload("/a.txt", f"before {word} after".encode())
    argument = {"query": word, "match_field_options": {"include_highlights": True}}
    (match,) = api.rpc("files/search_v2", **argument)["matches"]
    assert [span["is_highlighted"] for span in match["highlight_spans"]] == [False, True, False]


def test_first_version_of_search_ends_at_the_last_start(api, monkeypatch):
    """The last page that a number can request has no more matches."""
    monkeypatch.setattr(search_views, "_ALL", 2)
    for number in range(3):
        api.upload(f"/file {number}")
    page = api.rpc("files/search", path="", query="file", start=1, max_results=1)
    assert (page["more"], page["start"]) == (False, 2)


def test_content_is_found_in_the_searched_folder_with_the_other_options(api):
    """The folder, the extension and the category limit the search of contents as well."""
    for path in ("/in/a.txt", "/in/b.csv", "/out/c.txt", "/in/deep/d.txt"):
        api.upload(path, b"needle")
    assert found(search(api, "needle", path="/in")) == ["a.txt", "b.csv", "d.txt"]
    assert found(search(api, "needle", path="/in", file_extensions=["txt"])) == ["a.txt", "d.txt"]
    assert found(search(api, "needle", file_categories=["spreadsheet"])) == ["b.csv"]
    assert found(search(api, "in the folder", path="/in")) == []


def test_current_content_of_live_files_is_searched(api):
    """Earlier revisions, deleted files and other accounts are not found by their content."""
    api.upload("/a.txt", b"needle")
    api.upload("/b.txt", b"needle")
    api.upload("/c.txt", b"needle", who=api.bearer(2))
    api.upload("/a.txt", b"pin", mode="overwrite")
    api.rpc("files/delete_v2", path="/b.txt")
    assert found(search(api, "needle")) == []
    assert found(search(api, "needle", file_status="deleted")) == []
    assert found(search(api, "pin")) == ["a.txt"]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe needle \x00", b"needle " + b"x" * 2_000_000])
def test_any_bytes_can_be_searched(api, body):
    """Bytes that are not UTF-8, empty and long texts are searched without an error."""
    api.upload("/a.txt", body)
    assert found(search(api, "needle")) == (["a.txt"] if body else [])


def test_names_that_no_file_can_have_are_found_in_contents(api):
    """A word with a slash is in no name, but may be in a content."""
    api.upload("/a.txt", b"see https://example.com/needle")
    assert found(search(api, "https://example.com")) == ["a.txt"]


@pytest.mark.parametrize(("plan", "names"), [("basic", []), ("pro", ["a.txt"])])
def test_contents_are_searched_if_the_plan_has_it(api, plan, names):
    """An account of the type `basic` has no full-text search."""
    api.world.accounts.configure(1, type=plan)
    api.upload("/a.txt", b"needle")
    assert found(search(api, "needle")) == names


@pytest.mark.parametrize("order", ["relevance", "last_modified_time"])
def test_pages_of_names_and_contents_have_every_match_once(api, order):
    """Pages of any size contain the matches by name and by content once."""
    expected = []
    for number in range(7):
        name = f"needle {number}.txt" if number % 2 else f"{number}.txt"
        api.upload(f"/{name}", b"needle" if number % 3 == 0 else b"hay")
        expected += [name] if number % 2 or number % 3 == 0 else []
    for size in (1, 2, 3, 7):
        page = search(api, "needle", order_by=order, max_results=size)
        names = found(page)
        while page["has_more"]:
            page = api.rpc("files/search/continue_v2", cursor=page["cursor"])
            assert len(page["matches"]) <= size
            names += found(page)
        assert sorted(names) == sorted(expected)


@pytest.mark.parametrize(
    "argument",
    [
        {"match_field_options": {"include_highlights": True}},
        {"include_highlights": True},
        {"include_highlights": True, "match_field_options": None},
    ],
)
def test_highlights_are_the_spans_of_the_name_and_the_content(api, argument):
    """The spans are the whole name, and a part of the content, with the words highlighted."""
    api.upload("/A red Needle.txt", b"x" * 500 + b" the needle is RED " + b"y" * 500)
    (match,) = api.rpc("files/search_v2", query="needle red", **argument)["matches"]
    spans = match["highlight_spans"]
    name = [(span["highlight_str"], span["is_highlighted"]) for span in spans[:5]]
    assert name == [("A ", False), ("red", True), (" ", False), ("Needle", True), (".txt", False)]
    highlighted = [span["highlight_str"] for span in spans[5:] if span["is_highlighted"]]
    assert highlighted == ["needle", "RED"]
    assert sum(len(span["highlight_str"]) for span in spans[5:]) < 300


@pytest.mark.parametrize(
    "argument",
    [
        {},
        {"match_field_options": {}},
        {"match_field_options": {"include_highlights": False}, "include_highlights": True},
        {"include_highlights": None},
    ],
)
def test_matches_have_no_highlights_by_default(api, argument):
    """Without the option, or with false, a match has no field for highlights."""
    api.upload("/needle.txt")
    (match,) = api.rpc("files/search_v2", query="needle", **argument)["matches"]
    assert list(match) == ["match_type", "metadata"]


def test_highlights_are_on_every_page(api):
    """The cursor keeps the option."""
    for number in range(2):
        api.upload(f"/needle.+{number}")
    argument = {"options": {"max_results": 1}, "include_highlights": True}
    page = api.rpc("files/search_v2", query=".+", **argument)
    (match,) = api.rpc("files/search/continue_v2", cursor=page["cursor"])["matches"]
    assert [span["highlight_str"] for span in match["highlight_spans"]] == ["needle", ".+", "1"]


def test_search_is_limited_to_an_account(api):
    """The caller's own id changes nothing, and another account has no matches."""
    api.upload("/needle.txt")
    assert found(search(api, "needle", account_id=account_id(1))) == ["needle.txt"]
    assert found(search(api, "needle", account_id=None)) == ["needle.txt"]
    for other in (account_id(2), "dbid:" + "A" * 35):
        page = search(api, "needle", account_id=other)
        assert page == {"matches": [], "has_more": False}


@pytest.mark.parametrize("text", ["", "dbid:", "x" * 39, "x" * 41])
def test_account_of_another_length_is_400(api, text):
    """The id of an account has 40 characters."""
    argument = {"query": "a", "options": {"account_id": text}}
    response = api.post("files/search_v2", argument)
    assert (response.status_code, "options.account_id" in response.text) == (400, True)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("bat c", ["bat cave"]),
        ("bat", ["bat cave", "batman car", "the-bat.txt", "wom.bat"]),
        ("BAT", ["bat cave", "batman car", "the-bat.txt", "wom.bat"]),
        ("batman", ["batman car"]),
        ("man", []),
        ("car batman", ["batman car"]),
        ("car bat", ["batman car"]),
        ("bat bat", ["bat cave", "batman car", "the-bat.txt", "wom.bat"]),
        ("bat x bat", []),
        ("ca bat", []),
        ("the-bat.t", ["the-bat.txt"]),
        (".txt", ["the-bat.txt"]),
        ("txt the", ["the-bat.txt"]),
        ("tx the", []),
    ],
)
def test_first_version_of_search_has_whole_words(api, query, names):
    """Words are whole, except for the last one, which may be the beginning of a word."""
    for name in ("bat cave", "batman car", "the-bat.txt", "acrobatic", "wom.bat"):
        api.upload(f"/{name}")
    assert sorted(old_search(api, query)) == names


@pytest.mark.parametrize("plan", ["basic", "pro", "business"])
def test_first_version_of_search_has_contents_for_business(api, plan):
    """The mode `filename_and_content` searches contents for whole words in one type of account."""
    api.world.accounts.configure(1, type=plan)
    api.upload("/bat cave a.txt", b"a bat in a cave")
    api.upload("/bat cave.txt", b"nothing")
    api.upload("/a.txt", b"the bat, the cave")
    api.upload("/b.txt", b"batman of caves")
    page = api.rpc("files/search", path="", query="bat cave", mode="filename_and_content")
    kinds = {match["metadata"]["name"]: match["match_type"][".tag"] for match in page["matches"]}
    has_contents = plan == "business"
    expected = {
        "bat cave a.txt": "both" if has_contents else "filename",
        "bat cave.txt": "filename",
        **({"a.txt": "content"} if has_contents else {}),
    }
    assert kinds == expected


def test_first_version_of_search_reads_a_bounded_number_of_entries(api, monkeypatch):
    """Texts beyond the limit are left out, so that a response does not take long."""
    monkeypatch.setattr(core_search, "_NODES_PER_PAGE", 1)
    api.world.accounts.configure(1, type="business")
    for number in range(30):
        api.upload(f"/{number}.txt", b"needle")
    argument = {"path": "", "query": "needle", "mode": "filename_and_content"}
    page = api.rpc("files/search", **argument)
    assert (len(page["matches"]), page["more"], page["start"]) == (16, False, 16)
    page = api.rpc("files/search", **argument, max_results=3)
    assert (len(page["matches"]), page["more"]) == (3, True)


def test_first_version_of_search_has_contents_in_numeric_pages(api):
    """Matches by name come first, and every match is on one page."""
    api.world.accounts.configure(1, type="business")
    for number in range(3):
        api.upload(f"/needle {number}")
        api.upload(f"/{number}.txt", b"needle")
    names, start, more = [], 0, True
    while more:
        argument = {"query": "needle", "start": start, "max_results": 2}
        page = api.rpc("files/search", path="", mode="filename_and_content", **argument)
        names += [match["metadata"]["name"] for match in page["matches"]]
        start, more = page["start"], page["more"]
    assert names == ["needle 0", "needle 1", "needle 2", "0.txt", "1.txt", "2.txt"]


def test_extensions_match_in_any_case_and_with_a_dot(api):
    """An extension may begin with a dot, matches in any case, and is not that of a folder."""
    api.upload("/needle.PDF")
    api.rpc("files/create_folder_v2", path="/needle folder.pdf")
    for extension in ("pdf", "PDF", ".pdf"):
        assert found(search(api, "needle", file_extensions=[extension])) == ["needle.PDF"]
