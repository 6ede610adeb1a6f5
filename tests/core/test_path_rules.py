"""Rules of paths: legal names, equality of names, and the names that conflicts get."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.errors import IgnoredName, IllegalPath
from fakebox.core.path_rules import (
    NAME_LIMIT,
    conflicted_names,
    fold,
    is_legal,
    join,
    numbered_names,
    split,
    split_target,
    split_upload,
    without_accents,
)

names = st.text(
    st.characters(codec="utf-8", max_codepoint=0xFFFF), min_size=1, max_size=300
).filter(is_legal)


@pytest.mark.parametrize("path", ["", "/", "//"])
def test_path_of_slashes_is_the_root(path):
    """A path without names is the root, with any number of slashes."""
    assert split(path) == ()
    assert join(()) == "/"


@pytest.mark.parametrize("path", ["/a/b", "a/b", "//a///b/"])
def test_repeated_and_outer_slashes_are_ignored(path):
    """Repeated, leading and trailing slashes do not change a path."""
    assert split(path) == ("a", "b")


@given(st.lists(names.filter(lambda name: len(name) <= NAME_LIMIT), max_size=5))
def test_joined_names_are_split_into_the_same_names(parts):
    """Splitting a joined path returns the original names."""
    assert split(join(parts)) == tuple(parts)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "dot"),
        ("..", "dot"),
        ("a\\b", "backslash"),
        ("é\\b", "backslash"),
        ("a\x00b", "control"),
        ("a\x7f", "control"),
        ("x" * 256, "too_long"),
        ("blank ", "trailing_space"),
        ("blank\u00a0", "trailing_space"),
        ("\ud800", "surrogate"),
        ("smile \U0001f600", "non_bmp"),
    ],
)
def test_path_with_an_illegal_name_is_rejected_with_a_reason(name, reason):
    """An illegal name is rejected with the reason, at any position in the path."""
    for path in (f"/{name}", f"/a/{name}/b"):
        with pytest.raises(IllegalPath) as error:
            split(path)
        assert (error.value.path, error.value.reason) == (path, reason)
    assert not is_legal(name)


@pytest.mark.parametrize("name", ["x" * 255, "a b", " a", "a.", "...", "é", "日本", ':?*<>"|'])
def test_unusual_names_are_accepted(name):
    """Spaces, dots, other scripts and characters that some file systems forbid are legal."""
    assert split_upload(f"/{name}") == (name,)
    assert is_legal(name)


@pytest.mark.parametrize("name", ["desktop.ini", "Thumbs.DB", ".DS_Store", "Icon\r", ".dropbox"])
def test_ignored_file_names_are_rejected(name):
    """Ignored names are rejected in any folder and in any case, but only for files."""
    for path in (f"/{name}", f"/a/{name}"):
        with pytest.raises(IgnoredName):
            split_upload(path)
        with pytest.raises(IgnoredName):
            split_target(path)
    if "\r" not in name:
        assert split_upload(f"/{name}/a") == (name, "a")


@pytest.mark.parametrize("character", list(':?*<>"|'))
def test_operation_target_with_a_character_forbidden_on_windows_is_rejected(character):
    """Copy, move and create_folder reject these characters, and uploads accept them."""
    with pytest.raises(IllegalPath) as error:
        split_target(f"/a/x{character}y")
    assert error.value.reason == "forbidden_character"
    assert split_target(f"/x{character}y/a") == (f"x{character}y", "a")


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("README.txt", "readme.TXT"),
        ("ÉCOLE", "école"),
        ("e\u0301cole", "\u00e9cole"),
        ("ΣΑΣ", "σας"),
        ("Ǆ", "ǆ"),
        ("STRASSE ẞ", "strasse ß"),
    ],
)
def test_names_that_differ_only_in_case_or_composition_are_equal(one, another):
    """Case is folded character by character, and composed accents equal decomposed ones."""
    assert fold(one) == fold(another)


def test_folding_never_changes_the_number_of_characters():
    """A character that does not fold to one character is kept, so `ß` differs from `ss`."""
    assert fold("straße") != fold("strasse")
    assert fold("\u0130stanbul") == "\u0130stanbul"


@given(names)
def test_folding_a_folded_name_changes_nothing(name):
    """A folded name does not change when it is folded again."""
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    ("folded", "plain"),
    [
        ("text", "text"),
        ("t\u00e9xt", "text"),
        ("te\u0301xt", "text"),
        ("\u01d8", "u"),
        ("\u0439", "\u0438"),
        ("\u30ac", "\u30ac"),
        ("\u00f8", "\u00f8"),
        ("\ud55c", "\ud55c"),
    ],
)
def test_accents_of_european_scripts_are_removed(folded, plain):
    """Letters lose their accents; marks that make other letters stay, as in Japanese."""
    assert without_accents(folded) == plain


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("a.txt", "a (1).txt", "a (2).txt"),
        ("a.tar.gz", "a.tar (1).gz", "a.tar (2).gz"),
        ("a", "a (1)", "a (2)"),
        (".profile", ".profile (1)", ".profile (2)"),
        ("a (1).txt", "a (1) (1).txt", "a (1) (2).txt"),
        ("x.bak (1)", "x.bak (1) (1)", "x.bak (1) (2)"),
        ("Mr. Smith", "Mr. Smith (1)", "Mr. Smith (2)"),
        ("a b.txt", "a b (1).txt", "a b (2).txt"),
        ("a.\u00a0b", "a.\u00a0b (1)", "a.\u00a0b (2)"),
    ],
)
def test_existing_name_gets_a_number_before_its_extension(name, first, second):
    """The first number is 1, even if the name ends with one. An extension has no white space."""
    assert list(islice(numbered_names(name), 2)) == [first, second]


def test_conflicted_names_contain_the_display_name():
    """The name of a conflicted copy contains the display name, and further copies are numbered."""
    assert list(islice(conflicted_names("a.txt", "Joe User"), 2)) == [
        "a (Joe User's conflicted copy).txt",
        "a (Joe User's conflicted copy) (1).txt",
    ]


@given(names, st.text(max_size=300))
def test_names_of_conflicts_are_legal_and_distinct(name, owner):
    """For any name, extension and display name, the resulting names are legal and distinct."""
    generated = [*islice(numbered_names(name), 12), *islice(conflicted_names(name, owner), 12)]
    assert all(map(is_legal, generated))
    assert len(set(generated)) == len(generated)
    assert max(map(len, generated)) <= NAME_LIMIT
