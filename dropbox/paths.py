"""Paths in the Dropbox: their normal form, and their form in URLs."""

import os
import re
from urllib.parse import quote

_DOT_SEGMENT = re.compile(r"(?<=/)\.{1,2}(?=/|$)")


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
        TypeError: it is not a path.
        UnicodeDecodeError: its bytes are not UTF-8.
    """
    if path is None:
        return None
    text = os.fspath(path)
    if isinstance(text, bytes):
        text = text.decode()
    return re.sub("/+", "/", f"/{text}").rstrip("/") if text else ""


def quote_path(path: str) -> str:
    """Percent-encode a path for a URL; slashes are kept.

    Args:
        path: the path. The segments `.` and `..` are encoded as well, because a proxy would
            otherwise resolve them and change the target of the request.
    """
    return _DOT_SEGMENT.sub(lambda dots: dots[0].replace(".", "%2E"), quote(path, safe="/~"))
