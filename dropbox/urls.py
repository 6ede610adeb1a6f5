"""URLs of the API: hosts, paths, and the redaction of credentials in logged URLs."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, urlsplit

API_HOST = "api.dropbox.com"
API_CONTENT_HOST = "api-content.dropbox.com"
WEB_HOST = "www.dropbox.com"
API_NOTIFY_HOST = "api-notify.dropbox.com"

# The hosts of version 2, by the host of version 1.
_V2_HOSTS = {
    API_HOST: "api.dropboxapi.com",
    API_CONTENT_HOST: "content.dropboxapi.com",
    API_NOTIFY_HOST: "notify.dropboxapi.com",
}

ENDPOINT_VARIABLE = "DROPBOX_ENDPOINT_URL"

_SECRET_PARAMETERS = re.compile(
    r"(?P<name>[?&](?:oauth_token|oauth_signature|access_token|client_secret|code|refresh_token)=)"
    r"[^&#\s'\"]*"
)
_USER_INFO = re.compile(r"(?P<scheme>://)[^/\s]*@")
_DOT_SEGMENT = re.compile(r"(?<=/)\.{1,2}(?=/|$)")


def base_url(host: str) -> str:
    """Return the base URL of a host.

    Args:
        host: a host name, to which `https` is added, or a base URL with its scheme.
    """
    return host.rstrip("/") if "://" in host else f"https://{host}"


def v2_base_url(host: str) -> str:
    """Return the base URL of version 2.

    Args:
        host: the host of version 1, as for `base_url`.
    """
    return base_url(_V2_HOSTS.get(host, host))


def endpoint_from_environment() -> str | None:
    """Return the base URL in `DROPBOX_ENDPOINT_URL`, for all hosts; `None` if not set."""
    return os.environ.get(ENDPOINT_VARIABLE) or None


def format_path(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None,
) -> str | None:
    """Normalize a path: one slash at the start, none at the end, and no repeated slashes.

    Args:
        path: the path; bytes are decoded as UTF-8.

    Returns:
        The path. The root `/` becomes an empty string; an empty string and `None` are returned
        unchanged.

    Raises:
        TypeError: `path` is not a string, bytes or `None`.
        UnicodeError: `path` is bytes that are not UTF-8, or has half of a surrogate pair.

    Example:
        >>> from dropbox.client import format_path
        >>> format_path("Photos//beach.png")
        '/Photos/beach.png'
    """
    if path is None:
        return None
    text = os.fspath(path)
    if isinstance(text, bytes):
        text = text.decode()
    # Every call rejects the same paths: only some of them encode the path themselves.
    text.encode()
    return re.sub("/+", "/", f"/{text}").rstrip("/") if text else ""


def quote_path(path: str) -> str:
    """Percent-encode a path for a URL; slashes are kept.

    Args:
        path: the path. The segments `.` and `..` are encoded as well, because a proxy would
            otherwise resolve them and change the target of the request.
    """
    return _DOT_SEGMENT.sub(lambda dots: dots[0].replace(".", "%2E"), quote(path, safe="/~"))


def redact(text: str) -> str:
    """Replace the values of credentials in URLs by `***`.

    Args:
        text: a URL, or a text that contains URLs.
    """
    without_user = _USER_INFO.sub(r"\g<scheme>***@", text)
    return _SECRET_PARAMETERS.sub(r"\g<name>***", without_user)


def host_of(url: str) -> str:
    """Return the host and the port of a URL, without a user and a password.

    Args:
        url: the URL.
    """
    return urlsplit(url).netloc.rpartition("@")[2]


class RedactionFilter(logging.Filter):
    """Redacts the records of loggers of other packages that log URLs with credentials.

    Only records of the requests of the SDK are changed; other programs use the same loggers.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_active: ContextVar[bool] = ContextVar("is_active", default=False)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Redact the records of the current thread or task."""
        token = self._is_active.set(True)
        try:
            yield
        finally:
            self._is_active.reset(token)

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a record; every record is logged."""
        if self._is_active.get() and isinstance(record.args, tuple):
            record.args = tuple(redact(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True
