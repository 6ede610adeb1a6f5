"""A request's target as the client wrote it, which is what it signed.

WSGI's own PATH_INFO is decoded: it can't tell `%2F` from a slash.
"""

from typing import Any, NamedTuple
from urllib.parse import quote

from fakebox.wire.urlencoded import Pairs, parse_pairs

# Everything that may stand in a path as it is, and what encoding it again would change.
_PATH_SAFE = "/:@!$&'()*+,;=~"


class Target(NamedTuple):
    """A path and a query, both still encoded; the query is without its question mark."""

    path: str
    query: str

    @property
    def pairs(self) -> Pairs:
        """The parameters in the query, in their order.

        Raises:
            NotUtf8, TooManyParameters: as for `parse_pairs`.
        """
        return parse_pairs(self.query.encode("latin-1", "replace"))


def raw_target(environ: dict[str, Any]) -> Target:
    """The target of a WSGI request.

    It is taken from `RAW_URI`; where no server has set that, as in a call without a socket, it
    is put together from the decoded path.
    """
    raw: str | None = environ.get("RAW_URI")
    if raw is not None:
        path, _, query = raw.partition("?")
        return Target(path, query)
    decoded = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return Target(quote(decoded.encode("latin-1"), _PATH_SAFE), environ.get("QUERY_STRING", ""))
