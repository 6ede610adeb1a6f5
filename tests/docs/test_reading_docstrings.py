"""Find public objects, and check the examples in their docstrings."""

from __future__ import annotations

import dropbox.session
from dropbox.client import DropboxClient
from tests.docs.docstrings import PublicObject, objects_of_class, objects_of_module


def _function(docstring: str) -> PublicObject:
    def example() -> None: ...

    example.__doc__ = docstring
    return PublicObject("module.example", example)


def test_public_objects_are_classes_and_their_members() -> None:
    """Imported names, private names and members of other packages are left out."""
    names = [item.name for item in objects_of_module(dropbox.session)]
    assert "dropbox.session.DropboxSession" in names
    assert "dropbox.session.DropboxSession.build_url" in names
    assert "dropbox.session.RetryPolicy" not in names
    assert "dropbox.session.DropboxSession._obtain" not in names


def test_excluded_members_are_left_out() -> None:
    """The other members of the class remain."""
    excluded = {"DropboxSession": {"build_url"}}
    names = [item.name for item in objects_of_module(dropbox.session, excluded)]
    assert "dropbox.session.DropboxSession.build_url" not in names
    assert "dropbox.session.DropboxSession.build_path" in names


def test_members_of_a_class_include_inherited_ones() -> None:
    """Members of base classes in the same package are included."""
    names = [item.name for item in objects_of_class(DropboxClient, "dropbox.client")]
    assert names[0] == "dropbox.client.DropboxClient"
    assert "dropbox.client.DropboxClient.put_file" in names


def test_docstring_without_statements_has_no_example() -> None:
    """The heading alone, or statements without the heading, are not enough."""
    assert not _function("Add.\n\n>>> 1 + 1\n2\n").has_example
    assert not _function("Add.\n\nExample:\n    add(1, 1)\n").has_example
    assert _function("Add.\n\nExample:\n    >>> 1 + 1\n    2\n").has_example


def test_example_with_another_output_is_reported() -> None:
    """The report has the expected and the actual output."""
    report = _function("Add.\n\nExample:\n    >>> one + one\n    3\n").run_examples({"one": 1})
    assert "3" in report
    assert "2" in report


def test_example_with_the_right_output_is_not_reported() -> None:
    """Three dots match any text."""
    function = _function("Print.\n\nExample:\n    >>> 'one two'\n    'one ...'\n")
    assert function.run_examples({}) == ""
