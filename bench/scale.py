"""What the core costs with a million files, against ten thousand.

    python -m bench.scale [--files 1000000] [--moved 100000] [--gibibytes 4] [--data]

Every section runs in a process of its own, so that none measures another's memory. The exit status
tells whether every bar is kept. Not for what HTTP adds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

from bench.crowd import WORDS, Crowd, crowd, open_world
from bench.timing import Ratio, compare
from fakebox.core.accounts import Scope
from fakebox.core.files import ADD, WriteMode
from fakebox.core.world import World

FEW = 10_000
MEBIBYTE = 1024 * 1024
CHUNK_BYTES = 4 * MEBIBYTE
LONGEST_WAIT_S = 0.25
GROWTH_MEBIBYTES = 64
FILE_BYTES = 1024


def main() -> int:
    """Run every section."""
    parser = argparse.ArgumentParser(description="Measure what size costs.")
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--moved", type=int, default=100_000, help="files in the moved folders")
    parser.add_argument("--gibibytes", type=float, default=4, help="size of the big file")
    parser.add_argument("--data", action="store_true", help="keep the worlds on disk")
    options = parser.parse_args()
    sections: list[tuple[Callable[..., bool], float]] = [
        (calls, options.files),
        (moving, options.moved),
        (big_file, options.gibibytes * 1024),
    ]
    outcomes = [alone(section, int(size), options.data) for section, size in sections if size]
    return 0 if all(outcomes) else 1


def alone(section: Callable[..., bool], size: int, on_disk: bool) -> bool:
    """Run a section in a fresh process; whether it kept its bars."""
    process = multiprocessing.get_context("spawn").Process(
        target=judged, args=(section, size, on_disk)
    )
    process.start()
    process.join()
    return process.exitcode == 0


def judged(section: Callable[..., bool], size: int, on_disk: bool) -> None:
    """Leave the process with the section's verdict."""
    sys.exit(0 if section(size, on_disk) else 1)


def verdict(text: str, holds: bool) -> bool:
    """Print a line and whether it keeps its bar."""
    print(f"{text}  {'holds' if holds else 'MISSED'}", flush=True)
    return holds


# --- calls ---------------------------------------------------------------------------------------


def calls(files: int, on_disk: bool) -> bool:
    """Each call at many files against the same at few, and a search against a lookup."""
    before_bytes = memory_bytes("VmRSS")
    many = crowd(files, on_disk=on_disk)
    file_bytes = (memory_bytes("VmRSS") - before_bytes) / files
    few = crowd(FEW, on_disk=on_disk)
    print(f"{'':<52} {f'{files:,}, us':>12} {f'{FEW:,}, us':>12} {'ratio':>7} {'bar':>6}")
    ratios: list[Ratio] = []
    for name, call, repeats in CALLS:
        ratios.append(against(name, call, many, call, few, bar=1.5, calls=repeats))
        print(ratios[-1].line(), flush=True)
    ratios.append(against("search / lookup", search, many, lookup, many, bar=20, calls=100))
    print(ratios[-1].line())
    is_small = verdict(f"{file_bytes:.0f} bytes of memory a file", file_bytes <= FILE_BYTES)
    return is_small and all(ratio.holds for ratio in ratios)


def against(
    name: str,
    ours: Callable[[Crowd], None],
    many: Crowd,
    theirs: Callable[[Crowd], None],
    few: Crowd,
    *,
    bar: float,
    calls: int,
) -> Ratio:
    """A call in one world against a call in another."""
    return compare(name, lambda: ours(many), lambda: theirs(few), bar=bar, rounds=15, calls=calls)


def lookup(crowd: Crowd) -> None:
    """Look a file up."""
    crowd.world.files.metadata(crowd.scope, crowd.any_path())


def put(crowd: Crowd) -> None:
    """Upload a new file to a folder that is there."""
    path = f"{crowd.any_folder()}/new {random.randrange(10**12)}"
    crowd.world.files.upload(crowd.scope, path, [b"x"])


def overwrite(crowd: Crowd) -> None:
    """Upload a file over another."""
    content = b"%d" % random.randrange(10**12)
    crowd.world.files.upload(crowd.scope, crowd.any_path(), [content], WriteMode(overwrite=True))


def listing(crowd: Crowd) -> None:
    """List a folder of a hundred."""
    crowd.world.files.list(crowd.scope, crowd.any_folder())


def delta(crowd: Crowd) -> None:
    """Read a page of 2,000 changes."""
    page = crowd.world.changes.page(crowd.scope, random.choice(crowd.cursors))
    assert len(page.changes) == 2_000


def search(crowd: Crowd) -> None:
    """Find one file by its name."""
    number = random.randrange(crowd.files)
    query = f"{WORDS[number % len(WORDS)]} {number}."
    assert crowd.world.search.find(crowd.scope, "/", query, limit=1000)


CALLS: list[tuple[str, Callable[[Crowd], None], int]] = [
    ("lookup", lookup, 300),
    ("put", put, 100),
    ("put over another", overwrite, 100),
    ("list 100 entries", listing, 20),
    ("page of 2,000 changes", delta, 2),
]


# --- moving --------------------------------------------------------------------------------------


def moving(files: int, on_disk: bool) -> bool:
    """Move and copy big folders, and see how long others wait meanwhile."""
    world, scope = open_world(on_disk=on_disk)
    for number in range(files):
        world.files.upload(scope, f"/flat/{number}", [b"x"])
        world.files.upload(scope, f"/deep/{number // 1000}/{number // 10 % 100}/{number}", [b"x"])
    print(f"\n{f'{files:,} files':<52} {'seconds':>12} {'waits, ms':>12} {'bar':>7}")
    outcomes = []
    for name, operation, source, target in (
        ("move a flat folder", world.files.move, "/flat", "/moved"),
        ("move a deep folder", world.files.move, "/deep", "/moved too"),
        ("move it back", world.files.move, "/moved", "/flat"),
        ("copy it", world.files.copy, "/flat", "/copied"),
    ):
        with others(world, scope) as waits_s:
            begin = perf_counter()
            operation(scope, source, target)
            took_s = perf_counter() - begin
        text = f"{name:<52} {took_s:>12.1f} {max(waits_s) * 1e3:>12.0f}"
        outcomes.append(
            verdict(f"{text} {LONGEST_WAIT_S * 1e3:>7.0f}", max(waits_s) <= LONGEST_WAIT_S)
        )
    return all(outcomes)


@contextmanager
def others(world: World, scope: Scope) -> Iterator[list[float]]:
    """Other clients that look, write and follow all the time; how long each call took them."""
    waits_s: list[float] = []
    is_over = Event()
    world.files.upload(scope, "/other/file", [b"x"])
    cursor = world.changes.latest_cursor(scope)

    def ask(call: Callable[[], object]) -> None:
        while not is_over.wait(0.001):
            begin = perf_counter()
            call()
            waits_s.append(perf_counter() - begin)

    callers = (
        lambda: world.files.metadata(scope, "/other/file"),
        lambda: world.files.upload(scope, "/other/new", [b"x"], ADD),
        lambda: world.changes.page(scope, cursor),
    )
    threads = [Thread(target=ask, args=(call,)) for call in callers]
    for thread in threads:
        thread.start()
    try:
        yield waits_s
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


# --- a big file ----------------------------------------------------------------------------------


def big_file(mebibytes: int, on_disk: bool) -> bool:
    """Upload a big file by chunks and read it; how much the peak of memory grows."""
    world, scope = open_world(on_disk=on_disk)
    block = random.randbytes(MEBIBYTE)
    before_bytes = memory_bytes("VmHWM")
    begin = perf_counter()
    upload = world.uploads.append(scope, [])
    for _ in range(mebibytes * MEBIBYTE // CHUNK_BYTES):
        chunk = [block] * (CHUNK_BYTES // MEBIBYTE)
        upload = world.uploads.append(scope, chunk, upload.id, upload.offset)
    entry = world.uploads.commit(scope, upload.id, "/big", ADD)
    uploaded = perf_counter()
    with world.files.open(scope, "/big")[1] as file:
        size_bytes = sum(len(read) for read in iter(lambda: file.read(MEBIBYTE), b""))
    assert size_bytes == entry.size_bytes
    rates = [mebibytes / (uploaded - begin), mebibytes / (perf_counter() - uploaded)]
    print(f"\n{mebibytes} MiB: up {rates[0]:.0f} MiB/s, down {rates[1]:.0f} MiB/s")
    world.close()
    growth = (memory_bytes("VmHWM") - before_bytes) / MEBIBYTE
    return verdict(f"{growth:.0f} MiB more memory at the peak", growth <= GROWTH_MEBIBYTES)


def memory_bytes(field: str) -> int:
    """What Linux says of this process's memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


if __name__ == "__main__":
    sys.exit(main())
