"""A complete Dropbox: accounts, apps and files, with one clock and one source of randomness.

Each public method of the parts of a world is one transaction. A world is stored in memory, or in a
directory that only one world can use at a time.
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
from fakebox.core.async_jobs import AsyncJobs, Fetches
from fakebox.core.blobs import Blobs
from fakebox.core.change_log import ChangeLog
from fakebox.core.clock import Clock
from fakebox.core.context import WorldContext
from fakebox.core.copy_references import CopyReferences
from fakebox.core.data_directory import (
    DATABASE,
    content_fault,
    create_database,
    make_directory,
)
from fakebox.core.database import CLOSE_LIMIT_S, Database, Template
from fakebox.core.errors import BadCursor, DataDirectoryError
from fakebox.core.files import Files
from fakebox.core.oauth2 import OAuth2
from fakebox.core.path_lookup import FileIds
from fakebox.core.random_ids import RandomIds
from fakebox.core.revisions import Revisions
from fakebox.core.schema import create_schema
from fakebox.core.search import Search
from fakebox.core.settings import Settings
from fakebox.core.shared_links import SharedLinks
from fakebox.core.signed import BadSignedValue, sign, unsign
from fakebox.core.snapshots import Snapshot
from fakebox.core.tags import Tags
from fakebox.core.tokens import Tokens
from fakebox.core.upload_links import UploadLinks
from fakebox.core.upload_sessions import UploadSessions

_SECRET_BYTES = 32
# The columns that contain random identifiers.
_RANDOM_COLUMNS = (
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
    """An emulated Dropbox.

    Args:
        directory: the directory that stores the world; `None` stores it in memory.
        settings: the settings.
        seed: makes tokens and identifiers repeatable; `None` makes them unguessable.
        prefix: the beginning of every token and identifier, which identifies the world.

    Attributes:
        accounts, apps, tokens, oauth2: accounts and credentials.
        files, file_ids, revisions, change_log, upload_sessions, upload_links, shared_links,
            copy_references, tags, search, fetches, async_jobs: the calls for files and folders.
        clock: the time, which can be frozen, set and advanced.
        variations: the randomness of details that the service varies. Its values do not change the
            tokens and identifiers of a seeded world.
        is_new: whether the world was created, not read from a directory.

    Raises:
        DataDirectoryError: the directory is in use, damaged, read-only, or of another format.
    """

    def __init__(
        self,
        directory: Path | None = None,
        settings: Settings | None = None,
        seed: int | None = None,
        prefix: str = "",
    ) -> None:
        ids = RandomIds(seed, prefix)
        is_new = directory is None or _prepare(directory, ids)
        self.is_new: bool = is_new
        self.variations: RandomIds = RandomIds(seed)
        database = Database(directory / DATABASE) if directory else _new_database(ids)
        try:
            blobs = Blobs(directory / "content" if directory else None)
        except BaseException:
            database.close()
            raise
        self._context = WorldContext(database, blobs, Clock(), ids, settings or Settings())
        self._first_settings = self._context.settings
        self._has_snapshots = False
        self._is_closed = False
        self._open_parts()
        if not is_new:
            self._delete_expired()
            self._resume()

    @property
    def clock(self) -> Clock:
        """The clock of this world."""
        return self._context.clock

    @property
    def is_closed(self) -> bool:
        """Whether the world is closed."""
        return self._is_closed

    @property
    def initial_settings(self) -> Settings:
        """The settings to which a reset returns."""
        return self._first_settings

    @property
    def settings(self) -> Settings:
        """The settings of the world. Assign a changed copy to change them."""
        return self._context.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._context.settings = settings

    def reset(self) -> None:
        """Reset the world to its initial state: default accounts, app and tokens, and no files."""
        self._context.settings = self._first_settings
        self._context.clock.reset()
        with self._context.database.alone():
            self._begin()
            if not self._has_snapshots:
                self._context.blobs.collect_garbage(set())
        self.upload_sessions.delete_expired()

    def snapshot(self) -> Snapshot:
        """Take a snapshot of the world, without unfinished uploads."""
        self._has_snapshots = True
        return Snapshot.take(self._context)

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot. The clock and the settings stay as they are."""
        snapshot.restore(self._context)
        if not snapshot.is_of(self._context):
            # The random value makes the identifiers differ from those after the last restoration.
            self._resume(self._context.ids.hexadecimal(32))
        self.upload_sessions.delete_expired()

    def unit_of_work(self) -> AbstractContextManager[None]:
        """Return a context manager that is one transaction of several calls.

        Other threads neither read nor write during the block, so it must not wait for a client. A
        call that raises is rolled back. All other calls are committed at the end of the block, even
        if the block raises.
        """
        return self._context.database.unit_of_work()

    def sign(self, purpose: str, value: bytes, marker: str = "") -> str:
        """Return a value with this world's prefix and signature, for a client to send back.

        Args:
            purpose: the purpose of the value, such as a kind of cursor.
            value: the value.
            marker: a text between the prefix and the signed value.
        """
        return self._context.ids.prefix + marker + sign(self._context.key(), purpose, value)

    def unsign(self, purpose: str, text: str, marker: str = "") -> bytes:
        """Return the value that was signed for a purpose.

        Args:
            purpose: the purpose of the value.
            text: the text that `sign` returned.
            marker: as for `sign`.

        Raises:
            BadCursor: this world has not signed such a value (`malformed`).
        """
        begin = self._context.ids.prefix + marker
        if not text.startswith(begin):
            raise BadCursor("malformed")
        try:
            text = text.removeprefix(begin)
            return unsign(self._context.key(), purpose, text)
        except BadSignedValue as error:
            raise BadCursor("malformed") from error

    def has_credential(self, text: str) -> bool:
        """Return whether an app, access token or refresh token has this key, token or secret."""
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT 1 FROM app WHERE ? IN (key, secret) UNION ALL"
                " SELECT 1 FROM access_token WHERE token = ? OR secret = ? UNION ALL"
                " SELECT 1 FROM refresh_token WHERE token = ? LIMIT 1",
                (text, text, text, text),
            ).fetchone()
        return row is not None

    def release_files(self) -> bool:
        """Close open files until their next use, unless a thread uses them.

        Returns:
            Whether they are closed. A world in memory has no files.
        """
        return self._context.database.release_files()

    def close(self, limit_s: float = CLOSE_LIMIT_S) -> None:
        """Close the world, and end all waiting calls. The world cannot be used afterwards.

        Args:
            limit_s: how long to wait for a running transaction, in seconds; see `Database.close`.
        """
        self._is_closed = True
        self.change_log.close()
        self._context.database.close(limit_s)
        self._context.blobs.close()

    def _open_parts(self) -> None:
        context = self._context
        self.accounts: Accounts = Accounts(context)
        self.apps: Apps = Apps(context)
        self.tokens: Tokens = Tokens(context, self.apps)
        self.oauth2: OAuth2 = OAuth2(context, self.tokens)
        self.files: Files = Files(context)
        self.revisions: Revisions = Revisions(context, self.files)
        self.file_ids: FileIds = FileIds(context)
        self.change_log: ChangeLog = ChangeLog(context)
        self.upload_sessions: UploadSessions = UploadSessions(context, self.files)
        self.upload_links: UploadLinks = UploadLinks(context)
        self.shared_links: SharedLinks = SharedLinks(context, self.files)
        self.copy_references: CopyReferences = CopyReferences(context)
        self.tags: Tags = Tags(context)
        self.async_jobs: AsyncJobs = AsyncJobs(context)
        self.search: Search = Search(context)
        self.fetches: Fetches = Fetches(context, self.files, self.shared_links)

    def _begin(self) -> None:
        with _fresh_world(self._context.ids) as fresh:
            self._context.database.replace(fresh)

    def _delete_expired(self) -> None:
        # After a process was killed, there may be contents without a row.
        self.upload_sessions.delete_expired()
        with self._context.database.transaction() as db:
            rows = db.execute("SELECT content FROM entry UNION SELECT content FROM revision")
            self._context.blobs.collect_garbage({content for (content,) in rows})

    def _resume(self, *earlier: str) -> None:
        # Another process with the same seed may have generated the stored identifiers.
        with self._context.database.reading() as db:
            tables = " UNION ALL ".join(
                f"SELECT {column} FROM {table}" for table, column in _RANDOM_COLUMNS
            )
            # All rows are read, because an open cursor prevents replacing the database.
            stored = [word for (word,) in db.execute(f"{tables} ORDER BY 1")]
        self._context.ids.resume([*earlier, *stored])


def _prepare(directory: Path, ids: RandomIds) -> bool:
    """Create a data directory or check an existing one, and return whether it was new."""
    make_directory(directory)
    content, database = directory / "content", directory / DATABASE
    is_new = not os.path.lexists(database)
    if reason := content_fault(content, is_new=is_new):
        raise DataDirectoryError(str(directory), reason)
    make_directory(content)
    if is_new:
        with _fresh_world(ids) as fresh:
            create_database(database, fresh)
    return is_new


def _new_database(ids: RandomIds) -> Database:
    """Return the database of a new world in memory, with a random secret."""
    database = Database(template=_template())
    with database.transaction() as db:
        db.execute("UPDATE world SET secret = ?", (ids.bytes(_SECRET_BYTES),))
    return database


@cache
def _template() -> Template:
    return Template(_fresh())


@contextmanager
def _fresh_world(ids: RandomIds) -> Iterator[sqlite3.Connection]:
    """Return the database of a new world with a random secret, until the end of the block."""
    # All worlds are copies of one database, which gets another secret before each copy.
    with _fresh_lock:
        fresh = _fresh()
        fresh.execute("UPDATE world SET secret = ?", (ids.bytes(_SECRET_BYTES),))
        yield fresh


@cache
def _fresh() -> sqlite3.Connection:
    """Return the database of a new world, which is created once and copied from then on."""
    with closing(Database()) as database:
        with database.transaction() as db:
            create_schema(db)
            db.execute("INSERT INTO world VALUES (x'')")
        _create_accounts(WorldContext(database, Blobs(), Clock(), RandomIds()))
        return database.copy()


def _create_accounts(context: WorldContext) -> None:
    accounts, apps = Accounts(context), Apps(context)
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
        defaults.APP_NAME,
        access="either",
        key=defaults.APP_KEY,
        secret=defaults.APP_SECRET,
        redirect_uris=defaults.REDIRECT_URIS,
    )
    tokens = Tokens(context, apps)
    for account_id, access, token, secret in (
        (user, "dropbox", defaults.TOKEN, defaults.TOKEN_SECRET),
        (user, "app_folder", defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
        (other, "dropbox", defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
    ):
        tokens.issue(app, account_id, access=access, token=token, secret=secret)  # type: ignore[arg-type]
    for account_id, access, token in (
        (user, "dropbox", defaults.BEARER_TOKEN),
        (user, "app_folder", defaults.SANDBOX_BEARER_TOKEN),
        (other, "dropbox", defaults.OTHER_BEARER_TOKEN),
    ):
        tokens.issue_bearer(app.id, account_id, access, token=token)  # type: ignore[arg-type]
    OAuth2(context, tokens).issue_refresh_token(app, user, token=defaults.REFRESH_TOKEN)
