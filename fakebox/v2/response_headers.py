"""The headers of responses of version 2, by host and status.

Source: recorded responses of the service; see the wire reference of version 2, headers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from fakebox.dropbox_hosts import is_content_host, is_notify_host

if TYPE_CHECKING:
    from fakebox.http.forms import Pairs

Host: TypeAlias = Literal["api", "content", "notify"]

# The emulator serves all hosts at one address, so the route says which host the service has it on.
# The other routes are on the host `api`.
CONTENT_ROUTES = frozenset(
    {
        "files/download",
        "files/download_zip",
        "files/get_preview",
        "files/get_thumbnail",
        "files/get_thumbnail_batch",
        "files/get_thumbnail_v2",
        "files/upload",
        "files/upload_session/append",
        "files/upload_session/append_v2",
        "files/upload_session/finish",
        "files/upload_session/start",
        "sharing/get_shared_link_file",
    }
)
NOTIFY_ROUTES = frozenset({"files/list_folder/longpoll"})
_UPLOAD_LINKS = "apitul/"
_ALWAYS: Pairs = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Accept-Ranges, Content-Range, ETag, Dropbox-API-Result"),
    ("Cache-Control", "no-cache"),
    # The recorded responses have this header of requests.
    ("Accept-Encoding", "identity,gzip"),
)
_POLICY = "Content-Security-Policy"
_OF_HOST: dict[Host, Pairs] = {
    "api": (("X-Dropbox-Response-Origin", "far_remote"),),
    "content": (
        ("X-Dropbox-Response-Origin", "far_remote"),
        ("X-Robots-Tag", "noindex, nofollow, noimageindex"),
    ),
    "notify": (
        ("X-Dropbox-Response-Origin", "remote"),
        ("Pragma", "no-cache"),
        ("X-Db-Timeout", "120"),
    ),
}
_SUCCESS: dict[Host, Pairs] = {
    "api": (("X-Frame-Options", "SAMEORIGIN"),),
    "content": (),
    "notify": (),
}
_SEARCH: Pairs = (
    ("X-Frame-Options", "sameorigin"),
    ("Content-Disposition", "attachment"),
    (_POLICY, "sandbox"),
    ("X-Content-Security-Policy", "sandbox"),
    ("X-WebKit-CSP", "sandbox"),
)
_SEARCH_ROUTES = ("files/search_v2", "files/search/continue_v2")
_ERROR: Pairs = ((_POLICY, "sandbox allow-forms allow-scripts"),)
# The newest recordings of these two are from 2020.
_ERROR_OF_2020: Pairs = (
    (_POLICY, "sandbox; frame-ancestors 'none'"),
    ("Content-Disposition", "attachment; filename='error'"),
    ("X-Frame-Options", "DENY"),
)


@lru_cache(maxsize=512)
def headers_of(endpoint: str, host_name: str, status: int) -> Pairs:
    """Return the headers of a response that have the same value each time.

    Args:
        endpoint: the route, such as `files/upload`.
        host_name: the Host header of the request, which is used for an unknown route.
        status: the status of the response.
    """
    host = _host_of(endpoint, host_name)
    return (*_ALWAYS, *_OF_HOST[host], *_of_status(endpoint, host, status))


def _host_of(endpoint: str, host_name: str) -> Host:
    """Return the host of the service that has a route."""
    if endpoint in CONTENT_ROUTES or endpoint.lstrip("/").startswith(_UPLOAD_LINKS):
        return "content"
    if endpoint in NOTIFY_ROUTES:
        return "notify"
    if is_content_host(host_name):
        return "content"
    return "notify" if is_notify_host(host_name) else "api"


def _of_status(endpoint: str, host: Host, status: int) -> Pairs:
    if status < 400:
        return _SEARCH if endpoint in _SEARCH_ROUTES else _SUCCESS[host]
    if status == 401:
        return (*_ERROR, ("X-Dropbox-Request-Url", f"/2/{endpoint}"))
    if host == "api" and status in (429, 500):
        return _ERROR_OF_2020
    return _ERROR
