"""What all parts of a world share: its database, contents, clock, random ids and settings."""

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
    """What all parts of a world share; only `settings` is ever replaced.

    Attributes:
        database, blobs: where rows and contents are stored.
        clock, ids: the time, and the source of randomness.
        settings: how the world behaves from now on.
    """

    database: Database
    blobs: Blobs
    clock: Clock
    ids: RandomIds
    settings: Settings = field(default_factory=Settings)
    _key: bytes | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the key anew whenever another world takes the place of this one."""
        self.database.on_replace(self._forget_key)

    def key(self) -> bytes:
        """The secret key that signs the values which clients keep."""
        key = self._key
        if key is None:
            with self.database.reading() as db:
                key = self._key = bytes(db.execute("SELECT secret FROM world").fetchone()[0])
        return key

    def change(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction that changes somebody's files.

        Raises:
            ReadOnly: the world takes no changes at the moment.
        """
        if self.settings.read_only:
            raise ReadOnly
        return self.database.transaction()

    def _forget_key(self) -> None:
        self._key = None
