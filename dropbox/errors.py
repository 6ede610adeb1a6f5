"""What the SDK raises: an answer that isn't a success, no answer at all, and a changing file.

`dropbox.rest` is where the documentation has these classes.
"""

from __future__ import annotations

import copyreg
from typing import Any, Protocol

from dropbox import json_text
from dropbox.log_redaction import masked_url


class AnyResponse(Protocol):
    """What an error needs of a response; a mock will do."""

    status: int
    reason: str | None
    headers: Any

    def read(self) -> bytes:
        """The rest of the body."""
        ...


class _Portable(Exception):
    # What these are made of can't go to another process; what they say can.
    def __reduce__(self) -> Any:
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class SizeChangedError(_Portable, ValueError):
    """The file has fewer or more bytes than it had when the upload began; nothing was stored.

    Attributes:
        expected_bytes: how many there were.
    """

    def __init__(self, expected_bytes: int, what: str) -> None:
        super().__init__(f"the file {what} while it was uploaded; it had {expected_bytes} bytes")
        self.expected_bytes: int = expected_bytes


class RESTSocketError(_Portable, OSError):
    """No answer: the host couldn't be reached, or the connection broke.

    Args:
        host: who was asked.
        e: what happened.

    Attributes:
        host: who was asked.
        detail: what `upload` found at its path after the failure; `None` if it did not look.

    Source: seed (`RESTSocketError`).
    """

    detail: str | None = None

    def __init__(self, host: str, e: Exception) -> None:
        super().__init__(f'Error connecting to "{host}": {masked_url(str(e))}')
        self.host: str = host
        self.errno: int | None = getattr(e, "errno", None)

    def add_detail(self, text: str) -> None:
        """Append a sentence to the message, and keep it as `detail`."""
        self.detail = text
        self.args = (f"{self.args[0]}; {text}",)

    def __reduce__(self) -> Any:
        made, args, state = super().__reduce__()
        # `OSError` keeps these beside the dictionary.
        return made, args, {**state, "args": self.args, "errno": self.errno}


class ErrorResponse(_Portable):
    """An answer with a status other than 200, a body that isn't JSON, or a malformed header.

    Args:
        http_resp: the response, whose body is read if there is no `body`.
        body: the body, if it was read already.

    Attributes:
        status: the HTTP status.
        reason: the words that came with it.
        headers: the response's headers.
        body: the JSON-decoded body, or the text if it isn't JSON.
        error_msg: the body's `error`, for the developer; `None` if there is none.
        user_error_msg: the body's `user_error`, worth showing to the user; `None` if there is none.
        detail: what `upload` found at its path after the failure; `None` if it did not look.

    Source: seed (`ErrorResponse`).
    """

    detail: str | None = None

    def __init__(self, http_resp: AnyResponse, body: bytes | str | None = None) -> None:
        self.status: int = http_resp.status
        self.reason: str | None = http_resp.reason
        self.headers: Any = http_resp.headers
        self.body: Any = _decoded(http_resp.read() if body is None else body)
        fields = self.body if isinstance(self.body, dict) else {}
        self.error_msg: Any = fields.get("error")
        self.user_error_msg: str | None = fields.get("user_error")
        super().__init__(str(self))

    @property
    def error(self) -> Any:
        """The same as `error_msg`: the documentation of the calls has this name."""
        return self.error_msg

    def __str__(self) -> str:
        """The status and the messages, the user's first."""
        message = self.user_error_msg or self.error_msg
        if self.user_error_msg and self.error_msg and self.user_error_msg != self.error_msg:
            message = f"{self.user_error_msg} ({self.error_msg})"
        text = f"[{self.status}] {message or self._plain()!r}"
        return f"{text}; {self.detail}" if self.detail else text

    def add_detail(self, text: str) -> None:
        """Append a sentence to the message, and keep it as `detail`."""
        self.detail = text
        self.args = (str(self),)

    def _plain(self) -> str:
        # A front end's HTML page says nothing that its status doesn't.
        text = self.body if isinstance(self.body, str) else ""
        return self.reason or "" if "<" in text else text or self.reason or ""


def _decoded(body: bytes | str) -> Any:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return json_text.parse(text)
    except ValueError:
        return text
