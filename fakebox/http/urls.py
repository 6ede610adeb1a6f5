"""The host names of the service, and the URLs of links to the emulator.

A client that uses a host name of the service gets links with the service's host names. Any other
client gets links with the host name of its request.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from fakebox.dropbox_hosts import DOWNLOAD_HOST, is_content_host, is_real_host

if TYPE_CHECKING:
    from fakebox.core.shared_links import Link

_WEB = "https://www.dropbox.com"
_CONTENT = "https://content.dropboxapi.com"
_DOWNLOAD = "https://dl.dropboxusercontent.com"
_ADDRESSES = f"https://{DOWNLOAD_HOST}"
_SHORT = "https://db.tt"
_ORIGIN = re.compile(r"https?://(?P<host>[^/?#\s]+)/", re.IGNORECASE)
# A short link has its own host name at the service, and its own path at the emulator.
_LINK = re.compile(
    r"https?://(?:[^/?#\s]+/(?P<form>sh?|scl/f[io]|1/view|cd/0/get|db\.tt)(?:(?<=/s)/(?:dl|raw))?"
    r"|(?P<host>db\.tt))"
    r"/(?P<value>[^/?#]+)[^?#]*(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_CODE = re.compile(r"/[A-Za-z0-9_~%-]+")
_KINDS = {
    "s": "share",
    "sh": "share",
    "scl/fi": "keyed",
    "scl/fo": "keyed",
    "1/view": "media",
    "cd/0/get": "media",
    "db.tt": "short",
}
# The words for the caller's root in URLs of version 1.
ROOTS = ("dropbox", "sandbox", "auto")
# The beginning of the paths of temporary links of version 1, which are no calls.
TEMPORARY_LINKS = "/1/view/"
_DOWNLOADS = ("dl.dropbox.com", "dl.dropboxusercontent.com")
_BELOW_DOWNLOADS = ".dl.dropboxusercontent.com"


def served_path(path: str, host: str) -> str:
    """The path at which the emulator serves a request.

    Slashes that do not matter in requests to version 1 are removed: those before the root, and at
    the end of the name of a call. The path below the root is not changed. A short link has its own
    host name at the service, and its own path at the emulator.

    Args:
        path: the path of the request, with or without percent-encoding.
        host: the Host header; empty if there is none.
    """
    if path.startswith("/1/"):
        return _without_extra_slashes(path) if "//" in path or path.endswith("/") else path
    return f"/db.tt{path}" if _is_short(host) and _CODE.fullmatch(path) else path


class LinkReference(NamedTuple):
    """The parts of the URL of a link; see `SharedLinks.resolve`.

    Attributes:
        kind: `share`, `media`, `short` or `keyed`.
        value: the token, the code or the key.
        rlkey: the second key; empty if the URL has none.
    """

    kind: str
    value: str
    rlkey: str = ""


def sends_content(host: str) -> bool:
    """Whether links with a Host header, with or without a port, send content and no page."""
    name = host.partition(":")[0].lower()
    return name in _DOWNLOADS or name.endswith(_BELOW_DOWNLOADS) or is_content_host(host)


def page_of(origin: str, link: Link) -> str:
    """The URL of a shared link in the form of version 1.

    Args:
        origin: scheme and host of the request that the response is for.
        link: the link.
    """
    return f"{_base(origin)}{path_of(link)}"


def path_of(link: Link) -> str:
    """The path of the URL of a shared link in the form of version 1."""
    return f"/s/{link.token}/{quote(link.name)}"


def keyed_page_of(origin: str, link: Link) -> str:
    """The URL of a shared link in today's form, which version 2 returns.

    Programs replace the `dl=0` at its end by `dl=1` to get the content. Arguments as for `page_of`.
    """
    return f"{_base(origin)}{keyed_path_of(link)}?rlkey={link.rlkey}&dl=0"


def keyed_path_of(link: Link) -> str:
    """The path of the URL of a shared link in today's form."""
    return f"/scl/fo/{link.key}/h" if link.is_folder else f"/scl/fi/{link.key}/{quote(link.name)}"


def short_page_of(origin: str, link: Link) -> str:
    """The short URL of a shared link."""
    return f"{_base(origin, _SHORT, below=f'{origin}/db.tt')}/{link.short_code}"


def page_behind(origin: str, link: Link) -> str:
    """The URL to which a short URL redirects: of another host of the service, or only a path."""
    return page_of(origin, link) if _is_real(origin) else path_of(link)


def content_of(origin: str, link: Link) -> str:
    """The URL of a temporary link of version 1, which ends with the path of the file."""
    return f"{_base(origin, _DOWNLOAD)}{TEMPORARY_LINKS}{link.token}{quote(link.path)}"


def temporary_of(origin: str, link: Link) -> str:
    """The URL of a temporary link of version 2, which has a host of its own at the service."""
    label = f"uc{sha256(link.token.encode()).hexdigest()[:26]}"
    return f"{_base(origin, f'https://{label}{_BELOW_DOWNLOADS}')}/cd/0/get/{link.token}/file"


def address_of(origin: str, path: str) -> str:
    """The URL of an address of the content of a link, by its path."""
    return f"{_base(origin, _ADDRESSES)}{path}"


def upload_of(origin: str, token: str) -> str:
    """The URL of a link for uploading."""
    return f"{_base(origin, _CONTENT)}/apitul/1/{token}"


def parse(url: str) -> LinkReference | None:
    """The parts of the URL of a link; `None` if it does not have the form of one.

    A link has one key at all addresses of the emulator, so any host is accepted.
    """
    match = _LINK.fullmatch(url)
    if match is None:
        return None
    rlkey = dict(parse_qsl(match["query"] or "")).get("rlkey", "")
    form = (match["form"] or match["host"]).lower()
    return LinkReference(_KINDS[form], unquote(match["value"]), rlkey)


def is_own(origin: str, url: str) -> bool:
    """Whether a URL has an address that links in responses to a request have."""
    if not _is_real(origin):
        return url.startswith(f"{origin}/")
    match = _ORIGIN.match(url)
    return match is not None and is_real_host(match["host"])


def _without_extra_slashes(path: str) -> str:
    segments = path[3:].split("/")
    depth = next((at for at, one in enumerate(segments) if one in ROOTS), len(segments))
    return "/1/" + "/".join((*filter(None, segments[:depth]), *segments[depth:]))


def _is_short(host: str) -> bool:
    return host.partition(":")[0].lower() == _SHORT.partition("://")[2]


def _base(origin: str, real: str = _WEB, *, below: str | None = None) -> str:
    """Return the address of a link: `real` for a host of the service, else that of the emulator."""
    return real if _is_real(origin) else below or origin


def _is_real(origin: str) -> bool:
    return is_real_host(origin.partition("://")[2])
