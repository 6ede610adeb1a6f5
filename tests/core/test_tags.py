"""Words on files and folders."""

import pytest

from fakebox.core.errors import LimitExceeded, NotFound, TagNotFound


def test_tags_are_told_in_alphabetical_order(world, scope, write):
    """In small letters, and twice is once."""
    write("/a.txt")
    for word in ("red", "Blue", "blue"):
        world.tags.add(scope, "/a.txt", word)
    assert world.tags.of(scope, "/A.txt") == ["blue", "red"]


def test_tags_go_along_when_the_file_is_moved(world, scope, write):
    """They are the file's, not the path's."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.move(scope, "/a.txt", "/b.txt")
    assert world.tags.of(scope, "/b.txt") == ["red"]


def test_tag_is_taken_away_once(world, scope, write):
    """The second time it isn't there."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.tags.remove(scope, "/a.txt", "RED")
    assert world.tags.of(scope, "/a.txt") == []
    with pytest.raises(TagNotFound):
        world.tags.remove(scope, "/a.txt", "red")


def test_nothing_has_more_than_twenty_tags(world, scope, write):
    """The one too many is not kept."""
    write("/a.txt")
    words = [f"tag{number:02}" for number in range(20)]
    for word in words:
        world.tags.add(scope, "/a.txt", word)
    with pytest.raises(LimitExceeded) as error:
        world.tags.add(scope, "/a.txt", "more")
    assert error.value.limit == 20
    assert world.tags.of(scope, "/a.txt") == words


def test_what_is_not_there_has_no_tags(world, scope):
    """It can't be asked for them either."""
    for attempt in (
        lambda: world.tags.of(scope, "/a.txt"),
        lambda: world.tags.add(scope, "/a.txt", "red"),
        lambda: world.tags.remove(scope, "/a.txt", "red"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_new_file_at_an_old_path_has_no_tags(world, scope, write):
    """They were another's."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.delete(scope, "/a.txt")
    write("/a.txt")
    assert world.tags.of(scope, "/a.txt") == []


def test_copy_has_no_tags(world, scope, write):
    """It is another file."""
    write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.copy(scope, "/a.txt", "/b.txt")
    assert world.tags.of(scope, "/b.txt") == []


def test_restored_file_has_its_tags_again(world, scope, write):
    """It is the same file."""
    old = write("/a.txt")
    world.tags.add(scope, "/a.txt", "red")
    world.files.delete(scope, "/a.txt")
    world.revisions.restore(scope, "/a.txt", old.rev)
    assert world.tags.of(scope, "/a.txt") == ["red"]
