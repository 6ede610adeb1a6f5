"""Converters for the variable parts of URLs that are paths of files.

Names may contain line breaks, which Werkzeug's converter for paths does not match.
"""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class Everything(BaseConverter):
    """The rest of a path, with its slashes; it may be empty."""

    regex = "(?s:.*)"
    part_isolating = False


class AnyPath(BaseConverter):
    """A path that is not empty and does not begin with a slash, as in `<path:...>` of Werkzeug."""

    regex = "[^/](?s:.*?)"
    part_isolating = False
