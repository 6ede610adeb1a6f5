"""A whole Dropbox: every account, app and file, with one clock and one source of randomness.

Its parts do the work; each of their public calls is one transaction. A world is kept in memory, or
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
from fakebox.core.async_jobs import AsyncJobs
from fakebox.core.blobs import Blobs
from fakebox.core.change_log import ChangeLog
from fakebox.core.clock import Clock
from fakebox.core.context import WorldContext
from fakebox.core.database import Database, create_file
from fakebox.core.disk import os_reason
from fakebox.core.errors import BadCursor, DataDirectoryError
from fakebox.core.fetches import Fetches
from fakebox.core.file_ids import FileIds
from fakebox.core.files import Files
from fakebox.core.oauth2 import OAuth2
from fakebox.core.random_ids import RandomIds
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
from fakebox.core.upload_sessions import UploadSessions

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
        accounts, apps, tokens, oauth2: who may do what.
        files, file_ids, revisions, change_log, upload_sessions, upload_links, sharing,
            shared_links, tags, search, fetches, async_jobs: what is stored, and the calls for it.
        clock: the time, which may be stopped, set and moved.

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
        database = Database(directory / DATABASE if directory else None)
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
        if directory is None:
            self._begin()
        elif not is_new:
            self._delete_expired()
            self._resume()

    @property
    def clock(self) -> Clock:
        """The time in this world."""
        return self._context.clock

    @property
    def is_closed(self) -> bool:
        """Whether nothing may be called any more."""
        return self._is_closed

    @property
    def settings(self) -> Settings:
        """How the world behaves; assign a changed copy to have it behave otherwise from now on."""
        return self._context.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._context.settings = settings

    def reset(self) -> None:
        """Become what a fresh world is: the ready-made accounts, app and tokens, and no files."""
        self._context.settings = self._first_settings
        self._context.clock.reset()
        with self._context.database.alone():
            self._begin()
            if not self._has_snapshots:
                self._context.blobs.collect_garbage(set())
        self.upload_sessions.delete_expired()

    def snapshot(self) -> Snapshot:
        """All that is kept, as it is now; chunked uploads under way are left out."""
        self._has_snapshots = True
        return Snapshot.take(self._context)

    def restore(self, snapshot: Snapshot) -> None:
        """Become what a world was when the snapshot was taken; the clock and settings stay."""
        snapshot.put_back(self._context)
        self.upload_sessions.delete_expired()

    def unit_of_work(self) -> AbstractContextManager[None]:
        """A block that is one transaction, for what takes several calls.

        Other threads neither see nor change anything meanwhile, so it must not wait for a client. A
        call that raises leaves nothing behind, as ever; what the others did is kept at the end of
        the block, even if that raises.
        """
        return self._context.database.unit_of_work()

    def sign(self, purpose: str, value: bytes) -> str:
        """Return a value with this world's signature and prefix, for a client to send back."""
        return self._context.ids.prefix + sign(self._context.key(), purpose, value)

    def unsign(self, purpose: str, text: str) -> bytes:
        """The value that was signed for a purpose.

        Raises:
            BadCursor: this world has signed no such value (`malformed`).
        """
        try:
            text = text.removeprefix(self._context.ids.prefix)
            return unsign(self._context.key(), purpose, text)
        except BadSignedValue as error:
            raise BadCursor("malformed") from error

    def has_credential(self, text: str) -> bool:
        """Whether an app or an access token has this key, token or secret."""
        with self._context.database.reading() as db:
            row = db.execute(
                "SELECT 1 FROM app WHERE ? IN (key, secret) UNION ALL"
                " SELECT 1 FROM access_token WHERE token = ? OR secret = ? LIMIT 1",
                (text, text, text),
            ).fetchone()
        return row is not None

    def release_files(self) -> bool:
        """Close the files that are open until the next use, unless a thread is using them now.

        Returns:
            Whether they are closed. A world in memory has none.
        """
        return self._context.database.release_files()

    def close(self) -> None:
        """Send home who waits for changes, and let go of the store; nothing may be called
        afterwards.
        """
        self._is_closed = True
        self.change_log.close()
        self._context.database.close()
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
        self.sharing: Sharing = Sharing(context, self.files)
        self.shared_links: SharedLinks = SharedLinks(context, self.sharing)
        self.tags: Tags = Tags(context)
        self.async_jobs: AsyncJobs = AsyncJobs(context)
        self.search: Search = Search(context)
        self.fetches: Fetches = Fetches(context, self.files, self.sharing)

    def _begin(self) -> None:
        with _fresh_world(self._context.ids) as fresh:
            self._context.database.replace(fresh)

    def _delete_expired(self) -> None:
        # A process that was killed may have left contents that no row came to name.
        self.upload_sessions.delete_expired()
        with self._context.database.transaction() as db:
            rows = db.execute("SELECT content FROM entry UNION SELECT content FROM revision")
            self._context.blobs.collect_garbage({content for (content,) in rows})

    def _resume(self) -> None:
        # An earlier process with the same seed has drawn what is kept here.
        with self._context.database.reading() as db:
            tables = " UNION ALL ".join(f"SELECT {column} FROM {table}" for table, column in _DRAWN)
            self._context.ids.resume(word for (word,) in db.execute(f"{tables} ORDER BY 1"))


def _prepare(directory: Path, ids: RandomIds) -> bool:
    """See that a directory has a database and a folder for contents; whether it was new."""
    _make(directory)
    content, database = directory / "content", directory / DATABASE
    is_new = not os.path.lexists(database)
    try:
        reason = _content_fault(content, is_new=is_new)
    except OSError as error:
        reason = os_reason(error)
    if reason:
        raise DataDirectoryError(str(directory), reason)
    _make(content)
    if is_new:
        with _fresh_world(ids) as fresh:
            create_file(database, fresh)
    return is_new


def _content_fault(content: Path, *, is_new: bool) -> str | None:
    """Why a folder of contents can't be used; `None` if it can, or isn't there yet."""
    if content.is_symlink():
        return "content is a symbolic link"
    for shard in content.glob("??"):
        if shard.is_symlink():
            return f"content/{shard.name} is a symbolic link"
    if is_new and any(content.glob("??/*")):
        return f"{DATABASE} is missing, but contents of files are there"
    return None


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = os_reason(error)
        raise DataDirectoryError(str(directory), f"it can't be made ({reason})") from error


@contextmanager
def _fresh_world(ids: RandomIds) -> Iterator[sqlite3.Connection]:
    """The database of a fresh world with a secret of its own, until the end of the block."""
    # In one step with the secret, so that no world is ever kept without one.
    with _fresh_lock:
        fresh = _fresh()
        fresh.execute("UPDATE world SET secret = ?", (ids.bytes(_SECRET_BYTES),))
        yield fresh


@cache
def _fresh() -> sqlite3.Connection:
    """The store of a fresh world, made once and copied ever after."""
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
        defaults.APP_NAME, access="either", key=defaults.APP_KEY, secret=defaults.APP_SECRET
    )
    tokens = Tokens(context, apps)
    for account_id, access, token, secret in (
        (user, "dropbox", defaults.TOKEN, defaults.TOKEN_SECRET),
        (user, "app_folder", defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
        (other, "dropbox", defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
    ):
        tokens.issue(app, account_id, access=access, token=token, secret=secret)  # type: ignore[arg-type]
    tokens.issue_bearer(app.id, user, "dropbox", token=defaults.BEARER_TOKEN)
