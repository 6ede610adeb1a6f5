"""64 concurrent clients with mixed calls: errors, slowest responses, memory over time.

python -m bench.soak [--quick] [--json FILE]
"""

from __future__ import annotations

import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import urllib3

from bench.load import clients
from bench.memory import MEBIBYTE, resident_bytes
from bench.options import Options, run_section
from bench.rows import Row, time_text
from bench.servers import fakebox_server
from dropbox.client import DropboxClient
from dropbox.rest import RESTClientObject
from dropbox.session import DropboxSession
from fakebox.core import defaults

CLIENTS = 64
# Two processes, since a single process would be slower than the server.
PROCESSES = 2
SLOWEST = 10.0
GROWTH = 1.15
PIECES = 6
CONTENT = b"x" * 1024
FILES = 50


def soak(options: Options) -> list[Row]:
    """Run mixed calls for a minute."""
    duration_s = 12.0 if options.quick else 60.0
    memory: list[int] = []
    durations_s: list[float] = []
    errors: list[str] = []
    with fakebox_server() as server, clients(PROCESSES) as pool:
        url = server.download.url.partition("/1/")[0]
        pool.starmap(_work, [(url, 1.0)] * PROCESSES, chunksize=1)
        for _ in range(PIECES):
            for took, failed in pool.starmap(
                _work, [(url, duration_s / PIECES)] * PROCESSES, chunksize=1
            ):
                durations_s += took
                errors += failed
            memory.append(resident_bytes(server.pid))
    return _rows(duration_s, durations_s, errors, memory)


def _rows(
    duration_s: float, durations_s: list[float], errors: list[str], memory: list[int]
) -> list[Row]:
    what = f"{CLIENTS} clients, mixed, {duration_s:.0f} s"
    cuts = statistics.quantiles(durations_s, n=100)
    ratio = cuts[98] / cuts[49]
    # The first piece fills caches and the journal; later pieces should not need more memory.
    growth = memory[-1] / memory[0]
    return [
        Row(
            f"{what}: errors",
            f"{len(errors)} of {len(durations_s)}",
            "",
            None,
            "0",
            not errors,
            errors,
        ),
        Row(
            f"{what}: 99th percentile",
            time_text(cuts[98]),
            f"median {time_text(cuts[49])}",
            ratio,
            f"<= {SLOWEST:g}",
            ratio <= SLOWEST,
            cuts,
        ),
        Row(
            f"{what}: server memory at the end",
            f"{memory[-1] / MEBIBYTE:.0f} MiB",
            f"begin {memory[0] / MEBIBYTE:.0f} MiB",
            growth,
            f"<= {GROWTH:g}",
            growth <= GROWTH,
            memory,
        ),
    ]


def _work(url: str, duration_s: float) -> tuple[list[float], list[str]]:
    threads = CLIENTS // PROCESSES
    # urllib3 keeps one connection per thread.
    connections = urllib3.PoolManager(maxsize=threads)
    with ThreadPoolExecutor(threads) as callers:
        runs = callers.map(partial(_call, url, connections, duration_s), range(threads))
        results = list(runs)
    connections.clear()
    return [one for took, _ in results for one in took], [one for _, bad in results for one in bad]


def _call(
    url: str, connections: urllib3.PoolManager, duration_s: float, number: int
) -> tuple[list[float], list[str]]:
    session = DropboxSession(defaults.APP_KEY, defaults.APP_SECRET, "dropbox")
    session.set_token(defaults.TOKEN, defaults.TOKEN_SECRET)
    session.API_HOST = session.API_CONTENT_HOST = url
    client = DropboxClient(session, RESTClientObject(connections))
    chance = random.Random(number)
    took: list[float] = []
    errors: list[str] = []
    end = time.perf_counter() + duration_s
    while (begin := time.perf_counter()) < end:
        path = f"/soak/{number}/{chance.randrange(FILES)}.txt"
        try:
            chance.choice(CALLS)(client, path)
        except Exception as error:  # noqa: BLE001 -- all errors are counted
            errors.append(repr(error))
        took.append(time.perf_counter() - begin)
    return took, errors


def _put(client: DropboxClient, path: str) -> None:
    client.put_file(path, CONTENT, overwrite=True)


def _put_and_get(client: DropboxClient, path: str) -> None:
    _put(client, path)
    with client.get_file(path) as response:
        response.read()


def _look(client: DropboxClient, path: str) -> None:
    _put(client, path)
    client.metadata(path, list=False)


def _list(client: DropboxClient, path: str) -> None:
    _put(client, path)
    client.metadata(path.rpartition("/")[0])


CALLS = (_put, _put_and_get, _look, _list)


if __name__ == "__main__":
    raise SystemExit(run_section(soak, __doc__))
