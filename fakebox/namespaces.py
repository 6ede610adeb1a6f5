"""Several emulated Dropboxes behind one address, each a world of its own.

Which one a request is for is decided here and nowhere else: by a header, by what its token or
the app's key begins with, or by a parameter on the control plane's page. What is done with the
request is not this module's business.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakebox.context import Namespace, Options
from fakebox.core.disk import descriptor_limit
from fakebox.core.settings import Settings
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.middleware.faults import Faults
from fakebox.middleware.limits import Limits
from fakebox.middleware.requests import Requests

if TYPE_CHECKING:
    from pathlib import Path

    from fakebox.context import RequestContext

CONTROL = "/_fakebox"
_HEADER = "HTTP_X_FAKEBOX_NAMESPACE"
_SEPARATOR = "~"
_ENCODED_SEPARATOR = "%7E"
_LIMIT = 1_000
# With a directory, each namespace that is in use has two files open: the database and its log.
# They may take up a quarter of the process's file descriptors; the rest is for connections.
_DESCRIPTOR_SHARE = 8
_OPEN_MIN = 4
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# Links and codes are drawn with the prefix as well, and lead people here without a token.
_IN_PATH = re.compile(rf"/(?:s|db\.tt|0/view|apitul/1)/(?P<name>{_NAME.pattern}){_SEPARATOR}")


class NamespaceRefused(Exception):
    """There can be no such namespace; the text says why, in one line."""


@dataclass(slots=True)
class ControlledNamespace(Namespace):
    """One emulated Dropbox with what its tests control and see.

    Attributes:
        faults: what goes wrong on purpose.
        limits: how many requests are accepted.
        requests: the journal of requests and responses.
        snapshots: what the world was like earlier, by number.
    """

    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    requests: Requests = field(default_factory=Requests)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    def reset(self) -> None:
        """Become as new: no files, faults, limits and requests."""
        self.world.reset()
        self.faults.clear()
        self.limits.clear()
        self.requests.clear()

    def close(self) -> None:
        """Let go of everything; nothing may be called afterwards."""
        self.world.close()


class Namespaces:
    """The emulated Dropboxes of one server; each but the default is made when it is first named.

    Args:
        directory: where they are kept across restarts; `None` keeps them in memory.
        settings: how their worlds behave.
        options: how they answer.
        seed: makes tokens and identifiers repeatable.

    Attributes:
        default: the one that a request is for which names none.

    Raises:
        DataRefused: the directory can't be used.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        settings: Settings | None = None,
        options: Options | None = None,
        seed: int | None = None,
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._options = options or Options()
        self._seed = seed
        self._lock = threading.Lock()
        self._named: dict[str, ControlledNamespace] = {}
        # Those whose files may be open, the one that was used last at the end.
        self._open: OrderedDict[str, ControlledNamespace] = OrderedDict()
        self._open_limit: int = max(_OPEN_MIN, descriptor_limit() // _DESCRIPTOR_SHARE)
        self.default: ControlledNamespace = ControlledNamespace(
            World(directory, settings, seed), self._options
        )

    def __iter__(self) -> Iterator[ControlledNamespace]:
        """Each of them, the default one first."""
        return iter((self.default, *self._named.values()))

    def find(self, context: RequestContext) -> ControlledNamespace:
        """The one that a request is for.

        Raises:
            NamespaceRefused: the request names one that can't be.
            DataRefused: its directory can't be used.
        """
        name = context.environ.get(_HEADER) or _prefix(context) or _on_page(context)
        return self.named(name.lower()) if name else self.default

    def named(self, name: str) -> ControlledNamespace:
        """The one of this name.

        Raises:
            NamespaceRefused, DataRefused: as for `find`.
        """
        found = self._named.get(name)
        if found is None:
            with self._lock:
                found = self._named.get(name) or self._make(name)
        if self._directory:
            self._note_use(found)
        return found

    def forget(self, name: str) -> None:
        """Let go of one, if it is there; what it kept in a directory stays there."""
        with self._lock:
            namespace = self._named.pop(name, None)
            self._open.pop(name, None)
        if namespace:
            namespace.close()

    def close(self) -> None:
        """Let go of all of them."""
        for namespace in self:
            namespace.close()

    def _note_use(self, namespace: ControlledNamespace) -> None:
        """Have the files of those that were not used for the longest time closed."""
        with self._lock:
            self._open[namespace.name] = namespace
            self._open.move_to_end(namespace.name)
            for idle in list(self._open.values())[: -self._open_limit]:
                if idle.world.release_files():
                    del self._open[idle.name]

    def _make(self, name: str) -> ControlledNamespace:
        if not _NAME.fullmatch(name):
            allowed = "up to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
            raise NamespaceRefused(f"{name!r} is no name for a namespace; it has {allowed}")
        if len(self._named) >= _LIMIT:
            raise NamespaceRefused(f"there are {_LIMIT} namespaces already; forget some first")
        prefix = name + _SEPARATOR
        directory = self._directory / "namespaces" / name if self._directory else None
        world = World(directory, self._settings, self._seed, prefix)
        made = ControlledNamespace(world, self._options, name, prefix)
        self._named[name] = made
        return made


def _prefix(context: RequestContext) -> str:
    sent = f"{context.raw_path}?{context.raw_query} {context.authorization}"
    if _SEPARATOR not in sent and _ENCODED_SEPARATOR not in sent.upper():
        form = context.readable_form
        if b"~" not in form and b"%7E" not in form.upper():
            return ""
    if found := _IN_PATH.match(context.raw_path):
        return found["name"]
    name, separator, _ = context.token.partition(_SEPARATOR)
    return name if separator and _NAME.fullmatch(name) else ""


def _on_page(context: RequestContext) -> str:
    if not context.raw_path.startswith(CONTROL):
        return ""
    return dict(context.readable_pairs).get("namespace", "")
