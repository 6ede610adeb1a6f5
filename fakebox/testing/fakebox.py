"""The double itself: a Dropbox to test against, and everything that a test may do to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fakebox import config, directory_sync
from fakebox.app import create_app
from fakebox.core import defaults
from fakebox.core.accounts import Account, Scope
from fakebox.core.files import WriteMode
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.middleware.faults import Faults
from fakebox.middleware.journal import Journal
from fakebox.middleware.rate_limit import RateLimit
from fakebox.namespaces import ControlledNamespace, Namespaces
from fakebox.testing import sdk
from fakebox.testing.interception import Endpoint, Interception
from fakebox.testing.server import FakeboxServer
from fakebox.testing.transports import IN_PROCESS_URL, InProcess, OverSocket, Transport

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import WSGIApplication
    from requests.adapters import HTTPAdapter
    from typing_extensions import Self

    from dropbox.client import DropboxClient
    from dropbox.session import DropboxSession
    from fakebox.core.apps import Access, App
    from fakebox.core.clock import Clock
    from fakebox.core.tokens import AccessToken
    from fakebox.testing.interception.httpx_transport import EmulatorTransport

AccessType = Literal["dropbox", "app_folder"]
_USER = defaults.USER.email
_READY_MADE = {
    (_USER, "dropbox"): (defaults.TOKEN, defaults.TOKEN_SECRET),
    (_USER, "app_folder"): (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
    (defaults.OTHER.email, "dropbox"): (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
}


_NOT_STARTED = "start this Fakebox first: `with Fakebox() as box:`, or box.start()"


class Fakebox:
    """One emulated Dropbox: its accounts, apps, files, clock, faults and requests.

    As a context manager it serves within the block. Wherever an `account` is named, it is by its
    e-mail address, and by default `user@fakebox.example`.

    Args:
        transport: `http` for a server of its own in the background, `inprocess` for no socket at
            all, or a `FakeboxServer` to be behind.
        host: the address that its own server binds.
        port: the port that it binds; 0 for a free one.
        data: a directory where to keep everything; by default it is kept in memory.
        random_seed: makes every token and identifier repeatable.
    """

    def __init__(
        self,
        transport: Literal["http", "inprocess"] | FakeboxServer = "http",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        data: str | os.PathLike[str] | None = None,
        random_seed: int | None = None,
    ) -> None:
        self._namespaces = Namespaces(Path(data) if data else None, seed=random_seed)
        self._transport: Transport | FakeboxServer
        if isinstance(transport, FakeboxServer):
            self._transport = transport
        elif transport == "http":
            self._transport = OverSocket(self._namespaces, host, port)
        elif transport == "inprocess":
            self._transport = InProcess(Endpoint(create_app(self._namespaces)))
        else:
            raise ValueError(f"transport must be 'http' or 'inprocess', not {transport!r}")
        self._stage: Literal["new", "started", "stopped"] = "new"

    def __repr__(self) -> str:
        return f"<Fakebox {self._transport.client_url}>"

    # --- serving -----------------------------------------------------------------------------

    def start(self) -> Self:
        """Take requests from now on.

        Raises:
            OSError: the address can't be bound, as when the port is in use.
            RuntimeError: it was started before, or another `Fakebox` is using the shared server.
        """
        if self._stage != "new":
            raise RuntimeError(f"this Fakebox is {self._stage} already; make another one")
        if isinstance(self._transport, FakeboxServer):
            self._transport.lend(self._namespaces.default)
        else:
            self._transport.open()
        self._stage = "started"
        return self

    def stop(self) -> None:
        """Take no more, and forget everything that isn't kept in a directory.

        What was asked stays in `requests`. Stopping it once more does nothing.
        """
        stage, self._stage = self._stage, "stopped"
        if stage == "started":
            if isinstance(self._transport, FakeboxServer):
                self._transport.give_back()
            else:
                self._transport.close()
        if stage != "stopped":
            self._namespaces.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is, without a trailing slash; in-process, a name that only its clients know.

        Raises:
            RuntimeError: it isn't started, so that it is nowhere yet.
        """
        self._check_reachable()
        return self._transport.url

    endpoint = url

    def _client_url(self) -> str:
        self._check_reachable()
        return self._transport.client_url

    def _check_reachable(self) -> None:
        if self._stage == "new" and isinstance(self._transport, OverSocket):
            raise RuntimeError(_NOT_STARTED)

    def env(self) -> dict[str, str]:
        """The environment variables that point a program at it, with the ready-made credentials.

        Raises:
            RuntimeError: it is in-process, where no program can reach it.
        """
        if self.url == IN_PROCESS_URL:
            raise RuntimeError("no other program reaches an in-process Fakebox; use http")
        return defaults.environment(self.url)

    # --- clients -----------------------------------------------------------------------------

    def intercept(self) -> Interception:
        """Return a context manager that sends this process's requests to Dropbox to this emulator.

        Within the block the emulator responds to requests for Dropbox's hosts that are sent by
        urllib3 (and so by requests and the official SDK), httpx or aiohttp, in all threads and
        tasks. Requests for other hosts are not affected. No socket is opened.

        Blocks may be nested: the innermost one of a thread or task applies to it; other threads
        use the block that was entered last.

        Raises:
            RuntimeError: the emulator is not started, or stopped.
        """
        self._check_running()
        return Interception(self._endpoint, self._check_running)

    def requests_adapter(self) -> HTTPAdapter:
        """Return an adapter for `requests.Session.mount` that sends all requests to this emulator.

        Raises:
            ImportError: requests is not installed.
        """
        from fakebox.testing.interception.requests_adapter import make_adapter

        return make_adapter(self._endpoint)

    def httpx_transport(self) -> EmulatorTransport:
        """Return a transport for httpx clients, sync and async, that leads to this emulator.

        Raises:
            ImportError: httpx is not installed.
        """
        from fakebox.testing.interception.httpx_transport import EmulatorTransport

        return EmulatorTransport(self._endpoint)

    @property
    def wsgi_app(self) -> WSGIApplication:
        """The emulator as a WSGI application, for another server or test client."""
        return self._endpoint.app

    @property
    def _endpoint(self) -> Endpoint:
        return self._transport.endpoint

    def _check_running(self) -> None:
        if self._stage == "new":
            raise RuntimeError(_NOT_STARTED)
        self._held()

    def session(
        self,
        account: str = _USER,
        access_type: AccessType = "dropbox",
        *,
        app: App | None = None,
        linked: bool = True,
    ) -> DropboxSession:
        """Return a session of the SDK that sends its requests to this emulator.

        Args:
            account: the e-mail address of the account.
            access_type: `dropbox` or `app_folder`.
            app: the app; by default the ready-made one.
            linked: whether the session has an access token.

        Raises:
            ImportError: `fakebox-sdk` is not installed, or has another version than `fakebox`.
        """
        url = self._client_url()
        rest_client = sdk.rest_client(self._transport.pool_manager)
        from dropbox.session import DropboxSession

        used = app or self.world.apps.find(defaults.APP_KEY)
        session = DropboxSession(used.key, used.secret, access_type, rest_client=rest_client)
        for name in ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST"):
            setattr(session, name, url)
        if linked:
            ready_made = None if app else _READY_MADE.get((account, access_type))
            if ready_made is None:
                token = self.add_token(account, access_type, app=app)
                ready_made = (token.token, token.secret or "")
            session.set_token(*ready_made)
        return session

    def client(
        self,
        account: str = _USER,
        access_type: AccessType = "dropbox",
        *,
        app: App | None = None,
    ) -> DropboxClient:
        """Return a linked client of the SDK; the arguments are those of `session`.

        Raises:
            ImportError: `fakebox-sdk` is not installed, or has another version than `fakebox`.
        """
        session = self.session(account, access_type, app=app)
        from dropbox.client import DropboxClient

        return DropboxClient(session, session.rest_client)

    def allow(self, request_token: str, account: str = _USER) -> None:
        """Allow an app's request token, as the account's owner would on the page.

        Raises:
            RequestTokenNotFound: there is none, or it was answered already.
        """
        self.world.tokens.allow(request_token, self.account(account).id)

    # --- accounts, apps, tokens ----------------------------------------------------------------

    def account(self, email: str = _USER) -> Account:
        """The account with this e-mail address.

        Raises:
            LookupError: there is none.
        """
        for account in self.world.accounts.all():
            if account.email == email:
                return account
        raise LookupError(f"there is no account {email!r}; add_account makes one")

    def add_account(self, email: str, password: str = defaults.PASSWORD, **details: Any) -> Account:
        """Open an account.

        Args:
            email, password: what its owner signs in with.
            details: any of `given_name`, `surname`, `country`, `locale`, `quota_bytes` and
                `auto_approve`.

        Raises:
            AlreadyTaken: another account has the e-mail address.
        """
        return self.world.accounts.create(email, password, **details)

    def add_app(self, name: str, access: Access = "dropbox", **details: Any) -> App:
        """Register an app.

        Args:
            name: what users are told, and the name of its folder.
            access: `dropbox`, `app_folder` or `either`.
            details: any of `key`, `secret`, `auto_approve` and `redirect_uris`.

        Raises:
            AlreadyTaken: another app has the key.
            InvalidRedirectUri: a redirect URI has a fragment, or is not absolute.
        """
        return self.world.apps.create(name, access=access, **details)

    def add_token(
        self,
        account: str = _USER,
        access_type: AccessType = "dropbox",
        *,
        app: App | None = None,
        bearer: bool = False,
    ) -> AccessToken:
        """Let an app in: an OAuth 1.0 token, or with `bearer` one of OAuth 2."""
        used = app or self.world.apps.find(defaults.APP_KEY)
        account_id = self.account(account).id
        if bearer:
            return self.world.tokens.issue_bearer(used.id, account_id, access_type)
        return self.world.tokens.issue(used, account_id, access=access_type)

    def set_quota(self, quota_bytes: int, account: str = _USER) -> None:
        """Give an account so much room, in bytes."""
        self.world.accounts.configure(self.account(account).id, quota_bytes=quota_bytes)

    # --- files -------------------------------------------------------------------------------

    def read(self, path: str, account: str = _USER) -> bytes:
        """A file's content.

        Raises:
            NotFound, NotAFile: no file is there.
        """
        _, file = self.world.files.open(self._whole(account), path)
        with file:
            return file.read()

    def write(self, path: str, data: bytes | str, account: str = _USER) -> None:
        """Put a file, over what is there; missing folders are made.

        Raises:
            DropboxError: there can't be a file there.
        """
        content = data.encode() if isinstance(data, str) else data
        self.world.files.upload(self._whole(account), path, [content], WriteMode(overwrite=True))

    def tree(self, account: str = _USER) -> list[str]:
        """Every path, sorted; a folder's ends with a slash."""
        entries = self.world.files.descendants(self._whole(account))
        return sorted(f"{entry.path}/" if entry.is_folder else entry.path for entry in entries)

    def seed(self, directory: str | os.PathLike[str], account: str = _USER) -> None:
        """Put everything in a directory of this machine into the Dropbox, over what is there.

        Raises:
            DirectoryError: it can't be read, or holds what no Dropbox can.
        """
        directory_sync.seed(self.world, self._whole(account), Path(directory))

    def diff(
        self, directory: str | os.PathLike[str], account: str = _USER
    ) -> directory_sync.Difference:
        """How the Dropbox differs from a directory of this machine; false if it doesn't."""
        return directory_sync.compare(self.world, self._whole(account), Path(directory))

    # --- behaviour ---------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """All that it holds, below every dialect.

        Raises:
            RuntimeError: it is stopped, and holds nothing any more.
        """
        return self._held().world

    @property
    def clock(self) -> Clock:
        """Its time, which may be frozen, set and advanced."""
        return self.world.clock

    @property
    def faults(self) -> Faults:
        """What goes wrong on purpose."""
        return self._namespace.faults

    @property
    def requests(self) -> Journal:
        """What was asked and answered."""
        return self._namespace.requests

    journal = requests

    def configure(self, **changes: Any) -> None:
        """Have it behave otherwise from now on: `read_only`, `delta_page_size`, `quota_status`, ...

        Raises:
            InvalidSetting: there is no such setting, or no such value of it.
        """
        config.turn(self._namespace, changes)

    def limit_rate(self, requests: int, per_s: float, *, status: int = 429) -> None:
        """Let each token make so many requests in so many seconds of the emulated clock."""
        self._namespace.limits.rate = RateLimit(requests, per_s, status)

    # --- state -------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """All that it holds now, for `restore`; its `save(path)` writes it to a file."""
        return self.world.snapshot()

    def restore(self, snapshot: Snapshot | str | os.PathLike[str]) -> None:
        """Hold again what it held then; clock, settings and faults stay.

        Args:
            snapshot: one, or the file that one was saved to.

        Raises:
            DataDirectoryError: the file isn't one.
        """
        if not isinstance(snapshot, Snapshot):
            snapshot = Snapshot.load(Path(snapshot))
        self.world.restore(snapshot)

    def reset(self) -> None:
        """Become as new: no files, faults, limits and requests."""
        self._held().reset()

    @property
    def _namespace(self) -> ControlledNamespace:
        return self._namespaces.default

    def _held(self) -> ControlledNamespace:
        if self._stage == "stopped":
            raise RuntimeError("this Fakebox is stopped and holds nothing any more; make another")
        return self._namespace

    def _whole(self, account: str) -> Scope:
        return directory_sync.whole(self.account(account).id)
