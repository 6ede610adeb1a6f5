"""Clients that send requests without pauses, each in a separate process."""

from __future__ import annotations

import itertools
import os
import time
from multiprocessing import get_context
from multiprocessing.pool import Pool

import urllib3

from bench.servers import Call

_BLOCK_BYTES = 1024 * 1024
_pool = urllib3.PoolManager(blocksize=_BLOCK_BYTES)
_numbers = itertools.count()


def clients(count: int) -> Pool:
    """Create a pool of client processes."""
    # Forked processes would share this process's connections.
    return get_context("spawn").Pool(count)


def rate(pool: Pool, count: int, call: Call, duration_s: float) -> float:
    """Return the number of responses per second that `count` clients received together."""
    return sum(pool.starmap(_repeat, [(call, duration_s)] * count, chunksize=1))


def put(pool: Pool, call: Call, size_bytes: int) -> float:
    """Return the time in which one client uploads `size_bytes`, in seconds."""
    return float(pool.apply(_put, (call, size_bytes)))


def get(pool: Pool, call: Call, size_bytes: int) -> float:
    """Return the time in which one client downloads `size_bytes`, in seconds."""
    return float(pool.apply(_get, (call, size_bytes)))


def _repeat(call: Call, duration_s: float) -> float:
    done = 0
    begin = time.perf_counter()
    while (took_s := time.perf_counter() - begin) < duration_s:
        url = call.url.replace("{}", f"{os.getpid()}-{next(_numbers)}")
        response = _pool.request(call.method, url, headers=call.headers, body=call.body)
        assert response.status < 300, (call, response.status, response.data)
        done += 1
    return done / took_s


def _put(call: Call, size_bytes: int) -> float:
    block = bytes(_BLOCK_BYTES)
    blocks = itertools.repeat(block, size_bytes // _BLOCK_BYTES)
    headers = {**call.headers, "Content-Length": str(size_bytes)}
    begin = time.perf_counter()
    response = _pool.request(call.method, call.url, headers=headers, body=blocks)
    assert response.status < 300, (call, response.status, response.data)
    return time.perf_counter() - begin


def _get(call: Call, size_bytes: int) -> float:
    begin = time.perf_counter()
    response = _pool.request(call.method, call.url, headers=call.headers, preload_content=False)
    received_bytes = 0
    buffer = bytearray(_BLOCK_BYTES)
    while count := response.readinto(buffer):
        received_bytes += count
    response.release_conn()
    assert (response.status, received_bytes) == (200, size_bytes)
    return time.perf_counter() - begin
