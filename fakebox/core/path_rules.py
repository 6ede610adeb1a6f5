"""Rules of paths: legal names, comparison of names, and names for conflicts.

A path is a string that begins with `/`. Its names are stored composed (NFC), and are compared by
`fold`. Nothing here reads the database.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, filterfalse

from fakebox.core.errors import IgnoredName, IllegalPath
from fakebox.core.lower_case import LOWER_CASE

NAME_LIMIT = 255
_OWNER_LIMIT = 100

# Desktop clients and operating systems use these names, and the service never stores them.
_IGNORED = frozenset(
    {
        ".dropbox",
        ".dropbox.attr",
        ".dropbox.cache",
        ".ds_store",
        "desktop.ini",
        "icon\r",
        "thumbs.db",
    }
)

# The combining marks of European scripts. Marks of other scripts make other letters.
_ACCENTS = frozenset(map(chr, range(0x0300, 0x0370)))
_FORBIDDEN_ON_WINDOWS = frozenset(':?*<>"|')
_NEVER_IN_A_NAME = {"\\": "backslash", "\0": "control", "\x7f": "control"}


@dataclass(frozen=True, slots=True)
class NameRules:
    """The names that a caller may use, of all names that can be stored.

    Attributes:
        is_basic: reject control characters, characters outside the basic multilingual plane, and
            names that end in any white space.
        is_portable: reject `: ? * < > " |`, which Windows does not allow, in the names of files and
            folders that copy, move and create_folder create.
    """

    is_basic: bool = False
    is_portable: bool = False


ANY_NAME = NameRules()
BASIC_NAMES = NameRules(is_basic=True, is_portable=True)


def compose(text: str) -> str:
    """Return a text in the form in which names are stored (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def split(path: str, rules: NameRules = ANY_NAME) -> tuple[str, ...]:
    """Check a path, and return its names. Repeated slashes, and a slash at the end, are ignored.

    Raises:
        IllegalPath: a name is `.` or `..`, is longer than 255 characters, ends in a space, contains
            a backslash, NUL or DEL, or is not allowed by the rules.
    """
    names = _names(path)
    for name in names:
        if reason := _fault(name, rules):
            raise IllegalPath(path, reason)
    return names


def split_below_root(path: str, rules: NameRules = ANY_NAME) -> tuple[str, ...]:
    """Check a path like `split`, and reject the root.

    Raises:
        IllegalPath: as `split`, or the path is the root.
    """
    names = split(path, rules)
    if not names:
        raise IllegalPath(path, "root")
    return names


def split_upload(path: str, rules: NameRules = ANY_NAME) -> tuple[str, ...]:
    """Check the path of an upload like `split`.

    Raises:
        IllegalPath: as `split`.
        IgnoredName: Dropbox never stores files of the last name.
    """
    names = _names(path)
    if names and is_ignored(names[-1]):
        raise IgnoredName(path)
    return split(path, rules)


def is_ignored(name: str) -> bool:
    """Whether files of this name are never stored."""
    return fold(name) in _IGNORED


def split_target(path: str, rules: NameRules = ANY_NAME) -> tuple[str, ...]:
    """Check a path that copy, move or create_folder creates, like `split_upload`.

    Raises:
        IllegalPath: as `split`, or the rules allow the last name only for uploads.
        IgnoredName: as `split_upload`.
    """
    names = split_upload(path, rules)
    if names and not may_be_made(names[-1], rules):
        raise IllegalPath(path, "forbidden_character")
    return names


def may_be_made(name: str, rules: NameRules) -> bool:
    """Whether copy, move and create_folder may create a file or folder of this legal name."""
    return not rules.is_portable or _FORBIDDEN_ON_WINDOWS.isdisjoint(name)


def fold(name: str) -> str:
    """Return a name in the form for comparisons: composed (NFC), in the lower case of Unicode 4.1.

    Each character is replaced by one character. The result is composed again, so that folding a
    folded name changes nothing.
    """
    if name.isascii():
        return name.lower()
    return compose(compose(name).translate(LOWER_CASE))


def without_accents(folded: str) -> str:
    """Return a folded name without the accents of its letters: `é` becomes `e`."""
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFD", folded)
    kept = "".join(character for character in decomposed if character not in _ACCENTS)
    return unicodedata.normalize("NFC", kept)


def is_legal(name: str, rules: NameRules = ANY_NAME) -> bool:
    """Whether a file or folder can have this name."""
    return "/" not in name and bool(name) and not _fault(name, rules)


def has_illegal_character(text: str) -> bool:
    """Whether a text contains a character that no name can contain."""
    return any(_character_fault(character, ANY_NAME) for character in text)


def join(names: tuple[str, ...] | list[str]) -> str:
    """Return the path of some names; `/` for the root."""
    return "/" + "/".join(names)


def numbered_names(name: str) -> Iterator[str]:
    """Return `name (1).ext`, `name (2).ext`, ... for a name that exists already."""
    return (_suffixed(name, f" ({number})") for number in count(1))


def conflicted_names(name: str, owner: str) -> Iterator[str]:
    """Return names for an upload with a stale rev: `name (Owner's conflicted copy).ext`, ..."""
    # Every caller can use the name.
    legal = "".join(filterfalse(_is_special, compose(owner).replace("/", "")))[:_OWNER_LIMIT]
    conflicted = _suffixed(name, f" ({legal}'s conflicted copy)")
    yield conflicted
    yield from numbered_names(conflicted)


def _suffixed(name: str, suffix: str) -> str:
    stem, extension = _split_extension(name)
    if len(suffix) + len(extension) >= NAME_LIMIT:
        stem, extension = name, ""
    return stem[: NAME_LIMIT - len(suffix) - len(extension)] + suffix + extension


def _names(path: str) -> tuple[str, ...]:
    return tuple(filter(None, compose(path).split("/")))


def _split_extension(name: str) -> tuple[str, str]:
    # A leading dot marks a hidden file, not an extension. An extension contains no white space.
    dot = name.rfind(".")
    is_extension = dot > 0 and not any(map(str.isspace, name[dot:]))
    return (name[:dot], name[dot:]) if is_extension else (name, "")


def _fault(name: str, rules: NameRules) -> str | None:
    if name in (".", ".."):
        return "dot"
    if len(name) > NAME_LIMIT:
        return "too_long"
    if name[-1] == " " or (rules.is_basic and name[-1].isspace()):
        return "trailing_space"
    if name.isascii() and name.isprintable():
        return "backslash" if "\\" in name else None
    faults = (_character_fault(character, rules) for character in name)
    return next(filter(None, faults), None)


def _is_special(character: str) -> bool:
    return _character_fault(character, BASIC_NAMES) is not None


def _character_fault(character: str, rules: NameRules) -> str | None:
    if reason := _NEVER_IN_A_NAME.get(character):
        return reason
    if "\ud800" <= character <= "\udfff":
        return "surrogate"
    if not rules.is_basic:
        return None
    if unicodedata.category(character) == "Cc":
        return "control"
    return "non_bmp" if character > "\uffff" else None
