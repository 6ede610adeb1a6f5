"""The examples of the public documentation, kept as cassettes, against what a target answers."""

import pytest

from conformance.cassettes import load, structural

# What the service's answers gained after the documentation was written, and the emulator has.
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
    """The same fields, of the same types."""
    path = target.path("magnum-opus.txt")
    target.client.put_file(path, b"y", overwrite=True)
    act(target, path)
    found = structural(load(f"test_examples-{name}"), target.recorder.exchanges[-1:])
    assert [text for text in found if not text.endswith(LATER)] == []


@pytest.mark.checks("examples-structure")
def test_documented_folder(target):
    """A new folder's metadata."""
    target.client.file_create_folder(target.path("Sample Folder"))
    kept = load("test_examples-create_folder")
    assert structural(kept, target.recorder.exchanges[-1:]) == []


@pytest.mark.checks("examples-structure")
def test_documented_refusal(target):
    """A path that never was."""
    from conformance.wire import status_of

    assert status_of(target.client.metadata, target.path("never")) == 404
    assert structural(load("test_examples-missing"), target.recorder.exchanges[-1:]) == []
