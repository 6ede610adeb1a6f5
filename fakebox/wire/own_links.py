"""The URLs of links that lead back here."""

import re
from typing import Any
from urllib.parse import quote

from fakebox.core.sharing import Link
from fakebox.wire.call import origin

_OWN_PATH = re.compile(r"/(s|0/view|db\.tt)/([^/?#]+)")
_KINDS = {"s": "share", "0/view": "media", "db.tt": "short"}


def page_of(environ: dict[str, Any], link: Link) -> str:
    """The URL of a lasting link, on the host that a request came to."""
    return f"{origin(environ)}/s/{link.token}/{quote(link.name)}"


def short_page_of(environ: dict[str, Any], link: Link) -> str:
    """The short form of a lasting link's URL."""
    return f"{origin(environ)}/db.tt/{link.short_code}"


def content_of(environ: dict[str, Any], link: Link) -> str:
    """The URL of a temporary link."""
    return f"{origin(environ)}/0/view/{link.token}/{quote(link.name)}"


def parse(environ: dict[str, Any], url: str) -> tuple[str, str] | None:
    """The kind and the token of a link that the host of a request has; `None` if it isn't one.

    The kind is `share`, `media`, or `short` for a lasting link's short form.
    """
    own = origin(environ)
    match = _OWN_PATH.match(url.removeprefix(own)) if url.startswith(own) else None
    return (_KINDS[match[1]], match[2]) if match else None
