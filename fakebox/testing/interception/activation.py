"""The current emulator of each thread and task, and the patches that send requests to it.

All patches are made when the first interception begins, and undone when the last one ends. They
replace one public method of each client library:

- urllib3: `HTTPConnectionPool.urlopen`, which requests and the official SDK use;
- httpcore: `ConnectionPool.handle_request` and `AsyncConnectionPool.handle_async_request`, which
  httpx uses;
- aiohttp: `TCPConnector.connect`.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fakebox.dropbox_hosts import is_dropbox_host

if TYPE_CHECKING:
    from importlib.abc import Loader

    from fakebox.testing.interception.memory_stream import Endpoint

logger: logging.Logger = logging.getLogger("fakebox.interception")

# For each library: the module whose functions replace its methods, as described in `_replacements`.
_CLIENTS = {
    "urllib3": "fakebox.testing.interception.urllib3_client",
    "httpcore": "fakebox.testing.interception.httpcore_client",
    "aiohttp": "fakebox.testing.interception.aiohttp_client",
}
# A class, the name of its method, and a function that makes the replacement of the method.
Replacement = tuple[object, str, Callable[[Any], Any]]


class Activation:
    """One interception, from its beginning to its end.

    Attributes:
        endpoint: the emulator that responds.
        outer: the interception that it was begun in; `None` for none.
        is_active: whether it has not ended.
    """

    def __init__(self, endpoint: Endpoint, outer: Activation | None) -> None:
        self.endpoint = endpoint
        self.outer = outer
        self.is_active: bool = True


class Interception:
    """A context manager that sends this process's requests to the service to an emulator.

    It may be entered several times, also while it is entered.

    Args:
        endpoint: the emulator.
        check: called when it is entered; raises if the emulator cannot respond.
    """

    def __init__(self, endpoint: Endpoint, check: Callable[[], None]) -> None:
        self._endpoint = endpoint
        self._check = check
        self._entered: list[Activation] = []

    def __enter__(self) -> None:
        self._check()
        self._entered.append(begin(self._endpoint))

    def __exit__(self, *error: object) -> None:
        end(self._entered.pop())


# The activation of the current thread or task, and all, in the order of their beginning.
_current: ContextVar[Activation | None] = ContextVar("fakebox_interception", default=None)
_activations: list[Activation] = []
_lock = threading.RLock()


def begin(endpoint: Endpoint) -> Activation:
    """Send requests to an emulator from now on."""
    with _lock:
        _patches.watch_imports()
    _import_clients()
    with _lock:
        activation = Activation(endpoint, _active(_current.get()))
        if not _activations:
            _patches.apply()
        _activations.append(activation)
    _current.set(activation)
    return activation


def end(activation: Activation) -> None:
    """End an interception. The others continue, in any order."""
    with _lock:
        if not activation.is_active:
            return
        activation.is_active = False
        _activations.remove(activation)
        if not _activations:
            _patches.undo()
    # Another task or thread may have begun it: its context has to skip it then.
    if _current.get() is activation:
        _current.set(activation.outer)


def endpoint_for(host: str | bytes | None) -> Endpoint | None:
    """Return the emulator that responds to requests for a host; `None` if they are not affected.

    That is the innermost interception of the current thread or task; in a thread that began none
    and inherited none, the one of the process that was begun last.
    """
    if not host or not is_dropbox_host(host):
        return None
    activation = _active(_current.get())
    if activation is None:
        # A copy: another thread may end an interception at the same time.
        activation = next(iter(_activations[-1:]), None)
    return activation.endpoint if activation else None


def _active(activation: Activation | None) -> Activation | None:
    while activation and not activation.is_active:
        activation = activation.outer
    return activation


def _import_clients() -> None:
    """Import the modules for all libraries that are imported.

    This waits for other threads that are importing a library, and they may wait for `_lock`.
    """
    for library, client in _CLIENTS.items():
        if sys.modules.get(library):
            importlib.import_module(library)
            importlib.import_module(client)


class _Patches:
    """The replaced methods of all libraries that are imported, also of those imported later."""

    def __init__(self) -> None:
        self._applied: list[tuple[Any, str, Any, object]] = []
        self._patched: set[str] = set()
        self._finder = _Finder()

    def watch_imports(self) -> None:
        """Patch every library that is imported from now on."""
        if self._finder not in sys.meta_path:
            sys.meta_path.insert(0, self._finder)

    def apply(self) -> None:
        """Replace the methods of all libraries that are imported."""
        self.watch_imports()
        try:
            for library, client in _CLIENTS.items():
                module = sys.modules.get(client)
                # Another thread that is importing it patches the library itself.
                if module and not getattr(module.__spec__, "_initializing", False):
                    self.apply_to(library, module)
        except BaseException:
            self.undo()
            raise

    def apply_to(self, library: str, client: ModuleType) -> None:
        """Replace the methods of one library.

        Args:
            library: its name.
            client: the module with the replacements.
        """
        if library in self._patched:
            return
        self._patched.add(library)
        replacements: Sequence[Replacement] = client.replacements()
        for owner, name, make in replacements:
            original = getattr(owner, name)
            replacement = make(original)
            setattr(owner, name, replacement)
            self._applied.append((owner, name, original, replacement))

    def undo(self) -> None:
        """Restore the methods, except those that another tool has replaced since."""
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self._finder)
        self._patched.clear()
        while self._applied:
            owner, name, original, replacement = self._applied.pop()
            try:
                # Without an active interception the replacement calls the original method.
                if getattr(owner, name) is replacement:
                    setattr(owner, name, original)
            except Exception:
                # One failure must not keep the others from being restored, or mask the error of a
                # test.
                logger.exception("cannot restore %s.%s", owner.__name__, name)


class _Finder:
    """Patches a library after its import; an entry of `sys.meta_path`."""

    def __init__(self) -> None:
        self._searching = threading.local()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a library by the other finders, and have its loader patch it."""
        if fullname not in _CLIENTS or getattr(self._searching, "is_nested", False):
            return None
        self._searching.is_nested = True
        try:
            spec = _find_spec(fullname, path, target)
        finally:
            self._searching.is_nested = False
        if spec and spec.loader:
            spec.loader = _PatchingLoader(spec.loader)  # type: ignore[assignment]
        return spec


def _find_spec(
    fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find: Any = getattr(finder, "find_spec", None)
        if find and (spec := find(fullname, path, target)):
            found: ModuleSpec = spec
            return found
    return None


class _PatchingLoader:
    """A loader that patches the library when it has executed the module."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as the library's own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module, and patch the library if an interception is still active."""
        if spec := module.__spec__:
            spec.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        client = importlib.import_module(_CLIENTS[module.__name__])
        with _lock:
            if _activations:
                _patches.apply_to(module.__name__, client)


_patches = _Patches()
