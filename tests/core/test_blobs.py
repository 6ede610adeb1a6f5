"""Contents, stored once by their hash, in memory or in a directory."""

from __future__ import annotations

import gc
import tempfile
import threading
import warnings

import pytest

from fakebox.core.blobs import IN_MEMORY_LIMIT_BYTES, Blobs, ContentHash

SMALL = b"small"
LARGE = bytes(IN_MEMORY_LIMIT_BYTES) + b"large"


@pytest.fixture(params=["memory", "directory"])
def blobs(request, tmp_path):
    """A store of each kind."""
    store = Blobs(tmp_path / "content" if request.param == "directory" else None)
    yield store
    store.close()


def hash_of(data):
    """Return the hash of some content."""
    hasher = ContentHash()
    hasher.update(data)
    return hasher.content().hash


def content(blobs, data):
    """Return the stored content with the hash of these bytes."""
    with blobs.open(hash_of(data)) as file:
        return file.read()


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_content_is_read_as_it_was_stored(blobs, data):
    """Small and large contents are read as they were stored, even if stored twice."""
    blobs.store([data[:3], data[3:]])
    blobs.store([data])
    assert content(blobs, data) == data


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_received_content_is_dropped_unless_it_is_kept(blobs, data):
    """Content that is received but not kept cannot be opened afterwards."""
    with blobs.receive([data]) as incoming:
        assert incoming.content.hash == hash_of(data)
    with pytest.raises(FileNotFoundError):
        blobs.open(hash_of(data))


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_content_is_dropped_when_its_blocks_raise(blobs, data, tmp_path):
    """An error from the iterator of blocks propagates, and no file remains."""

    def broken():
        yield data
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.store(broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_garbage_collection_removes_unreferenced_contents(blobs):
    """Garbage collection keeps only the contents whose hashes are passed."""
    for data in (SMALL, LARGE, b"needed", LARGE + b"needed"):
        blobs.store([data])
    blobs.collect_garbage({hash_of(b"needed"), hash_of(LARGE + b"needed")})
    assert content(blobs, b"needed") == b"needed"
    assert content(blobs, LARGE + b"needed") == LARGE + b"needed"
    for data in (SMALL, LARGE):
        with pytest.raises(FileNotFoundError):
            blobs.open(hash_of(data))


def test_garbage_collection_does_not_affect_open_content(blobs):
    """Content that is open stays readable after it is collected."""
    blobs.store([LARGE])
    with blobs.open(hash_of(LARGE)) as file:
        blobs.collect_garbage(set())
        assert file.read() == LARGE


def test_directory_is_cleaned_of_incomplete_contents(tmp_path):
    """Opening a directory removes incomplete contents and keeps complete ones."""
    first = Blobs(tmp_path)
    first.store([SMALL])
    (tmp_path / "incoming-x").write_bytes(b"half of")
    second = Blobs(tmp_path)
    assert not (tmp_path / "incoming-x").exists()
    assert content(second, SMALL) == SMALL


def test_contents_stored_by_many_threads_are_all_kept():
    """Large contents that several threads store at the same time are all kept."""
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


def test_temporary_folder_is_removed_when_the_store_is_not_closed():
    """A store that is collected without being closed removes its folder and emits no warning."""
    blobs = Blobs()
    blobs.store([LARGE])
    folder = blobs.scratch("x").parent
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del blobs
        gc.collect()
    assert not folder.exists()


def test_content_stored_after_close_is_deleted_with_the_store(tmp_path, monkeypatch):
    """A request that ends after its emulator leaves no temporary directory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = Blobs()
    store.store([LARGE])
    store.close()
    assert list(tmp_path.iterdir()) == []
    store.store([LARGE])
    assert list(tmp_path.iterdir()) != []
    del store
    gc.collect()
    assert list(tmp_path.iterdir()) == []
