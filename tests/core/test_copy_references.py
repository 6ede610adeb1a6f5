"""Copy references."""

from __future__ import annotations

import pytest

from fakebox.core.errors import CopyRefNotFound, CopySourceNotFound, IllegalPath, NotFound


def test_copy_reference_copies_the_current_entry_into_another_account(
    world, scope, other, write, read
):
    """A copy reference copies a folder, with its files as they are when it is used."""
    write("/folder/a.txt", "shared")
    made = world.copy_references.create(scope, "/folder")
    assert world.copy_references.save(other, made.reference, "/mine").path == "/mine"
    assert read("/mine/a.txt", scope=other) == b"shared"


def test_copy_reference_to_a_deleted_file_is_not_found(world, scope, other, write):
    """Using a reference to a deleted file raises `CopySourceNotFound`."""
    write("/a.txt")
    made = world.copy_references.create(scope, "/a.txt")
    world.files.delete(scope, "/a.txt")
    with pytest.raises(CopySourceNotFound):
        world.copy_references.save(other, made.reference, "/mine")


def test_copy_reference_is_not_found_after_its_expiry(world, scope, other, write):
    """A copy reference works until its expiry, after thirty years."""
    write("/a.txt")
    made = world.copy_references.create(scope, "/a.txt")
    world.clock.set(made.expires_s)
    with pytest.raises(CopyRefNotFound):
        world.copy_references.save(other, made.reference, "/mine")


@pytest.mark.parametrize(("path", "error"), [("/", IllegalPath), ("/nothing", NotFound)])
def test_copy_reference_is_created_only_for_an_entry_below_the_root(world, scope, path, error):
    """The root and a path without an entry have no copy reference."""
    with pytest.raises(error):
        world.copy_references.create(scope, path)
