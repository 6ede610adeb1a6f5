"""Uploads that send several chunks at a time over version 2."""

from __future__ import annotations

import io
import random
import threading

import pytest

from dropbox.content_hash import content_hash
from dropbox.rest import ErrorResponse, RESTSocketError, SizeChangedError
from dropbox.retry import NEVER, RetryPolicy
from fakebox import Fault

MIB = 1024 * 1024
DATA = random.Random(7).randbytes(4 * MIB) * 4 + b"the rest"
APPEND = "files/upload_session/append_v2"
AT_ONCE = RetryPolicy(sleep=lambda _: None)


@pytest.fixture
def client(client):
    """A client that does not wait between attempts."""
    client.retries = AT_ONCE
    return client


def test_parallel_chunks_are_stored_as_one_file(box, client):
    """The chunks are put together in their order, and progress is reported."""
    seen = []
    client.upload(
        io.BytesIO(DATA), "/a", parallel=4, progress=lambda done, total: seen.append((done, total))
    )
    assert box.read("/a") == DATA
    assert [done // MIB for done, _ in seen] == [4, 8, 12, 16, 16]
    assert seen[-1] == (len(DATA), len(DATA))
    endpoints = [request.endpoint for request in box.requests]
    assert endpoints.count(APPEND) == 5
    assert endpoints.count("files/upload_session/finish") == 1


def test_parallel_chunks_begin_at_the_position_of_the_file(box, client):
    """Only the bytes after the current position are sent."""
    file = io.BytesIO(b"before" + DATA)
    file.seek(6)
    client.upload(file, "/a", parallel=2)
    assert box.read("/a") == DATA


def test_parallel_chunks_of_a_pipe(box, client):
    """A file that cannot seek is copied first."""

    class Pipe:
        def __init__(self):
            self._file = io.BytesIO(DATA)

        def read(self, size):
            return self._file.read(min(size, 100_000))

    client.upload(Pipe(), "/a", parallel=2)
    assert box.read("/a") == DATA


@pytest.mark.parametrize("size", [0, 5, 8 * MIB, 8 * MIB + 1, 12 * MIB])
def test_files_of_every_size_are_stored(box, client, size):
    """Small files are sent in one request; a last chunk may be full."""
    client.upload(io.BytesIO(DATA[:size]), "/a", parallel=3)
    assert box.read("/a") == DATA[:size]


def test_chunk_that_fails_is_sent_again(box, client):
    """A chunk is repeated after an error of the server or a lost response."""
    box.faults.add(Fault(endpoint=APPEND, status=503, times=1))
    box.faults.add(Fault(endpoint=APPEND, nth=3, cut_after_bytes=10))
    box.faults.add(Fault(endpoint="files/upload_session/start", status=500, times=1))
    client.upload(io.BytesIO(DATA), "/a", parallel=3)
    assert box.read("/a") == DATA


def test_damaged_response_to_the_last_chunk_is_repaired(box, client):
    """The chunk that closes the session may be sent twice."""
    box.faults.add(Fault(endpoint=APPEND, nth=5, cut_after_bytes=1))
    client.upload(io.BytesIO(DATA), "/a", parallel=3)
    assert box.read("/a") == DATA


def test_first_error_ends_the_upload(box, client):
    """After an error that is not repeated, no other chunk is sent and nothing is stored."""
    box.faults.add(Fault(endpoint=APPEND, status=401))
    with pytest.raises(ErrorResponse) as caught:
        client.upload(io.BytesIO(DATA * 3), "/a", parallel=2)
    assert caught.value.status == 401
    assert len([r for r in box.requests if r.endpoint == APPEND]) < 6
    assert box.tree() == []


def test_lost_response_to_the_commit_is_verified(box, client):
    """If the response to the commit is lost, the file is compared by its hash."""
    box.faults.add(Fault(endpoint="files/upload_session/finish", cut_after_bytes=0, times=1))
    metadata = client.upload(io.BytesIO(DATA), "/a", parallel=2, overwrite=True)
    assert metadata["content_hash"] == content_hash(io.BytesIO(DATA))
    assert len(box.tree()) == 1


def test_error_of_the_progress_callback_is_raised(box, client):
    """An exception in `progress` ends the upload, without a thread left behind."""

    def fail(done, total):
        raise KeyError("progress")

    with pytest.raises(KeyError, match="progress"):
        client.upload(io.BytesIO(DATA), "/a", parallel=2, progress=fail)
    names = [thread.name for thread in threading.enumerate()]
    assert not any(name.startswith("dropbox-upload") for name in names)
    assert box.tree() == []


def test_file_that_shrinks_is_an_error(box, client):
    """A file that becomes shorter while it is sent is a `SizeChangedError`."""

    class Shrinking(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 8 * MIB:
                return b""
            return super().read(size)

    with pytest.raises(SizeChangedError):
        client.upload(Shrinking(DATA), "/a", parallel=2)
    assert box.tree() == []


@pytest.mark.parametrize("chunk_size", [MIB, 4 * MIB + 1, 1])
def test_chunk_size_that_the_service_rejects_is_an_error(box, client, chunk_size):
    """Chunks of a concurrent session are multiples of 4 MiB."""
    with pytest.raises(ValueError, match="chunk_size must be a multiple of 4194304"):
        client.upload(io.BytesIO(DATA), "/a", parallel=2, chunk_size=chunk_size)
    assert not box.requests


@pytest.mark.parametrize("options", [{"parallel": 0}, {"parallel": 1.5}, {"chunk_size": 0}])
def test_invalid_counts_are_rejected(box, client, options):
    """Numbers of chunks and sizes are positive integers."""
    with pytest.raises(ValueError, match="must be an integer of at least 1"):
        client.upload(io.BytesIO(b"x"), "/a", **options)
    assert not box.requests


def test_parallel_upload_over_version_1_sends_one_chunk_after_the_other(box):
    """Version 1 has no concurrent uploads; the file is stored all the same."""
    client = box.client()
    client.upload(io.BytesIO(DATA), "/a", parallel=3)
    assert box.read("/a") == DATA


def test_connection_errors_of_all_chunks_are_raised(box, client):
    """If no chunk can be sent, the error is a `RESTSocketError`."""
    client.retries = NEVER
    box.faults.add(Fault(endpoint=APPEND, cut_after_bytes=0))
    with pytest.raises(RESTSocketError):
        client.upload(io.BytesIO(DATA), "/a", parallel=2)


def test_error_of_the_last_chunk_ends_the_upload(box, client):
    """The chunk that closes the session is sent last. If it fails, nothing is stored."""
    box.faults.add(Fault(endpoint=APPEND, nth=5, status=400))
    with pytest.raises(ErrorResponse) as caught:
        client.upload(io.BytesIO(DATA), "/a", parallel=4)
    assert caught.value.status == 400
    assert box.tree() == []
