"""The word that a client keeps between two looks at a list.

It says what was asked for and how far the list was told. It is signed by the world, for one family
of routes, so that what comes back is what was given out.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from fakebox.core.errors import BadCursor
from fakebox.v2.schema import Malformed

if TYPE_CHECKING:
    from fakebox.core.world import World

_FOLDER = "list_folder"


@dataclass(frozen=True, slots=True)
class FolderCursor:
    """How far a folder was told of.

    Attributes:
        path: the folder, as it was found.
        recursive: whether what is further down counts.
        include_deleted: whether the first listing tells of what is gone.
        limit: how many entries a page has; 0 leaves it to the service.
        after: the key in the listing to continue after; `None` once the listing is through.
        changes: the core's cursor.
        link: the token of the shared link that the folder is seen through; `None` if it is the
            caller's own.
    """

    path: str
    recursive: bool
    include_deleted: bool
    limit: int
    after: int | None
    changes: str
    link: str | None

    def encode(self, world: World) -> str:
        """The cursor as the client keeps it."""
        return encode(world, _FOLDER, list(astuple(self)))

    @classmethod
    def decode(cls, world: World, word: str) -> FolderCursor:
        """The cursor that a client sent.

        Raises:
            Malformed: it isn't one.
        """
        return cls(*decode(world, _FOLDER, word))

    def shows(self, path: str) -> bool:
        """Whether a folded path is one that is told of."""
        return self.recursive or path.rpartition("/")[0] == self.path.rstrip("/")


def encode(world: World, family: str, values: list[Any]) -> str:
    """Values as one word.

    Args:
        world: whose word it is.
        family: the routes that take it.
        values: what JSON is made from.
    """
    return world.sign(f"v2 {family}", json.dumps(values).encode())


def decode(world: World, family: str, word: str) -> list[Any]:
    """The values of a word; they are those that it was made of.

    Raises:
        Malformed: this world didn't make it for these routes.
    """
    try:
        values: list[Any] = json.loads(world.unsign(f"v2 {family}", word))
    except BadCursor as error:
        raise unknown_cursor(word) from error
    return values


def unknown_cursor(word: str) -> Malformed:
    """What is wrong with a cursor that isn't one of the caller's."""
    return Malformed(f'Invalid "cursor" parameter: {word!r}')
