"""Several emulated Dropboxes behind one address, each a world of its own.

Which one a request is for is decided here and nowhere else: by a header, by what its token or
the app's key begins with, or by a parameter on the control plane's page. What is done with the
request is not this module's business.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fakebox.core.settings import Settings
from fakebox.core.snapshots import Snapshot
from fakebox.core.world import World
from fakebox.middleware.faults import Faults
from fakebox.middleware.limits import Limits
from fakebox.middleware.requests import Requests
from fakebox.wire.service import Options, Service

if TYPE_CHECKING:
    from pathlib import Path

    from fakebox.middleware.request import Request

CONTROL = "/_fakebox"
_KEY = "fakebox.namespace"
_HEADER = "HTTP_X_FAKEBOX_NAMESPACE"
_SEPARATOR = "~"
_ENCODED_SEPARATOR = "%7E"
_LIMIT = 1_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# Links and codes are drawn with the prefix as well, and lead people here without a token.
_IN_PATH = re.compile(rf"/(?:s|db\.tt|0/view|apitul/1)/(?P<name>{_NAME.pattern}){_SEPARATOR}")


class NamespaceRefused(Exception):
    """There can be no such namespace; the text says why, in one line."""


@dataclass(slots=True)
class Namespace:
    """One emulated Dropbox with all that belongs to it.

    Attributes:
        name: what requests call it by; empty for the default one.
        service: its world, and how it answers.
        faults: what goes wrong on purpose.
        limits: how many requests are let through.
        requests: what was asked and answered.
        snapshots: what it was like earlier, by number.
    """

    name: str
    service: Service
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    requests: Requests = field(default_factory=Requests)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    @staticmethod
    def of(environ: dict[str, Any]) -> Namespace:
        """The one that a WSGI request is for."""
        namespace: Namespace = environ[_KEY]
        return namespace

    def bind(self, environ: dict[str, Any]) -> None:
        """Have a WSGI request be for this one."""
        environ[_KEY] = self
        self.service.bind(environ)

    @property
    def world(self) -> World:
        """Its accounts and files."""
        return self.service.world

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
        self._named: dict[str, Namespace] = {}
        self.default: Namespace = Namespace(
            "", Service(World(directory, settings, seed), self._options)
        )

    def __iter__(self) -> Iterator[Namespace]:
        """Each of them, the default one first."""
        return iter((self.default, *self._named.values()))

    def find(self, request: Request) -> Namespace:
        """The one that a request is for.

        Raises:
            NamespaceRefused: the request names one that can't be.
            DataRefused: its directory can't be used.
        """
        name = request.environ.get(_HEADER) or _prefix(request) or _on_page(request)
        return self.named(name.lower()) if name else self.default

    def named(self, name: str) -> Namespace:
        """The one of this name.

        Raises:
            NamespaceRefused, DataRefused: as for `find`.
        """
        found = self._named.get(name)
        if found is None:
            with self._lock:
                found = self._named.get(name) or self._make(name)
        return found

    def forget(self, name: str) -> None:
        """Let go of one, if it is there; what it kept in a directory stays there."""
        with self._lock:
            namespace = self._named.pop(name, None)
        if namespace:
            namespace.close()

    def close(self) -> None:
        """Let go of all of them."""
        for namespace in self:
            namespace.close()

    def _make(self, name: str) -> Namespace:
        if not _NAME.fullmatch(name):
            allowed = "up to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
            raise NamespaceRefused(f"{name!r} is no name for a namespace; it has {allowed}")
        if len(self._named) >= _LIMIT:
            raise NamespaceRefused(f"there are {_LIMIT} namespaces already; forget some first")
        prefix = name + _SEPARATOR
        directory = self._directory / "namespaces" / name if self._directory else None
        world = World(directory, self._settings, self._seed, prefix)
        made = Namespace(name, Service(world, self._options, prefix))
        self._named[name] = made
        return made


def _prefix(request: Request) -> str:
    sent = f"{request.raw_path}?{request.raw_query} {request.authorization}"
    if _SEPARATOR not in sent and _ENCODED_SEPARATOR not in sent.upper():
        form = request.form
        if b"~" not in form and b"%7E" not in form.upper():
            return ""
    if found := _IN_PATH.match(request.raw_path):
        return found["name"]
    name, separator, _ = request.token.partition(_SEPARATOR)
    return name if separator and _NAME.fullmatch(name) else ""


def _on_page(request: Request) -> str:
    if not request.raw_path.startswith(CONTROL):
        return ""
    return dict(request.pairs).get("namespace", "")
