"""Which emulator responds, and what remains after an interception."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import socket
import threading

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.network_guard import Guard

httpcore = pytest.importorskip("httpcore")
httpx = pytest.importorskip("httpx")
aiohttp = pytest.importorskip("aiohttp")

URL = "https://api.dropboxapi.com/2/none"
SEAMS = (
    (urllib3.HTTPConnectionPool, "urlopen"),
    (httpcore.ConnectionPool, "handle_request"),
    (httpcore.AsyncConnectionPool, "handle_async_request"),
    (aiohttp.TCPConnector, "connect"),
)


def request():
    """Send a request that is in the journal of the emulator that responds."""
    return urllib3.request("POST", URL, retries=False).status


def methods():
    """Return the current methods of all libraries."""
    return [getattr(owner, name) for owner, name in SEAMS]


@pytest.fixture
def other(guard):
    """Another emulator."""
    with Fakebox("inprocess") as box:
        yield box


def test_innermost_emulator_responds(emulator, other):
    """Within a nested block the inner emulator responds, after it the outer one."""
    with emulator.intercept():
        with other.intercept():
            request()
        request()
        request()
    assert (len(emulator.requests), len(other.requests)) == (2, 1)


def test_blocks_may_end_in_any_order(emulator, other):
    """An outer block that ends first does not end the inner one."""
    outer, inner = emulator.intercept(), other.intercept()
    before = methods()
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    request()
    inner.__exit__(None, None, None)
    assert len(other.requests) == 1
    assert methods() == before


def test_same_block_is_entered_twice(emulator):
    """An emulator may intercept within its own interception, by the same object too."""
    interception = emulator.intercept()
    with interception, interception, emulator.intercept():
        request()
    with interception:
        request()
    assert len(emulator.requests) == 2


def test_libraries_are_restored(emulator):
    """After the last block every method is what it was."""
    before = methods()
    with emulator.intercept(), emulator.intercept():
        assert all(now is not then for now, then in zip(methods(), before, strict=True))
    assert methods() == before


def test_libraries_are_restored_after_an_exception(emulator):
    """An exception in the block is raised, and every method is what it was."""
    before = methods()
    with pytest.raises(ZeroDivisionError), emulator.intercept():
        raise ZeroDivisionError
    assert methods() == before


def test_request_after_the_block_goes_to_the_network(emulator):
    """After the block a request is sent as before."""
    with emulator.intercept():
        request()
    hosts = []

    def reject(host):
        hosts.append(host)
        raise OSError("no network")

    with Guard(reject), pytest.raises(urllib3.exceptions.HTTPError):
        request()
    assert hosts == ["api.dropboxapi.com"]


def test_guard_does_not_reject_intercepted_requests(emulator):
    """A guard within or around the interception sees nothing of it."""

    def reject(host):
        raise AssertionError(host)

    with emulator.intercept(), Guard(reject):
        request()
        httpx.post(URL)
    assert len(emulator.requests) == 2


def test_foreign_replacement_stays(emulator, monkeypatch):
    """A method that another tool has replaced meanwhile is not restored, and still works."""

    def foreign(pool, method, url, *args, **options):
        calls.append(url)
        return ours(pool, method, url, *args, **options)

    calls = []
    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urllib3.HTTPConnectionPool.urlopen)
    with emulator.intercept():
        ours = urllib3.HTTPConnectionPool.urlopen
        urllib3.HTTPConnectionPool.urlopen = foreign
        request()
    assert urllib3.HTTPConnectionPool.urlopen is foreign
    with Fakebox() as box:
        assert urllib3.request("GET", f"{box.url}/none").status == 404
    assert len(calls) == 2
    assert len(emulator.requests) == 1


def test_interception_after_a_foreign_replacement_works(emulator, other, monkeypatch):
    """An interception works again after another tool has left its method in place."""
    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urllib3.HTTPConnectionPool.urlopen)
    with emulator.intercept():
        ours = urllib3.HTTPConnectionPool.urlopen
        urllib3.HTTPConnectionPool.urlopen = functools.partialmethod(ours)
    with other.intercept():
        request()
    assert len(other.requests) == 1


def test_failing_restore_is_logged_and_does_not_mask_the_exception(emulator, caplog, monkeypatch):
    """If a library cannot be restored, the others are, and the test's exception is raised."""

    class Guarded(type):
        is_locked = False

        def __setattr__(cls, name, value):
            if Guarded.is_locked:
                raise RuntimeError("locked")
            super().__setattr__(name, value)

    class Connector(metaclass=Guarded):
        async def connect(self, req, traces, timeout):
            raise NotImplementedError

    before = urllib3.HTTPConnectionPool.urlopen
    monkeypatch.setattr(aiohttp, "TCPConnector", Connector)

    def fail():
        with emulator.intercept():
            Guarded.is_locked = True
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert "cannot restore Connector.connect" in caplog.text
    assert urllib3.HTTPConnectionPool.urlopen is before


def test_thread_that_is_started_within_reaches_the_emulator(box):
    """A thread that the tested program starts reaches the emulator."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert set(pool.map(lambda _: request(), range(8))) == {400}
    assert len(box.requests) == 8


def test_thread_from_before_reaches_the_emulator(emulator):
    """A thread that was started before the interception reaches the emulator."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with emulator.intercept():
            pool.submit(request).result()
    assert len(emulator.requests) == 1


def test_threads_have_emulators_of_their_own(guard):
    """Each of several threads that intercept at the same time reaches its own emulator."""
    barrier = threading.Barrier(4)

    def run(number):
        with Fakebox("inprocess") as box, box.intercept():
            barrier.wait(30)
            for _ in range(number):
                request()
            barrier.wait(30)
            return len(box.requests)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(1, 5))) == [1, 2, 3, 4]


def test_tasks_have_emulators_of_their_own(guard):
    """Each of several tasks that intercept at the same time reaches its own emulator."""

    async def run(number):
        with Fakebox("inprocess") as box, box.intercept():
            async with httpx.AsyncClient() as client:
                for _ in range(number):
                    await client.post(URL)
            return len(box.requests)

    async def main():
        return await asyncio.gather(*(run(number) for number in range(1, 5)))

    assert asyncio.run(main()) == [1, 2, 3, 4]


def test_task_outlives_the_interception_it_began_in(emulator, other):
    """A task that was started in an inner block uses the outer one after the inner has ended."""

    async def main():
        ended = asyncio.Event()

        async def later():
            await ended.wait()
            async with httpx.AsyncClient() as client:
                await client.post(URL)

        with emulator.intercept():
            with other.intercept():
                task = asyncio.create_task(later())
            ended.set()
            await task

    asyncio.run(main())
    assert (len(emulator.requests), len(other.requests)) == (1, 0)


def test_block_may_end_in_another_thread(emulator, other):
    """A fixture may be torn down in another thread than it was set up in."""
    interception = other.intercept()
    interception.__enter__()
    thread = threading.Thread(target=interception.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    with emulator.intercept():
        request()
    assert len(emulator.requests) == 1


def test_many_threads_begin_and_end_at_once(guard):
    """Patches are counted: the last block restores the methods, no other does."""
    before = methods()

    def run(_):
        with Fakebox("inprocess") as box, box.intercept():
            return request()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run, range(32))) == {400}
    assert methods() == before


@pytest.mark.parametrize("transport", ["http", "inprocess"])
def test_emulator_of_either_transport_intercepts(guard, transport):
    """An emulator with a socket intercepts as one without."""
    with Fakebox(transport) as box, box.intercept():
        request()
        assert len(box.requests) == 1


def test_stopped_emulator_is_rejected(guard):
    """An emulator that was stopped cannot intercept, and the error says so in one line."""
    box = Fakebox("inprocess").start()
    interception = box.intercept()
    box.stop()
    for use in (box.intercept, interception.__enter__):
        with pytest.raises(RuntimeError, match=r"^this Fakebox is stopped.*$"):
            use()
    assert request_fails()


@pytest.mark.parametrize("transport", ["http", "inprocess"])
def test_emulator_that_is_not_started_is_rejected(transport):
    """An emulator that was not started cannot intercept, and the error says what to do."""
    box = Fakebox(transport)
    with pytest.raises(RuntimeError, match=r"^start this Fakebox first: .*$"):
        box.intercept()
    box.stop()


def request_fails():
    """Whether a request is not intercepted."""

    def reject(host):
        raise OSError("no network")

    with Guard(reject), contextlib.suppress(urllib3.exceptions.HTTPError):
        request()
        return False
    return True


@pytest.mark.parametrize("name", ["sync", "async"])
def test_emulator_stops_while_a_request_is_in_progress(emulator, name):
    """A request that waits for its response sees the end of the connection."""
    emulator.faults.add(latency_s=60)
    stopper = threading.Thread(target=_stop_when_begun, args=(emulator,))
    with emulator.intercept():
        stopper.start()
        with pytest.raises(httpx.TransportError):
            asyncio.run(_post()) if name == "async" else httpx.post(URL, timeout=None)
    stopper.join()


def _stop_when_begun(box):
    while not box.requests:
        threading.Event().wait(0.001)
    box.stop()


async def _post():
    async with httpx.AsyncClient(timeout=None) as client:
        await client.post(URL)


def test_request_in_progress_ends_after_the_block(emulator):
    """A request that was begun in the block gets its response after the block."""
    emulator.write("/a", bytes(3_000_000))
    headers = {
        "Authorization": "Bearer fakebox-bearer-token",
        "Dropbox-API-Arg": '{"path": "/a"}',
    }
    with emulator.intercept():
        reply = urllib3.request(
            "POST",
            "https://content.dropboxapi.com/2/files/download",
            headers=headers,
            preload_content=False,
        )
    assert len(reply.read()) == 3_000_000


def test_interception_opens_no_socket(emulator, monkeypatch):
    """Requests of synchronous clients need no socket of any kind."""

    def refuse(*arguments, **options):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "socketpair", refuse)
    with emulator.intercept():
        request()
        httpx.post(URL, verify=False)
    assert len(emulator.requests) == 2
