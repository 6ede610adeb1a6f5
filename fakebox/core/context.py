"""The database, contents, clock, random ids and settings that all parts of a world share."""

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from fakebox.core.blobs import Blobs
from fakebox.core.clock import Clock
from fakebox.core.database import Database
from fakebox.core.errors import ReadOnly
from fakebox.core.random_ids import RandomIds
from fakebox.core.settings import Settings


@dataclass(slots=True)
class WorldContext:
    """The objects that all parts of a world share. Only `settings` can be replaced.

    Attributes:
        database: the rows of the world.
        blobs: the contents of files.
        clock: the time.
        ids: the source of randomness.
        settings: the current settings.
    """

    database: Database
    blobs: Blobs
    clock: Clock
    ids: RandomIds
    settings: Settings = field(default_factory=Settings)
    _key: bytes | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the key again after the database was replaced."""
        self.database.on_replace(self._clear_key)

    def key(self) -> bytes:
        """Return the secret key that signs values for clients, such as cursors."""
        key = self._key
        if key is None:
            with self.database.reading() as db:
                key = self._key = bytes(db.execute("SELECT secret FROM world").fetchone()[0])
        return key

    def change(self) -> AbstractContextManager[sqlite3.Connection]:
        """Return a transaction that changes files.

        Raises:
            ReadOnly: the setting `read_only` is on.
        """
        if self.settings.read_only:
            raise ReadOnly
        return self.database.transaction()

    def _clear_key(self) -> None:
        self._key = None
