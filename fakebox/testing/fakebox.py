"""`Fakebox`: an emulator for tests, and the methods that control it."""

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
    """An emulated Dropbox: its accounts, apps, files, clock, faults and requests.

    As a context manager it serves within the block. An argument `account` is the e-mail address of
    an account; the default is `user@fakebox.example`.

    Args:
        transport: `http` for a server in background threads, `inprocess` for no socket, or a
            `FakeboxServer` to use.
        host: the address that the server binds.
        port: the port that the server binds; 0 for a free one.
        data: a directory to store everything in; `None` keeps it in memory.
        random_seed: a seed that makes tokens and identifiers repeatable.
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
        self._state: Literal["new", "started", "stopped"] = "new"

    def __repr__(self) -> str:
        return f"<Fakebox {self._transport.client_url}>"

    # --- serving -----------------------------------------------------------------------------

    def start(self) -> Self:
        """Start to accept requests.

        Raises:
            OSError: the address cannot be bound, for example because the port is in use.
            RuntimeError: it was started before, or another `Fakebox` is using the shared server.
        """
        if self._state != "new":
            raise RuntimeError(f"this Fakebox is {self._state} already; make another one")
        if isinstance(self._transport, FakeboxServer):
            self._transport.attach(self._namespaces.default)
        else:
            self._transport.open()
        self._state = "started"
        return self

    def stop(self) -> None:
        """Stop accepting requests, and drop everything that is not stored in a directory.

        The journal in `requests` stays. Stopping it again has no effect.
        """
        state, self._state = self._state, "stopped"
        if state == "started":
            if isinstance(self._transport, FakeboxServer):
                self._transport.detach()
            else:
                self._transport.close()
        if state != "stopped":
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
        """The URL, without a trailing slash; in-process, one that only its clients can use.

        Raises:
            RuntimeError: it is not started, so the port is not known.
        """
        self._check_reachable()
        return self._transport.url

    endpoint = url

    def _client_url(self) -> str:
        self._check_reachable()
        return self._transport.client_url

    def _check_reachable(self) -> None:
        if self._state == "new" and isinstance(self._transport, OverSocket):
            raise RuntimeError(_NOT_STARTED)

    def env(self) -> dict[str, str]:
        """The environment variables that connect a program to it, with ready-made credentials.

        Raises:
            RuntimeError: it is in-process, so no other program can connect to it.
        """
        if self.url == IN_PROCESS_URL:
            raise RuntimeError("no other program can connect to an in-process Fakebox; use http")
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
        """Return a transport of httpx, sync and async, that sends all requests to this emulator.

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
        if self._state == "new":
            raise RuntimeError(_NOT_STARTED)
        self._running()

    def session(
        self,
        account: str = _USER,
        access_type: AccessType = "dropbox",
        *,
        app: App | None = None,
        linked: bool = True,
    ) -> DropboxSession:
        """Make a session of the SDK for this emulator.

        Args:
            account: the e-mail address of the account that the session is linked to.
            access_type: `dropbox` or `app_folder`.
            app: the app; `None` for the ready-made one.
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
        """Make a linked client of the SDK; the arguments are those of `session`.

        Raises:
            ImportError: `fakebox-sdk` is not installed, or has another version than `fakebox`.
        """
        session = self.session(account, access_type, app=app)
        from dropbox.client import DropboxClient

        return DropboxClient(session, session.rest_client)

    def allow(self, request_token: str, account: str = _USER) -> None:
        """Allow a request token, as a user does on the authorization page.

        Raises:
            RequestTokenNotFound: it is unknown, or was allowed or denied before.
        """
        self.world.tokens.allow(request_token, self.account(account).id)

    # --- accounts, apps, tokens ----------------------------------------------------------------

    def account(self, email: str = _USER) -> Account:
        """Find an account by its e-mail address.

        Raises:
            LookupError: there is no such account.
        """
        for account in self.world.accounts.all():
            if account.email == email:
                return account
        raise LookupError(f"there is no account {email!r}; create it with add_account")

    def add_account(self, email: str, password: str = defaults.PASSWORD, **details: Any) -> Account:
        """Create an account.

        Args:
            email, password: the credentials for signing in.
            details: any of `given_name`, `surname`, `country`, `locale`, `quota_bytes` and
                `auto_approve`.

        Raises:
            AlreadyTaken: another account has the e-mail address.
        """
        return self.world.accounts.create(email, password, **details)

    def add_app(self, name: str, access: Access = "dropbox", **details: Any) -> App:
        """Create an app.

        Args:
            name: the name on the authorization page, and of the app folder.
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
        """Create an access token: of OAuth 1.0, or of OAuth 2 with `bearer`."""
        used = app or self.world.apps.find(defaults.APP_KEY)
        account_id = self.account(account).id
        if bearer:
            return self.world.tokens.issue_bearer(used.id, account_id, access_type)
        return self.world.tokens.issue(used, account_id, access=access_type)

    def set_quota(self, quota_bytes: int, account: str = _USER) -> None:
        """Set the quota of an account, in bytes."""
        self.world.accounts.configure(self.account(account).id, quota_bytes=quota_bytes)

    # --- files -------------------------------------------------------------------------------

    def read(self, path: str, account: str = _USER) -> bytes:
        """Return the content of a file.

        Raises:
            NotFound, NotAFile: there is no file at the path.
        """
        _, file = self.world.files.open(self._whole(account), path)
        with file:
            return file.read()

    def write(self, path: str, data: bytes | str, account: str = _USER) -> None:
        """Store a file, over an existing one; missing folders are created.

        Raises:
            DropboxError: no file can be stored at the path.
        """
        content = data.encode() if isinstance(data, str) else data
        self.world.files.upload(self._whole(account), path, [content], WriteMode(overwrite=True))

    def tree(self, account: str = _USER) -> list[str]:
        """All paths, sorted; those of folders end with a slash."""
        entries = self.world.files.descendants(self._whole(account))
        return sorted(f"{entry.path}/" if entry.is_folder else entry.path for entry in entries)

    def seed(self, directory: str | os.PathLike[str], account: str = _USER) -> None:
        """Copy the entries of a directory of this machine into the account, over existing files.

        Raises:
            DirectoryError: an entry cannot be read or stored.
        """
        directory_sync.seed(self.world, self._whole(account), Path(directory))

    def diff(
        self, directory: str | os.PathLike[str], account: str = _USER
    ) -> directory_sync.Difference:
        """Compare the account with a directory of this machine; the result is false if equal."""
        return directory_sync.compare(self.world, self._whole(account), Path(directory))

    # --- behavior ----------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The accounts, apps, tokens and files, without a dialect.

        Raises:
            RuntimeError: it is stopped.
        """
        return self._running().world

    @property
    def clock(self) -> Clock:
        """The emulated clock, which can be frozen, set and advanced."""
        return self.world.clock

    @property
    def faults(self) -> Faults:
        """The planned faults."""
        return self._namespace.faults

    @property
    def requests(self) -> Journal:
        """The journal of requests and responses."""
        return self._namespace.requests

    journal = requests

    def configure(self, **changes: Any) -> None:
        """Change settings, such as `read_only`, `delta_page_size` or `quota_status`.

        Raises:
            InvalidSetting: a name or a value is not valid.
        """
        config.change(self._namespace, changes)

    def limit_rate(self, requests: int, per_s: float, *, status: int = 429) -> None:
        """Limit the requests of each token in a period of `per_s` seconds of the emulated clock."""
        self._namespace.limits.rate = RateLimit(requests, per_s, status)

    # --- state -------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Make a snapshot for `restore`; its method `save(path)` writes it to a file."""
        return self.world.snapshot()

    def restore(self, snapshot: Snapshot | str | os.PathLike[str]) -> None:
        """Restore a snapshot; clock, settings and faults do not change.

        Args:
            snapshot: a snapshot, or the path of a saved one.

        Raises:
            DataDirectoryError: the file is not a snapshot.
        """
        if not isinstance(snapshot, Snapshot):
            snapshot = Snapshot.load(Path(snapshot))
        self.world.restore(snapshot)

    def reset(self) -> None:
        """Reset the world, and remove faults, the rate limit and the requests of the journal."""
        self._running().reset()

    @property
    def _namespace(self) -> ControlledNamespace:
        return self._namespaces.default

    def _running(self) -> ControlledNamespace:
        if self._state == "stopped":
            raise RuntimeError("this Fakebox is stopped and has no content; make another")
        return self._namespace

    def _whole(self, account: str) -> Scope:
        return directory_sync.whole(self.account(account).id)
