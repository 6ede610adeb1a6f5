"""Upload and download of 256 MiB over a socket compared with nginx, and the server's memory.

python -m bench.streams [--quick] [--json FILE]
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.pool import Pool

from bench.load import clients, get, put
from bench.memory import MEBIBYTE, peak_bytes
from bench.options import Options, run_section
from bench.rows import Row, missing
from bench.servers import Call, fakebox_server, installed, nginx_server

# The service accepts at most 150 MB in one request.
FILES = 2
FILE_BYTES = 128 * MEBIBYTE
# In MiB per second.
BARS = {"up": 600, "down": 1000}
SHARE_OF_NGINX = 0.5
GROWTH_MEBIBYTES = 16


def large_files(options: Options) -> list[Row]:
    """Measure uploads and downloads, alternating with nginx."""
    figures: dict[str, dict[str, list[float]]] = {}
    with ExitStack() as stack:
        servers = [stack.enter_context(fakebox_server())]
        if installed("nginx"):
            servers.append(stack.enter_context(nginx_server()))
        pool = stack.enter_context(clients(1))
        # A first small upload allocates the memory that every upload needs.
        put(pool, servers[0].upload, MEBIBYTE)
        before_bytes = peak_bytes(servers[0].pid)
        for _ in range(options.rounds + 1):
            for server in servers:
                rates = figures.setdefault(server.name, {"up": [], "down": []})
                rates["up"].append(_rate(put, pool, server.upload))
                rates["down"].append(_rate(get, pool, server.download))
        growth = (peak_bytes(servers[0].pid) - before_bytes) / MEBIBYTE
    rows = [row for way in BARS for row in _rows(way, figures)]
    is_small = growth <= GROWTH_MEBIBYTES
    bar = f"<= {GROWTH_MEBIBYTES} MiB"
    what = "256 MiB up and down: growth of the server's peak memory"
    return [*rows, Row(what, f"{growth:.1f} MiB", "", None, bar, is_small)]


def _rate(transfer: Callable[[Pool, Call, int], float], pool: Pool, call: Call) -> float:
    took_s = sum(transfer(pool, call, FILE_BYTES) for _ in range(FILES))
    return FILES * FILE_BYTES / MEBIBYTE / took_s


def _rows(way: str, figures: dict[str, dict[str, list[float]]]) -> list[Row]:
    what = f"256 MiB {way}"
    # The first round is a warm-up.
    mine = figures["fakebox"][way][1:]
    ours = statistics.median(mine)
    bar = BARS[way]
    absolute = Row(what, f"{ours:.0f} MiB/s", "", None, f">= {bar} MiB/s", ours >= bar, mine)
    share = f">= {SHARE_OF_NGINX:g}"
    if "nginx" not in figures:
        return [absolute, missing(what, share, "nginx")]
    others = figures["nginx"][way][1:]
    ratio = statistics.median(one / other for one, other in zip(mine, others, strict=True))
    beside = f"nginx {statistics.median(others):.0f} MiB/s"
    holds = ratio >= SHARE_OF_NGINX
    return [absolute, Row(what, absolute.ours, beside, ratio, share, holds, others)]


if __name__ == "__main__":
    raise SystemExit(run_section(large_files, __doc__))
