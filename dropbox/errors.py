"""The exceptions of the SDK. Programs import them from `dropbox.rest`."""

from __future__ import annotations

import copyreg
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from urllib3 import HTTPHeaderDict

from dropbox.urls import redact

# The error text of version 1 and its emulators for a full account, with status 503 or 507.
_OUT_OF_SPACE = re.compile(r"(?:over|storage) (?:storage )?quota", re.IGNORECASE)
_ALREADY_EXISTS = re.compile(r"already exists at path", re.IGNORECASE)
_SHOWN_CHARACTERS = 200


class AnyResponse(Protocol):
    """The attributes of a response that `ErrorResponse` reads.

    The headers are read from an attribute `headers`, or from a method `getheaders`.
    """

    status: int
    reason: str | None

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

    The errors that programs most often distinguish have subclasses: `NotFoundError`,
    `ConflictError`, `UnauthorizedError`, `RateLimitError`, `OutOfSpaceError` and `ServerError`. All
    other errors have this class.

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
        tags: the tags of an error of version 2, such as `("path", "conflict", "file")`; empty over
            version 1.

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
    tags: tuple[str, ...] = ()

    def __init__(self, http_resp: AnyResponse, body: bytes | str | None = None) -> None:
        self.status: int = http_resp.status
        self.reason: str | None = getattr(http_resp, "reason", None)
        self.headers: Mapping[str, str] = _headers_of(http_resp)
        self.body: Any = _decoded(http_resp.read() if body is None else body)
        fields = self.body if isinstance(self.body, dict) else {}
        self.error_msg: Any = fields.get("error")
        self.user_error_msg: str | None = fields.get("user_error")
        super().__init__(str(self))

    @classmethod
    def from_response(
        cls, http_resp: AnyResponse, body: bytes | str | None = None
    ) -> ErrorResponse:
        """Make the error of a response, of the subclass for its meaning.

        Args:
            http_resp, body: as for the class.

        Example:
            >>> from dropbox.rest import ErrorResponse
            >>> class Response:
            ...     status, reason, headers = 404, "Not Found", {}
            ...     def read(self):
            ...         return b'{"error": "File not found"}'
            >>> type(ErrorResponse.from_response(Response())).__name__
            'NotFoundError'
        """
        text = http_resp.read() if body is None else body
        error = ErrorResponse(http_resp, text)
        return _meaning(error)(http_resp, text)

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
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        if self.status < 300:
            # The status of a malformed response says nothing about the error.
            return f"The response could not be read: {text[:_SHOWN_CHARACTERS]}"
        # An HTML page is not shown, because it has no more information than the status.
        return self.reason or "" if "<" in text or not isinstance(self.body, str) else text


class NotFoundError(ErrorResponse):
    """The path, revision, upload or copy reference does not exist (status 404).

    Example:
        >>> from dropbox.rest import NotFoundError
        >>> try:
        ...     client.metadata("/missing.txt")
        ... except NotFoundError as error:
        ...     print(error.error_msg)
        Path '/missing.txt' not found
    """


class ConflictError(ErrorResponse):
    """A file or folder is in the way (status 403 or 409; 400 if a parent of the path is a file).

    Example:
        >>> from dropbox.rest import ConflictError
        >>> try:
        ...     client.file_create_folder("/Photos")
        ... except ConflictError as error:
        ...     print(error.status)
        403
    """


class UnauthorizedError(ErrorResponse):
    """The token is not valid, has expired or has no permission for the call (status 401).

    `dropbox.oauth2.RefreshTokenError` is a subclass, for a rejected refresh token.

    Example:
        >>> from dropbox.rest import UnauthorizedError
        >>> client.disable_access_token()
        >>> try:
        ...     client.account_info()
        ... except UnauthorizedError as error:
        ...     print(error.status)
        401
    """


class RateLimitError(ErrorResponse):
    """There were too many requests: status 429, or 503 with `Retry-After`.

    Example:
        >>> from dropbox.rest import RateLimitError
        >>> from dropbox.retry import NEVER
        >>> client.retries = NEVER
        >>> fault = box.faults.add(Fault(status=429))
        >>> try:
        ...     client.account_info()
        ... except RateLimitError as error:
        ...     print(error.status)
        429
    """


class OutOfSpaceError(ErrorResponse):
    """There is not enough space in the Dropbox (status 503 or 507).

    Example:
        >>> from dropbox.rest import OutOfSpaceError
        >>> box.set_quota(170)
        >>> try:
        ...     client.put_file("/new.txt", b"Hello, Dropbox")
        ... except OutOfSpaceError as error:
        ...     print(error.status)
        503
    """


class ServerError(ErrorResponse):
    """The service failed (status 500 to 599, without the errors of the other classes).

    Example:
        >>> from dropbox.rest import ServerError
        >>> fault = box.faults.add(Fault(status=500))
        >>> try:
        ...     client.put_file("/new.txt", b"new")
        ... except ServerError as error:
        ...     print(error.status)
        500
    """


_BY_STATUS: dict[int, type[ErrorResponse]] = {
    401: UnauthorizedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
    507: OutOfSpaceError,
}


def _meaning(error: ErrorResponse) -> type[ErrorResponse]:
    # The texts may contain a path, so each counts only with the status that it has.
    texts = f"{error.error_msg} {error.user_error_msg}"
    if error.status == 503 and _OUT_OF_SPACE.search(texts):
        return OutOfSpaceError
    if error.status == 503 and "Retry-After" in error.headers:
        return RateLimitError
    if error.status == 403 and _ALREADY_EXISTS.search(texts):
        return ConflictError
    by_class = ServerError if 500 <= error.status < 600 else ErrorResponse
    return _BY_STATUS.get(error.status, by_class)


def _headers_of(response: Any) -> Mapping[str, str]:
    headers: Mapping[str, str] | None = getattr(response, "headers", None)
    if headers is not None and hasattr(headers, "get"):
        return headers
    if not hasattr(response, "getheaders"):
        return HTTPHeaderDict()
    pairs: list[tuple[str, str]] = response.getheaders()
    return HTTPHeaderDict(pairs)


def _decoded(body: bytes | str) -> Any:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # A text that is nested too deeply raises `RecursionError`.
        return text
