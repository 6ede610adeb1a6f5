"""Sources of uploads that are no ordinary files."""

from __future__ import annotations

import errno
import io
import os
import pathlib

import pytest

from dropbox.client import DropboxClient
from dropbox.oauth2 import DropboxOAuth2Session
from dropbox.rest import SizeChangedError
from fakebox import Fakebox


@pytest.fixture(params=["v1", "v2"])
def client(request, box, monkeypatch):
    """A client of the emulator, of each version."""
    monkeypatch.setenv("DROPBOX_ENDPOINT_URL", box.url)
    return DropboxClient(DropboxOAuth2Session("fakebox-bearer-token", api=request.param))


@pytest.fixture
def box():
    """A new emulator."""
    with Fakebox() as started:
        yield started


class _Source(io.BytesIO):
    def __init__(self, returned):
        super().__init__(b"0123456789")
        self._returned = returned

    def read(self, size=-1):
        if not size:
            return b""
        if isinstance(self._returned, Exception):
            raise self._returned
        return self._returned(super().read(size))


class _Slow(io.BytesIO):
    def read(self, size=-1):
        return super().read(min(size, 3))


class _Shrinking(io.BytesIO):
    def read(self, size=-1):
        return super().read(min(size, 3)) if self.tell() < 6 else b""


def put(client, source):
    """Upload in one request."""
    client.put_file("/a", source)


def upload(client, source):
    """Upload by any way."""
    client.upload(source, "/a")


def chunk(client, source):
    """Upload one chunk."""
    client.commit_chunked_upload("/a", client.upload_chunk(source, 10)["upload_id"])


def chunks(client, source):
    """Upload in chunks."""
    uploader = client.get_chunked_uploader(source, 10)
    uploader.upload_chunked(4)
    uploader.finish("/a")


WAYS = [pytest.param(way, id=way.__name__) for way in (put, upload, chunk, chunks)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "kind", [bytearray, memoryview, bytes], ids=["bytearray", "memoryview", "bytes"]
)
def test_source_may_return_any_kind_of_bytes(box, client, way, kind):
    """`read` of a file may return `bytes`, `bytearray` or `memoryview`."""
    way(client, _Source(kind))
    assert box.read("/a") == b"0123456789"


@pytest.mark.parametrize("way", WAYS)
def test_source_may_return_fewer_bytes_than_requested(box, client, way):
    """A short read is not the end of a file."""
    way(client, _Slow(b"0123456789"))
    assert box.read("/a") == b"0123456789"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("returned", "error"),
    [
        (lambda _: None, BlockingIOError),
        (lambda _: "text", TypeError),
        (lambda _: 5, TypeError),
        (lambda data: data + b"more", ValueError),
        (OSError(errno.EIO, "Input/output error"), OSError),
        (TimeoutError("the disk"), TimeoutError),
        (RuntimeError("the source"), RuntimeError),
    ],
    ids=["None", "text", "number", "more", "disk", "timeout", "program"],
)
def test_error_of_a_source_is_raised_and_nothing_is_stored(box, client, way, returned, error):
    """An error of the source is raised as it is, not as an error of the connection."""
    with pytest.raises(error) as caught:
        way(client, _Source(returned))
    assert type(caught.value) is error
    assert box.tree() == []


@pytest.mark.parametrize("way", [put, upload, chunks], ids=["put", "upload", "chunks"])
def test_source_that_shrinks_stores_nothing(box, client, way):
    """A file that ends before its size is a `SizeChangedError`."""
    with pytest.raises(SizeChangedError):
        way(client, _Shrinking(b"0123456789"))
    assert box.tree() == []


@pytest.mark.parametrize("way", [put, upload, chunk], ids=["put", "upload", "chunk"])
def test_pipe_that_does_not_block_stores_nothing(box, client, way):
    """A pipe whose bytes have not arrived is an error, and not the end of the file."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.write(writing, b"part")
    with os.fdopen(reading, "rb", buffering=0) as pipe, pytest.raises(BlockingIOError):
        way(client, pipe)
    os.close(writing)
    assert box.tree() == []


def test_chunk_of_a_path_is_rejected(client, tmp_path):
    """The message names the types that a chunk may have."""
    with pytest.raises(TypeError, match="chunk must be bytes, str or a file, not"):
        client.upload_chunk(pathlib.Path(tmp_path))


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.metadata("/\ud800"),
        lambda c: c.file_delete("/\ud800"),
        lambda c: c.file_copy("/a", "/\ud800"),
        lambda c: c.put_file("/\ud800", b"x"),
        lambda c: c.add_copy_ref("ref", "/\ud800"),
    ],
    ids=["metadata", "delete", "copy", "put", "copy_ref"],
)
def test_path_with_half_of_a_surrogate_pair_is_rejected(box, client, call):
    """Such a path has no encoding, so every call rejects it before a request."""
    with pytest.raises(UnicodeError):
        call(client)
    assert not box.requests


@pytest.mark.parametrize(
    "error", [KeyError, ValueError, TypeError, IndexError, OSError, SystemExit]
)
def test_error_of_a_callback_is_raised(box, client, error):
    """An exception in `progress` is raised as it is."""

    def fail(done, total):
        raise error("progress")

    for size in (10, 9_000_000):
        with pytest.raises(error, match="progress") as caught:
            client.upload(io.BytesIO(bytes(size)), f"/{size}", progress=fail)
        assert type(caught.value) is error
    with pytest.raises(error, match="progress") as caught:
        client.put_file("/a", b"0123456789", progress=fail)
    assert type(caught.value) is error
    # The callback is called after the last bytes were sent, so a small file may be stored.
    stored = {entry["path"] for entry in client.metadata("/")["contents"]}
    assert "/9000000" not in stored


@pytest.mark.parametrize("error", [KeyError, ValueError, TypeError, OSError])
def test_error_of_the_callback_of_a_download_is_raised(box, client, tmp_path, error):
    """An exception in `progress` leaves no file behind."""
    box.write("/a", b"x")

    def fail(done, total):
        raise error("progress")

    with pytest.raises(error, match="progress"):
        client.download("/a", tmp_path / "a", progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_error_of_a_rest_client_is_raised(client):
    """An exception of the `rest_client` of the caller is not a malformed response."""

    class Broken:
        def request(self, *n, **kw):
            raise KeyError("broken")

        GET = POST = PUT = request

    client.rest_client = Broken()
    with pytest.raises(KeyError, match="broken"):
        client.account_info()


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127], ids=["ASCII", "UTF-8"])
def test_file_with_the_longest_name_is_downloaded(box, client, tmp_path, name):
    """The temporary file does not need a longer name than the file."""
    box.write("/a", b"x")
    client.download("/a", tmp_path / name)
    assert (tmp_path / name).read_bytes() == b"x"
