"""The documented spelling of paths, and how they stand in URLs."""

import re
from urllib.parse import quote


def format_path(path: str | None) -> str | None:
    """Spell a path as the API wants it: one leading slash, none at the end, runs of slashes as one.

    Returns:
        The path; the root `/` becomes an empty string, an empty string and `None` stay as they are.
    """
    if not path:
        return path
    path = re.sub("/+", "/", f"/{path}")
    return path.rstrip("/")


def quote_path(path: str) -> str:
    """The path percent-encoded for a URL, with its slashes."""
    return quote(path, safe="/~")
