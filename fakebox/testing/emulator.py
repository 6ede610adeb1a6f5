"""`Emulator`: the methods that control an emulator, wherever it runs.

`Fakebox` has the emulator in this process, and `RemoteFakebox` sends requests to its control plane.
Both inherit every public method from here, so their arguments, results and checks are the same.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from fakebox import directory_sync
from fakebox.client_environment import environment, tls_environment
from fakebox.core import defaults
from fakebox.core.accounts import AccountType
from fakebox.core.apps import Access, App
from fakebox.core.arguments import check_count, check_text
from fakebox.core.errors import IllegalPath
from fakebox.core.snapshots import Snapshot
from fakebox.credentials import NewToken, check_choice, check_credential
from fakebox.middleware.faults import FaultList
from fakebox.middleware.rate_limit import RateLimit
from fakebox.middleware.request_log import RecordedRequest, RequestLog
from fakebox.testing import sdk
from fakebox.testing.tokens import Token

if TYPE_CHECKING:
    from dropbox.client import DropboxClient
    from dropbox.session import DropboxSession
    from fakebox.testing.protocols import AccountInfo, EmulatedAccount, EmulatedClock
    from fakebox.testing.transports import PoolManager


class UnknownAccount(LookupError, ValueError):
    """There is no account with this e-mail address. The message is the reason, in one line."""


AccessType = Literal["dropbox", "app_folder"]
_USER = defaults.USER.email
_READY_MADE = {
    (_USER, "dropbox"): (defaults.TOKEN, defaults.TOKEN_SECRET),
    (_USER, "app_folder"): (defaults.SANDBOX_TOKEN, defaults.SANDBOX_TOKEN_SECRET),
    (defaults.OTHER.email, "dropbox"): (defaults.OTHER_TOKEN, defaults.OTHER_TOKEN_SECRET),
}


class Emulator(ABC):
    """An emulated Dropbox: its accounts, apps, files, clock, faults and requests.

    An argument `account` is the e-mail address of an account; the default is
    `user@fakebox.example`.
    """

    def __exit__(self, *error: object) -> None:
        self.stop()

    # --- hooks of the implementations --------------------------------------------------------

    @abstractmethod
    def stop(self) -> None:
        """Stop using the emulator."""

    # The prefix of ready-made credentials: the namespace and a tilde; empty for the default one.
    _prefix = ""

    @abstractmethod
    def _url(self) -> str: ...
    @abstractmethod
    def _client_url(self) -> str: ...
    @abstractmethod
    def _pool_manager(self) -> PoolManager: ...
    @abstractmethod
    def _accounts(self) -> Iterable[AccountInfo]: ...
    @abstractmethod
    def _files(self, account_id: int) -> EmulatedAccount: ...
    @abstractmethod
    def _clock(self) -> EmulatedClock: ...
    @abstractmethod
    def _faults(self) -> FaultList: ...
    @abstractmethod
    def _requests(self) -> RequestLog[Any]: ...
    @abstractmethod
    def _ready_made_app(self) -> App: ...
    @abstractmethod
    def _create_account(
        self, email: str, password: str, details: dict[str, Any]
    ) -> AccountInfo: ...
    @abstractmethod
    def _create_app(self, name: str, access: Access, details: dict[str, object]) -> App: ...
    @abstractmethod
    def _create_token(self, options: NewToken, app: App, account_id: int) -> Token: ...
    @abstractmethod
    def _allow(self, request_token: str, account_id: int) -> None: ...
    @abstractmethod
    def _authorize(self, url: str, account_id: int) -> str: ...
    @abstractmethod
    def _set_quota(self, account_id: int, quota_bytes: int) -> None: ...
    @abstractmethod
    def _configure(self, changes: dict[str, object]) -> None: ...
    @abstractmethod
    def _limit_rate(self, limit: RateLimit) -> None: ...
    @abstractmethod
    def _snapshot(self) -> Snapshot: ...
    @abstractmethod
    def _restore(self, snapshot: Snapshot) -> None: ...
    @abstractmethod
    def _reset(self) -> None: ...

    # --- addresses and clients ---------------------------------------------------------------

    @property
    def url(self) -> str:
        """The URL, without a trailing slash. In-process, only clients of this object can use it.

        Raises:
            RuntimeError: it is not started, so the port is not known.

        Example:
            >>> box.url
            'http://127.0.0.1:...'
        """
        return self._url()

    endpoint = url

    def env(self) -> dict[str, str]:
        r"""The environment variables that connect a program to it, with ready-made credentials.

        Returns:
            `DROPBOX_ENDPOINT_URL`, `DROPBOX_APP_KEY`, `DROPBOX_APP_SECRET`, `DROPBOX_ACCESS_TOKEN`,
            `DROPBOX_ACCESS_TOKEN_SECRET` and `DROPBOX_ACCESS_TYPE`, with their values. For an
            emulator with TLS they are those of `fakebox env --tls`, with a bearer token.

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
        return self._environment()

    def _environment(self) -> dict[str, str]:
        named = ("DROPBOX_APP_KEY", "DROPBOX_ACCESS_TOKEN")
        url = self.url
        is_tls = url.startswith("https://")
        variables = tls_environment(url, self._trusted()) if is_tls else environment(url)
        return {
            name: self._prefixed(value) if name in named else value
            for name, value in variables.items()
        }

    def _prefixed(self, credential: str) -> str:
        return self._prefix + credential.removeprefix(self._prefix)

    def _trusted(self) -> str | None:
        """The absolute name of the file with the CA certificate to trust, if there is one."""
        return None

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
        url, pool_manager, used = self._client_url(), self._pool_manager(), self._app(app)
        key = self._prefixed(used.key)
        session = sdk.session(url, pool_manager, key, used.secret, access_type)
        if linked:
            ready_made = None if app else _READY_MADE.get((account, access_type))
            if ready_made is None:
                token = self.add_token(account, access_type, app=app)
                ready_made = (token.token, token.secret or "")
            token_key, secret = ready_made
            session.set_token(self._prefixed(token_key), secret)
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
        self._allow(request_token, self.account(account).id)

    # --- accounts, apps, tokens ----------------------------------------------------------------

    def account(self, email: str = _USER) -> AccountInfo:
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
            fakebox.testing.emulator.UnknownAccount: there is no account ...
        """
        for account in self._accounts():
            if account.email == email:
                return account
        raise UnknownAccount(f"there is no account {email!r}; create it with add_account")

    def add_account(
        self,
        email: str,
        password: str = defaults.PASSWORD,
        *,
        given_name: str | None = None,
        surname: str | None = None,
        country: str | None = None,
        locale: str | None = None,
        type: AccountType | None = None,  # noqa: A002 -- the name of the API
        quota_bytes: int | None = None,
        auto_approve: bool | None = None,
    ) -> AccountInfo:
        """Create an account.

        Args:
            email, password: the credentials for signing in.
            given_name, surname: the owner.
            country: the country, in two letters.
            locale: the language.
            type: `basic`, `pro` or `business`.
            quota_bytes: the storage quota.
            auto_approve: whether every app gets access without a page.

        Returns:
            The account.

        Raises:
            ValueError: another account has the e-mail address (`AlreadyTaken`), or the type is
                unknown, or the quota is negative.

        Example:
            >>> account = box.add_account("ada@fakebox.example", given_name="Ada", country="GB")
            >>> box.client(account.email).account_info()["country"]
            'GB'
        """
        if type is not None:
            check_choice("type", type, get_args(AccountType))
        if quota_bytes is not None:
            check_count("quota_bytes", quota_bytes)
        details = {
            "given_name": given_name,
            "surname": surname,
            "country": country,
            "locale": locale,
            "type": type,
            "quota_bytes": quota_bytes,
            "auto_approve": auto_approve,
        }
        return self._create_account(email, password, _given(details))

    def add_app(
        self,
        name: str,
        access: Access = "dropbox",
        *,
        key: str | None = None,
        secret: str | None = None,
        auto_approve: bool = False,
        redirect_uris: Iterable[str] = (),
        scopes: Iterable[str] | None = None,
    ) -> App:
        """Create an app.

        Args:
            name: the name on the authorization page, and of the app folder.
            access: `dropbox`, `app_folder` or `either`.
            key, secret: the credentials; `None` for random ones.
            auto_approve: whether the app gets access without a page.
            redirect_uris: the URIs that OAuth 2 may redirect to.
            scopes: the scopes; `None` for all scopes of a user app. Version 2 rejects a request
                that needs another scope.

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
        details = _given({"key": key, "secret": secret})
        for field, value in details.items():
            check_credential(field, value)
        details["auto_approve"] = auto_approve
        details["redirect_uris"] = redirect_uris
        details |= _given({"scopes": scopes})
        try:
            return self._create_app(name, access, details)
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

        A route of version 2 answers 401 `missing_scope` to a token without its scope. Version 1 has
        no scopes.

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
        return self._create_token(options, used, self.account(account).id)

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
        return self._authorize(url, self.account(account).id)

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
        self._set_quota(self.account(account).id, quota_bytes)

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
        return self._files_of(account).read(path)

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
        self._files_of(account).store(path, iter([content]), None)

    def tree(self, account: str = _USER) -> list[str]:
        """All paths, sorted; those of folders end with a slash.

        Example:
            >>> box.tree()
            ['/Photos/', '/Photos/beach.png', '/notes.txt']
        """
        return directory_sync.listed(self._files_of(account).contents())

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
        directory_sync.seed(self._files_of(account), Path(directory))

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
        return directory_sync.compare(self._files_of(account).contents(), Path(directory))

    # --- behavior ----------------------------------------------------------------------------

    @property
    def clock(self) -> EmulatedClock:
        """The emulated clock, which can be frozen, set and advanced.

        Example:
            >>> box.clock.freeze()
            >>> box.clock.set(1_400_000_000)
            >>> box.write("/a.txt", "hello")
            >>> box.client().metadata("/a.txt")["modified"]
            'Tue, 13 May 2014 16:53:20 +0000'
        """
        return self._clock()

    @property
    def faults(self) -> FaultList:
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
        return self._faults()

    @property
    def requests(self) -> RequestLog[RecordedRequest]:
        """The journal of requests and responses.

        Example:
            >>> _ = box.client().metadata("/notes.txt")
            >>> box.requests[-1]
            GET metadata /notes.txt ... -> 200
        """
        return self._requests()

    journal = requests

    def configure(self, **changes: object) -> None:
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
        self._configure(changes)

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
        self._limit_rate(RateLimit(requests, per_s, status))

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
        return self._snapshot()

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
        self._restore(snapshot)

    def reset(self) -> None:
        """Return to the declared world, or a new one; remove the rate limit and all requests.

        The settings and faults are those of the declared world, or of `Fakebox()`, again.

        Example:
            >>> box.reset()
            >>> box.tree(), len(box.requests)
            ([], 0)
        """
        self._reset()

    def _app(self, app: App | None) -> App:
        if app is None:
            return self._ready_made_app()
        if not isinstance(app, App):
            raise ValueError(  # noqa: TRY004 -- as for all arguments
                f"app must be an App that add_app has returned, not {app!r}"
            )
        return app

    def _files_of(self, account: str) -> EmulatedAccount:
        return self._files(self.account(account).id)


def _given(details: dict[str, Any]) -> dict[str, object]:
    """The arguments that are not `None`."""
    return {name: value for name, value in details.items() if value is not None}
