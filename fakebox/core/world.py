"""A whole Dropbox: every account, app and file, with one clock and one source of chance.

The rooms do the work; each of their public calls is one transaction. A world is kept in memory, or
in a directory that one world at a time may use.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache
from pathlib import Path

from fakebox.core import defaults
from fakebox.core.accounts import Accounts
from fakebox.core.apps import Apps
from fakebox.core.async_jobs import Jobs
from fakebox.core.blobs import Blobs
from fakebox.core.change_log import Changes
from fakebox.core.clock import Clock
from fakebox.core.context import Ground
from fakebox.core.database import Store, create_file
from fakebox.core.disk import os_reason
from fakebox.core.errors import BadCursor, DataRefused
from fakebox.core.fetches import Fetches
from fakebox.core.file_ids import Finding
from fakebox.core.files import Files
from fakebox.core.oauth2 import Grants
from fakebox.core.random_ids import Ids
from fakebox.core.revisions import Revisions
from fakebox.core.search import Search
from fakebox.core.settings import Settings
from fakebox.core.shared_links import SharedLinks
from fakebox.core.sharing import Sharing
from fakebox.core.signed import BadSignedValue, sign, unsign
from fakebox.core.snapshots import Snapshot
from fakebox.core.storage_format import create_schema
from fakebox.core.tags import Tags
from fakebox.core.tokens import Tokens
from fakebox.core.upload_links import UploadLinks
from fakebox.core.upload_sessions import Uploads

DATABASE = "world.sqlite3"
_SECRET_BYTES = 32
# Where identifiers are that were drawn.
_DRAWN = (
    ("app", "key"),
    ("request_token", "token"),
    ("access_token", "token"),
    ("authorization_code", "code"),
    ("refresh_token", "token"),
    ("upload", "id"),
    ("copy_ref", "ref"),
    ("link", "token"),
    ("upload_link", "token"),
    ("job", "id"),
    ("fetch_job", "id"),
)
_fresh_lock = threading.Lock()


class World:
    """One emulated Dropbox.

    Args:
        directory: where to keep everything across restarts; `None` keeps it in memory.
        settings: how it behaves.
        seed: makes every token and identifier repeatable; `None` makes them unguessable.
        prefix: what every token and identifier begins with that is drawn here, so that it can be
            told from another world's.

    Attributes:
        accounts, apps, tokens, grants: who may.
        files, finding, revisions, changes, uploads, upload_links, sharing, shared_links, tags,
            search, fetches, jobs: what is kept, and how it is reached.
        clock: the time, which may be stopped, set and moved.

    Raises:
        DataRefused: the directory is in use, damaged, read-only, or of another storage format.
    """

    def __init__(
        self,
        directory: Path | None = None,
        settings: Settings | None = None,
        seed: int | None = None,
        prefix: str = "",
    ) -> None:
        ids = Ids(seed, prefix)
        is_new = directory is None or _prepare(directory, ids)
        store = Store(directory / DATABASE if directory else None)
        try:
            blobs = Blobs(directory / "content" if directory else None)
        except BaseException:
            store.close()
            raise
        self._ground = Ground(store, blobs, Clock(), ids, settings or Settings())
        self._first_settings = self._ground.settings
        self._has_snapshots = False
        self._is_closed = False
        self._open_rooms()
        if directory is None:
            self._begin()
        elif not is_new:
            self._tidy()
            self._go_on()

    @property
    def clock(self) -> Clock:
        """The time in this world."""
        return self._ground.clock

    @property
    def is_closed(self) -> bool:
        """Whether nothing may be called any more."""
        return self._is_closed

    @property
    def settings(self) -> Settings:
        """How the world behaves; assign a changed copy to have it behave otherwise from now on."""
        return self._ground.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._ground.settings = settings

    def reset(self) -> None:
        """Become what a fresh world is: the ready-made accounts, app and tokens, and no files."""
        self._ground.settings = self._first_settings
        self._ground.clock.reset()
        with self._ground.store.alone():
            self._begin()
            if not self._has_snapshots:
                self._ground.blobs.sweep(set())
        self.uploads.tidy()

    def snapshot(self) -> Snapshot:
        """All that is kept, as it is now; chunked uploads under way are left out."""
        self._has_snapshots = True
        return Snapshot.take(self._ground)

    def restore(self, snapshot: Snapshot) -> None:
        """Become what a world was when the snapshot was taken; the clock and settings stay."""
        snapshot.put_back(self._ground)
        self.uploads.tidy()

    def unit_of_work(self) -> AbstractContextManager[None]:
        """A block that is one transaction, for what takes several calls.

        Other threads neither see nor change anything meanwhile, so it must not wait for a client. A
        call that raises leaves nothing behind, as ever; what the others did is kept at the end of
        the block, even if that raises.
        """
        return self._ground.store.unit_of_work()

    def sign(self, purpose: str, value: bytes) -> str:
        """A value that a client is to keep and send back, with this world's signature."""
        return sign(self._ground.key(), purpose, value)

    def unsign(self, purpose: str, text: str) -> bytes:
        """The value that was signed for a purpose.

        Raises:
            BadCursor: this world has signed no such value (`malformed`).
        """
        try:
            return unsign(self._ground.key(), purpose, text)
        except BadSignedValue as error:
            raise BadCursor("malformed") from error

    def release_files(self) -> bool:
        """Close the files that are open until the next use, unless a thread is using them now.

        Returns:
            Whether they are closed. A world in memory has none.
        """
        return self._ground.store.release_files()

    def close(self) -> None:
        """Send home who waits for changes, and let go of the store; nothing may be called
        afterwards.
        """
        self._is_closed = True
        self.changes.close()
        self._ground.store.close()
        self._ground.blobs.close()

    def _open_rooms(self) -> None:
        ground = self._ground
        self.accounts: Accounts = Accounts(ground)
        self.apps: Apps = Apps(ground)
        self.tokens: Tokens = Tokens(ground, self.apps)
        self.grants: Grants = Grants(ground, self.tokens)
        self.files: Files = Files(ground)
        self.revisions: Revisions = Revisions(ground, self.files)
        self.finding: Finding = Finding(ground)
        self.changes: Changes = Changes(ground)
        self.uploads: Uploads = Uploads(ground, self.files)
        self.upload_links: UploadLinks = UploadLinks(ground)
        self.sharing: Sharing = Sharing(ground, self.files)
        self.shared_links: SharedLinks = SharedLinks(ground, self.sharing)
        self.tags: Tags = Tags(ground)
        self.jobs: Jobs = Jobs(ground)
        self.search: Search = Search(ground)
        self.fetches: Fetches = Fetches(ground, self.files, self.sharing)

    def _begin(self) -> None:
        with _fresh_world(self._ground.ids) as fresh:
            self._ground.store.replace(fresh)

    def _tidy(self) -> None:
        # A process that was killed may have left contents that no row came to name.
        self.uploads.tidy()
        with self._ground.store.transaction() as db:
            rows = db.execute("SELECT content FROM entry UNION SELECT content FROM revision")
            self._ground.blobs.sweep({content for (content,) in rows})

    def _go_on(self) -> None:
        # An earlier process with the same seed has drawn what is kept here.
        with self._ground.store.reading() as db:
            tables = " UNION ALL ".join(f"SELECT {column} FROM {table}" for table, column in _DRAWN)
            self._ground.ids.go_on(word for (word,) in db.execute(f"{tables} ORDER BY 1"))


def _prepare(directory: Path, ids: Ids) -> bool:
    """See that a directory has a database and a folder for contents; whether it was new."""
    _make(directory)
    content, database = directory / "content", directory / DATABASE
    if content.is_symlink():
        raise DataRefused(str(directory), "content is a symbolic link")
    is_new = not os.path.lexists(database)
    if is_new and any(content.glob("??/*")):
        raise DataRefused(str(directory), f"{DATABASE} is missing, but contents of files are there")
    _make(content)
    if is_new:
        with _fresh_world(ids) as fresh:
            create_file(database, fresh)
    return is_new


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = os_reason(error)
        raise DataRefused(str(directory), f"it can't be made ({reason})") from error


@contextmanager
def _fresh_world(ids: Ids) -> Iterator[sqlite3.Connection]:
    """The database of a fresh world with a secret of its own, until the end of the block."""
    # In one step with the secret, so that no world is ever kept without one.
    with _fresh_lock:
        fresh = _fresh()
        fresh.execute("UPDATE world SET secret = ?", (ids.bytes(_SECRET_BYTES),))
        yield fresh


@cache
def _fresh() -> sqlite3.Connection:
    """The store of a fresh world, made once and copied ever after."""
    with closing(Store()) as store:
        with store.transaction() as db:
            create_schema(db)
            db.execute("INSERT INTO world VALUES (x'')")
        _people(Ground(store, Blobs(), Clock(), Ids()))
        return store.copy()


def _people(ground: Ground) -> None:
    accounts, apps = Accounts(ground), Apps(ground)
    user, other = (
        accounts.create(
            person.email,
            defaults.PASSWORD,
            given_name=person.given_name,
            surname=person.surname,
        ).id
        for person in (defaults.USER, defaults.OTHER)
    )
    app = apps.create(
        defaults.APP_NAME, access="either", key=defaults.APP_KEY, secret=defaults.APP_SECRET
    )
    tokens = Tokens(ground, apps)
    for account_id, access, token, secret in (
        (user, "dropbox", defaults.TOKEN, defaults.TOKEN_SECRET),
        (user, "app_folder", defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
        (other, "dropbox", defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
    ):
        tokens.issue(app, account_id, access=access, token=token, secret=secret)  # type: ignore[arg-type]
    tokens.issue_bearer(app.id, user, "dropbox", token=defaults.BEARER_TOKEN)
