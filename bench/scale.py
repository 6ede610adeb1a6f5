"""Cost of the core with 1,000,000 files compared with 10,000; large folders and a large file.

    python -m bench.scale [--quick] [--json FILE]

Every section runs in a separate process, so that it measures only its own memory. The cost of HTTP
is not included.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Event, Thread
from time import perf_counter

from bench.filled_world import WORDS, FilledWorld, fill_world, open_world
from bench.memory import MEBIBYTE, peak_bytes, resident_bytes
from bench.options import Options, run_section
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
    """Run every section. The rows contain the number of files."""
    many, moved, mebibytes = (100_000, 5_000, 512) if options.quick else (10**6, 9_000, 4096)
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        rows: list[Row] = []
        for section, size in ((calls, many), (moving, moved), (big_file, mebibytes)):
            rows += pool.apply(section, (size,))
        return rows


# --- calls ---------------------------------------------------------------------------------------


def calls(files: int) -> list[Row]:
    """Compare each call between many and few files, and compare a search with a lookup."""
    before_bytes = resident_bytes()
    many = fill_world(files)
    file_bytes = (resident_bytes() - before_bytes) / files
    few = fill_world(FEW)
    peer = f"{FEW:,} files"
    rows = [
        compare(
            f"{name} at {files:,} files, time",
            lambda call=call: call(many),
            lambda call=call: call(few),
            peer=peer,
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
            peer="lookup",
            bar=20,
            rounds=15,
            calls=100,
        )
    )
    what = f"memory a file at {files:,} files"
    is_small = file_bytes <= FILE_BYTES
    return [*rows, Row(what, f"{file_bytes:.0f} B", "", None, f"<= {FILE_BYTES} B", is_small)]


def lookup(filled: FilledWorld) -> None:
    """Look up a file."""
    filled.world.files.metadata(filled.scope, filled.any_path())


def put(filled: FilledWorld) -> None:
    """Upload a new file to an existing folder."""
    path = f"{filled.any_folder()}/new {random.randrange(10**12)}"
    filled.world.files.upload(filled.scope, path, [b"x"])


def overwrite(filled: FilledWorld) -> None:
    """Overwrite a file."""
    content = b"%d" % random.randrange(10**12)
    filled.world.files.upload(filled.scope, filled.any_path(), [content], WriteMode(overwrite=True))


def listing(filled: FilledWorld) -> None:
    """List a folder of 100 entries."""
    filled.world.files.list(filled.scope, filled.any_folder())


def delta(filled: FilledWorld) -> None:
    """Read a page of 2,000 changes."""
    page = filled.world.change_log.page(filled.scope, random.choice(filled.cursors))
    assert len(page.changes) == 2_000


def search(filled: FilledWorld) -> None:
    """Search for one file by its name."""
    number = random.randrange(filled.files)
    query = f"{WORDS[number % len(WORDS)]} {number}."
    assert filled.world.search.find(filled.scope, "/", query, limit=1000)


CALLS: list[tuple[str, Callable[[FilledWorld], None], int]] = [
    ("lookup", lookup, 300),
    ("put", put, 100),
    ("put over another", overwrite, 100),
    ("list 100 entries", listing, 20),
    ("page of 2,000 changes", delta, 2),
]


# --- moving --------------------------------------------------------------------------------------


def moving(files: int) -> list[Row]:
    """Move and copy large folders, and measure how long concurrent clients wait."""
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
        with concurrent_clients(world, scope) as waits_s:
            begin = perf_counter()
            operation(scope, source, target)
            took_s = perf_counter() - begin
        longest_s = max(waits_s)
        rows.append(
            Row(
                f"{name} of {files:,}, in {took_s:.1f} s: longest wait of concurrent clients",
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
def concurrent_clients(world: World, scope: Scope) -> Iterator[list[float]]:
    """Run clients that read, write and page through changes; yield the durations of their calls."""
    waits_s: list[float] = []
    is_over = Event()
    world.files.upload(scope, "/other/file", [b"x"])
    cursor = world.change_log.latest_cursor(scope)

    def repeat(call: Callable[[], object]) -> None:
        while not is_over.wait(0.001):
            begin = perf_counter()
            call()
            waits_s.append(perf_counter() - begin)

    callers = (
        lambda: world.files.metadata(scope, "/other/file"),
        lambda: world.files.upload(scope, "/other/new", [b"x"], ADD),
        lambda: world.change_log.page(scope, cursor),
    )
    threads = [Thread(target=repeat, args=(call,)) for call in callers]
    for thread in threads:
        thread.start()
    try:
        yield waits_s
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


# --- a large file ---------------------------------------------------------------------------------


def big_file(mebibytes: int) -> list[Row]:
    """Upload a large file in chunks and read it; measure the growth of peak memory."""
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
    what = f"{mebibytes} MiB in chunks at {up:.0f} MiB/s, and read: growth of memory"
    bar = f"<= {GROWTH_MEBIBYTES} MiB"
    return [Row(what, f"{growth:.1f} MiB", "", None, bar, growth <= GROWTH_MEBIBYTES)]


if __name__ == "__main__":
    raise SystemExit(run_section(scale, __doc__))
