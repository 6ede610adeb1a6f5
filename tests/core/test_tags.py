"""Tags on files and folders."""

import pytest

from fakebox.core.errors import LimitExceeded, NotFound, TagNotFound


def test_tags_are_sorted_lower_case_and_unique(world, scope, write):
    """Tags are returned in alphabetical order, in lower case and without duplicates."""
    write("/a.txt")
    for tag in ("red", "Blue", "blue"):
        world.tags.add(scope, "/a.txt", tag)
    assert world.tags.of(scope, "/A.txt") == ["blue", "red"]


def test_tags_are_kept_when_the_file_is_moved(world, scope, write):
    """Tags belong to the file, not to its path."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.move(scope, "/a.txt", "/b.txt")
    assert world.tags.of(scope, "/b.txt") == ["red"]


def test_removing_a_missing_tag_is_not_found(world, scope, write):
    """A tag is removed regardless of case, and removing it again raises TagNotFound."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.tags.remove(scope, "/a.txt", "RED")
    assert world.tags.of(scope, "/a.txt") == []
    with pytest.raises(TagNotFound):
        world.tags.remove(scope, "/a.txt", "red")


def test_file_has_at_most_20_tags(world, scope, write):
    """A tag beyond the limit of 20 is rejected."""
    write("/a.txt")
    tags = [f"tag{number:02}" for number in range(20)]
    for tag in tags:
        world.tags.add(scope, "/a.txt", tag)
    with pytest.raises(LimitExceeded) as error:
        world.tags.add(scope, "/a.txt", "more")
    assert error.value.limit == 20
    assert world.tags.of(scope, "/a.txt") == tags


def test_tags_of_a_missing_path_are_not_found(world, scope):
    """Reading, adding and removing tags of a missing path raise NotFound."""
    for attempt in (
        lambda: world.tags.of(scope, "/a.txt"),
        lambda: world.tags.add(scope, "/a.txt", "red"),
        lambda: world.tags.remove(scope, "/a.txt", "red"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_new_file_at_the_path_of_a_deleted_file_has_no_tags(world, scope, write):
    """A new file does not have the tags of the deleted file at its path."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.delete(scope, "/a.txt")
    write("/a.txt")
    assert world.tags.of(scope, "/a.txt") == []


def test_copy_has_no_tags(world, scope, write):
    """A copy does not have the tags of its source."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.copy(scope, "/a.txt", "/b.txt")
    assert world.tags.of(scope, "/b.txt") == []


def test_restored_file_has_its_tags(world, scope, write):
    """A file that is deleted and restored has its tags."""
    old = write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.delete(scope, "/a.txt")
    world.revisions.restore(scope, "/a.txt", old.rev)
    assert world.tags.of(scope, "/a.txt") == ["red"]
