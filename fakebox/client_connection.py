"""The URL of a running emulator for clients, and the reasons of failed connections to it."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

_EXAMPLE = "http://127.0.0.1:8710"
# The beginning of the response of `fakebox.server` to plain HTTP on a port with TLS.
_PLAIN_ON_TLS = b"This port speaks https"


def check_url(url: object, name: str = "url") -> str:
    """Return the URL of an emulator without a slash at its end.

    Args:
        url: the URL as the user has given it.
        name: the name of the argument, for the error.

    Raises:
        ValueError: it is not a URL of http or https with a host only.
    """
    # `str`, because a variable of the environment may be missing.
    text = str(url)
    try:
        parts = urlsplit(text)
        has_host = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        raise ValueError(f"{name} must be a valid URL, such as {_EXAMPLE}") from None
    if "@" in parts.netloc:
        raise ValueError(f"{name} must not contain credentials")
    if not has_host:
        raise ValueError(f"{name} must begin with http:// or https:// and a host, not {url!r}")
    if not text.isprintable() or " " in text:
        raise ValueError(f"{name} must be a valid URL, such as {_EXAMPLE}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{name} must have no path, such as {_EXAMPLE}, not {url!r}")
    return f"{parts.scheme}://{parts.netloc}"


def cause_of(error: BaseException) -> BaseException:
    """Return the first cause of an exception, such as the one of a failed TLS handshake."""
    while not isinstance(error, ssl.SSLError):
        # urllib3 has the exception of a handshake as the argument of its own.
        cause = error.__cause__ or next(iter(error.args), None)
        if not isinstance(cause, BaseException):
            break
        error = cause
    return error


def reason_of(error: BaseException) -> str:
    """Return the reason of a failed connection, in one line."""
    cause = cause_of(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return cause.reason.lower().replace("_", " ")
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    # The texts of urllib3 begin with the connection, which has no meaning for a user.
    return " ".join(str(cause).partition(">: ")[2].split() or str(cause).split())


def hint_at_scheme(response: bytes) -> str:
    """Return a hint for an error text if an http URL leads to a server with TLS; else nothing.

    Args:
        response: the body of the response.
    """
    return "; the server uses TLS, so use https://" if response.startswith(_PLAIN_ON_TLS) else ""
