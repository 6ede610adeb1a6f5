"""Files and folders as the core returns them to every version of the API."""

from dataclasses import dataclass

_NAMESPACE_DIGITS = 8
# The number of a change is less than 2**60, so it has at most 15 hexadecimal digits.
_REV_DIGITS_LIMIT = 15 + _NAMESPACE_DIGITS


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
        modified_s: the time of the change, in seconds since 1970.
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
    modified_s: int
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
    def rev(self) -> str:
        """The revision in the API's format: the number of the change in hexadecimal, followed by 8
        digits for the namespace.
        """
        return format_rev(self.revision, self.rev_namespace_id)


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
    """Return the rev for the number of a change."""
    return f"{revision:x}{namespace_id:0{_NAMESPACE_DIGITS}x}"


def parse_rev(rev: str, namespace_id: int) -> int | None:
    """Return the `revision` that a rev contains; `None` if it is not a rev of the namespace."""
    if len(rev) > _REV_DIGITS_LIMIT:
        return None
    try:
        revision = int(rev[:-_NAMESPACE_DIGITS], 16)
    except ValueError:
        return None
    return revision if format_rev(revision, namespace_id) == rev.lower() else None
