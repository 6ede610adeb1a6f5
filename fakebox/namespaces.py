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
from fakebox.core.data_directory import descriptor_limit
from fakebox.core.defaults import WELL_KNOWN
from fakebox.core.settings import Settings
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.http.isolation import is_cross_origin
from fakebox.middleware.faults import Faults
from fakebox.middleware.journal import Journal
from fakebox.middleware.rate_limit import RateLimiter

if TYPE_CHECKING:
    from pathlib import Path

    from fakebox.context import RequestContext

CONTROL = "/_fakebox"
_HEADER = "HTTP_X_FAKEBOX_NAMESPACE"
_SEPARATOR = "~"
_LIMIT = 1_000
# With a directory, each namespace that is in use has two files open: the database and its log.
# They may take up a quarter of the process's file descriptors; the rest is for connections.
_DESCRIPTOR_SHARE = 8
_OPEN_MIN = 4
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# Links and codes are drawn with the prefix as well, and lead people here without a token.
_IN_PATH = re.compile(rf"/(?:s|db\.tt|0/view|apitul/1)/(?P<name>{_NAME.pattern})(?:~|%7[Ee])")
# Pages that a browser opens by a link.
_PAGES = ("/1/oauth/authorize", "/1/oauth2/authorize", "/oauth2/authorize")
_SHOWN_LENGTH = 40


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


@dataclass(slots=True)
class _Substitute(ControlledNamespace):
    """Serves a request for a namespace that doesn't exist; nothing can be written to it.

    Attributes:
        shows_page: whether the request is one for a page, which may show the ready-made app.
    """

    shows_page: bool = False

    def resolve(self, credential: str) -> str:
        """As in the base class, or a credential that is unknown to every world."""
        # `super()` without arguments does not work in a dataclass with slots.
        return ControlledNamespace.resolve(self, credential) if self.shows_page else ""


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
        # Serves requests for every namespace that doesn't exist.
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

        It is created on first use, but only by a request that has a credential which a new
        one has too. Any other request gets an empty substitute, in which its credentials are
        unknown.

        Raises:
            NamespaceError: the request names more than one, or one whose name is not allowed.
            DataDirectoryError: its directory can't be used.
        """
        name = _name(context)
        found = self._existing(name)
        if found:
            return found
        return self.named(name) if _may_create(context, name) else self._substitute(context, name)

    def find_for_control(self, context: RequestContext) -> ControlledNamespace | None:
        """The one that an authorised request to the control plane is for; `None` if there is none.

        It is created on first use. A URL that names it creates it when a user opened the URL in a
        browser, or by another method than GET: links and pictures of other sites name URLs too.

        Raises:
            NamespaceError, DataDirectoryError: as for `find`.
        """
        header = context.environ.get(_HEADER, "")
        name = header.lower() or _name(context)
        name = name or dict(context.readable_pairs).get("namespace", "").lower()
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

    def _substitute(self, context: RequestContext, name: str) -> ControlledNamespace:
        _check_name(name)
        with self._lock:
            if self._unused is None:
                self._unused = World(None, self._settings, self._seed)
        substitute = _Substitute(self._unused, self._options, name, name + _SEPARATOR)
        substitute.shows_page = _is_page(context) and context.method in ("GET", "HEAD")
        return substitute

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
        shown = repr(name if len(name) <= _SHOWN_LENGTH else f"{name[:_SHOWN_LENGTH]}...")
        allowed = "up to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
        raise NamespaceError(f"{shown} is no name for a namespace; it has {allowed}")


def _may_create(context: RequestContext, name: str) -> bool:
    """Whether a request has a credential that every new namespace has."""
    prefix = name + _SEPARATOR
    # One without the prefix belongs to every namespace, so that something else has to name this.
    has_header = _HEADER in context.environ
    values = [value for value in context.issued_values if has_header or value.startswith(prefix)]
    if not any(value.removeprefix(prefix) in WELL_KNOWN for value in values):
        return False
    # An app's key is enough for the authorize page and for the token endpoint, and pages of other
    # sites can link to them, or send a form there.
    has_key_only = not context.authorization and "client_id" in dict(context.readable_pairs)
    if not (_is_page(context) or has_key_only):
        return True
    return has_key_only and context.method == "POST" and not is_cross_origin(context.environ)


def _is_page(context: RequestContext) -> bool:
    return context.raw_path.startswith(_PAGES)


def _name(context: RequestContext) -> str:
    """The name of the namespace that a request is for; empty for the default one.

    Raises:
        NamespaceError: it names more than one, or a prefix that is not allowed.
    """
    header: str = context.environ.get(_HEADER, "").lower()
    if found := _IN_PATH.match(context.raw_path):
        return header or str(found["name"])
    names = dict.fromkeys((*filter(None, (header,)), *_prefixes(context)))
    if len(names) > 1:
        if header:
            _check_name(header)
        first, second, *_ = names
        raise NamespaceError(f"the request names two namespaces, {first!r} and {second!r}")
    return next(iter(names), "")


def _prefixes(context: RequestContext) -> Iterator[str]:
    for value in context.issued_values:
        name, separator, bare = value.partition(_SEPARATOR)
        if separator and bare in WELL_KNOWN:
            _check_name(name)
        if separator and _NAME.fullmatch(name):
            yield name
