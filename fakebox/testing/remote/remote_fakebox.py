"""`RemoteFakebox`: the methods of `Fakebox` for an emulator in another process."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from fakebox.config import InvalidSetting
from fakebox.core import defaults
from fakebox.core.apps import Access, App
from fakebox.core.snapshots import Snapshot
from fakebox.credentials import NewToken
from fakebox.middleware.rate_limit import RateLimit
from fakebox.testing.emulator import Emulator
from fakebox.testing.remote.control_plane import ControlPlane, ControlPlaneError
from fakebox.testing.remote.resources import (
    RemoteAccount,
    RemoteClock,
    RemoteFaults,
    RemoteFiles,
    RemoteJournal,
)
from fakebox.testing.tokens import Token, utc_time

if TYPE_CHECKING:
    from typing_extensions import Self

    from fakebox.testing.transports import PoolManager

_SEPARATOR = "~"


class NotSupportedRemotely(ValueError):
    """The emulator has to be in this process. The message is the reason, in one line."""


def connect(
    url: str,
    admin_token: str | None = None,
    *,
    ca_file: str | os.PathLike[str] | None = None,
    namespace: str = "",
) -> RemoteFakebox:
    """Connect to an emulator in another process or on another machine.

    Args:
        url: the URL of the emulator, such as `http://127.0.0.1:8710`.
        admin_token: the token of `fakebox serve --admin-token`; `None` if the emulator has none.
        ca_file: the path of the CA certificate of an emulator with TLS; `None` for the CA
            certificates of this machine.
        namespace: the namespace to control; empty for the default one. It is created on first use.

    Returns:
        An object with the methods of `Fakebox`.

    Raises:
        ValueError: an argument is not valid, the server is not fakebox or has another version
            (`NotAnEmulator`), or the admin token is missing or wrong (`AdminTokenError`).
        ConnectionError: the emulator does not respond, or its certificate cannot be verified
            (`EmulatorUnreachable`).

    Example:
        >>> import fakebox
        >>> with fakebox.connect(box.url) as remote:
        ...     remote.write("/a.txt", "hello")
        ...     remote.read("/a.txt")
        b'hello'
    """
    return RemoteFakebox(ControlPlane(url, admin_token, ca_file, namespace), namespace).start()


class RemoteFakebox(Emulator):
    """An emulator in another process, with the methods of `Fakebox`. `connect` makes it.

    The emulator continues to run when this object is closed.

    Args:
        control: the control plane of the emulator.
        namespace: the namespace that it controls; empty for the default one.
    """

    def __init__(self, control: ControlPlane, namespace: str = "") -> None:
        self._control = control
        self._prefix = f"{namespace}{_SEPARATOR}" if namespace else ""

    def __repr__(self) -> str:
        return f"<RemoteFakebox {self._control.url}>"

    def start(self) -> Self:
        """Check that the emulator can be controlled. `connect` calls it.

        Returns:
            The same object.

        Raises:
            RemoteError: it cannot; see `connect`.
        """
        self._control.check_version()
        # Unlike the first request, this one needs the admin token.
        self._control.get("/clock")
        return self

    def stop(self) -> None:
        """Close the connections. The emulator continues to run."""
        self._control.close()

    def __enter__(self) -> Self:
        return self

    # --- methods that need the emulator in this process --------------------------------------

    def intercept(self) -> NoReturn:
        """Raise `NotSupportedRemotely`."""
        raise _not_supported("intercept", "set the environment variables of env() instead")

    def requests_adapter(self) -> NoReturn:
        """Raise `NotSupportedRemotely`."""
        raise _not_supported("requests_adapter", "send the requests to url instead")

    def httpx_transport(self) -> NoReturn:
        """Raise `NotSupportedRemotely`."""
        raise _not_supported("httpx_transport", "send the requests to url instead")

    @property
    def wsgi_app(self) -> NoReturn:
        """Raise `NotSupportedRemotely`."""
        raise _not_supported("wsgi_app", "send the requests to url instead")

    @property
    def world(self) -> NoReturn:
        """Raise `NotSupportedRemotely`."""
        raise _not_supported("world", "use the methods of this object instead")

    # --- hooks of `Emulator` -----------------------------------------------------------------

    def _url(self) -> str:
        return self._control.url

    def _client_url(self) -> str:
        return self._control.url

    def _trusted(self) -> str | None:
        return self._control.ca_file

    def _pool_manager(self) -> PoolManager:
        return self._control.pools

    def _accounts(self) -> list[RemoteAccount]:
        return [RemoteAccount.of(shown) for shown in self._control.get("/accounts")["accounts"]]

    def _files(self, account_id: int) -> RemoteFiles:
        return RemoteFiles(self._control, account_id)

    def _clock(self) -> RemoteClock:
        return RemoteClock(self._control)

    def _faults(self) -> RemoteFaults:
        return RemoteFaults(self._control)

    def _requests(self) -> RemoteJournal:
        return RemoteJournal(self._control)

    def _ready_made_app(self) -> App:
        shown = self._control.get("/apps")["apps"]
        return next(app for app in map(_app, shown) if app.key == defaults.APP_KEY)

    def _create_account(
        self, email: str, password: str, details: dict[str, object]
    ) -> RemoteAccount:
        payload = {"email": email, "password": password, **details}
        return RemoteAccount.of(self._control.request("POST", "/accounts", payload))

    def _create_app(self, name: str, access: Access, details: dict[str, object]) -> App:
        payload = {"name": name, "access": access, **_listed(details, "redirect_uris", "scopes")}
        return _app(self._control.request("POST", "/apps", payload))

    def _create_token(self, options: NewToken, app: App, account_id: int) -> Token:
        names = ("access", "token", "secret", "scopes", "expires_in_s")
        payload = {name: getattr(options, name) for name in names}
        payload |= {"app": app.key, "uid": account_id, "refresh": options.refresh}
        if options.bearer:
            payload["type"] = "bearer"
        given = {name: value for name, value in payload.items() if value is not None}
        return _token(self._control.request("POST", "/tokens", _listed(given, "scopes")))

    def _allow(self, request_token: str, account_id: int) -> None:
        payload = {"request_token": request_token, "uid": account_id}
        self._control.request("POST", "/allow", payload)

    def _authorize(self, url: str, account_id: int) -> str:
        payload = {"url": url, "uid": account_id}
        result: str = self._control.request("POST", "/authorize", payload)["result"]
        return result

    def _set_quota(self, account_id: int, quota_bytes: int) -> None:
        self._control.request("PATCH", f"/accounts/{account_id}", {"quota_bytes": quota_bytes})

    def _configure(self, changes: dict[str, object]) -> None:
        try:
            self._control.request("PATCH", "/settings", changes)
        except ControlPlaneError as error:
            raise InvalidSetting(str(error)) from error

    def _limit_rate(self, limit: RateLimit) -> None:
        payload = {"requests": limit.requests, "per_s": limit.per_s, "status": limit.status}
        self._control.request("PUT", "/rate-limit", payload)

    def _snapshot(self) -> Snapshot:
        # It is loaded into this process, because an emulator stores a limited number of them.
        number = self._control.request("POST", "/snapshots")["id"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "snapshot.zip")
            try:
                with path.open("wb") as file:
                    self._control.save(f"/snapshots/{number}", file)
            finally:
                self._control.request("DELETE", f"/snapshots/{number}")
            return Snapshot.load(path)

    def _restore(self, snapshot: Snapshot) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "snapshot.zip")
            snapshot.save(path)
            with path.open("rb") as file:
                number = self._control.request("POST", "/snapshots", body=file)["id"]
        try:
            self._control.request("POST", f"/snapshots/{number}/restore")
        finally:
            self._control.request("DELETE", f"/snapshots/{number}")

    def _reset(self) -> None:
        self._control.request("POST", "/reset")


def _not_supported(name: str, instead: str) -> NotSupportedRemotely:
    return NotSupportedRemotely(
        f"{name} is not available for an emulator in another process; {instead}"
    )


def _listed(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """Convert iterables to lists, which JSON has; a string stays, so that it is rejected."""
    return {
        name: list(value) if name in names and not isinstance(value, str) else value
        for name, value in values.items()
    }


def _app(shown: dict[str, Any]) -> App:
    uris, scopes = tuple(shown["redirect_uris"]), tuple(shown["scopes"])
    return App(**{**shown, "redirect_uris": uris, "scopes": scopes})


def _token(shown: dict[str, Any]) -> Token:
    expires_at, scopes = utc_time(shown["expires_at_s"]), tuple(shown["scopes"])
    return Token(shown["token"], shown["secret"], shown["refresh_token"], expires_at, scopes)
