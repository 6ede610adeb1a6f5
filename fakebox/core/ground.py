"""What every room of a world stands on: its store, its contents, its time, its chance and its
settings.
"""

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from fakebox.core.blobs import Blobs
from fakebox.core.clock import Clock
from fakebox.core.errors import ReadOnly
from fakebox.core.ids import Ids
from fakebox.core.settings import Settings
from fakebox.core.store import Store


@dataclass(slots=True)
class Ground:
    """The shared ground of a world's rooms; only `settings` is ever replaced.

    Attributes:
        store, blobs, clock, ids: where rows and contents are, what time it is, where chance comes
            from.
        settings: how the world behaves from now on.
    """

    store: Store
    blobs: Blobs
    clock: Clock
    ids: Ids
    settings: Settings = field(default_factory=Settings)

    def change(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction that changes somebody's files.

        Raises:
            ReadOnly: the world takes no changes at the moment.
        """
        if self.settings.read_only:
            raise ReadOnly
        return self.store.transaction()
