"""The documented spelling of paths, and how they stand in URLs."""

import os
import re
from urllib.parse import quote

_DOTS = re.compile(r"(?<=/)\.{1,2}(?=/|$)")


def format_path(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None,
) -> str | None:
    """Spell a path as the API wants it: one leading slash, none at the end, runs of slashes as one.

    Args:
        path: the path; bytes, which older programs have, are taken for UTF-8.

    Returns:
        The path; the root `/` becomes an empty string, an empty string and `None` stay as they are.

    Raises:
        TypeError: it is none.
        UnicodeDecodeError: its bytes aren't UTF-8.
    """
    if path is None:
        return None
    spelled = os.fspath(path)
    if isinstance(spelled, bytes):
        spelled = spelled.decode()
    return re.sub("/+", "/", f"/{spelled}").rstrip("/") if spelled else ""


def quote_path(path: str) -> str:
    """The path percent-encoded for a URL, with its slashes.

    `.` and `..` are encoded as well: on the way they would be resolved, and another call be made.
    """
    return _DOTS.sub(lambda dots: dots[0].replace(".", "%2E"), quote(path, safe="/~"))
