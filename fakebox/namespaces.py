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
from fakebox.core.defaults import WELL_KNOWN
from fakebox.core.disk import descriptor_limit
from fakebox.core.settings import Settings
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.http.headers import is_cross_origin
from fakebox.middleware.faults import Faults
from fakebox.middleware.journal import Journal
from fakebox.middleware.rate_limit import RateLimiter

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


class NamespaceError(Exception):
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
    limits: RateLimiter = field(default_factory=RateLimiter)
    requests: Journal = field(default_factory=Journal)
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
        DataDirectoryError: the directory can't be used.
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
        # What requests without a credential see of every namespace that isn't there.
        self._unused: World | None = None
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
        """The one that a request to the emulated service is for.

        It is created on first use, but only by a request that brings a credential which a new
        one knows. Any other request is served by an empty stand-in, which refuses it in the
        words of its dialect.

        Raises:
            NamespaceError: the request names one that can't be.
            DataDirectoryError: its directory can't be used.
        """
        name = (context.environ.get(_HEADER) or _prefix(context)).lower()
        found = self._existing(name)
        if found:
            return found
        return self.named(name) if _has_credential(context, name) else self._substitute(name)

    def find_for_control(self, context: RequestContext) -> ControlledNamespace | None:
        """The one that an authorised request to the control plane is for; `None` if there is none.

        It is created on first use. A URL that names it creates it when a user opened the URL in a
        browser, or by another method than GET: links and pictures of other sites name URLs too.

        Raises:
            NamespaceError, DataDirectoryError: as for `find`.
        """
        header = context.environ.get(_HEADER, "")
        name = (
            header or _prefix(context) or dict(context.readable_pairs).get("namespace", "")
        ).lower()
        found = self._existing(name)
        if found:
            return found
        is_opened = context.environ.get("HTTP_SEC_FETCH_SITE") in ("none", "same-origin")
        may_create = header or is_opened or context.method not in ("GET", "HEAD")
        return self.named(name) if may_create else None

    def named(self, name: str) -> ControlledNamespace:
        """The one of this name.

        Raises:
            NamespaceError, DataDirectoryError: as for `find`.
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
        if self._unused:
            self._unused.close()

    def _existing(self, name: str) -> ControlledNamespace | None:
        if not name:
            return self.default
        return self.named(name) if name in self._named or self._is_stored(name) else None

    def _is_stored(self, name: str) -> bool:
        """Whether a directory has it from before a restart: its tokens and links still work."""
        if self._directory is None or not _NAME.fullmatch(name):
            return False
        return (self._directory / "namespaces" / name).is_dir()

    def _substitute(self, name: str) -> ControlledNamespace:
        _check_name(name)
        with self._lock:
            if self._unused is None:
                self._unused = World(None, self._settings, self._seed)
        return ControlledNamespace(self._unused, self._options, name, name + _SEPARATOR)

    def _note_use(self, namespace: ControlledNamespace) -> None:
        """Have the files of those that were not used for the longest time closed."""
        with self._lock:
            self._open[namespace.name] = namespace
            self._open.move_to_end(namespace.name)
            for idle in list(self._open.values())[: -self._open_limit]:
                if idle.world.release_files():
                    del self._open[idle.name]

    def _make(self, name: str) -> ControlledNamespace:
        _check_name(name)
        if len(self._named) >= _LIMIT:
            raise NamespaceError(f"there are {_LIMIT} namespaces already; forget some first")
        prefix = name + _SEPARATOR
        directory = self._directory / "namespaces" / name if self._directory else None
        world = World(directory, self._settings, self._seed, prefix)
        made = ControlledNamespace(world, self._options, name, prefix)
        self._named[name] = made
        return made


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        allowed = "up to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
        raise NamespaceError(f"{name!r} is no name for a namespace; it has {allowed}")


def _has_credential(context: RequestContext, name: str) -> bool:
    if context.token.removeprefix(name + _SEPARATOR) not in WELL_KNOWN:
        return False
    # The authorise page is the only one that takes an app's key alone. It may be shown without a
    # namespace of its own, but what its form leads to may not be kept elsewhere.
    is_page = not context.authorization and "client_id" in dict(context.readable_pairs)
    return not is_page or (context.method == "POST" and not is_cross_origin(context.environ))


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
