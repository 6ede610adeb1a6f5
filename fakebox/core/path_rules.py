"""Rules of paths: legal names, comparison of names, and names for conflicts.

A path is a string that begins with `/`. Its names are compared by `fold`. Nothing here reads the
database.
"""

import unicodedata
from collections.abc import Iterator
from itertools import count, filterfalse

from fakebox.core.errors import IgnoredName, IllegalPath

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
_FORBIDDEN_IN_OPERATIONS = frozenset(':?*<>"|')


def split(path: str) -> tuple[str, ...]:
    """Check a path, and return its names. Repeated slashes, and a slash at the end, are ignored.

    Raises:
        IllegalPath: a name is `.` or `..`, is longer than 255 characters, ends in white space, or
            contains a backslash, a control character or a character outside the basic multilingual
            plane.
    """
    names = _names(path)
    for name in names:
        if reason := _fault(name):
            raise IllegalPath(path, reason)
    return names


def split_below_root(path: str) -> tuple[str, ...]:
    """Check a path like `split`, and reject the root.

    Raises:
        IllegalPath: as `split`, or the path is the root.
    """
    names = split(path)
    if not names:
        raise IllegalPath(path, "root")
    return names


def split_upload(path: str) -> tuple[str, ...]:
    """Check the path of an upload like `split`.

    Raises:
        IllegalPath: as `split`.
        IgnoredName: Dropbox never stores files of the last name.
    """
    names = _names(path)
    if names and is_ignored(names[-1]):
        raise IgnoredName(path)
    return split(path)


def is_ignored(name: str) -> bool:
    """Whether files of this name are never stored."""
    return fold(name) in _IGNORED


def split_target(path: str) -> tuple[str, ...]:
    """Check a path that copy, move or create_folder creates, like `split_upload`.

    Raises:
        IllegalPath: as `split`, or the last name contains one of `: ? * < > " |`, which only
            uploads may use.
        IgnoredName: as `split_upload`.
    """
    names = split_upload(path)
    if names and not may_be_made(names[-1]):
        raise IllegalPath(path, "forbidden_character")
    return names


def may_be_made(name: str) -> bool:
    """Whether copy, move and create_folder may create a file or folder of this legal name."""
    return _FORBIDDEN_IN_OPERATIONS.isdisjoint(name)


def fold(name: str) -> str:
    """Return a name in the form for comparisons: composed (NFC), with simple case folding."""
    if name.isascii():
        return name.lower()
    composed = unicodedata.normalize("NFC", name)
    return unicodedata.normalize("NFC", "".join(map(_fold_character, composed)))


def without_accents(folded: str) -> str:
    """Return a folded name without the accents of its letters: `é` becomes `e`."""
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFD", folded)
    kept = "".join(character for character in decomposed if character not in _ACCENTS)
    return unicodedata.normalize("NFC", kept)


def is_legal(name: str) -> bool:
    """Whether a file or folder can have this name."""
    return "/" not in name and bool(name) and not _fault(name)


def has_illegal_character(text: str) -> bool:
    """Whether a text contains a character that no name can contain."""
    return any(map(_character_fault, text))


def join(names: tuple[str, ...] | list[str]) -> str:
    """Return the path of some names; `/` for the root."""
    return "/" + "/".join(names)


def numbered_names(name: str) -> Iterator[str]:
    """Return `name (1).ext`, `name (2).ext`, ... for a name that exists already."""
    return (_suffixed(name, f" ({number})") for number in count(1))


def conflicted_names(name: str, owner: str) -> Iterator[str]:
    """Return names for an upload with a stale rev: `name (Owner's conflicted copy).ext`, ..."""
    legal = "".join(filterfalse(_character_fault, owner.replace("/", "")))[:_OWNER_LIMIT]
    conflicted = _suffixed(name, f" ({legal}'s conflicted copy)")
    yield conflicted
    yield from numbered_names(conflicted)


def _suffixed(name: str, suffix: str) -> str:
    stem, extension = _split_extension(name)
    if len(suffix) + len(extension) >= NAME_LIMIT:
        stem, extension = name, ""
    return stem[: NAME_LIMIT - len(suffix) - len(extension)] + suffix + extension


def _names(path: str) -> tuple[str, ...]:
    return tuple(name for name in path.split("/") if name)


def _split_extension(name: str) -> tuple[str, str]:
    # A leading dot marks a hidden file, not an extension. An extension contains no white space.
    dot = name.rfind(".")
    is_extension = dot > 0 and not any(map(str.isspace, name[dot:]))
    return (name[:dot], name[dot:]) if is_extension else (name, "")


def _fault(name: str) -> str | None:
    if name in (".", ".."):
        return "dot"
    if len(name) > NAME_LIMIT:
        return "too_long"
    if name[-1].isspace():
        return "trailing_space"
    if name.isascii() and name.isprintable():
        return "backslash" if "\\" in name else None
    return next(filter(None, map(_character_fault, name)), None)


def _character_fault(character: str) -> str | None:
    if character == "\\":
        return "backslash"
    if unicodedata.category(character) == "Cc":
        return "control"
    if "\ud800" <= character <= "\udfff":
        return "surrogate"
    return "non_bmp" if character > "\uffff" else None


def _fold_character(character: str) -> str:
    # Simple folding maps one character to one. Lower case is used if Python's form is longer.
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character
