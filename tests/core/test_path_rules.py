"""What a path may be, when two are the same, and which names conflicts get."""

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
)

names = st.text(
    st.characters(codec="utf-8", max_codepoint=0xFFFF), min_size=1, max_size=300
).filter(is_legal)


@pytest.mark.parametrize("path", ["", "/", "//"])
def test_path_of_no_names_is_the_root(path):
    """However many slashes it has."""
    assert split(path) == ()
    assert join(()) == "/"


@pytest.mark.parametrize("path", ["/a/b", "a/b", "//a///b/"])
def test_path_is_the_same_however_many_slashes_it_has(path):
    """Runs of slashes are one; those at the ends don't count."""
    assert split(path) == ("a", "b")


@given(st.lists(names.filter(lambda name: len(name) <= NAME_LIMIT), max_size=5))
def test_path_has_the_names_that_it_was_made_of(made_of):
    """As they are spelled, whatever they are."""
    assert split(join(made_of)) == tuple(made_of)


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
def test_path_is_refused_when_a_name_can_be_in_no_dropbox(name, reason):
    """The refusal says why, wherever in the path the name is."""
    for path in (f"/{name}", f"/a/{name}/b"):
        with pytest.raises(IllegalPath) as error:
            split(path)
        assert (error.value.path, error.value.reason) == (path, reason)
    assert not is_legal(name)


@pytest.mark.parametrize("name", ["x" * 255, "a b", " a", "a.", "...", "é", "日本", ':?*<>"|'])
def test_path_is_taken_when_its_names_are_only_unusual(name):
    """Blanks, dots, other scripts and what some file systems forbid are legal."""
    assert split_upload(f"/{name}") == (name,)
    assert is_legal(name)


@pytest.mark.parametrize("name", ["desktop.ini", "Thumbs.DB", ".DS_Store", "Icon\r", ".dropbox"])
def test_upload_is_refused_when_the_service_never_stores_such_files(name):
    """In any folder and any case; as a folder on the way the name is nothing special."""
    for path in (f"/{name}", f"/a/{name}"):
        with pytest.raises(IgnoredName):
            split_upload(path)
        with pytest.raises(IgnoredName):
            split_target(path)
    if "\r" not in name:
        assert split_upload(f"/{name}/a") == (name, "a")


@pytest.mark.parametrize("character", list(':?*<>"|'))
def test_target_of_an_operation_is_refused_when_windows_could_not_have_it(character):
    """Copy, move and create_folder refuse what an upload may use."""
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
def test_names_are_the_same_when_only_case_or_composition_differs(one, another):
    """Case is folded character by character, and accents may be composed or not."""
    assert fold(one) == fold(another)


def test_names_differ_when_folding_would_need_more_characters():
    """`ß` isn't `ss`: one character folds to one, or stays if it can't."""
    assert fold("straße") != fold("strasse")
    assert fold("\u0130stanbul") == "\u0130stanbul"


@given(names)
def test_folding_twice_is_folding_once(name):
    """What is folded already stays as it is."""
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("a.txt", "a (1).txt", "a (2).txt"),
        ("a.tar.gz", "a.tar (1).gz", "a.tar (2).gz"),
        ("a", "a (1)", "a (2)"),
        (".profile", ".profile (1)", ".profile (2)"),
        ("a (1).txt", "a (1) (1).txt", "a (1) (2).txt"),
    ],
)
def test_taken_name_gets_a_number_before_its_extension(name, first, second):
    """Counting begins anew, whatever number the name ends with already."""
    assert list(islice(numbered_names(name), 2)) == [first, second]


def test_stale_upload_gets_its_owners_name():
    """A second one is numbered like any other."""
    assert list(islice(conflicted_names("a.txt", "Joe User"), 2)) == [
        "a (Joe User's conflicted copy).txt",
        "a (Joe User's conflicted copy) (1).txt",
    ]


@given(names, st.text(max_size=300))
def test_names_that_conflicts_make_are_legal(name, owner):
    """However long the name and its extension are, and whatever the owner is called."""
    made = [*islice(numbered_names(name), 12), *islice(conflicted_names(name, owner), 12)]
    assert all(map(is_legal, made))
    assert len(set(made)) == len(made)
    assert max(map(len, made)) <= NAME_LIMIT
