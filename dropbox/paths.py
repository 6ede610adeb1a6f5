"""The documented spelling of paths, and how they stand in URLs."""

import re
from urllib.parse import quote

_DOTS = re.compile(r"(?<=/)\.{1,2}(?=/|$)")


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
    """The path percent-encoded for a URL, with its slashes.

    `.` and `..` are encoded as well: on the way they would be resolved, and another call be made.
    """
    return _DOTS.sub(lambda dots: dots[0].replace(".", "%2E"), quote(path, safe="/~"))
