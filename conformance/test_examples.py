"""Compare examples of the public documentation, stored as cassettes, with responses."""

import pytest

from conformance.cassettes import load, structural

# The service added this field after the documentation was written. The emulator returns it.
LATER = "client_mtime: is new"


@pytest.mark.checks("examples-structure")
@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("put_file", lambda target, path: target.client.put_file(path, b"x" * 77, overwrite=True)),
        ("copy_ref", lambda target, path: target.client.create_copy_ref(path)),
        ("media", lambda target, path: target.client.media(path)),
    ],
    ids=["put_file", "copy_ref", "media"],
)
def test_documented_example(target, name, act):
    """The response has the fields and types of the documented example."""
    path = target.path("magnum-opus.txt")
    target.client.put_file(path, b"y", overwrite=True)
    act(target, path)
    found = structural(load(f"test_examples-{name}", "v1"), target.recorder.exchanges[-1:])
    assert [text for text in found if not text.endswith(LATER)] == []


@pytest.mark.checks("examples-structure")
def test_documented_folder(target):
    """The metadata of a new folder has the fields and types of the documented example."""
    target.client.file_create_folder(target.path("Sample Folder"))
    kept = load("test_examples-create_folder", "v1")
    assert structural(kept, target.recorder.exchanges[-1:]) == []


@pytest.mark.checks("examples-structure")
def test_documented_error(target):
    """The error for a missing path has the fields and types of the documented example."""
    from conformance.wire import status_of

    assert status_of(target.client.metadata, target.path("never")) == 404
    assert structural(load("test_examples-missing", "v1"), target.recorder.exchanges[-1:]) == []
