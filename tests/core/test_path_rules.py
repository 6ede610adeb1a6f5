"""Rules of paths: legal names, equality of names, and the names that conflicts get."""

from __future__ import annotations

import sys
import unicodedata
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakebox.core.errors import IgnoredName, IllegalPath
from fakebox.core.lower_case import LOWER_CASE
from fakebox.core.path_rules import (
    BASIC_NAMES,
    NAME_LIMIT,
    compose,
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

names = st.text(min_size=1, max_size=300).map(compose).filter(is_legal)
# Letters with marks above and below, some of which have a composed form only in one case.
marked = st.text(
    st.sampled_from(
        "aAhHiIjJtTwWyY\u0130\u1e9e\u00df\u03a3\u03c2\u01c5\u0300\u0301\u0307\u030a\u0331\u0345"
    ),
    min_size=1,
    max_size=6,
)


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
        ("\ud800", "surrogate"),
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
    for rules in ({}, {"rules": BASIC_NAMES}):
        assert split_upload(f"/{name}", **rules) == (name,)
        assert is_legal(name, **rules)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a\tb", "control"),
        ("\na", "control"),
        ("a\u0085b", "control"),
        ("blank\n", "trailing_space"),
        ("blank\u00a0", "trailing_space"),
        ("blank\u3000", "trailing_space"),
        ("smile \U0001f600", "non_bmp"),
        # A character of the basic multilingual plane, and the other one that composes it.
        ("\ufacf", "non_bmp"),
    ],
)
def test_rules_of_basic_names_reject_more_names(name, reason):
    """Control and supplementary characters, and white space at the end, are not basic."""
    for path in (f"/{name}", f"/a/{name}/b"):
        assert compose(name) in split(path)
        with pytest.raises(IllegalPath) as error:
            split(path, BASIC_NAMES)
        assert (error.value.path, error.value.reason) == (path, reason)
    assert is_legal(name)
    assert not is_legal(compose(name), BASIC_NAMES)


@given(st.text(max_size=100))
def test_names_are_composed(text):
    """Splitting a path composes its names, so that the same name is always stored alike."""
    try:
        found = split(f"/{text}")
    except IllegalPath:
        return
    assert all(compose(name) == name for name in found)
    assert split(join(found)) == found


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
    """With the stricter rules, only uploads accept these characters in the last name."""
    with pytest.raises(IllegalPath) as error:
        split_target(f"/a/x{character}y", BASIC_NAMES)
    assert error.value.reason == "forbidden_character"
    assert split_target(f"/x{character}y/a", BASIC_NAMES) == (f"x{character}y", "a")
    assert split_target(f"/a/x{character}y") == ("a", f"x{character}y")


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("README.txt", "readme.TXT"),
        ("ÉCOLE", "école"),
        ("e\u0301cole", "\u00e9cole"),
        ("\u03a3\u0391\u03a3", "\u03c3\u03b1\u03c3"),
        ("Ǆ", "ǆ"),
        ("\u01c5", "\u01c6"),
        ("\u0130stanbul", "istanbul"),
        ("\u2126", "\u03c9"),
        ("\u212a", "k"),
        ("\U00010400", "\U00010428"),
        ("\u0241", "\u0294"),
        ("H\u0331", "\u1e96"),
    ],
)
def test_names_that_differ_only_in_case_or_composition_are_equal(one, another):
    """Case is folded character by character, and composed accents equal decomposed ones."""
    assert fold(one) == fold(another)


def test_folding_never_changes_the_number_of_characters():
    """Each character is folded to one character, so `ß` differs from `ss`."""
    assert fold("straße") != fold("strasse")
    assert fold("\ufb01") == "\ufb01"


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param("\u1e9e", id="capital-sharp-s"),
        pytest.param("\ua64a", id="capital-monograph-uk"),
        pytest.param("\u023a", id="capital-a-with-stroke"),
        pytest.param("\u04c0", id="palochka"),
        pytest.param("\u017f", id="long-s"),
        pytest.param("\u03c2", id="final-sigma"),
        pytest.param("\u00b5", id="micro-sign"),
        pytest.param("\u0345", id="ypogegrammeni"),
        pytest.param("\u1e9b", id="long-s-with-dot"),
    ],
)
def test_letters_without_lower_case_in_unicode_4_1_are_kept(letter):
    """Younger letters, and small letters that later algorithms fold, stay as they are."""
    assert fold(letter) == letter


def test_table_has_the_simple_mappings_of_unicode_4_1():
    """The table has as many mappings as UnicodeData.txt of version 4.1, and maps each once."""
    assert len(LOWER_CASE) == 893
    assert not LOWER_CASE.keys() & set(LOWER_CASE.values())


def test_table_contains_all_mappings_of_unicode_3_2():
    """Every capital letter of an older version of Unicode that Python has is in the table."""
    older = unicodedata.ucd_3_2_0
    for letter in map(chr, range(sys.maxunicode + 1)):
        small = letter.lower()
        if older.category(letter) in ("Cn", "Cs") or len(small) > 1 or small == letter:
            continue
        expected = small if older.category(small) != "Cn" else letter
        # The small letters of old Georgian are new in Unicode 4.1.
        if not "\u10a0" <= letter <= "\u10c5":
            assert chr(LOWER_CASE.get(ord(letter), ord(letter))) == expected


@given(st.one_of(names, st.text(max_size=300), marked))
def test_folding_is_composing_and_replacing_each_character(name):
    """A name is composed, each character is replaced by its small letter, and it is composed."""
    small = [chr(LOWER_CASE.get(ord(one), ord(one))) for one in unicodedata.normalize("NFC", name)]
    assert fold(name) == unicodedata.normalize("NFC", "".join(small))


@given(st.one_of(names, marked))
def test_folding_a_folded_name_changes_nothing(name):
    """A folded name does not change when it is folded again."""
    assert fold(fold(name)) == fold(name)


@given(st.one_of(names, marked))
def test_decomposing_a_name_does_not_change_its_folded_form(name):
    """A name and its decomposed form are the same name."""
    assert fold(unicodedata.normalize("NFD", name)) == fold(name)


def test_folding_every_character_again_changes_nothing():
    """The folded form of each character is stable."""
    for letter in map(chr, range(sys.maxunicode + 1)):
        assert fold(fold(letter)) == fold(letter)


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
    assert all(compose(one) == one for one in generated)
    assert len(set(generated)) == len(generated)
    assert max(map(len, generated)) <= NAME_LIMIT
