"""`Fakebox`: an emulator for tests, and the methods that control it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from fakebox import config, directory_sync
from fakebox.app import ENDPOINTS, create_app
from fakebox.core import defaults
from fakebox.core.accounts import Account, AccountType, Scope
from fakebox.core.apps import Access, App
from fakebox.core.arguments import check_count, check_text
from fakebox.core.errors import IllegalPath
from fakebox.core.files import WriteMode
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.credentials import NewToken, check_choice, check_credential
from fakebox.middleware.faults import Faults
from fakebox.middleware.journal import Journal
from fakebox.middleware.rate_limit import RateLimit
from fakebox.namespaces import ControlledNamespace, Namespaces
from fakebox.server import check_address
from fakebox.testing import sdk
from fakebox.testing.authorization import authorize
from fakebox.testing.interception import Endpoint, Interception
from fakebox.testing.server import FakeboxServer
from fakebox.testing.tokens import Token
from fakebox.testing.transports import IN_PROCESS_URL, InProcess, OverSocket, Transport
from fakebox.world_form import DeclaredWorld, load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from _typeshed.wsgi import WSGIApplication
    from requests.adapters import HTTPAdapter
    from typing_extensions import Self

    from dropbox.client import DropboxClient
    from dropbox.session import DropboxSession
    from fakebox.core.clock import Clock
    from fakebox.testing.interception.httpx_transport import EmulatorTransport
    from fakebox.world_form.load import Source


class UnknownAccount(LookupError, ValueError):
    """There is no account with this e-mail address. The message is the reason, in one line."""


AccessType = Literal["dropbox", "app_folder"]
_USER = defaults.USER.email
_READY_MADE = {
    (_USER, "dropbox"): (defaults.TOKEN, defaults.TOKEN_SECRET),
    (_USER, "app_folder"): (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
    (defaults.OTHER.email, "dropbox"): (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
}


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
        world: the declared world to start with: the path of a JSON or TOML file, or a dictionary. A
            data directory that exists keeps its content.
        credentials: with `any`, an unknown bearer token, app key, app secret or refresh token
            stands for the first account and the ready-made app. The default is `strict`.

    Raises:
        ValueError: an argument has an invalid value, or the declared world has mistakes
            (`WorldError`; the message has one line for each).
        DataDirectoryError: the directory cannot be used.

    Example:
        >>> from fakebox import Fakebox
        >>> with Fakebox() as box:
        ...     box.write("/notes.txt", "Hello, Dropbox")
        ...     box.client().metadata("/notes.txt")["bytes"]
        14
    """

    def __init__(
        self,
        transport: Literal["http", "inprocess"] | FakeboxServer = "http",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        data: str | os.PathLike[str] | None = None,
        random_seed: int | None = None,
        world: Source | DeclaredWorld | None = None,
        credentials: Literal["strict", "any"] | None = None,
    ) -> None:
        # Checked before the data directory is opened, because nothing closes it after an error.
        if not isinstance(transport, FakeboxServer) and transport not in ("http", "inprocess"):
            raise ValueError(f"transport must be 'http' or 'inprocess', not {transport!r}")
        check_address(host, port)
        declared = _declared(world, random_seed)
        if credentials is not None:
            config.check("credentials", credentials)
        settings, options = declared.options(credentials=credentials)
        self._namespaces = Namespaces(
            Path(data) if data else None,
            settings=settings,
            options=options,
            seed=random_seed,
            endpoints=ENDPOINTS,
            initial=declared.initial,
        )
        self._transport: Transport | FakeboxServer
        if isinstance(transport, FakeboxServer):
            self._transport = transport
        elif transport == "http":
            self._transport = OverSocket(self._namespaces, host, port)
        else:
            self._transport = InProcess(Endpoint(create_app(self._namespaces)))
        self._state: Literal["new", "started", "stopped"] = "new"

    def __repr__(self) -> str:
        return f"<Fakebox {self._transport.client_url}>"

    # --- serving -----------------------------------------------------------------------------

    def start(self) -> Self:
        """Start to accept requests. A `with` statement calls it.

        Returns:
            The same object.

        Raises:
            OSError: the address cannot be bound, for example because the port is in use.
            RuntimeError: it was started before, or another `Fakebox` is using the shared server.

        Example:
            >>> from fakebox import Fakebox
            >>> emulator = Fakebox().start()
            >>> emulator.url
            'http://127.0.0.1:...'
            >>> emulator.stop()
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

        Example:
            >>> from fakebox import Fakebox
            >>> emulator = Fakebox().start()
            >>> emulator.client().account_info()["uid"]
            1
            >>> emulator.stop()
            >>> len(emulator.requests)
            1
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
        """The URL, without a trailing slash. In-process, only clients of this object can use it.

        Raises:
            RuntimeError: it is not started, so the port is not known.

        Example:
            >>> box.url
            'http://127.0.0.1:...'
        """
        self._check_reachable()
        return self._transport.url

    endpoint = url

    def _client_url(self) -> str:
        self._check_reachable()
        return self._transport.client_url

    def _check_reachable(self) -> None:
        if isinstance(self._transport, OverSocket):
            self._check_started()

    def _check_started(self) -> None:
        if self._state == "new":
            raise RuntimeError("start this Fakebox first: `with Fakebox() as box:`, or box.start()")

    def env(self) -> dict[str, str]:
        r"""The environment variables that connect a program to it, with ready-made credentials.

        Returns:
            `DROPBOX_ENDPOINT_URL`, `DROPBOX_APP_KEY`, `DROPBOX_APP_SECRET`, `DROPBOX_ACCESS_TOKEN`,
            `DROPBOX_ACCESS_TOKEN_SECRET` and `DROPBOX_ACCESS_TYPE`, with their values.

        Raises:
            RuntimeError: it is in-process, so no other program can connect to it.

        Example:
            >>> import os, subprocess, sys
            >>> program = "import os; print(os.environ['DROPBOX_APP_KEY'])"
            >>> environment = {**os.environ, **box.env()}
            >>> command = [sys.executable, "-c", program]
            >>> subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True).stdout
            'fakebox-app-key\n'
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

        Example:
            >>> import urllib3
            >>> url = "https://api.dropboxapi.com/1/account/info"
            >>> headers = {"Authorization": "Bearer fakebox-bearer-token"}
            >>> with box.intercept():
            ...     urllib3.request("GET", url, headers=headers).json()["email"]
            'user@fakebox.example'
        """
        self._check_running()
        return Interception(self._endpoint, self._check_running)

    def requests_adapter(self) -> HTTPAdapter:
        """Return an adapter for `requests.Session.mount` that sends all requests to this emulator.

        Raises:
            ImportError: requests is not installed.
            RuntimeError: the emulator is stopped.

        Example:
            >>> import requests
            >>> session = requests.Session()
            >>> session.mount("https://any.example", box.requests_adapter())
            >>> headers = {"Authorization": "Bearer fakebox-bearer-token"}
            >>> session.get("https://any.example/1/account/info", headers=headers).json()["email"]
            'user@fakebox.example'
        """
        from fakebox.testing.interception.requests_adapter import make_adapter

        self._running()
        return make_adapter(self._endpoint)

    def httpx_transport(self) -> EmulatorTransport:
        """Return a transport of httpx, sync and async, that sends all requests to this emulator.

        Raises:
            ImportError: httpx is not installed.
            RuntimeError: the emulator is stopped.

        Example:
            >>> import httpx
            >>> headers = {"Authorization": "Bearer fakebox-bearer-token"}
            >>> with httpx.Client(transport=box.httpx_transport()) as web:
            ...     web.get("https://any.example/1/account/info", headers=headers).json()["email"]
            'user@fakebox.example'
        """
        from fakebox.testing.interception.httpx_transport import EmulatorTransport

        self._running()
        return EmulatorTransport(self._endpoint)

    @property
    def wsgi_app(self) -> WSGIApplication:
        """The emulator as a WSGI application, for another server or test client.

        Raises:
            RuntimeError: the emulator is stopped.

        Example:
            >>> from werkzeug.test import Client
            >>> headers = {"Authorization": "Bearer fakebox-bearer-token"}
            >>> Client(box.wsgi_app).get("/1/account/info", headers=headers).status
            '200 OK'
        """
        self._running()
        return self._endpoint.app

    @property
    def _endpoint(self) -> Endpoint:
        return self._transport.endpoint

    def _check_running(self) -> None:
        self._check_started()
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

        Returns:
            A `dropbox.session.DropboxSession`.

        Raises:
            ImportError: `fakebox-sdk` is not installed, or its version differs from `fakebox`.

        Example:
            >>> session = box.session(linked=False)
            >>> token = session.obtain_request_token()
            >>> box.allow(token.key)
            >>> session.obtain_access_token(token)
            OAuthToken(key=...)
        """
        url = self._client_url()
        rest_client = sdk.rest_client(self._transport.pool_manager)
        from dropbox.session import DropboxSession

        used = self._app(app)
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

        Returns:
            A `dropbox.client.DropboxClient`.

        Raises:
            ImportError: `fakebox-sdk` is not installed, or its version differs from `fakebox`.

        Example:
            >>> box.client("other@fakebox.example").account_info()["uid"]
            2
        """
        session = self.session(account, access_type, app=app)
        from dropbox.client import DropboxClient

        return DropboxClient(session, session.rest_client)

    def allow(self, request_token: str, account: str = _USER) -> None:
        """Allow a request token, as a user does on the authorization page.

        Args:
            request_token: the key of the OAuth 1.0 request token.
            account: the account that the app gets access to.

        Raises:
            RequestTokenNotFound: it is unknown, or was allowed or denied before.

        Example:
            >>> session = box.session(linked=False)
            >>> token = session.obtain_request_token()
            >>> box.allow(token.key, "other@fakebox.example")
            >>> _ = session.obtain_access_token(token)
            >>> from dropbox.client import DropboxClient
            >>> DropboxClient(session).account_info()["uid"]
            2
        """
        self.world.tokens.allow(request_token, self.account(account).id)

    # --- accounts, apps, tokens ----------------------------------------------------------------

    def account(self, email: str = _USER) -> Account:
        """Find an account by its e-mail address.

        Returns:
            The account, with `id`, `email`, `display_name`, `quota_bytes` and `used_bytes`, among
            others. Later changes of the account do not affect it.

        Raises:
            UnknownAccount: there is no such account. It is a LookupError and a ValueError.

        Example:
            >>> box.account().id
            1
            >>> box.account("nobody@fakebox.example")
            Traceback (most recent call last):
            ...
            fakebox.testing.fakebox.UnknownAccount: there is no account ...
        """
        for account in self.world.accounts.all():
            if account.email == email:
                return account
        raise UnknownAccount(f"there is no account {email!r}; create it with add_account")

    def add_account(self, email: str, password: str = defaults.PASSWORD, **details: Any) -> Account:
        """Create an account.

        Args:
            email, password: the credentials for signing in.
            details: any of `given_name`, `surname`, `country`, `locale`, `type` (`basic`, `pro` or
                `business`), `quota_bytes` and `auto_approve` (whether every app gets access
                without a page).

        Returns:
            The account.

        Raises:
            ValueError: another account has the e-mail address (`AlreadyTaken`), or an argument has
                an invalid value.

        Example:
            >>> account = box.add_account("ada@fakebox.example", given_name="Ada", country="GB")
            >>> box.client(account.email).account_info()["country"]
            'GB'
        """
        if "type" in details:
            check_choice("type", details["type"], get_args(AccountType))
        return self.world.accounts.create(email, password, **details)

    def add_app(self, name: str, access: Access = "dropbox", **details: Any) -> App:
        """Create an app.

        Args:
            name: the name on the authorization page, and of the app folder.
            access: `dropbox`, `app_folder` or `either`.
            details: any of `key`, `secret`, `auto_approve`, `redirect_uris` and `scopes`. A key or
                secret that is not given is random. Without `scopes`, the app has all scopes of a
                user app. Scopes are stored and shown; no request is rejected because of its scopes.

        Returns:
            The app, with `key` and `secret`, among others.

        Raises:
            ValueError: another app has the key (`AlreadyTaken`), a redirect URI has a fragment or
                is not absolute (`InvalidRedirectUri`), a scope is unknown (`InvalidScope`), the
                name cannot be the name of a folder, or the key or secret cannot be sent.

        Example:
            >>> app = box.add_app("Photo Printer", "app_folder", key="photo-printer")
            >>> app.key, app.access
            ('photo-printer', 'app_folder')
            >>> client = box.client(access_type="app_folder", app=app)
            >>> _ = client.put_file("/a.txt", b"hello")
            >>> "/Apps/Photo Printer/a.txt" in box.tree()
            True
        """
        check_choice("access", access, get_args(Access))
        for field in ("key", "secret"):
            if details.get(field) is not None:
                check_credential(field, details[field])
        try:
            return self.world.apps.create(name, access=access, **details)
        except IllegalPath as error:
            raise ValueError(f"name must be valid as the name of a folder, not {name!r}") from error

    def add_token(
        self,
        account: str = _USER,
        access_type: AccessType = "dropbox",
        *,
        app: App | None = None,
        bearer: bool = False,
        token: str | None = None,
        secret: str | None = None,
        scopes: Iterable[str] | None = None,
        expires_in_s: int | None = None,
        refresh: bool | str = False,
    ) -> Token:
        """Create an access token.

        Without arguments for OAuth 2 it is an OAuth 1.0 token. It is a bearer token with `bearer`,
        `scopes`, `expires_in_s` or `refresh`, or with `token` and no `secret`.

        Scopes are stored and shown; no request is rejected because of its scopes.

        Args:
            account: the account that the token gives access to.
            access_type: `dropbox` or `app_folder`.
            app: the app; `None` for the ready-made one.
            bearer: `True` for an OAuth 2 token.
            token: the value of the token; `None` for a random one.
            secret: the secret of an OAuth 1.0 token; `None` for a random one.
            scopes: the scopes of a bearer token; `None` for all scopes of the app.
            expires_in_s: the lifetime in seconds of the emulated clock; 0 for a token that has
                expired, `None` for one that does not expire.
            refresh: `True` to create a refresh token as well, or the value of one. It is accepted
                with or without the secret of the app.

        Returns:
            The token.

        Raises:
            ValueError: there is no such account, the token exists already, the app does not have
                one of the scopes, or an argument is not valid.

        Example:
            >>> token = box.add_token(expires_in_s=3600, refresh=True)
            >>> from dropbox.client import DropboxClient
            >>> DropboxClient(token.access_token).account_info()["uid"]
            1
        """
        used = self._app(app)
        options = NewToken(
            access=access_type,
            bearer=bearer or None,
            token=token,
            secret=secret,
            scopes=scopes,
            expires_in_s=expires_in_s,
            refresh=refresh,
        )
        return Token.of(*options.create(self.world, used, self.account(account).id))

    def authorize(self, url: str, account: str = _USER) -> str:
        """Allow the app of an authorization URL, as a user does by a click on Allow.

        No request is made, so `requests` does not contain one.

        Args:
            url: the URL that the app opens in a browser, of OAuth 2 or OAuth 1.0, for a host of
                Dropbox or for this emulator.
            account: the account that the app gets access to.

        Returns:
            The URL that the browser is redirected to. For a URL without a redirect URI it is the
            code that the user enters into the app, and for OAuth 1.0 without a callback the request
            token.

        Raises:
            ValueError: the URL is not the URL of an authorization page, or the page responds with
                an error, for example because the app is unknown.

        Example:
            >>> url = "https://www.dropbox.com/oauth2/authorize"
            >>> query = "client_id=fakebox-app-key&response_type=code"
            >>> box.authorize(f"{url}?{query}&redirect_uri=https://app.example/callback&state=x")
            'https://app.example/callback?code=...&state=x'
        """
        return authorize(self._running(), url, self._client_url(), self.account(account))

    def set_quota(self, quota_bytes: int, account: str = _USER) -> None:
        """Set the quota of an account.

        Args:
            quota_bytes: the quota, in bytes. It may be smaller than the stored files.
            account: the account.

        Raises:
            ValueError: the quota is not a whole number of at least 0, or there is no such account.

        Example:
            >>> box.set_quota(10)
            >>> box.client().put_file("/big.bin", b"more than ten bytes")
            Traceback (most recent call last):
            ...
            dropbox.errors.OutOfSpaceError: [503] ...
        """
        check_count("quota_bytes", quota_bytes)
        self.world.accounts.configure(self.account(account).id, quota_bytes=quota_bytes)

    # --- files -------------------------------------------------------------------------------

    def read(self, path: str, account: str = _USER) -> bytes:
        """Return the content of a file.

        Args:
            path: the path of the file.
            account: the account that has the file.

        Raises:
            NotFound, NotAFile: there is no file at the path.
            ValueError: the path is not a string, or there is no such account.

        Example:
            >>> _ = box.client().put_file("/a.txt", b"hello")
            >>> box.read("/a.txt")
            b'hello'
        """
        check_text("path", path)
        _, file = self.world.files.open(self._whole(account), path)
        with file:
            return file.read()

    def write(self, path: str, data: bytes | str, account: str = _USER) -> None:
        """Store a file, over an existing one; missing folders are created.

        Args:
            path: the path of the file.
            data: the content; a text is stored in UTF-8.
            account: the account.

        Raises:
            DropboxError: no file can be stored at the path.
            ValueError: an argument has another type, or there is no such account.

        Example:
            >>> box.write("/Drafts/letter.txt", "Dear reader,")
            >>> box.client().get_file("/Drafts/letter.txt").read()
            b'Dear reader,'
        """
        check_text("path", path)
        if not isinstance(data, (str, bytes, bytearray, memoryview)):
            raise ValueError(f"data must be bytes or str, not {type(data).__name__}")  # noqa: TRY004
        content = data.encode() if isinstance(data, str) else data
        self.world.files.upload(self._whole(account), path, [content], WriteMode(overwrite=True))

    def tree(self, account: str = _USER) -> list[str]:
        """All paths, sorted; those of folders end with a slash.

        Example:
            >>> box.tree()
            ['/Photos/', '/Photos/beach.png', '/notes.txt']
        """
        entries = self.world.files.descendants(self._whole(account))
        return sorted(f"{entry.path}/" if entry.is_folder else entry.path for entry in entries)

    def seed(self, directory: str | os.PathLike[str], account: str = _USER) -> None:
        """Copy the entries of a directory of this machine into the account, over existing files.

        Args:
            directory: the directory. Its subdirectories become folders.
            account: the account.

        Raises:
            DirectoryError: an entry cannot be read or stored.

        Example:
            >>> from pathlib import Path
            >>> Path("texts").mkdir()
            >>> Path("texts/a.txt").write_text("hello")
            5
            >>> box.seed("texts")
            >>> box.read("/a.txt")
            b'hello'
        """
        directory_sync.seed(self.world, self._whole(account), Path(directory))

    def diff(
        self, directory: str | os.PathLike[str], account: str = _USER
    ) -> directory_sync.Difference:
        """Compare the account with a directory of this machine.

        Args:
            directory: the directory.
            account: the account.

        Returns:
            The differences, with `added`, `missing` and `changed` paths; false if there are none.

        Raises:
            DirectoryError: an entry of the directory cannot be read.

        Example:
            >>> from pathlib import Path
            >>> Path("texts").mkdir()
            >>> Path("texts/notes.txt").write_text("Goodbye, Dropbox")
            16
            >>> print(box.diff("texts"))
            + /Photos
            + /Photos/beach.png
            ! /notes.txt
        """
        return directory_sync.compare(self.world, self._whole(account), Path(directory))

    # --- behavior ----------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The accounts, apps, tokens and files, independent of an API version.

        Raises:
            RuntimeError: it is stopped.

        Example:
            >>> [account.email for account in box.world.accounts.all()]
            ['user@fakebox.example', 'other@fakebox.example']
        """
        return self._running().world

    @property
    def clock(self) -> Clock:
        """The emulated clock, which can be frozen, set and advanced.

        Example:
            >>> box.clock.freeze()
            >>> box.clock.set(1_400_000_000)
            >>> box.write("/a.txt", "hello")
            >>> box.client().metadata("/a.txt")["modified"]
            'Tue, 13 May 2014 16:53:20 +0000'
        """
        return self.world.clock

    @property
    def faults(self) -> Faults:
        """The planned faults.

        Example:
            >>> _ = box.faults.add(endpoint="files_put", status=503)
            >>> box.client().put_file("/a.txt", b"hello")
            Traceback (most recent call last):
            ...
            dropbox.errors.ServerError: [503] ...
            >>> box.client().put_file("/a.txt", b"hello")["bytes"]
            5
        """
        return self._namespace.faults

    @property
    def requests(self) -> Journal:
        """The journal of requests and responses.

        Example:
            >>> _ = box.client().metadata("/notes.txt")
            >>> box.requests[-1]
            GET metadata /notes.txt ... -> 200
        """
        return self._namespace.requests

    journal = requests

    def configure(self, **changes: Any) -> None:
        """Change settings, such as `read_only`, `delta_page_size` or `quota_status`.

        Args:
            changes: the settings with their new values. They are those of `GET /_fakebox/settings`.

        Raises:
            InvalidSetting: a name or a value is not valid; nothing was changed.

        Example:
            >>> box.configure(delta_page_size=2)
            >>> page = box.client().delta()
            >>> len(page["entries"]), page["has_more"]
            (2, True)
        """
        config.change(self._namespace, changes)

    def limit_rate(self, requests: int, per_s: float, *, status: int = 429) -> None:
        """Limit the requests of each token.

        Args:
            requests: the number of requests that are accepted in a period; at least 1.
            per_s: the period, in seconds of the emulated clock.
            status: the status for further requests, from 400 to 599.

        Raises:
            ValueError: an argument is not in its range.

        Example:
            >>> import urllib3
            >>> url = f"{box.url}/1/account/info?access_token=fakebox-bearer-token"
            >>> box.limit_rate(2, per_s=60)
            >>> [urllib3.request("GET", url, retries=False).status for _ in range(3)]
            [200, 200, 429]
        """
        self._namespace.limits.rate = RateLimit(requests, per_s, status)

    # --- state -------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Make a snapshot of the world for `restore`.

        Returns:
            The snapshot; its method `save(path)` writes it to a file.

        Example:
            >>> from pathlib import Path
            >>> box.snapshot().save(Path("start.zip"))
            >>> box.client().file_delete("/notes.txt")["is_deleted"]
            True
            >>> box.restore("start.zip")
            >>> box.read("/notes.txt")
            b'Hello, Dropbox'
        """
        return self.world.snapshot()

    def restore(self, snapshot: Snapshot | str | os.PathLike[str]) -> None:
        """Restore a snapshot; clock, settings and faults do not change.

        Args:
            snapshot: a snapshot, or the path of a saved one.

        Raises:
            DataDirectoryError: the file is not a snapshot.

        Example:
            >>> before = box.snapshot()
            >>> box.write("/notes.txt", "changed")
            >>> box.restore(before)
            >>> box.read("/notes.txt")
            b'Hello, Dropbox'
        """
        if not isinstance(snapshot, Snapshot):
            snapshot = Snapshot.load(Path(snapshot))
        self.world.restore(snapshot)

    def reset(self) -> None:
        """Return to the declared world, or a new one; remove the rate limit and all requests.

        The settings and faults are those of the declared world, or of `Fakebox()`, again.

        Example:
            >>> box.reset()
            >>> box.tree(), len(box.requests)
            ([], 0)
        """
        self._running().reset()

    @property
    def _namespace(self) -> ControlledNamespace:
        return self._namespaces.default

    def _running(self) -> ControlledNamespace:
        if self._state == "stopped":
            raise RuntimeError("this Fakebox is stopped and has no content; make another")
        return self._namespace

    def _app(self, app: App | None) -> App:
        if app is None:
            return self.world.apps.find(defaults.APP_KEY)
        if not isinstance(app, App):
            raise ValueError(  # noqa: TRY004 -- as for all arguments
                f"app must be an App that add_app has returned, not {app!r}"
            )
        return app

    def _whole(self, account: str) -> Scope:
        return directory_sync.whole(self.account(account).id)


def _declared(world: Source | DeclaredWorld | None, seed: int | None) -> DeclaredWorld:
    if world is None:
        return DeclaredWorld()
    if isinstance(world, DeclaredWorld):
        return world
    return load(world, endpoints=ENDPOINTS, seed=seed)
