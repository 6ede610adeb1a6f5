"""The exceptions of the SDK. Programs import them from `dropbox.rest`."""

from __future__ import annotations

import copyreg
import json
from collections.abc import Mapping
from typing import Any, Protocol

from dropbox.urls import redact


class AnyResponse(Protocol):
    """The attributes of a response that `ErrorResponse` reads."""

    status: int
    reason: str | None

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""
        ...

    def read(self) -> bytes:
        """Return the rest of the body."""
        ...


class _PicklableError(Exception):
    # Only the attributes are pickled: the arguments of the constructor cannot be pickled.
    def __reduce__(self) -> tuple[object, ...]:
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class SizeChangedError(_PicklableError, ValueError):
    """The size of a file changed during its upload; nothing was stored.

    Args:
        expected_bytes: the size when the upload began, in bytes.
        what: the change, `grew` or `shrank`.

    Attributes:
        expected_bytes: the size when the upload began, in bytes.

    Example:
        >>> from io import BytesIO
        >>> from dropbox.rest import SizeChangedError
        >>> uploader = client.get_chunked_uploader(BytesIO(b"Hello"), 6)
        >>> try:
        ...     uploader.upload_chunked()
        ... except SizeChangedError as error:
        ...     print(error)
        the file shrank while it was uploaded; it had 6 bytes
    """

    def __init__(self, expected_bytes: int, what: str) -> None:
        super().__init__(f"the file {what} while it was uploaded; it had {expected_bytes} bytes")
        self.expected_bytes: int = expected_bytes


class RESTSocketError(_PicklableError, OSError):
    """There was no response: the host could not be reached, or the connection was lost.

    Args:
        host: the host and port of the request.
        e: the error of the connection.

    Attributes:
        host: the host and port of the request.
        errno: the error number of the operating system; `None` if there is none.
        detail: the state of the path after a failed `DropboxClient.upload`; `None` for other calls.

    Example:
        >>> from dropbox.rest import RESTClient, RESTSocketError
        >>> try:
        ...     RESTClient.GET("http://localhost:1/")
        ... except RESTSocketError as error:
        ...     print(error.host)
        localhost:1

    Source: Dropbox Python SDK documentation, `RESTSocketError`.
    """

    detail: str | None = None

    def __init__(self, host: str, e: Exception) -> None:
        super().__init__(f'Error connecting to "{host}": {redact(str(e))}')
        self.host: str = host
        self.errno: int | None = getattr(e, "errno", None)

    def add_detail(self, text: str) -> None:
        """Append a sentence to the message, and store it as `detail`.

        Args:
            text: the sentence, without a period.

        Example:
            >>> from dropbox.rest import RESTSocketError
            >>> error = RESTSocketError("api.dropbox.com", OSError("timed out"))
            >>> error.add_detail("nothing is at /notes.txt")
            >>> print(error)
            Error connecting to "api.dropbox.com": timed out; nothing is at /notes.txt
        """
        self.detail = text
        self.args: tuple[Any, ...] = (f"{self.args[0]}; {text}",)

    def __reduce__(self) -> tuple[object, ...]:
        # `OSError` does not store these attributes in its dictionary.
        state = {**self.__dict__, "args": self.args, "errno": self.errno}
        return (*super().__reduce__()[:2], state)


class ErrorResponse(_PicklableError):
    """A response with an error status, or a malformed response.

    Args:
        http_resp: the response; its body is read unless `body` is given.
        body: the body, if it was read before.

    Attributes:
        status: the HTTP status.
        reason: the reason phrase.
        headers: the response's headers.
        body: the decoded JSON body, or the text if it is not JSON.
        error_msg: the field `error` of the body, for developers; `None` if missing.
        user_error_msg: the field `user_error` of the body, for users; `None` if missing.
        detail: the state of the path after a failed `DropboxClient.upload`; `None` for other calls.

    Example:
        >>> from dropbox.rest import ErrorResponse
        >>> try:
        ...     client.metadata("/missing.txt")
        ... except ErrorResponse as error:
        ...     print(error.status, error.error_msg)
        404 Path '/missing.txt' not found

    Source: Dropbox Python SDK documentation, `ErrorResponse`.
    """

    detail: str | None = None

    def __init__(self, http_resp: AnyResponse, body: bytes | str | None = None) -> None:
        self.status: int = http_resp.status
        self.reason: str | None = http_resp.reason
        self.headers: Mapping[str, str] = http_resp.headers
        self.body: Any = _decoded(http_resp.read() if body is None else body)
        fields = self.body if isinstance(self.body, dict) else {}
        self.error_msg: Any = fields.get("error")
        self.user_error_msg: str | None = fields.get("user_error")
        super().__init__(str(self))

    @property
    def error(self) -> Any:
        """The same as `error_msg`, under the name that the documentation of the calls uses.

        Example:
            >>> from dropbox.rest import ErrorResponse
            >>> try:
            ...     client.metadata("/missing.txt")
            ... except ErrorResponse as error:
            ...     print(error.error)
            Path '/missing.txt' not found
        """
        return self.error_msg

    def __str__(self) -> str:
        """Return the status and the messages; the message for users comes first."""
        message = self.user_error_msg or self.error_msg
        if self.user_error_msg and self.error_msg and self.user_error_msg != self.error_msg:
            message = f"{self.user_error_msg} ({self.error_msg})"
        text = f"[{self.status}] {message or self._plain()!r}"
        return f"{text}; {self.detail}" if self.detail else text

    def add_detail(self, text: str) -> None:
        """Append a sentence to the message, and store it as `detail`.

        Args:
            text: the sentence, without a period.

        Example:
            >>> from dropbox.rest import ErrorResponse
            >>> try:
            ...     client.metadata("/missing.txt")
            ... except ErrorResponse as error:
            ...     error.add_detail("it was deleted")
            ...     print(error)
            [404] "Path '/missing.txt' not found"; it was deleted
        """
        self.detail = text
        self.args: tuple[Any, ...] = (str(self),)

    def _plain(self) -> str:
        # An HTML page is not shown, because it has no more information than the status.
        text = self.body if isinstance(self.body, str) else ""
        return self.reason or "" if "<" in text else text or self.reason or ""


def _decoded(body: bytes | str) -> Any:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # A text that is nested too deeply raises `RecursionError`.
        return text
