"""What the outside is told of a file or folder, the same in every dialect."""

from dataclasses import dataclass

_NAMESPACE_DIGITS = 8
# A count of changes has 63 bits; the digits of none are more.
_REV_DIGITS_LIMIT = 15 + _NAMESPACE_DIGITS


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder as it is, or was, at a path.

    Attributes:
        path: within the caller's root, in the spelling it was made with; the root itself is `/`.
        is_folder, is_deleted: what it is.
        revision: the account's count of changes when this state came about; 0 for a root.
        namespace_id: the account's, which is part of every rev.
        size_bytes: 0 for folders and for what is deleted.
        content: the content hash of a live file.
        modified_s: when this state came about, in seconds since 1970.
        client_mtime_s: what the uploader said of the file's age; -1 for what is deleted.
        file_id: what the file or folder is known by, unique within its account; it stays when the
            file or folder is changed, moved or restored, and a copy gets its own. 0 for a root.
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
        """The revision as clients know it: the count in hexadecimal, then the namespace in 8
        digits.
        """
        return format_rev(self.revision, self.namespace_id)


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder with what is in it.

    Attributes:
        folder: the folder.
        children: its entries, by folded name.
        hash: 32 hexadecimal digits that change if and only if something shown changes.
    """

    folder: Entry
    children: tuple[Entry, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class ListingPage:
    """A part of what is in a folder.

    Attributes:
        folder: the folder.
        entries: folders by age, then files by their last write, then deleted entries.
        after: the key to continue after; `None` if this is the last page.
    """

    folder: Entry
    entries: tuple[Entry, ...]
    after: int | None


def format_rev(revision: int, namespace_id: int) -> str:
    """The rev of an account's change number `revision`."""
    return f"{revision:x}{namespace_id:0{_NAMESPACE_DIGITS}x}"


def parse_rev(rev: str, namespace_id: int) -> int | None:
    """The change number that a rev names, or `None` if it isn't one of this account's."""
    if len(rev) > _REV_DIGITS_LIMIT:
        return None
    try:
        revision = int(rev[:-_NAMESPACE_DIGITS], 16)
    except ValueError:
        return None
    return revision if format_rev(revision, namespace_id) == rev.lower() else None
