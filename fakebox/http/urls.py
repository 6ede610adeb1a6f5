"""The host names of the service, and the URLs of links to the emulator.

A client that uses a host name of the service gets links with the service's host names. Any other
client gets links with the host name of its request.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from fakebox.dropbox_hosts import is_content_host, is_real_host

if TYPE_CHECKING:
    from fakebox.core.shared_links import Link

_WEB = "https://www.dropbox.com"
_CONTENT = "https://content.dropboxapi.com"
_LINK = re.compile(
    r"https?://[^/?#\s]+/(?P<form>s|scl/f[io]|0/view|db\.tt)/(?P<value>[^/?#]+)[^?#]*"
    r"(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_KINDS = {
    "s": "share",
    "scl/fi": "keyed",
    "scl/fo": "keyed",
    "0/view": "media",
    "db.tt": "short",
}
_DOWNLOADS = ("dl.dropbox.com", "dl.dropboxusercontent.com")
_BELOW_DOWNLOADS = ".dl.dropboxusercontent.com"


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
    return f"{_base(origin)}/s/{link.token}/{quote(link.name)}"


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
    return f"{_base(origin)}/db.tt/{link.short_code}"


def content_of(origin: str, link: Link) -> str:
    """The URL of a temporary link."""
    return f"{_base(origin)}/0/view/{link.token}/{quote(link.name)}"


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
    return LinkReference(_KINDS[match["form"].lower()], unquote(match["value"]), rlkey)


def is_own(origin: str, url: str) -> bool:
    """Whether a URL has the address that links in responses to a request have."""
    return url.startswith(f"{_base(origin)}/")


def _base(origin: str, real: str = _WEB) -> str:
    return real if is_real_host(origin.partition("://")[2]) else origin
