"""The word that a client keeps between two looks at a folder.

The core's own cursor, which can't be forged, says whose changes are meant and how far they were
told; around it is what was asked for, and how far a listing has come that isn't through.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import astuple, dataclass

from fakebox.v2.schema import Malformed


@dataclass(frozen=True, slots=True)
class FolderCursor:
    """How far a folder was told of.

    Attributes:
        path: the folder, as it was found.
        recursive: whether what is further down counts.
        include_deleted: whether the first listing tells of what is gone.
        limit: how many entries a page has; 0 leaves it to the service.
        after: the folded name that the listing has come to; `None` once it is through.
        changes: the core's cursor.
    """

    path: str
    recursive: bool
    include_deleted: bool
    limit: int
    after: str | None
    changes: str

    def encode(self) -> str:
        """The cursor as the client keeps it."""
        return encode(list(astuple(self)))

    @classmethod
    def decode(cls, word: str) -> FolderCursor:
        """The cursor that a client sent.

        Raises:
            Malformed: it isn't one.
        """
        match decode(word):
            case [
                str(path),
                bool(recursive),
                bool(include_deleted),
                int(limit),
                (str() | None) as after,
                str(changes),
            ]:
                return cls(path, recursive, include_deleted, limit, after, changes)
        raise unknown_cursor(word)

    def shows(self, path: str) -> bool:
        """Whether a folded path is one that is told of."""
        return self.recursive or path.rpartition("/")[0] == self.path.rstrip("/")


def encode(values: list[object]) -> str:
    """Values as one word."""
    return urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def decode(word: str) -> list[object]:
    """The values of a word.

    Raises:
        Malformed: it wasn't made here.
    """
    try:
        values = json.loads(urlsafe_b64decode(word.encode() + b"=" * (-len(word) % 4)))
    except (NotBase64, ValueError) as error:
        raise unknown_cursor(word) from error
    if not isinstance(values, list):
        raise unknown_cursor(word)
    return values


def unknown_cursor(word: str) -> Malformed:
    """What is wrong with a cursor that isn't one of the caller's."""
    return Malformed(f'Invalid "cursor" parameter: {word!r}')
