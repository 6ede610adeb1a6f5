"""`Fakebox`: an emulator for tests in this process."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fakebox import config, directory_sync
from fakebox.app import ENDPOINTS, create_app
from fakebox.control.consent import authorize
from fakebox.core import defaults
from fakebox.core.accounts import Account
from fakebox.core.apps import Access, App
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.credentials import NewToken
from fakebox.middleware.faults import Faults
from fakebox.middleware.journal import Journal
from fakebox.middleware.rate_limit import RateLimit
from fakebox.namespaces import ControlledNamespace, Namespaces
from fakebox.server import check_address
from fakebox.testing.emulator import Emulator
from fakebox.testing.interception import Endpoint, Interception
from fakebox.testing.server import FakeboxServer
from fakebox.testing.tokens import Token
from fakebox.testing.transports import IN_PROCESS_URL, InProcess, OverSocket, PoolManager, Transport
from fakebox.tls import Authority
from fakebox.world_form import DeclaredWorld, load

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from requests.adapters import HTTPAdapter
    from typing_extensions import Self

    from fakebox.core.clock import Clock
    from fakebox.testing.interception.httpx_transport import EmulatorTransport
    from fakebox.world_form.load import Source

_CA_FILE = "ca.pem"


class Fakebox(Emulator):
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
        credentials: with `any`, an unknown bearer token, app key, app secret or refresh token is
            accepted, as one of the first account and the ready-made app. The default is `strict`.
        tls: whether to serve https; clients have to trust the certificate in `ca_file`.

    Raises:
        ValueError: an argument has an invalid value, `tls` is used without the transport `http`,
            or the declared world has mistakes (`WorldError`; the message has one line for each).
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
        tls: bool = False,
    ) -> None:
        # Checked before the data directory is opened, because nothing closes it after an error.
        if not isinstance(transport, FakeboxServer) and transport not in ("http", "inprocess"):
            raise ValueError(f"transport must be 'http' or 'inprocess', not {transport!r}")
        if tls and transport != "http":
            raise ValueError("tls requires the transport 'http'")
        check_address(host, port)
        self._authority: Authority | None = Authority(host) if tls else None
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
            self._transport = OverSocket(self._namespaces, host, port, self._authority)
        else:
            self._transport = InProcess(Endpoint(create_app(self._namespaces)))
        self._state: Literal["new", "started", "stopped"] = "new"
        self._ca_directory: tempfile.TemporaryDirectory[str] | None = None

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
        if self._ca_directory:
            self._ca_directory.cleanup()
        if state == "started":
            if isinstance(self._transport, FakeboxServer):
                self._transport.detach()
            else:
                self._transport.close()
        if state != "stopped":
            self._namespaces.close()

    def __enter__(self) -> Self:
        return self.start()

    def _url(self) -> str:
        self._check_reachable()
        return self._transport.url

    def _client_url(self) -> str:
        self._check_reachable()
        return self._transport.client_url

    def _check_reachable(self) -> None:
        if isinstance(self._transport, OverSocket):
            self._check_started()

    def _check_started(self) -> None:
        if self._state == "new":
            raise RuntimeError("start this Fakebox first: `with Fakebox() as box:`, or box.start()")

    def _environment(self) -> dict[str, str]:
        if self.url == IN_PROCESS_URL:
            raise RuntimeError("no other program can connect to an in-process Fakebox; use http")
        return super()._environment()

    def _trusted(self) -> str:
        return str(self.ca_file)

    @property
    def ca_file(self) -> Path:
        """The file with the CA certificate that clients have to trust. `stop` deletes it.

        Raises:
            RuntimeError: it serves no https, or is not started.

        Example:
            >>> import ssl, urllib.request
            >>> from fakebox import Fakebox
            >>> with Fakebox(tls=True) as secure:
            ...     context = ssl.create_default_context(cafile=secure.ca_file)
            ...     url = f"{secure.url}/_fakebox/health"
            ...     urllib.request.urlopen(url, context=context).status
            200
        """
        if self._authority is None:
            raise RuntimeError("this Fakebox has no CA, because it serves no https; use tls=True")
        if self._state != "started":
            raise RuntimeError("the CA file exists only while the Fakebox is started")
        if self._ca_directory is None:
            self._ca_directory = tempfile.TemporaryDirectory(prefix="fakebox-")
            self._authority.write_ca(Path(self._ca_directory.name, _CA_FILE))
        return Path(self._ca_directory.name, _CA_FILE)

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

    # --- the world ---------------------------------------------------------------------------

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

    def _pool_manager(self) -> PoolManager:
        return self._transport.pool_manager

    def _accounts(self) -> list[Account]:
        return self.world.accounts.all()

    def _files(self, account_id: int) -> directory_sync.AccountFiles:
        return directory_sync.AccountFiles(self.world, account_id)

    def _clock(self) -> Clock:
        return self.world.clock

    def _faults(self) -> Faults:
        return self._namespace.faults

    def _requests(self) -> Journal:
        return self._namespace.requests

    def _ready_made_app(self) -> App:
        return self.world.apps.find(defaults.APP_KEY)

    def _create_account(self, email: str, password: str, details: dict[str, Any]) -> Account:
        return self.world.accounts.create(email, password, **details)

    def _create_app(self, name: str, access: Access, details: dict[str, Any]) -> App:
        return self.world.apps.create(name, access=access, **details)

    def _create_token(self, options: NewToken, app: App, account_id: int) -> Token:
        return Token.of(*options.create(self.world, app, account_id))

    def _allow(self, request_token: str, account_id: int) -> None:
        self.world.tokens.allow(request_token, account_id)

    def _authorize(self, url: str, account_id: int) -> str:
        account = self.world.accounts.get(account_id)
        return authorize(self._running(), url, self._client_url(), account)

    def _set_quota(self, account_id: int, quota_bytes: int) -> None:
        self.world.accounts.configure(account_id, quota_bytes=quota_bytes)

    def _configure(self, changes: dict[str, Any]) -> None:
        config.change(self._namespace, changes)

    def _limit_rate(self, limit: RateLimit) -> None:
        self._namespace.limits.rate = limit

    def _snapshot(self) -> Snapshot:
        return self.world.snapshot()

    def _restore(self, snapshot: Snapshot) -> None:
        self.world.restore(snapshot)

    def _reset(self) -> None:
        self._running().reset()

    @property
    def _namespace(self) -> ControlledNamespace:
        return self._namespaces.default

    def _running(self) -> ControlledNamespace:
        if self._state == "stopped":
            raise RuntimeError("this Fakebox is stopped and has no content; make another")
        return self._namespace


def _declared(world: Source | DeclaredWorld | None, seed: int | None) -> DeclaredWorld:
    if world is None:
        return DeclaredWorld()
    if isinstance(world, DeclaredWorld):
        return world
    return load(world, endpoints=ENDPOINTS, seed=seed)
