"""A client of the control plane of an emulator, and its errors."""

from __future__ import annotations

import json
import re
import ssl
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from fakebox.client_connection import cause_of, check_url, hint_at_scheme, reason_of
from fakebox.control.serializers import code_of
from fakebox.core import errors
from fakebox.core.arguments import check_text
from fakebox.core.errors import DropboxError
from fakebox.namespaces import CONTROL, check_name
from fakebox.testing.interception.urllib3_client import DIRECT_POOL_CLASSES
from fakebox.testing.transports import ProcessPools

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

# A request waits only for the emulator itself. A snapshot of a large world takes a while.
_TIMEOUT = urllib3.Timeout(connect=10, read=120)
_BLOCK_BYTES = 1024 * 1024
# The errors of the emulated service by their codes.
_ERRORS: dict[str, type[DropboxError]] = {
    code_of(kind): kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DropboxError)
}


class RemoteError(Exception):
    """An emulator in another process cannot be used. The message is the reason, in one line."""


class EmulatorUnreachable(RemoteError, ConnectionError):
    """The emulator does not respond, or its certificate cannot be verified."""


class NotAnEmulator(RemoteError, ValueError):
    """The server at the URL is not fakebox, or has another version."""


class AdminTokenError(RemoteError, ValueError):
    """The emulator requires an admin token, or does not accept the one that was sent."""


class ControlPlaneError(RemoteError, ValueError):
    """The emulator has rejected a request.

    Attributes:
        status: the status of the response.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class ControlPlane:
    """The control plane of an emulator.

    Args:
        url: the URL of the emulator.
        admin_token: the admin token; `None` if the emulator has none.
        ca_file: the path of the CA certificate to trust; `None` for those of the machine.
        namespace: the name of the namespace to control; empty for the default one.

    Attributes:
        url: the URL, without a slash at its end.
        ca_file: the absolute name of the file with the CA certificate; `None` if there is none.

    Raises:
        ValueError: an argument is not valid.
    """

    def __init__(
        self,
        url: str,
        admin_token: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        namespace: str = "",
    ) -> None:
        self.url: str = check_url(url)
        self._admin_token = admin_token
        self._headers = {"Accept": "application/json"}
        if admin_token is not None:
            self._headers["Authorization"] = f"Bearer {_checked_token(admin_token)}"
        check_text("namespace", namespace)
        if namespace:
            check_name(namespace)
            self._headers["X-Fakebox-Namespace"] = namespace
        self.ca_file: str | None = None
        options: dict[str, object] = {}
        if self.url.startswith("https:"):
            options["ssl_context"] = _ssl_context(ca_file)
            # A program that uses it may run in another directory.
            self.ca_file = None if ca_file is None else str(Path(ca_file).resolve())
        self.pools: ProcessPools = ProcessPools(pool_classes=DIRECT_POOL_CLASSES, **options)

    def check_version(self) -> None:
        """Check that the server is an emulator of the version of this package.

        Raises:
            RemoteError: it is not, or does not respond.
        """
        response = self._send("GET", "/health")
        health = _parsed(response.data)
        if response.status != 200 or not isinstance(health, dict) or health.get("status") != "ok":
            raise NotAnEmulator(
                f"the server at {self.url} is not fakebox: GET {CONTROL}/health was answered with"
                f" status {response.status}{hint_at_scheme(response.data)}"
            )
        own, other = version("fakebox"), health.get("version", "of an older version")
        if other != own:
            raise NotAnEmulator(
                f"the emulator at {self.url} is fakebox {other}, but this is fakebox {own};"
                " install the same version on both sides"
            )

    def get(self, path: str) -> Any:
        """Return the JSON of a resource.

        Raises:
            RemoteError, DropboxError: as for `request`.
        """
        return self.request("GET", path)

    def request(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        body: bytes | Iterable[bytes] | IO[bytes] | None = None,
        **query: int | str,
    ) -> Any:
        """Send a request, and return the JSON of the response; `None` without a body.

        Args:
            method: the method.
            path: the path below `/_fakebox`, with escaped names.
            payload: a value to send as JSON; `None` for none.
            body: a body to send instead; its type is not JSON.
            query: the parameters of the query.

        Raises:
            RemoteError: the emulator cannot be used, or has rejected the request.
            DropboxError: the request has failed with this error of the emulated service.
        """
        data = self.download(method, path, payload, body=body, **query)
        return _parsed(data) if data else None

    def download(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        body: bytes | Iterable[bytes] | IO[bytes] | None = None,
        **query: int | str,
    ) -> bytes:
        """Send a request, and return the body of the response; see `request`."""
        if payload is not None:
            body = _encoded(payload)
        target = f"{path}?{urlencode(query)}" if query else path
        response = self._send(method, target, body, is_json=payload is not None)
        if 200 <= response.status < 300:
            return response.data
        raise self._error(response)

    def save(self, path: str, file: IO[bytes]) -> None:
        """Write the body of a GET response to a file; errors are those of `request`."""
        response = self._send("GET", path, preload_content=False)
        try:
            if response.status != 200:
                raise self._error(response)
            for block in response.stream(_BLOCK_BYTES):
                file.write(block)
        except HTTPError as error:
            raise self._unreachable(error) from error
        finally:
            response.release_conn()

    def close(self) -> None:
        """Close all connections."""
        self.pools.clear()

    def _send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        is_json: bool = False,
        **options: object,
    ) -> urllib3.BaseHTTPResponse:
        kind = "application/json" if is_json else "application/octet-stream"
        headers = {**self._headers, **({} if body is None else {"Content-Type": kind})}
        try:
            return self.pools.urlopen(
                method,
                f"{self.url}{CONTROL}{path}",
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                timeout=_TIMEOUT,
                **options,
            )
        except (HTTPError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> EmulatorUnreachable:
        reason = reason_of(error)
        if isinstance(error, SSLError):
            hint = (
                "use ca_file for the CA of the emulator"
                if isinstance(cause_of(error), ssl.SSLCertVerificationError)
                else "use http:// if the emulator has no TLS"
            )
            return EmulatorUnreachable(f"no secure connection to {self.url}: {reason}; {hint}")
        return EmulatorUnreachable(f"no emulator responds at {self.url}: {reason}")

    def _error(self, response: urllib3.BaseHTTPResponse) -> Exception:
        parsed = _parsed(response.data)
        if not isinstance(parsed, dict) or not isinstance(parsed.get("error"), str):
            return NotAnEmulator(
                f"the server at {self.url} has answered with status {response.status}, and not as"
                " the control plane of fakebox"
            )
        text = parsed["error"]
        if response.status == 401:
            if self._admin_token is None:
                return AdminTokenError(f"the emulator at {self.url} requires an admin_token")
            return AdminTokenError(f"the emulator at {self.url} does not accept the admin_token")
        if response.status == 403:
            return AdminTokenError(f"the emulator at {self.url} rejects the request: {text}")
        if kind := _ERRORS.get(parsed.get("code", "")):
            details = parsed.get("details")
            return kind(**details) if details else kind(text)
        return ControlPlaneError(text, response.status)


def _checked_token(token: object) -> str:
    # The text of an exception must not contain the token.
    if not isinstance(token, str) or not re.fullmatch("[!-~]+", token):
        raise ValueError("admin_token must be visible characters of ASCII, without spaces")
    return token


def _ssl_context(ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, TypeError) as error:
        # `ssl.SSLError` is an OSError.
        raise ValueError(
            f"ca_file must be a file with a CA certificate, not {ca_file}: {reason_of(error)}"
        ) from error


def _encoded(payload: object) -> bytes:
    try:
        return json.dumps(payload, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"the arguments cannot be sent as JSON: {error}") from error


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
