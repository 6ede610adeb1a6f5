"""Listing a folder in pages: the order of entries, and the cost of a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakebox.core.errors import NotAFolder, NotFound
from fakebox.core.files import WriteMode
from tests.core.cost import steps_of

OVERWRITE = WriteMode(overwrite=True)


@pytest.fixture
def names(world, scope) -> Callable[..., list[str]]:
    """A function that reads the names in a folder, in pages of a given size."""

    def read(path: str = "/", size: int = 100, **options: bool) -> list[str]:
        found, after = [], 0
        while after is not None:
            page = world.files.list_page(scope, path, after=after, limit=size, **options)
            assert len(page.entries) <= size
            found += [entry.name for entry in page.entries]
            after = page.after
        return found

    return read


@pytest.mark.parametrize("size", [1, 2, 100])
def test_pages_list_folders_then_files_then_deleted_entries(world, scope, write, names, size):
    """Folders are sorted by creation and files by last write, not by name."""
    for path in ("/z/in", "/y.txt", "/x.txt", "/gone", "/a/in", "/lost/in"):
        write(path)
    write("/y.txt", "new", OVERWRITE)
    world.files.delete(scope, "/gone")
    world.files.delete(scope, "/lost")
    assert names(size=size) == ["z", "a", "x.txt", "y.txt"]
    assert names(size=size, include_deleted=True) == ["z", "a", "x.txt", "y.txt", "gone", "lost"]


def test_moved_folder_keeps_its_position(world, scope, names):
    """A moved folder keeps its position, and a folder that is created again is listed last."""
    for path in ("/first", "/second", "/third"):
        world.files.create_folder(scope, path)
    world.files.move(scope, "/first", "/moved")
    world.files.delete(scope, "/second")
    world.files.create_folder(scope, "/second")
    assert names() == ["moved", "third", "second"]


def test_entries_deleted_together_are_all_listed(world, scope, write, names):
    """Entries deleted with their folder are all listed after the folder is created again."""
    for path in ("/d/a", "/d/b", "/d/c"):
        write(path)
    world.files.delete(scope, "/d")
    assert names(include_deleted=True) == ["d"]
    world.files.create_folder(scope, "/d")
    assert names("/d", size=1, include_deleted=True) == ["a", "b", "c"]


def test_file_written_between_two_pages_is_listed(world, scope, write):
    """A file that is written between two pages appears on the second page."""
    for path in ("/a", "/b", "/c"):
        write(path)
    first = world.files.list_page(scope, "/", limit=2)
    write("/c", "new", OVERWRITE)
    write("/d")
    second = world.files.list_page(scope, "/", after=first.after or 0, limit=5)
    assert [entry.name for entry in second.entries] == ["c", "d"]


def test_missing_app_folder_is_listed_as_empty(world, sandbox):
    """The root of an app whose folder does not exist yet is an empty folder."""
    page = world.files.list_page(sandbox, "/", limit=5)
    assert (page.folder.is_root, page.entries, page.after) == (True, (), None)


def test_only_a_live_folder_is_returned_or_listed(world, scope, write):
    """A file, a deleted folder and an unknown path are rejected with different errors."""
    write("/file")
    write("/gone/file")
    world.files.delete(scope, "/gone")
    for path, error in (("/file", NotAFolder), ("/gone", NotFound), ("/never", NotFound)):
        with pytest.raises(error):
            world.files.folder(scope, path)
        with pytest.raises(error):
            world.files.list_page(scope, path, limit=5)


def test_cost_of_a_page_does_not_depend_on_the_size_of_the_folder(world, scope, write):
    """Any page takes about the same number of SQLite steps in a big folder as in a small folder."""

    def cost(path: str, after: int) -> int:
        return steps_of(world, lambda: world.files.list_page(scope, path, after=after, limit=10))

    for number in range(600):
        write(f"/big/{number}")
    for number in range(30):
        write(f"/small/{number}")
    middle = world.files.list_page(scope, "/big", limit=300).after
    later = world.files.list_page(scope, "/small", limit=10).after
    assert middle
    assert later
    assert cost("/big", 0) < cost("/small", 0) * 1.2
    assert cost("/big", middle) < cost("/small", later) * 1.2


def test_full_last_page_has_no_next_page(world, scope, write):
    """A page that is full and the last one has no key of a next page."""
    for name in ("a", "b", "c", "d"):
        write(f"/{name}")
    first = world.files.list_page(scope, "/", limit=2)
    assert first.after is not None
    last = world.files.list_page(scope, "/", after=first.after, limit=2)
    assert (len(last.entries), last.after) == (2, None)
