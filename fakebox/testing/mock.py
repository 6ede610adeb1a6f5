"""`mock_dropbox`: a fresh emulator for a test, as a decorator or a context manager."""

from __future__ import annotations

import functools
import inspect
import threading
import unittest
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, overload

from fakebox.testing.fakebox import Fakebox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from fakebox.core.snapshots import Snapshot

Decorated = TypeVar("Decorated", bound=Callable[..., object])

# The name of the parameter of decorated functions, and of the attribute of test classes.
_PARAMETER = "fakebox"


class MockDropbox:
    """Starts an emulator and sends this process's requests to Dropbox to it.

    As a decorator of functions, coroutine functions, generators and asynchronous generators, each
    call has a new emulator, which is passed to the parameter `fakebox` if the function has one.

    As a decorator of a class, each test has a new emulator, as its attribute `fakebox`. It
    starts before `setUp` (`setup_method`) and stops after `tearDown` (`teardown_method`). The
    content that `setUpClass` (`setup_class`) has stored is copied to it.

    As a context manager it returns the emulator, and may be entered several times.

    Args:
        options: arguments of `Fakebox`, except `transport`.

    Example:
        >>> import urllib3
        >>> from fakebox import mock_dropbox
        >>> @mock_dropbox
        ... def upload(fakebox):
        ...     url = "https://content.dropboxapi.com/1/files_put/dropbox/a.txt"
        ...     headers = {"Authorization": "Bearer fakebox-bearer-token"}
        ...     urllib3.request("PUT", url, body=b"hello", headers=headers)
        ...     return fakebox.tree()
        >>> upload()
        ['/a.txt']
    """

    def __init__(self, **options: Any) -> None:
        if "transport" in options:
            raise TypeError("mock_dropbox has no argument transport: its emulators have no socket")
        self._options = options
        self._lock = threading.Lock()
        self._entered: list[tuple[object, ExitStack]] = []

    @overload
    def __call__(self, decorated: Decorated, /) -> Decorated: ...
    @overload
    def __call__(self, decorated: None = None, /, **options: object) -> MockDropbox: ...
    def __call__(self, decorated: object = None, /, **options: object) -> Any:
        """Decorate a function or a class, or return one with other arguments of `Fakebox`.

        Raises:
            TypeError: the argument is neither a function nor a class.
        """
        if decorated is None:
            return MockDropbox(**{**self._options, **options})
        if options:
            raise TypeError("mock_dropbox takes either a function or arguments of Fakebox")
        if isinstance(decorated, type):
            return _decorate_class(self, decorated)
        if not callable(decorated):
            raise TypeError(f"mock_dropbox decorates functions and classes, not {decorated!r}")
        return _decorate_function(self.emulator, decorated)

    def __enter__(self) -> Fakebox:
        stack = ExitStack()
        box = stack.enter_context(self.emulator())
        with self._lock:
            self._entered.append((_caller(), stack))
        return box

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        caller = _caller()
        with self._lock:
            # Another thread or task may have entered it since.
            indexes = range(len(self._entered) - 1, -1, -1)
            own = (index for index in indexes if self._entered[index][0] == caller)
            _, stack = self._entered.pop(next(own, -1))
        stack.__exit__(kind, error, traceback)

    @contextmanager
    def emulator(self, snapshot: Snapshot | None = None) -> Iterator[Fakebox]:
        """Run a fresh emulator, and intercept requests, within the block.

        Args:
            snapshot: the first content; `None` for a new world.
        """
        with Fakebox("inprocess", **self._options) as box, box.intercept():
            if snapshot:
                box.restore(snapshot)
            yield box


mock_dropbox: MockDropbox = MockDropbox()


def _caller() -> object:
    try:
        # `import fakebox` does not need this module.
        import asyncio

        task = asyncio.current_task()
    except RuntimeError:
        task = None
    return task or threading.get_ident()


# --- functions --------------------------------------------------------------------------------

_Emulator = Callable[[], AbstractContextManager[Fakebox]]
_Arguments = Callable[[Fakebox], dict[str, Fakebox]]
_Function = Callable[..., Any]


def _decorate_function(emulator: _Emulator, function: _Function) -> _Function:
    signature = inspect.signature(function)
    passes = _PARAMETER in signature.parameters

    def arguments(box: Fakebox) -> dict[str, Fakebox]:
        return {_PARAMETER: box} if passes else {}

    wrapper = functools.wraps(function)(_wrapper_of(function)(emulator, function, arguments))
    if passes:
        # pytest would pass its own fixture of this name.
        parameters = signature.parameters.values()
        wrapper.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[each for each in parameters if each.name != _PARAMETER]
        )
    return wrapper


def _wrapper_of(function: _Function) -> Callable[..., _Function]:
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator
    if inspect.iscoroutinefunction(function):
        return _wrap_coroutine
    if inspect.isgeneratorfunction(function):
        return _wrap_generator
    return _wrap_call


def _wrap_call(emulator: _Emulator, function: _Function, arguments: _Arguments) -> _Function:
    def wrapper(*args: object, **options: object) -> object:
        with emulator() as box:
            return function(*args, **options, **arguments(box))

    return wrapper


def _wrap_coroutine(emulator: _Emulator, function: _Function, arguments: _Arguments) -> _Function:
    async def wrapper(*args: object, **options: object) -> object:
        with emulator() as box:
            return await function(*args, **options, **arguments(box))

    return wrapper


def _wrap_generator(emulator: _Emulator, function: _Function, arguments: _Arguments) -> _Function:
    def wrapper(*args: object, **options: object) -> Generator[object, object, object]:
        with emulator() as box:
            return (yield from function(*args, **options, **arguments(box)))

    return wrapper


def _wrap_async_generator(
    emulator: _Emulator, function: _Function, arguments: _Arguments
) -> _Function:
    async def wrapper(*args: object, **options: object) -> AsyncGenerator[object, object]:
        with emulator() as box:
            inner = function(*args, **options, **arguments(box))
            try:
                value = await anext(inner)
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        await inner.aclose()
                        raise
                    except BaseException as error:  # noqa: BLE001 -- it is for the inner one
                        value = await inner.athrow(error)
                    else:
                        value = await inner.asend(sent)
            except StopAsyncIteration:
                return

    return wrapper


# --- classes ----------------------------------------------------------------------------------


def _decorate_class(mock: MockDropbox, decorated: type) -> type:
    worlds = _Worlds(mock)
    if issubclass(decorated, unittest.TestCase):
        _decorate_test_case(worlds, decorated)
    else:
        _decorate_plain_class(worlds, decorated)
    return decorated


class _Worlds:
    """The emulators of a test class: one for `setUpClass`, and one for every test."""

    def __init__(self, mock: MockDropbox) -> None:
        self._mock = mock

    @contextmanager
    def for_class(self, owner: Any) -> Iterator[None]:
        """Run the emulator of a class."""
        with self._mock.emulator() as box:
            owner.fakebox = box
            try:
                yield
            finally:
                del owner.fakebox

    @contextmanager
    def for_test(self, test: Any) -> Iterator[None]:
        """Run the emulator of a test; it contains what the emulator of the class does."""
        outer: Fakebox | None = getattr(type(test), _PARAMETER, None)
        with self._mock.emulator(outer.snapshot() if outer else None) as box:
            test.fakebox = box
            try:
                yield
            finally:
                del test.fakebox


def _decorate_test_case(worlds: _Worlds, decorated: Any) -> None:
    if decorated.setUpClass.__func__ is not unittest.TestCase.setUpClass.__func__:  # type: ignore[attr-defined]
        decorated.setUpClass = classmethod(_wrap_set_up_class(worlds, decorated.setUpClass))
    for name in ("run", "debug"):
        setattr(decorated, name, _wrap_test(worlds, getattr(decorated, name)))


def _wrap_set_up_class(worlds: _Worlds, set_up: Any) -> Callable[[Any], None]:
    function = set_up.__func__

    @functools.wraps(function)
    def wrapper(cls: Any) -> None:
        stack = ExitStack()
        stack.enter_context(worlds.for_class(cls))
        # This is called after tearDownClass, and also if setUpClass fails.
        cls.addClassCleanup(stack.close)
        function(cls)

    return wrapper


def _wrap_test(worlds: _Worlds, run: _Function) -> _Function:
    @functools.wraps(run)
    def wrapper(self: Any, *args: object, **options: object) -> object:
        with worlds.for_test(self):
            return run(self, *args, **options)

    return wrapper


def _decorate_plain_class(worlds: _Worlds, decorated: Any) -> None:
    """Decorate a class of pytest, by the methods that pytest calls before and after each test."""
    if hasattr(decorated, "setup_class"):
        _wrap_pair(decorated, "setup_class", "teardown_class", worlds.for_class, classmethod)
    _wrap_pair(decorated, "setup_method", "teardown_method", worlds.for_test, _as_it_is)
    for name in dir(decorated):
        method = inspect.getattr_static(decorated, name)
        if name.startswith("test") and inspect.isfunction(method):
            setattr(decorated, name, _pass_attribute(method))


def _as_it_is(function: _Function) -> _Function:
    return function


def _wrap_pair(
    decorated: object,
    before: str,
    after: str,
    world: Callable[[object], AbstractContextManager[None]],
    kind: _Function,
) -> None:
    """Begin a world before one method of a class, and end it after another one."""
    set_up, tear_down = (_own(decorated, name) for name in (before, after))
    stacks: dict[int, ExitStack] = {}

    def begin(owner: object, method: object = None) -> None:
        with ExitStack() as stack:
            stack.enter_context(world(owner))
            set_up(owner, method)
            # Only if it has not failed; otherwise `after` is not called.
            stacks[id(owner)] = stack.pop_all()

    def end(owner: object, method: object = None) -> None:
        with stacks.pop(id(owner), ExitStack()):
            tear_down(owner, method)

    setattr(decorated, before, kind(begin))
    setattr(decorated, after, kind(end))


def _do_nothing(owner: object, argument: object) -> None:
    del owner, argument


def _own(decorated: object, name: str) -> Callable[[object, object], None]:
    """Return a method of a class as a function that takes what pytest passes to it."""
    method: Any = getattr(decorated, name, None)
    if method is None:
        return _do_nothing
    function = getattr(method, "__func__", method)
    takes_argument = len(inspect.signature(function).parameters) > 1
    return lambda owner, argument: function(owner, argument) if takes_argument else function(owner)


def _pass_attribute(method: _Function) -> _Function:
    """Have a test method with the parameter `fakebox` get the emulator of its test."""
    if _PARAMETER not in inspect.signature(method).parameters:
        return method

    @contextmanager
    def of_test(test: Any) -> Iterator[Fakebox]:
        yield test.fakebox

    @functools.wraps(method)
    def wrapper(self: object, *args: object, **options: object) -> object:
        decorated = _decorate_function(lambda: of_test(self), method)
        return decorated(self, *args, **options)

    signature = inspect.signature(method)
    parameters = [each for each in signature.parameters.values() if each.name != _PARAMETER]
    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return wrapper
