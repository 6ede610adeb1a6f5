"""The host names of the service, and the URLs of links to the emulator.

A client that uses a host name of the service gets links with the service's host names. Any other
client gets links with the host name of its request.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from fakebox.dropbox_hosts import is_real_host

if TYPE_CHECKING:
    from fakebox.core.shared_links import Link

_WEB = "https://www.dropbox.com"
_CONTENT = "https://content.dropboxapi.com"
_LINK_PATH = re.compile(r"/(s|0/view|db\.tt)/([^/?#]+)")
_KINDS = {"s": "share", "0/view": "media", "db.tt": "short"}


def page_of(origin: str, link: Link) -> str:
    """The URL of a shared link.

    Args:
        origin: scheme and host of the request that the response is for.
        link: the link.
    """
    return f"{_base(origin)}/s/{link.token}/{quote(link.name)}"


def short_page_of(origin: str, link: Link) -> str:
    """The short URL of a shared link."""
    return f"{_base(origin)}/db.tt/{link.short_code}"


def content_of(origin: str, link: Link) -> str:
    """The URL of a temporary link."""
    return f"{_base(origin)}/0/view/{link.token}/{quote(link.name)}"


def upload_of(origin: str, token: str) -> str:
    """The URL of a link for uploading."""
    return f"{_base(origin, _CONTENT)}/apitul/1/{token}"


def parse(origin: str, url: str) -> tuple[str, str] | None:
    """The kind and the token of a link; None if the URL is not a link of this emulator.

    The kind is `share`, `media`, or `short` for the short URL of a shared link.
    """
    base = _base(origin)
    match = _LINK_PATH.match(url.removeprefix(base)) if url.startswith(base) else None
    return (_KINDS[match[1]], match[2]) if match else None


def _base(origin: str, real: str = _WEB) -> str:
    return real if is_real_host(origin.partition("://")[2]) else origin
