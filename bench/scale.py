"""What the core costs with a million files, against ten thousand; big folders and a big file.

    python -m bench.scale [--quick] [--json FILE]

Every section runs in a process of its own, so that none measures another's memory. Not for what
HTTP adds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Event, Thread
from time import perf_counter

from bench.crowd import WORDS, Crowd, crowd, open_world
from bench.memory import MEBIBYTE, peak_bytes, resident_bytes
from bench.options import Options, alone
from bench.rows import Row, time_text
from bench.timing import compare
from fakebox.core.accounts import Scope
from fakebox.core.files import ADD, WriteMode
from fakebox.core.world import World

FEW = 10_000
CHUNK_BYTES = 4 * MEBIBYTE
LONGEST_WAIT_S = 0.5
GROWTH_MEBIBYTES = 64
FILE_BYTES = 1024


def scale(options: Options) -> list[Row]:
    """Every section, at a size that is named in its rows."""
    many, moved, mebibytes = (100_000, 5_000, 512) if options.quick else (10**6, 9_000, 4096)
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        rows: list[Row] = []
        for section, size in ((calls, many), (moving, moved), (big_file, mebibytes)):
            rows += pool.apply(section, (size,))
        return rows


# --- calls ---------------------------------------------------------------------------------------


def calls(files: int) -> list[Row]:
    """Each call at many files against the same at few, and a search against a lookup."""
    before_bytes = resident_bytes()
    many = crowd(files)
    file_bytes = (resident_bytes() - before_bytes) / files
    few = crowd(FEW)
    whose = f"{FEW:,}"
    rows = [
        compare(
            f"{name} at {files:,} files, time",
            lambda call=call: call(many),
            lambda call=call: call(few),
            whose=whose,
            bar=1.5,
            rounds=15,
            calls=repeats,
        )
        for name, call, repeats in CALLS
    ]
    rows.append(
        compare(
            f"search at {files:,} files, time",
            lambda: search(many),
            lambda: lookup(many),
            whose="lookup",
            bar=20,
            rounds=15,
            calls=100,
        )
    )
    what = f"memory a file at {files:,} files"
    is_small = file_bytes <= FILE_BYTES
    return [*rows, Row(what, f"{file_bytes:.0f} B", "", None, f"<= {FILE_BYTES} B", is_small)]


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
    page = crowd.world.change_log.page(crowd.scope, random.choice(crowd.cursors))
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


def moving(files: int) -> list[Row]:
    """Move and copy big folders, and see how long others wait meanwhile."""
    world, scope = open_world()
    for number in range(files):
        world.files.upload(scope, f"/flat/{number}", [b"x"])
        world.files.upload(scope, f"/deep/{number // 1000}/{number // 10 % 100}/{number}", [b"x"])
    rows = []
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
        longest_s = max(waits_s)
        rows.append(
            Row(
                f"{name} of {files:,}, in {took_s:.1f} s: others' longest wait",
                time_text(longest_s),
                "",
                None,
                f"<= {time_text(LONGEST_WAIT_S)}",
                longest_s <= LONGEST_WAIT_S,
                sorted(waits_s)[-100:],
            )
        )
    return rows


@contextmanager
def others(world: World, scope: Scope) -> Iterator[list[float]]:
    """Other clients that look, write and follow all the time; how long each call took them."""
    waits_s: list[float] = []
    is_over = Event()
    world.files.upload(scope, "/other/file", [b"x"])
    cursor = world.change_log.latest_cursor(scope)

    def ask(call: Callable[[], object]) -> None:
        while not is_over.wait(0.001):
            begin = perf_counter()
            call()
            waits_s.append(perf_counter() - begin)

    callers = (
        lambda: world.files.metadata(scope, "/other/file"),
        lambda: world.files.upload(scope, "/other/new", [b"x"], ADD),
        lambda: world.change_log.page(scope, cursor),
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


def big_file(mebibytes: int) -> list[Row]:
    """Upload a big file by chunks and read it; how much the peak of memory grows."""
    world, scope = open_world()
    block = random.randbytes(MEBIBYTE)
    before_bytes = peak_bytes()
    begin = perf_counter()
    upload = world.upload_sessions.append(scope, [])
    for _ in range(mebibytes * MEBIBYTE // CHUNK_BYTES):
        chunk = [block] * (CHUNK_BYTES // MEBIBYTE)
        upload = world.upload_sessions.append(scope, chunk, upload.id, upload.offset)
    entry = world.upload_sessions.commit(scope, upload.id, "/big", ADD)
    up = mebibytes / (perf_counter() - begin)
    with world.files.open(scope, "/big")[1] as file:
        size_bytes = sum(len(read) for read in iter(lambda: file.read(MEBIBYTE), b""))
    assert size_bytes == entry.size_bytes
    world.close()
    growth = (peak_bytes() - before_bytes) / MEBIBYTE
    what = f"{mebibytes} MiB by chunks at {up:.0f} MiB/s, and read: growth of memory"
    bar = f"<= {GROWTH_MEBIBYTES} MiB"
    return [Row(what, f"{growth:.1f} MiB", "", None, bar, growth <= GROWTH_MEBIBYTES)]


if __name__ == "__main__":
    raise SystemExit(alone(scale, __doc__))
