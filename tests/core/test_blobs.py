"""Contents, kept once under their hash, in memory or in a directory."""

from __future__ import annotations

import gc
import threading
import warnings

import pytest

from fakebox.core.blobs import IN_MEMORY_LIMIT_BYTES, Blobs, ContentHash

SMALL = b"small"
LARGE = bytes(IN_MEMORY_LIMIT_BYTES) + b"large"


@pytest.fixture(params=["memory", "directory"])
def blobs(request, tmp_path):
    """A store of each kind."""
    made = Blobs(tmp_path / "content" if request.param == "directory" else None)
    yield made
    made.close()


def name_of(data):
    """The hash of a content."""
    hasher = ContentHash()
    hasher.update(data)
    return hasher.content().hash


def content(blobs, data):
    """What the store has under the hash of these bytes."""
    with blobs.open(name_of(data)) as file:
        return file.read()


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_content_is_read_as_it_was_stored(blobs, data):
    """Small and large contents come out as they went in, however often they went in."""
    blobs.store([data[:3], data[3:]])
    blobs.store([data])
    assert content(blobs, data) == data


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_content_is_gone_unless_it_is_kept(blobs, data):
    """What was received and not kept leaves nothing."""
    with blobs.receive([data]) as incoming:
        assert incoming.content.hash == name_of(data)
    with pytest.raises(FileNotFoundError):
        blobs.open(name_of(data))


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_content_is_dropped_when_its_blocks_break_off(blobs, data, tmp_path):
    """What the blocks raise is passed on, and no file is left."""

    def broken():
        yield data
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.store(broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_sweep_removes_what_is_not_needed(blobs):
    """Only what somebody refers to stays."""
    for data in (SMALL, LARGE, b"needed", LARGE + b"needed"):
        blobs.store([data])
    blobs.collect_garbage({name_of(b"needed"), name_of(LARGE + b"needed")})
    assert content(blobs, b"needed") == b"needed"
    assert content(blobs, LARGE + b"needed") == LARGE + b"needed"
    for data in (SMALL, LARGE):
        with pytest.raises(FileNotFoundError):
            blobs.open(name_of(data))


def test_sweep_leaves_a_content_readable_to_whoever_has_it_open(blobs):
    """A download that has begun isn't cut off."""
    blobs.store([LARGE])
    with blobs.open(name_of(LARGE)) as file:
        blobs.collect_garbage(set())
        assert file.read() == LARGE


def test_directory_is_cleared_of_what_a_killed_process_was_receiving(tmp_path):
    """Unfinished contents go when the directory is used again; finished ones stay."""
    first = Blobs(tmp_path)
    first.store([SMALL])
    (tmp_path / "incoming-x").write_bytes(b"half of")
    second = Blobs(tmp_path)
    assert not (tmp_path / "incoming-x").exists()
    assert content(second, SMALL) == SMALL


def test_threads_share_one_temporary_folder():
    """Large contents that come in at the same moment are all kept."""
    blobs = Blobs()
    start = threading.Barrier(8)

    def store(number):
        start.wait()
        blobs.store([LARGE + bytes([number])])

    threads = [threading.Thread(target=store, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8):
        assert content(blobs, LARGE + bytes([number])) == LARGE + bytes([number])
    blobs.close()


def test_temporary_folder_goes_with_a_store_that_nobody_closed():
    """Forgetting to close costs no disk space, and no warning either."""
    blobs = Blobs()
    blobs.store([LARGE])
    folder = blobs.scratch("x").parent
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del blobs
        gc.collect()
    assert not folder.exists()
