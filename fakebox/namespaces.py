"""Namespaces: several emulated Dropboxes at one address, each with a separate world.

This module finds the namespace of a request: by a header, by the prefix of its token or app key, or
by a parameter in URLs of the control plane.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakebox.context import Namespace, Options
from fakebox.core.clock import Deadline
from fakebox.core.data_directory import descriptor_limit
from fakebox.core.database import CLOSE_LIMIT_S
from fakebox.core.defaults import WELL_KNOWN
from fakebox.core.settings import Settings
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.http.headers import is_cross_origin
from fakebox.middleware.faults import Endpoints, Fault, Faults
from fakebox.middleware.journal import Journal
from fakebox.middleware.rate_limit import RateLimiter

if TYPE_CHECKING:
    from pathlib import Path

    from fakebox.context import RequestContext

CONTROL = "/_fakebox"
_HEADER = "HTTP_X_FAKEBOX_NAMESPACE"
_SEPARATOR = "~"
_LIMIT = 1_000
# With a directory, each namespace in use has two open files: the database and its log. They may
# use a quarter of the file descriptors of the process; the rest is for connections.
_DESCRIPTOR_SHARE = 8
_OPEN_MIN = 4
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# Links have the prefix as well; browsers open them without a token.
_IN_PATH = re.compile(
    rf"/(?:s|scl/f[io]|db\.tt|1/view|cd/0/get|apitul/1)/(?P<name>{_NAME.pattern})(?:~|%7[Ee])"
)
# Pages that a browser opens by a link.
_PAGES = ("/1/oauth/authorize", "/1/oauth2/authorize", "/oauth2/authorize")
_SHOWN_LENGTH = 40


class NamespaceError(ValueError):
    """A namespace cannot be created. The message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class InitialState:
    """The state in which namespaces start, and to which a reset returns.

    Attributes:
        snapshot: the content of the worlds; `None` for new worlds.
        faults: the planned faults.
        credentials: the values of tokens and app keys that every namespace has.
    """

    snapshot: Snapshot | None = None
    faults: tuple[Fault, ...] = ()
    credentials: frozenset[str] = field(default=WELL_KNOWN, repr=False)


@dataclass(slots=True)
class ControlledNamespace(Namespace):
    """A namespace with its faults, rate limit, journal and snapshots.

    Attributes:
        faults: the planned faults.
        limits: the rate limit.
        requests: the journal.
        snapshots: snapshots of the world, by id.
        initial: the state to which a reset returns.
        initial_options: the options to which a reset returns.
    """

    faults: Faults = field(default_factory=Faults)
    limits: RateLimiter = field(default_factory=RateLimiter)
    requests: Journal = field(default_factory=Journal)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    initial: InitialState = field(default_factory=InitialState)
    initial_options: Options = field(init=False)

    def __post_init__(self) -> None:
        self.initial_options = self.options
        if self.initial.snapshot and self.world.is_new:
            self.world.restore(self.initial.snapshot)
        self._plan_faults()

    def reset(self) -> None:
        """Return to the initial state, and remove the rate limit and the journal's requests."""
        self.world.reset()
        if self.initial.snapshot:
            self.world.restore(self.initial.snapshot)
        self.options: Options = self.initial_options
        self.faults.clear()
        self._plan_faults()
        self.limits.clear()
        self.requests.clear()

    def _plan_faults(self) -> None:
        if self.initial.faults:
            self.faults.add(*self.initial.faults)

    def close(self, limit_s: float = CLOSE_LIMIT_S) -> None:
        """Close the world; the namespace cannot be used afterwards.

        Args:
            limit_s: how long to wait for a running transaction, in seconds.
        """
        self.world.close(limit_s)


@dataclass(slots=True)
class _Substitute(ControlledNamespace):
    """An empty, read-only namespace for requests to a namespace that does not exist.

    Attributes:
        shows_page: whether the request is for a page, which can show the default app.
    """

    shows_page: bool = False

    def resolve(self, credential: str) -> str:
        """Resolve a credential for a page; for other requests return an empty, invalid text."""
        # `super()` without arguments does not work in a dataclass with slots.
        return ControlledNamespace.resolve(self, credential) if self.shows_page else ""


class Namespaces:
    """The namespaces of one server; each is created on first use, except the default one.

    Args:
        directory: the directory that stores the namespaces; `None` stores them in memory.
        settings: the settings of the worlds.
        options: the options of the responses.
        seed: a seed that makes tokens and identifiers repeatable; `None` for random ones.
        endpoints: the endpoints that faults can have; `None` accepts all.
        initial: the state in which each namespace starts. A directory that has data keeps it.

    Attributes:
        default: the namespace of requests that do not name a namespace.

    Raises:
        DataDirectoryError: the directory cannot be used.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        settings: Settings | None = None,
        options: Options | None = None,
        seed: int | None = None,
        endpoints: Endpoints | None = None,
        initial: InitialState | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._directory = directory
        self._seed = seed
        self._lock = threading.Lock()
        self._named: dict[str, ControlledNamespace] = {}
        # The world for requests that name a missing namespace and may not create it.
        self._unused: World | None = None
        # The namespaces with open files, ordered by their last use.
        self._open: OrderedDict[str, ControlledNamespace] = OrderedDict()
        self._open_limit: int = max(_OPEN_MIN, descriptor_limit() // _DESCRIPTOR_SHARE)
        self.default: ControlledNamespace = ControlledNamespace(
            World(directory, settings, seed),
            options or Options(),
            faults=Faults(endpoints),
            initial=initial or InitialState(),
        )

    def __iter__(self) -> Iterator[ControlledNamespace]:
        """Iterate over the namespaces, the default one first."""
        return iter((self.default, *self._named.values()))

    def find(self, context: RequestContext) -> ControlledNamespace:
        """Find the namespace of a request to the emulated service.

        A namespace is created on first use by a request with a default credential. For other
        requests the result is an empty namespace that is not stored and has no credentials.

        If unknown credentials are accepted, the header of a namespace and any credential create
        it, and a credential that has a name in front by chance is for the default namespace.

        Raises:
            NamespaceError: the request names more than one namespace, the name is not valid, or
                there are too many namespaces.
            DataDirectoryError: the directory of the namespace cannot be used.
        """
        name = _name(context)
        found = self._existing(name)
        if found:
            return found
        if _may_create(context, name, self.default.initial.credentials):
            return self.named(name)
        if self.default.options.credentials == "any" and context.credentials:
            return self.named(name) if _HEADER in context.environ else self.default
        return self._substitute(context, name)

    def find_for_control(self, context: RequestContext) -> ControlledNamespace | None:
        """Find the namespace of an authorized control plane request; `None` if there is none.

        It is created on first use. A GET request with the name in its URL creates it only if a
        user opened the URL in a browser: links and pictures of other sites have URLs as well.

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
        """Find or create the namespace with this name.

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

    def remove(self, name: str) -> None:
        """Close and remove a namespace, if it exists. Its directory is not deleted."""
        with self._lock:
            namespace = self._named.pop(name, None)
            self._open.pop(name, None)
        if namespace:
            namespace.close()

    def close(self) -> None:
        """Close all namespaces."""
        deadline = Deadline(CLOSE_LIMIT_S)
        for namespace in self:
            namespace.close(deadline.remaining_s())
        if self._unused:
            self._unused.close()

    def _existing(self, name: str) -> ControlledNamespace | None:
        if not name:
            return self.default
        return self.named(name) if name in self._named or self._is_stored(name) else None

    def _is_stored(self, name: str) -> bool:
        """Whether the directory contains the namespace, and its tokens and links are valid."""
        if self._directory is None or not _NAME.fullmatch(name):
            return False
        return (self._directory / "namespaces" / name).is_dir()

    def _substitute(self, context: RequestContext, name: str) -> ControlledNamespace:
        check_name(name)
        with self._lock:
            if self._unused is None:
                self._unused = World(None, self.default.world.initial_settings, self._seed)
        options = self.default.initial_options
        substitute = _Substitute(self._unused, options, name, name + _SEPARATOR)
        substitute.shows_page = _is_page(context) and context.method in ("GET", "HEAD")
        return substitute

    def _note_use(self, namespace: ControlledNamespace) -> None:
        """Store the last use, and close the files of the namespaces that were not used longest."""
        with self._lock:
            self._open[namespace.name] = namespace
            self._open.move_to_end(namespace.name)
            for idle in list(self._open.values())[: -self._open_limit]:
                if idle.world.release_files():
                    del self._open[idle.name]

    def _make(self, name: str) -> ControlledNamespace:
        check_name(name)
        if len(self._named) >= _LIMIT:
            raise NamespaceError(f"there may be at most {_LIMIT} namespaces; delete some first")
        prefix = name + _SEPARATOR
        directory = self._directory / "namespaces" / name if self._directory else None
        # As the default namespace, which a `Fakebox` may have replaced by its own.
        default = self.default
        world = World(directory, default.world.initial_settings, self._seed, prefix)
        faults = Faults(self._endpoints)
        made = ControlledNamespace(
            world, default.initial_options, name, prefix, faults=faults, initial=default.initial
        )
        self._named[name] = made
        return made


def check_name(name: str) -> None:
    """Check the name of a namespace.

    Raises:
        NamespaceError: it is not valid.
    """
    if not _NAME.fullmatch(name):
        shown = repr(name if len(name) <= _SHOWN_LENGTH else f"{name[:_SHOWN_LENGTH]}...")
        accepted = "1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
        raise NamespaceError(f"the name of a namespace must be {accepted}, not {shown}")


def _may_create(context: RequestContext, name: str, known: frozenset[str]) -> bool:
    """Whether a request has a credential that every new namespace has."""
    prefix = name + _SEPARATOR
    # A credential without a prefix exists in every namespace, so the header must have the name.
    has_header = _HEADER in context.environ
    values = [value for value in context.issued_values if has_header or value.startswith(prefix)]
    if not any(value.removeprefix(prefix) in known for value in values):
        return False
    # The authorization page and the token endpoint require an app key only. Pages of other sites
    # can link to them, or send a form to them.
    has_key_only = not context.authorization and "client_id" in dict(context.readable_pairs)
    if not (_is_page(context) or has_key_only):
        return True
    return has_key_only and context.method == "POST" and not is_cross_origin(context.environ)


def _is_page(context: RequestContext) -> bool:
    return context.call_path.startswith(_PAGES)


def _name(context: RequestContext) -> str:
    """The name of the namespace that a request is for; empty for the default one.

    Raises:
        NamespaceError: the request names more than one namespace, or the prefix of a default
            credential is not valid as a name.
    """
    header: str = context.environ.get(_HEADER, "").lower()
    if found := _IN_PATH.match(context.call_path):
        return header or str(found["name"])
    names = {header: None} if header else {}
    for value in context.issued_values:
        name, separator, bare = value.partition(_SEPARATOR)
        if separator and bare in WELL_KNOWN:
            check_name(name)
        if separator and _NAME.fullmatch(name):
            names[name] = None
    if len(names) > 1:
        if header:
            check_name(header)
        first, second, *_ = names
        raise NamespaceError(f"the request names two namespaces, {first!r} and {second!r}")
    return next(iter(names), "")
