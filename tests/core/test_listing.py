"""Listing a folder page by page: the order, and what a page costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakebox.core.errors import NotAFolder, NotFound
from fakebox.core.files import WriteMode
from tests.core.cost import steps_of

OVERWRITE = WriteMode(overwrite=True)


@pytest.fixture
def names(world, scope) -> Callable[..., list[str]]:
    """The names in a folder, read in pages of a size."""

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
def test_folders_come_first_then_files_then_deleted_entries(world, scope, write, names, size):
    """Folders by age, files by their last write, whatever their names are."""
    for path in ("/z/in", "/y.txt", "/x.txt", "/gone", "/a/in", "/lost/in"):
        write(path)
    write("/y.txt", "new", OVERWRITE)
    world.files.delete(scope, "/gone")
    world.files.delete(scope, "/lost")
    assert names(size=size) == ["z", "a", "x.txt", "y.txt"]
    assert names(size=size, include_deleted=True) == ["z", "a", "x.txt", "y.txt", "gone", "lost"]


def test_folder_keeps_its_age_when_it_is_moved(world, scope, names):
    """And one that is made again where another was deleted is new."""
    for path in ("/first", "/second", "/third"):
        world.files.create_folder(scope, path)
    world.files.move(scope, "/first", "/moved")
    world.files.delete(scope, "/second")
    world.files.create_folder(scope, "/second")
    assert names() == ["moved", "third", "second"]


def test_entries_deleted_together_are_all_listed(world, scope, write, names):
    """Those of a folder that was deleted and made again, page by page."""
    for path in ("/d/a", "/d/b", "/d/c"):
        write(path)
    world.files.delete(scope, "/d")
    assert names(include_deleted=True) == ["d"]
    world.files.create_folder(scope, "/d")
    assert names("/d", size=1, include_deleted=True) == ["a", "b", "c"]


def test_file_that_is_written_between_two_pages_is_not_lost(world, scope, write):
    """It moves behind those that were written before it."""
    for path in ("/a", "/b", "/c"):
        write(path)
    first = world.files.list_page(scope, "/", limit=2)
    write("/c", "new", OVERWRITE)
    write("/d")
    second = world.files.list_page(scope, "/", after=first.after or 0, limit=5)
    assert [entry.name for entry in second.entries] == ["c", "d"]


def test_app_folder_that_was_never_made_is_empty(world, sandbox):
    """Its root is there all the same."""
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


def test_page_costs_the_same_whatever_the_size_of_the_folder(world, scope, write):
    """At its beginning and in its middle, in SQLite's own steps."""

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
