"""Waiting for another thread in an event loop, of asyncio or of trio."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from fakebox.testing.interception.memory_stream import threads

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class _Outcome:
    """The result of a function, or the exception that it raised."""

    def __init__(self) -> None:
        self.value: object = None
        self.error: BaseException | None = None

    def capture(self, function: Callable[[], object]) -> None:
        """Call the function."""
        try:
            self.value = function()
        # It is raised in the task that waits.
        except BaseException as error:  # noqa: BLE001
            self.error = error

    def unwrap(self) -> Any:
        """Return the result, or raise the exception."""
        if self.error:
            raise self.error
        return self.value


async def run_in_thread(function: Callable[[], Result]) -> Result:
    """Call a function in another thread, and wait for it without blocking the event loop.

    A task that is cancelled does not wait; the function goes on in its thread.
    """
    outcome = _Outcome()
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        await _run_in_trio(function, outcome)
    else:
        await _run_in_asyncio(loop, function, outcome)
    result: Result = outcome.unwrap()
    return result


async def _run_in_asyncio(
    loop: asyncio.AbstractEventLoop, function: Callable[[], object], outcome: _Outcome
) -> None:
    finished = loop.create_future()

    def finish() -> None:
        if not finished.done():
            finished.set_result(None)

    def job() -> None:
        outcome.capture(function)
        # The loop may be closed already.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    threads().run(job)
    await finished


async def _run_in_trio(function: Callable[[], object], outcome: _Outcome) -> None:
    import trio

    finished = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def job() -> None:
        outcome.capture(function)
        with contextlib.suppress(trio.RunFinishedError):
            token.run_sync_soon(finished.set)

    threads().run(job)
    await finished.wait()
