"""The URLs of links that lead back here.

Whoever came by one of the real service's names gets them on its own hosts; anybody else on the host
that they know.
"""

import re
from urllib.parse import quote

from fakebox.core.sharing import Link
from fakebox.dropbox_hosts import is_real_host

_WEB = "https://www.dropbox.com"
_CONTENT = "https://content.dropboxapi.com"
_OWN_PATH = re.compile(r"/(s|0/view|db\.tt)/([^/?#]+)")
_KINDS = {"s": "share", "0/view": "media", "db.tt": "short"}


def page_of(origin: str, link: Link) -> str:
    """The URL of a lasting link, for whoever made a request."""
    return f"{_home(origin)}/s/{link.token}/{quote(link.name)}"


def short_page_of(origin: str, link: Link) -> str:
    """The short form of a lasting link's URL."""
    return f"{_home(origin)}/db.tt/{link.short_code}"


def content_of(origin: str, link: Link) -> str:
    """The URL of a temporary link."""
    return f"{_home(origin)}/0/view/{link.token}/{quote(link.name)}"


def upload_of(origin: str, token: str) -> str:
    """The URL of a link for uploading."""
    return f"{_home(origin, _CONTENT)}/apitul/1/{token}"


def parse(origin: str, url: str) -> tuple[str, str] | None:
    """The kind and the token of a link of this emulator; `None` if it isn't one.

    The kind is `share`, `media`, or `short` for a lasting link's short form.
    """
    own = _home(origin)
    match = _OWN_PATH.match(url.removeprefix(own)) if url.startswith(own) else None
    return (_KINDS[match[1]], match[2]) if match else None


def _home(origin: str, real: str = _WEB) -> str:
    return real if is_real_host(origin.partition("://")[2]) else origin
