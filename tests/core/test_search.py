"""Searching files and folders by words in their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core import search
from fakebox.core.errors import NotFound
from fakebox.core.files import WriteMode
from fakebox.core.path_rules import fold, is_legal, without_accents
from fakebox.core.search_query import SearchQuery
from fakebox.core.world import World
from tests.core.cost import steps_of

COMMON = SearchQuery.of("common")


def as_query(text, options):
    """Return a query, with those of the options that belong to it."""
    names = ("rule", "ignore_accents")
    return SearchQuery.of(text, **{name: options.pop(name) for name in names if name in options})


@pytest.fixture
def find(world, scope):
    """A function that returns the sorted paths of the results of a search."""

    def search(query, path="/", scope=scope, limit=1_000, **options):
        found = world.search.find(scope, path, query, limit=limit, **options)
        return sorted(entry.path for entry in found)

    return search


@pytest.fixture
def library(write):
    """A few files and folders."""
    for path in ("/Photos/Frog.jpg", "/Photos/frog.txt", "/Frogs/a", "/toads.jpg", "/Été/é.jpg"):
        write(path)


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("frog", ["/Frogs", "/Photos/Frog.jpg", "/Photos/frog.txt"]),
        ("JPG", ["/Photos/Frog.jpg", "/toads.jpg", "/Été/é.jpg"]),
        ("jpg frog", ["/Photos/Frog.jpg"]),
        ("jpg frog jpg FROG", ["/Photos/Frog.jpg"]),
        ("g. frog", ["/Photos/Frog.jpg", "/Photos/frog.txt"]),
        ("ÉT", ["/Été"]),
        ("t f", ["/Photos/frog.txt"]),
        ("frog/", []),
        ('"frog"', []),
        ("frog OR toads", []),
        ("nothing", []),
        ("   ", []),
        ("frog\0txt", []),
        ("x" * 1_000, []),
        (" ".join(f"f{number}" for number in range(2_000)), []),
    ],
)
def test_search_finds_names_that_contain_every_word(library, find, query, paths):
    """Words match in any case and at any position in a name, and a query has no operators."""
    assert find(query) == paths


def test_search_covers_all_levels_below_a_folder(library, find, write):
    """A search in a folder covers all levels below it, but not the folder itself."""
    write("/Photos/deep/er/frog")
    assert find("frog", "/photos") == [
        "/Photos/Frog.jpg",
        "/Photos/deep/er/frog",
        "/Photos/frog.txt",
    ]
    assert find("photos", "/Photos") == []


def test_search_finds_deleted_entries_with_include_deleted(world, scope, library, find):
    """Entries that were deleted with their folder are found as well."""
    world.files.delete(scope, "/Photos")
    assert find("frog") == ["/Frogs"]
    found = world.search.find(scope, "/", "frog", limit=10, include_deleted=True)
    assert {entry.path: entry.is_deleted for entry in found} == {
        "/Frogs": False,
        "/Photos/Frog.jpg": True,
        "/Photos/frog.txt": True,
    }


def test_search_returns_at_most_the_limit(library, find):
    """A search returns no more results than the limit."""
    assert len(find("frog", limit=2)) == 2


def test_search_in_a_missing_folder_raises_not_found(world, scope, library, find):
    """A search in a folder that never existed or was deleted raises NotFound."""
    world.files.delete(scope, "/Photos")
    for path in ("/never", "/Photos"):
        with pytest.raises(NotFound):
            find("frog", path)


def test_search_of_an_app_finds_only_entries_in_its_folder(library, find, write, sandbox, other):
    """An app finds only entries in its folder, and nothing before the folder exists."""
    assert find("frog", scope=sandbox) == []
    write("/frog", scope=sandbox)
    assert find("frog", scope=sandbox) == ["/frog"]
    assert find("frog", scope=other) == []


def test_search_finds_one_name_among_similar_names(find, write):
    """A rare part of a name is found even if its other parts are common."""
    for number in range(40):
        write(f"/file{number:04}.txt")
    assert find("file0031.txt") == ["/file0031.txt"]
    assert find("ile00 31.") == ["/file0031.txt"]


names = st.text(st.sampled_from('abc".é '), min_size=1, max_size=8).filter(is_legal)


@given(st.lists(names, min_size=1, max_size=8), st.text(st.sampled_from('abcA".é '), max_size=6))
def test_search_finds_the_same_names_as_a_linear_scan(made, query):
    """A search returns the same entries as a comparison of every name, for any names and query."""
    world = World()
    scope = world.tokens.scope(world.tokens.find("fakebox-token"))
    for name in made:
        world.files.upload(scope, f"/{name}", [b""])
    listed = world.files.list(scope, "/").children
    words = [fold(word) for word in query.split()]
    expected = {
        entry.name for entry in listed if words and all(word in fold(entry.name) for word in words)
    }
    found = world.search.find(scope, "/", query, limit=100)
    assert {entry.name for entry in found} == expected
    world.close()


accented = st.text(st.sampled_from("ae\u00e9\u00e8\u0301 \u30ac\u30ab"), min_size=1, max_size=8)


@given(st.lists(accented.filter(is_legal), min_size=1, max_size=8), accented)
def test_search_without_accents_finds_the_same_names_as_a_linear_scan(made, query):
    """With `ignore_accents`, names and words are compared without the accents of their letters."""
    world = World()
    scope = world.tokens.scope(world.tokens.find("fakebox-token"))
    for name in made:
        world.files.upload(scope, f"/{name}", [b""])
    words = [without_accents(fold(word)) for word in query.split()]
    expected = {
        entry.name
        for entry in world.files.list(scope, "/").children
        if any(words) and all(word in without_accents(fold(entry.name)) for word in words)
    }
    found = world.search.find(scope, "/", query, limit=100, ignore_accents=True)
    assert {entry.name for entry in found} == expected
    world.close()


@pytest.mark.parametrize("query", ["file", "fil\u00e9"])
@pytest.mark.parametrize("size", [1, 7, 1_000])
@pytest.mark.parametrize("order", ["name", "newest"])
def test_pages_without_accents_contain_every_result_once(write, pages, query, size, order):
    """Pages contain names with and without accents once, in both orders."""
    made = [f"/fil\u00e9 {n}" if n % 3 else f"/File {n}" for n in range(150)]
    for path in made:
        write(path)
    entries = list(pages(query, size, order=order, ignore_accents=True))
    expected = made if order == "name" else made[::-1]
    assert [entry.path for entry in entries] == expected


def test_cost_of_a_search_without_accents_depends_on_names_that_may_have_them(world, scope, write):
    """Names in ASCII are found by the index, and only the others are compared."""

    def cost() -> int:
        return steps_of(
            world, lambda: world.search.find(scope, "/", "rare", limit=10, ignore_accents=True)
        )

    for number in range(100):
        write(f"/\u00e9 {number}")
    write("/r\u00e1re")
    few = cost()
    for number in range(1_400):
        write(f"/common {number}")
    assert cost() < few * 3


def test_search_finds_a_name_before_and_after_it_is_indexed(world, scope, write):
    """A new name is found at once, whether or not its trigrams are in the index yet."""
    for number in range(150):
        write(f"/report {number:03}.txt")
        found = world.search.find(scope, "/", f"report {number:03}", limit=10)
        assert [entry.name for entry in found] == [f"report {number:03}.txt"]


@pytest.fixture
def pages(world, scope):
    """The entries that a search finds, read in pages of a given size."""

    def read(query, size, path="/", **options):
        after, words = None, as_query(query, options)
        while True:
            page = world.search.find_page(scope, path, words, limit=size, after=after, **options)
            assert len(page.entries) <= size
            yield from page.entries
            after = page.after
            if after is None:
                return

    return read


@pytest.mark.parametrize("query", ["file", "e", "le 1"])
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_pages_of_a_search_contain_every_result_once(world, scope, write, pages, query, size):
    """Pages contain every result once, whether or not the index contains its name yet."""
    for number in range(150):
        write(f"/{number % 3}/File {number % 70}.txt")
    write("/3/file 0.txt")
    entries = list(pages(query, size))
    assert entries == world.search.find(scope, "/", query, limit=1_000)
    assert len({entry.path for entry in entries}) == len(entries) > 10


def test_entries_rejected_by_the_filter_are_skipped(world, scope, write):
    """Entries that the filter rejects do not count towards the size of a page."""
    for number in range(6):
        write(f"/file {number}")
    page = world.search.find_page(
        scope,
        "/",
        SearchQuery.of("file"),
        limit=3,
        counts=lambda entry: int(entry.name[-1]) % 2 == 0,
    )
    assert [entry.name for entry in page.entries] == ["file 0", "file 2", "file 4"]
    assert page.after is None


def test_cost_of_a_search_page_does_not_grow_with_the_number_of_results(world, scope, write):
    """The cost of a page is nearly the same with eleven times as many results."""

    def cost(after: tuple[int, int, int] | None = None) -> int:
        return steps_of(
            world, lambda: world.search.find_page(scope, "/", COMMON, limit=10, after=after)
        )

    for number in range(130):
        write(f"/common {number}")
    few = cost()
    for number in range(130, 1_400):
        write(f"/common {number}")
    middle = world.search.find_page(scope, "/", COMMON, limit=600).after
    assert middle
    # The index of names is stored in segments. The number of segments grows logarithmically.
    assert cost() < few * 3
    assert cost(middle) < few * 3


@pytest.mark.parametrize("size", [1, 3, 100])
def test_newest_entries_are_found_in_the_order_of_their_last_change(
    world, scope, write, pages, size
):
    """The order is by the last change, so an entry that is written again comes first."""
    for name in "bdac":
        write(f"/in/file {name}")
        write(f"/other {name}")
    write("/in/file d", "new", WriteMode(overwrite=True))
    write("/out/file")
    world.files.delete(scope, "/in/file a")
    found = pages("file", size, "/in", order="newest")
    assert [entry.name for entry in found] == ["file d", "file c", "file b"]
    everything = pages("file", size, "/in", order="newest", include_deleted=True)
    assert [entry.name for entry in everything] == ["file a", "file d", "file c", "file b"]


def test_newest_entries_of_many_are_found_page_by_page(world, scope, write, pages):
    """The order and the pages are the same for a few and for many matches."""
    for number in range(1_100):
        write(f"/common {number:04}{' rare' if number % 200 == 0 else ''}")
    names = [entry.name for entry in pages("common", 150, order="newest")]
    assert names == sorted(names, reverse=True)
    assert len(names) == 1_100
    rare = [entry.name for entry in pages("common rare", 4, order="newest")]
    assert rare == [name for name in names if "rare" in name]


def test_cost_of_the_newest_entries_depends_only_on_the_page(world, scope, write):
    """With twice as many matches, the first page and a middle page have the same cost."""

    def cost(after: tuple[int, int, int] | None = None) -> int:
        return steps_of(
            world,
            lambda: world.search.find_page(
                scope, "/", COMMON, limit=10, order="newest", after=after
            ),
        )

    for number in range(1_100):
        write(f"/common {number}")
    few = cost()
    for number in range(1_100, 2_200):
        write(f"/common {number}")
    middle = world.search.find_page(scope, "/", COMMON, limit=600, order="newest").after
    assert middle
    assert cost() < few * 1.2
    assert cost(middle) < few * 1.2


def test_pages_with_contents_read_a_bounded_number_of_entries(world, scope, write, monkeypatch):
    """A page ends after a number of entries or bytes, and the next one continues there."""
    monkeypatch.setattr(search, "_NODES_PER_PAGE", 10)
    monkeypatch.setattr(search, "_BYTES_PER_PAGE", 40)
    for number in range(60):
        write(f"/{number}.txt", "needle" if number % 20 == 0 else "a text of hay")
    write("/needle")
    for order in ("name", "newest"):
        found, pages, after = [], 0, None
        while pages == 0 or after:
            page = world.search.find_page(
                scope,
                "/",
                SearchQuery.of("needle"),
                limit=100,
                order=order,
                after=after,
                is_text=lambda name: name.endswith(".txt"),
            )
            found += [match.entry.name for match in page.matches]
            after, pages = page.after, pages + 1
        assert sorted(found) == ["0.txt", "20.txt", "40.txt", "needle"]
        assert pages > 10


def test_cost_of_a_page_with_contents_does_not_grow_with_the_account(world, scope, write):
    """A page reads as many rows with four times as many files."""

    def cost() -> int:
        return steps_of(
            world,
            lambda: world.search.find_page(
                scope, "/", SearchQuery.of("zzz"), limit=10, is_text=lambda _: True
            ),
        )

    few_nodes = 300
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_NODES_PER_PAGE", few_nodes)
        for number in range(few_nodes):
            write(f"/{number}")
        few = cost()
        for number in range(few_nodes, 4 * few_nodes):
            write(f"/{number}")
        assert cost() < few * 1.2
