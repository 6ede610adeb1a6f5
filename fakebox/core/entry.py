"""Files and folders as the core returns them to every version of the API."""

from dataclasses import dataclass
from typing import NamedTuple

_NAMESPACE_DIGITS = 8
# Times up to 2112 have 13 digits, and times up to 3000 have 14. Counters have fewer digits.
_TIME_DIGITS = 13
_REV_DIGITS_LIMIT = 14 + _NAMESPACE_DIGITS
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of a file or folder at a path.

    Attributes:
        path: the path within the caller's root, with its first spelling; `/` for the root.
        is_folder, is_deleted: the kind of entry.
        revision: the number of the change that led to this state; 0 for a root.
        namespace_id: the namespace of the account.
        size_bytes: the size; 0 for folders and deleted entries.
        content: the content hash of a live file.
        modified_us: the time of the change, in microseconds since 1970.
        client_mtime_s: the modification time that the client sent; -1 for deleted entries.
        file_id: the id of the file or folder, unique within its account. It stays the same when the
            file or folder is changed, moved or restored; a copy gets a new one. 0 for a root.
        rev_namespace_id: the namespace in the caller's revs; see `Scope.rev_namespace_id`.
    """

    path: str
    is_folder: bool
    is_deleted: bool
    revision: int
    namespace_id: int
    size_bytes: int
    content: str | None
    modified_us: int
    client_mtime_s: int
    file_id: int
    rev_namespace_id: int

    @property
    def name(self) -> str:
        """The last name of the path; empty for the root."""
        return self.path.rpartition("/")[2]

    @property
    def is_root(self) -> bool:
        """Whether this is the caller's root folder."""
        return self.path == "/"

    @property
    def modified_s(self) -> int:
        """The time of the change, in whole seconds since 1970."""
        return self.modified_us // _MICROSECONDS

    @property
    def rev(self) -> str:
        """The rev with a counter: the number of the change in hexadecimal, followed by 8 digits for
        the namespace.
        """
        return format_rev(self.revision, self.rev_namespace_id)

    @property
    def timestamp_rev(self) -> str:
        """The rev of a file with a time: the time of the change in 13 hexadecimal digits, followed
        by 8 digits for the namespace.
        """
        return f"{self.modified_us:0{_TIME_DIGITS}x}{self.rev_namespace_id:0{_NAMESPACE_DIGITS}x}"

    def has_rev(self, rev: str) -> bool:
        """Return whether a rev of either form is the rev of this state."""
        return rev.lower() in (self.rev, self.timestamp_rev)


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder and its entries.

    Attributes:
        folder: the folder.
        children: the entries, by folded name.
        hash: 32 hexadecimal digits that change if and only if the listing changes.
    """

    folder: Entry
    children: tuple[Entry, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class ListingPage:
    """A page of the entries of a folder.

    Attributes:
        folder: the folder.
        entries: folders by creation, then files by their last write, then deleted entries.
        after: the key of the next page; `None` if this is the last page.
    """

    folder: Entry
    entries: tuple[Entry, ...]
    after: int | None


def format_rev(revision: int, namespace_id: int) -> str:
    """Return the rev with a counter for the number of a change."""
    return f"{revision:x}{namespace_id:0{_NAMESPACE_DIGITS}x}"


class RevKey(NamedTuple):
    """The version that a rev refers to.

    Attributes:
        is_counter: whether the number is the number of a change; otherwise it is the time of the
            change of a file, in microseconds since 1970.
        number: the number.
    """

    is_counter: bool
    number: int


def parse_rev(rev: str, namespace_id: int) -> RevKey | None:
    """Parse a rev of either form; return `None` if it is not a rev of the namespace."""
    number, namespace = rev[:-_NAMESPACE_DIGITS].lower(), rev[-_NAMESPACE_DIGITS:].lower()
    if len(rev) > _REV_DIGITS_LIMIT or namespace != f"{namespace_id:0{_NAMESPACE_DIGITS}x}":
        return None
    is_counter = len(number) < _TIME_DIGITS
    try:
        key = RevKey(is_counter, int(number, 16))
    except ValueError:
        return None
    # Python's parser accepts signs, underscores and leading zeros.
    is_canonical = number == (f"{key.number:x}" if is_counter else f"{key.number:0{_TIME_DIGITS}x}")
    return key if is_canonical else None
