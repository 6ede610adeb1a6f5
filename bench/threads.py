"""Sixteen threads share one client for 10,000 calls: `python -m bench.threads`."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import urllib3

from dropbox.client import DropboxClient
from dropbox.rest import RESTClientObject
from fakebox import Fakebox

THREADS = 16
CALLS = 10_000


def main() -> int:
    """Make the calls, and count errors and connections."""
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
            except Exception as error:  # noqa: BLE001 -- every kind is to be counted
                return repr(error)
            return None

        begin = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            errors = [error for error in threads.map(call, range(CALLS)) if error]
        took_s = time.perf_counter() - begin
        opened = sum(kept.num_connections for kept in pool.pools._container.values())
    sys.stdout.write(
        f"{CALLS} calls by {THREADS} threads: {CALLS / took_s:,.0f} a second,"
        f" {len(errors)} errors, {opened} connections opened\n"
    )
    sys.stdout.writelines(f"{error}\n" for error in errors[:5])
    return 1 if errors or opened > THREADS else 0


if __name__ == "__main__":
    sys.exit(main())
