"""Share one client between 16 threads for 10,000 calls: `python -m bench.threads`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import urllib3

from bench.options import Options, run_section
from bench.rows import Row
from dropbox.client import DropboxClient
from dropbox.rest import RESTClientObject
from fakebox import Fakebox

THREADS = 16
CALLS = 10_000


def threads(options: Options) -> list[Row]:
    """Make the calls and count errors and connections."""
    calls = CALLS // 10 if options.quick else CALLS
    with Fakebox() as box:
        pool = urllib3.PoolManager(maxsize=THREADS)
        client = DropboxClient(box.session(), RESTClientObject(pool))
        client.put_file("/a.txt", b"x" * 1024)

        def call(number: int) -> str | None:
            try:
                if number % 4:
                    client.metadata("/a.txt", list=False)
                else:
                    with client.get_file("/a.txt") as response:
                        response.read()
            except Exception as error:  # noqa: BLE001 -- all errors are counted
                return repr(error)
            return None

        with ThreadPoolExecutor(THREADS) as callers:
            errors = [error for error in callers.map(call, range(calls)) if error]
        opened = sum(kept.num_connections for kept in pool.pools._container.values())
    return [
        Row(
            f"{THREADS} threads on one client, {calls} calls",
            f"{len(errors)} errors, {opened} connections",
            "",
            None,
            f"0 and {THREADS}",
            not errors and opened <= THREADS,
            errors,
        )
    ]


if __name__ == "__main__":
    raise SystemExit(run_section(threads, __doc__))
